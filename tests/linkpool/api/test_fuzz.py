# SPDX-License-Identifier: MIT
"""No request makes the API fail: it is refused, or answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.api.operator import Operator
from linkpool.api.operator.routes import served
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database
from tests.linkpool.api.worlds import SPEC, add_job, local, operator

# Each login costs time on purpose: passwords are tried elsewhere.
ROUTES = sorted((one.method, one.path) for one in served() if "/export" not in one.path)
FIELDS = (
    "toml", "node", "shadow", "email", "password", "role", "newRole", "oldPassword", "newPassword",
    "name", "url", "confirmations", "minimumContractPayment", "outgoingToken", "level", "value",
    "error", "reason", "address", "from", "amount",
)  # fmt: skip
ODD = st.sampled_from(
    ["", "\0", "\ud800", "1", "-1", "1e999", "9" * 400, "0x" + "f" * 40, SPEC, "view", "slow",
     "price", "http://127.0.0.1:1", "a@b.c", "info", "../..", "ab" * 3000]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | ODD
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
BODIES = (
    st.binary(max_size=60)
    | st.just(b"[" * 3000)
    | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)
)
QUERY = st.dictionaries(
    st.sampled_from(["page", "size", "state", "account", "hard", "oldpassword", "name"]),
    ODD.filter(lambda text: "\ud800" not in text),
    max_size=3,
)
PARTS = (ODD | st.text(max_size=20)).filter(lambda text: "\ud800" not in text and text)


def requests(routes: list[tuple[str, str]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "route": st.sampled_from(routes),
            "part": PARTS,
            "query": QUERY,
            "body": BODIES,
            "kind": st.sampled_from(["application/json", "text/plain", "nonsense"]),
        }
    )


async def ask(web: httpx.AsyncClient, given: dict[str, Any]) -> httpx.Response:
    method, path = given["route"]
    quoted = httpx.QueryParams({"x": given["part"]}).__str__().partition("=")[2]
    body = given["body"]
    content = body if isinstance(body, bytes) else as_json(body)
    return await web.request(
        method,
        re.sub(r"\{\w+\}", lambda _: quoted.replace("+", "%20"), path),
        params=given["query"],
        content=content,
        headers={"content-type": given["kind"]},
    )


def as_json(value: Any) -> bytes:
    import json

    return json.dumps(value).encode()


def world(database: Database, folder: Path) -> Operator:
    add_job(database)
    api = ApiSettings(logins=10**3, body_bytes=16_384)
    given = Settings(state=folder, wallets=folder / "wallets", api=api)
    return operator(database, folder, settings=given)


def test_no_request_makes_it_fail(make_database: Callable[[], Database], tmp_path: Path) -> None:
    database = make_database()
    of = world(database, tmp_path)
    loop = asyncio.new_event_loop()
    web = local(of)

    @settings(max_examples=300)
    @given(requests(ROUTES))
    def story(request: dict[str, Any]) -> None:
        answer = loop.run_until_complete(ask(web, request))
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            problems = answer.json()["errors"]
            assert problems and all(isinstance(one["detail"], str) for one in problems)

    try:
        story()
    finally:
        loop.run_until_complete(web.aclose())
        loop.close()
        database.close()
