# SPDX-License-Identifier: MIT
"""generic: one HTTP API behind an operator's key, for jobs that say which page of it they want.

The job gives a relative address, parameters and a body; the base address and the secrets are the
operator's. Nothing that a job says leads out of the base address, replaces what the operator has
set, or brings a secret back.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, quote_plus

from pydantic import Field
from yarl import URL

from linkpool.adapters.errors import AdapterError, wrong
from linkpool.adapters.framework import Adapter, Endpoint, Parameters, Result, now_ms, parameter
from linkpool.adapters.reading import at, document
from linkpool.adapters.settings import AdapterSettings, Secret
from linkpool.errors import UsageError
from linkpool.net import HttpClient, HttpError, Message, host_of
from linkpool.net.document import complaint, dump

Scalar = str | int | float | bool
BESIDE: Final = frozenset("._~!$&'()*+,;=:@- ")
SHORTEST_SECRET: Final = 4


class GenericSettings(AdapterSettings):
    """The file of a generic adapter."""

    base_url: str = Field(description="address of the API, under which every request stays")
    methods: tuple[Literal["GET", "POST", "PUT"], ...] = Field(
        default=("GET",), description="what jobs may do"
    )
    headers: dict[str, Secret] = Field(default_factory=dict, description="sent with each request")
    params: dict[str, Secret] = Field(
        default_factory=dict, description="added to the address of each request"
    )
    result: str = Field(
        default="", description="path to the result, where the job names none, as data,price"
    )


class Question(Parameters):
    """What a job asks."""

    url: str = parameter(
        "url", "endpointPath", description="address below the base address", default=""
    )
    method: str = parameter("method", description="GET where nothing is said", default="GET")
    params: dict[str, Scalar | list[Scalar]] = parameter(
        "params", "queryParams", description="parameters of the address", default={}
    )
    body: Any = parameter("data", "body", description="sent as JSON", default=None)
    path: str | None = parameter("path", "resultPath", description="path to the result", default="")


class Generic:
    """The API and how it is asked."""

    def __init__(self, settings: GenericSettings, folder: Path, http: HttpClient) -> None:
        try:
            self._host = host_of(settings.base_url)
            self._base = URL(settings.base_url)
        except (HttpError, ValueError) as error:
            raise UsageError(f"base_url: {error}") from None
        if self._base.query_string or self._base.fragment:
            raise UsageError("base_url: parameters belong into [params]")
        self._settings = settings
        self._http = http
        self._headers = {
            name.lower(): secret.text(folder) for name, secret in settings.headers.items()
        }
        self._params = {name: secret.text(folder) for name, secret in settings.params.items()}
        sent = [*settings.headers.values(), *settings.params.values()]
        self._secrets = _forms([found for one in sent if (found := one.secret(folder))])

    async def answer(self, question: Question) -> Result:
        requested = now_ms()
        message = Message(
            self._method(question),
            str(self._url(question)),
            None if question.body is None else dump(question.body).encode(),
            {"content-type": "application/json", **self._headers},
        )
        try:
            answer = await self._http.send(message, private=[self._host], redirects=0)
        except HttpError as error:
            raise AdapterError(self._clean(str(error))) from None
        text = self._clean(answer.text)
        if answer.status >= 400:
            raise AdapterError(complaint(text) or "no reason given", 502, answer.status)
        content = document(text)
        path = question.path or self._settings.result
        value = at(content, path) if path else _plain(content)
        data = content if isinstance(content, Mapping) else {"answer": content}
        return Result(value=value, data=data, requested=requested, received=now_ms())

    def _method(self, question: Question) -> str:
        method = question.method.upper()
        if method not in self._settings.methods:
            raise wrong(f"method: expected one of {', '.join(self._settings.methods)}")
        return method

    def _url(self, question: Question) -> URL:
        taken = {name.lower() for name in self._params}
        for name in question.params:
            if name.lower() in taken:
                raise wrong(f"params: {name[:40]!r} is the operator's")
        given = [
            (name, _shown(value))
            for name, values in question.params.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return below(self._base, question.url).with_query([*given, *self._params.items()])

    def _clean(self, text: str) -> str:
        """A source that repeats what it was sent does not show the secrets to the requester."""
        for form in self._secrets:
            text = text.replace(form, "***")
        return text


def build(settings: GenericSettings, folder: Path, http: HttpClient) -> Adapter:
    generic = Generic(settings, folder, http)
    shown = {
        "host": generic._host,
        "methods": settings.methods,
        "headers": sorted(settings.headers),
        "params": sorted(settings.params),
    }
    endpoint = Endpoint("request", Question, generic.answer, ("generic",), settings.max_age)
    return Adapter(
        settings.name or "generic", [endpoint], overrides=settings.overrides, shown=shown
    )


def below(base: URL, relative: str) -> URL:
    """An address inside the base address; AdapterError for anything that could lead out of it.

    Letters, digits and a few signs are all that a path needs: no escapes that a server might
    undo, no parameters, no steps upwards.
    """
    segments = relative.removeprefix("/").split("/") if relative else []
    for place, segment in enumerate(segments, 1):
        plain = all(letter.isalnum() or letter in BESIDE for letter in segment)
        named = bool(segment.strip(" ."))
        if not plain or not (named or (not segment and place == len(segments))):
            raise wrong(f"url {relative[:100]!r}: expected a path below the base address")
    url = base.joinpath(*segments) if segments else base
    inside = url.raw_path == base.raw_path or url.raw_path.startswith(
        base.raw_path.rstrip("/") + "/"
    )
    if url.origin() != base.origin() or not inside:
        raise wrong(f"url {relative[:100]!r}: leads out of the base address")
    return url


def _plain(content: Any) -> Any:
    """Where nobody says what the result is: the field of that name, or what is no map."""
    if isinstance(content, Mapping):
        return content.get("result")
    return content


def _shown(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _forms(secrets: list[str]) -> list[str]:
    """Each secret as it may come back, the longest first."""
    forms = set()
    for secret in secrets:
        in_address = URL.build(query={"k": secret}).raw_query_string.removeprefix("k=")
        encoded = base64.b64encode(secret.encode()).decode()
        forms |= {secret, in_address, quote(secret), quote(secret, safe=""), quote_plus(secret)}
        forms.add(encoded)
    long = [form for form in forms if len(form) >= SHORTEST_SECRET]
    return sorted(long, key=len, reverse=True)
