# SPDX-License-Identifier: MIT
"""Carrying a plan out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linkpool.errors import UsageError
from linkpool.oracle.chainlink.plan import Item
from linkpool.oracle.chainlink.take import take

KEY = "0x64e61afD06fD4e0e7A1f4E5B3E4F3FB3e9C3b2A1"


@dataclass
class Api:
    """Refuses jobs whose file says so."""

    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.posted.append((path, dict(body)))
        if body.get("toml") == "wrong":
            raise UsageError("line 1: wrong")
        return {"incomingToken": "told once"} if path == "/v2/bridge_types" else {}


def job(toml: str) -> Item:
    content = {"toml": toml, "node": None, "shadow": True, "contract": KEY}
    return Item(kind="job", name=toml, action="add", content=content)


def test_bridges_and_jobs_go_to_the_operator_api(tmp_path: Path) -> None:
    api = Api()
    bridge = Item(kind="bridge", name="prices", action="add", content={"name": "prices"})
    done = asyncio.run(take([bridge, job("right")], api, tmp_path))
    assert api.posted == [
        ("/v2/bridge_types", {"name": "prices"}),
        ("/v2/jobs", {"toml": "right", "node": None, "shadow": True}),
    ]
    assert [(one.item.name, one.error, one.secret) for one in done] == [
        ("prices", "", "told once"),
        ("right", "", ""),
    ]
    assert "told once" not in repr(done)


def test_what_is_refused_keeps_nothing_else_back(tmp_path: Path) -> None:
    api = Api()
    done = asyncio.run(take([job("wrong"), job("right")], api, tmp_path))
    assert [one.error for one in done] == ["line 1: wrong", ""]


def test_a_key_becomes_a_wallet_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    keystore = {"address": KEY, "crypto": {"cipher": "aes-128-ctr"}}
    item = Item(kind="key", name=KEY, action="add", content={"keystore": keystore})
    (done,) = asyncio.run(take([item], Api(), tmp_path / "wallets"))
    path = tmp_path / "wallets" / "chainlink-64e61afd.json"
    assert done.error == ""
    assert json.loads(path.read_text()) == keystore
    assert path.stat().st_mode & 0o777 == 0o600
    (again,) = asyncio.run(take([item], Api(), tmp_path / "wallets"))
    assert again.error == f"{path} is there already: rename it"
