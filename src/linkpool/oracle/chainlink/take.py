# SPDX-License-Identifier: MIT
"""Carrying a plan out: each addition by itself, so that one that fails keeps no other back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from linkpool.errors import LinkPoolError, UsageError
from linkpool.oracle.chainlink.plan import Item


class Operator(Protocol):
    """The operator API of the node that takes over."""

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes of what was made; a LinkPoolError where it is refused."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one addition. `secret`: a bridge's new incoming token, shown this once."""

    item: Item
    error: str = ""
    secret: str = field(default="", repr=False)


async def take(additions: Sequence[Item], operator: Operator, wallets: Path) -> list[Taken]:
    """Everything that can be taken is."""
    return [await _one(item, operator, wallets) for item in additions]


async def _one(item: Item, operator: Operator, wallets: Path) -> Taken:
    try:
        if item.kind == "key":
            _keep(item, wallets)
            return Taken(item)
        if item.kind == "bridge":
            made = await operator.post("/v2/bridge_types", dict(item.content))
            return Taken(item, secret=str(made.get("incomingToken", "")))
        fields = ("toml", "node", "shadow")
        await operator.post("/v2/jobs", {name: item.content[name] for name in fields})
        return Taken(item)
    except LinkPoolError as error:
        return Taken(item, error=str(error))


def _keep(item: Item, wallets: Path) -> None:
    """The keystore as it is: its password stays what it was."""
    wallets.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = wallets / f"{wallet_name(item.name)}.json"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} is there already: rename it") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(item.content["keystore"], file, indent=2)


def wallet_name(address: str) -> str:
    """What a key is called here: `chainlink-64e61afd`."""
    return f"chainlink-{address[2:10].lower()}"
