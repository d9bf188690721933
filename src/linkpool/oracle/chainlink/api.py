# SPDX-License-Identifier: MIT
"""A running Chainlink node asked over its REST API, with a session of one of its users."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from linkpool.errors import UsageError
from linkpool.net.document import load
from linkpool.oracle.chainlink.found import Export, FoundKey, attributes, bridge, job

SIZE: Final = 100
MOST: Final = 1_000  # pages
SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks: a user who may see jobs and bridges, an admin where keys are wanted."""

    email: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.email})"

    @classmethod
    def load(cls, path: Path) -> Self:
        """From the file that `chainlink node start -a` takes: e-mail, then password."""
        try:
            lines = path.expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{path} cannot be read: check the name and its permissions") from None
        if len(lines) < 2 or "@" not in lines[0] or not lines[1]:
            raise UsageError(f"{path}: the e-mail on the first line, the password on the second")
        return cls(lines[0].strip(), lines[1])


class ChainlinkApi:
    """Open with `async with signed_in(url, credentials) as api`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def export(self, *, keys_password: str | None = None) -> Export:
        """Jobs, bridges and addresses; the keys too, encrypted with `keys_password`, where given.

        The keys leave the node in its answer: over anything but TLS or the loopback that is a
        risk, and refused.
        """
        jobs = [job(entry) for entry in await self._all("jobs")]
        bridges = [bridge(entry) for entry in await self._all("bridge_types")]
        addresses = [str(entry.get("address", "")) for entry in await self._all("keys/evm")]
        keys = [await self._key(address, keys_password) for address in addresses]
        return Export(jobs=tuple(jobs), bridges=tuple(bridges), keys=tuple(keys))

    async def _key(self, address: str, password: str | None) -> FoundKey:
        if password is None:
            return FoundKey(address=address)
        url = self._http.base_url
        if url.scheme != "https" and url.host not in ("127.0.0.1", "localhost", "::1"):
            raise UsageError("keys are fetched over https or from this machine only: use a tunnel")
        path = f"/v2/keys/evm/export/{quote(address)}"
        answer = await self._ask("POST", path, params={"newpassword": password})
        return FoundKey(address=address, keystore=_json(answer, "the exported key"))

    async def _all(self, what: str) -> list[dict[str, Any]]:
        """Every page of a list."""
        found: list[dict[str, Any]] = []
        for page in range(1, MOST):
            answer = await self._ask("GET", f"/v2/{what}", params={"page": page, "size": SIZE})
            document = _json(answer, f"/v2/{what}")
            fresh = attributes(document, f"/v2/{what}")
            if what == "keys/evm":
                return fresh  # has no pages
            found += fresh
            if not fresh or len(found) >= _count(document):
                return found
        raise UsageError(f"/v2/{what} has more than {MOST} pages")

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            host = self._http.base_url.netloc.decode()
            raise UsageError(
                f"the Chainlink node at {host} does not answer ({type(error).__name__}): "
                "check --url"
            ) from None
        if answer.status_code in (401, 403):
            raise UsageError(
                f"the Chainlink node refuses {path.partition('?')[0]}: check --credentials "
                "and the user's role (keys need an admin)"
            )
        if answer.status_code >= 400:
            raise UsageError(f"the Chainlink node answers {answer.status_code} to {path}")
        return answer

    async def sign_in(self, who: Credentials) -> None:
        """The session lies in the client's cookies."""
        body = {"email": who.email, "password": who.password}
        await self._ask("POST", "/sessions", json=body)


@asynccontextmanager
async def signed_in(url: str, who: Credentials) -> AsyncIterator[ChainlinkApi]:
    """A session, ended at the end."""
    if not url.startswith(("http://", "https://")):
        raise UsageError("--url has to start with http:// or https://")
    async with httpx.AsyncClient(base_url=url, timeout=SECONDS, trust_env=False) as http:
        api = ChainlinkApi(http)
        await api.sign_in(who)
        try:
            yield api
        finally:
            await http.delete("/sessions")


def _count(document: Mapping[str, Any]) -> int:
    """How long a list is in all; 0 where it does not say."""
    meta = document.get("meta")
    total = meta.get("count") if isinstance(meta, Mapping) else None
    return total if isinstance(total, int) else 0


def _json(answer: httpx.Response, what: str) -> dict[str, Any]:
    try:
        load(answer.text)  # bounds its depth
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"{what} of the Chainlink node is no JSON: check --url")
    return found
