# SPDX-License-Identifier: MIT
"""How commands speak to the operator API: to the node that runs on the state folder, or, where
none does, in this process, on its database.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx

from linkpool.chain.networks import chain_name
from linkpool.cli.session import Session
from linkpool.cli.state import chain_of, opened
from linkpool.errors import ChainUnavailable, UsageError, WrongNetwork

SECONDS: Final = 60.0
PAGE: Final = 200
Item = dict[str, Any]
"""Attributes of a thing, and its `id`."""


class OperatorClient:
    """What is made of answers: attributes, or one of our errors with the API's own words."""

    def __init__(self, http: httpx.AsyncClient, *, running: bool) -> None:
        self._http = http
        self.running = running
        """A node runs; otherwise this is its database."""

    async def get(self, path: str, **query: Any) -> Any:
        """One thing; a list where the API has one (its first page)."""
        return _items(await self._ask("GET", path, query=query))

    async def page(
        self, path: str, *, page: int, size: int, **query: Any
    ) -> tuple[list[Item], int]:
        """A part of a list, and how long all of it is."""
        found = await self._ask("GET", path, query={"page": page, "size": size, **query})
        return _items(found), int(found["meta"]["count"])

    async def every(self, path: str, **query: Any) -> list[Item]:
        """A whole list, however long."""
        found: list[Item] = []
        for number in range(1, 2**31):
            items, count = await self.page(path, page=number, size=PAGE, **query)
            found += items
            if not items or len(found) >= count:
                break
        return found

    async def post(self, path: str, body: Any = None, **query: Any) -> Item:
        """What was made."""
        item: Item = _items(await self._ask("POST", path, body=body, query=query))
        return item

    async def patch(self, path: str, body: Any = None) -> Item:
        """What it is now."""
        item: Item = _items(await self._ask("PATCH", path, body=body))
        return item

    async def delete(self, path: str, **query: Any) -> None:
        await self._ask("DELETE", path, query=query)

    async def _ask(
        self, method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> Any:
        given = {key: value for key, value in (query or {}).items() if value is not None}
        try:
            answer = await self._http.request(method, path, json=body, params=given)
        except httpx.HTTPError as error:
            raise ChainUnavailable(
                f"the node does not answer ({type(error).__name__}): see its log"
            ) from None
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer.json() if answer.content else {}


@contextlib.asynccontextmanager
async def operator_client(
    session: Session, *, new: bool = False, empty: bool = False
) -> AsyncIterator[OperatorClient]:
    """Of the session's state folder; `new` and `empty` as in `opened`."""
    # Commands that need no node (`job validate`) share files with those that do.
    from linkpool.api.operator import Offline, Operator, operator_app, read_place

    place = read_place(session.settings.state)
    if place is not None and await _answers(place.url, place.token):
        headers = {"authorization": f"Bearer {place.token}"}
        async with httpx.AsyncClient(
            base_url=place.url, headers=headers, timeout=SECONDS, trust_env=False
        ) as http:
            client = OperatorClient(http, running=True)
            if session.network is not None:
                (chain,) = await client.get("/v2/chains/evm")
                _right_chain(session, int(chain["id"]))
            yield client
        return
    async with opened(session, new=new, empty=empty) as database:
        chain_id = await database.read(chain_of) or session.profile.chain_id
        _right_chain(session, chain_id)
        operator = Operator(
            database=database,
            settings=session.settings,
            chain_id=chain_id,
            host=Offline(database, chain_id),
        )
        transport = httpx.ASGITransport(app=operator_app(operator), raise_app_exceptions=True)
        headers = {"authorization": f"Bearer {operator.token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as http:
            yield OperatorClient(http, running=False)


def _right_chain(session: Session, chain_id: int) -> None:
    """That the state is of the network that the command line names; without --network it is of
    whatever chain it is.
    """
    if session.network is not None and session.profile.chain_id != chain_id:
        raise WrongNetwork(
            f"{session.settings.state} is the state of {chain_name(chain_id)}, not "
            f"{chain_name(session.profile.chain_id)}: choose another --state or --network"
        )


def part(text: str) -> str:
    """As a part of a path; what would change the path instead is a name of nothing."""
    if text in ("", ".", ".."):
        raise UsageError(f"there is nothing with the name {text!r}")
    return quote(text, safe="")


async def _answers(url: str, token: str) -> bool:
    """Whether it is the node that wrote operator.json, which knows the token that is not sent:
    after a crash somebody else may have its port.
    """
    from linkpool.api.operator.access import proof_of

    nonce = secrets.token_hex(16)
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as http:
            answer = await http.get(f"{url}/proof", params={"nonce": nonce})
            shown = str(answer.json()["proof"]) if answer.status_code == 200 else ""
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False
    return hmac.compare_digest(shown.encode(), proof_of(token, nonce).encode())


def _items(document: Any) -> Any:
    data = document.get("data", {})
    return [_item(one) for one in data] if isinstance(data, list) else _item(data)


def _item(resource: Mapping[str, Any]) -> Item:
    if not resource:
        return {}
    return {"id": resource["id"], **resource["attributes"]}


def _refusal(answer: httpx.Response) -> Exception:
    try:
        text = "; ".join(str(one["detail"]) for one in answer.json()["errors"])
    except (ValueError, KeyError, TypeError):
        text = f"the API answered {answer.status_code}"
    return ChainUnavailable(text) if answer.status_code >= 500 else UsageError(text)
