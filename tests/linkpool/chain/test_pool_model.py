# SPDX-License-Identifier: MIT
"""Three endpoints that fail, lag and change their chain in any order: no answer of the wrong chain,
none at a block that the endpoint does not have, and an answer as soon as one endpoint can give it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.chain import watch
from linkpool.chain.addresses import ZERO
from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.chain.sending import SendOutcome
from linkpool.chain.transport import EndpointFailed
from linkpool.errors import ChainUnavailable, WrongNetwork

QUICK = RpcLimits(pause_seconds=0.001, pause_most_seconds=0.004, poll_seconds=0.002, lag_blocks=2)
CHAIN, OTHER = 31337, 5

KINDS = st.sampled_from(["well", "lost", "busy", "garbage", "half"])
CHANGES = st.tuples(
    st.integers(0, 2), KINDS, st.integers(10, 20), st.sampled_from([CHAIN, CHAIN, CHAIN, OTHER])
)
ACTS = st.sampled_from(["latest", "at", "broadcast", "batch"])
STORIES = st.lists(st.tuples(CHANGES, ACTS, st.integers(10, 20)), min_size=1, max_size=12)


@dataclass
class Scripted:
    """A transport whose endpoint behaves as its fields say at the moment."""

    kind: str = "well"
    head: int = 10
    chain_id: int = CHAIN
    taken: list[str] = field(default_factory=list)

    async def exchange(self, body: bytes, _numbers: range) -> Any:
        await asyncio.sleep(0)
        asked = json.loads(body)
        if self.kind == "lost":
            raise EndpointFailed("connection lost")
        if self.kind == "busy":
            raise EndpointFailed("HTTP 429", pause=0.001, busy=True)
        if self.kind == "garbage":
            return {"welcome": 1}
        if not isinstance(asked, list):
            return self._one(asked)
        answers = [self._one(one) for one in asked]
        return answers[: max(1, len(answers) // 2)] if self.kind == "half" else answers

    async def close(self) -> None:
        pass

    def _one(self, asked: dict[str, Any]) -> dict[str, Any]:
        method = asked["method"]
        result: Any = hex(self.head)
        if method == "eth_chainId":
            result = hex(self.chain_id)
        elif method == "eth_sendRawTransaction":
            self.taken.append(asked["params"][0])
        elif method == "eth_getBlockByNumber":
            number = asked["params"][0]
            result = {"number": number} if int(number, 16) <= self.head else None
        elif method == "eth_getBalance":
            result = hex(self.chain_id * 1000 + self.head)
        return {"jsonrpc": "2.0", "id": asked["id"], "result": result}


def chain_and_head(balance: int) -> tuple[int, int]:
    """What the endpoint that answered was at that moment."""
    return divmod(balance, 1000)


async def act(connection: Connection, name: str, block: int) -> None:
    if name == "latest":
        assert chain_and_head(await connection.balance(ZERO))[0] == CHAIN
    elif name == "at":
        chain_id, head = chain_and_head(await connection.balance(ZERO, block=block))
        assert chain_id == CHAIN and head >= block
    elif name == "batch":
        for found in await connection.batch([("eth_getBalance", (ZERO, "latest"))] * 5):
            assert isinstance(found, ChainUnavailable) or (
                chain_and_head(int(found, 16))[0] == CHAIN
            )
    else:
        (sent,) = await connection.broadcast([b"\1"])
        if not sent.known:
            assert sent.outcome == SendOutcome.UNAVAILABLE
            raise ChainUnavailable(sent.message)


async def told(nodes: Sequence[Scripted], story: list[Any]) -> None:
    connection = Connection(
        [f"http://node{n}.example" for n in range(3)], chain_id=CHAIN, timeout=0.02, limits=QUICK
    )
    for endpoint, node in zip(connection._pool.endpoints, nodes, strict=True):
        endpoint.transport = node
    async with connection:
        connection._pool.watch()
        for (which, kind, head, chain_id), name, block in story:
            changed = nodes[which]
            if changed.chain_id != chain_id:  # it was restarted as something else
                changed.kind = "lost"
                await settled(connection, which)
            changed.kind, changed.head, changed.chain_id = kind, head, chain_id
            try:
                await act(connection, name, block)
            except (ChainUnavailable, WrongNetwork):
                pass
        for node in nodes:
            node.taken.clear()
        healed = nodes[story[-1][0][0]]
        healed.kind, healed.chain_id, healed.head = "well", CHAIN, 30
        async with asyncio.timeout(60):
            for name in ("latest", "at", "broadcast"):
                while not await tried(connection, name):
                    await asyncio.sleep(0.002)
            while not healed.taken:  # every healthy endpoint gets it, this one too
                await tried(connection, "broadcast")
                await asyncio.sleep(0.002)


async def settled(connection: Connection, which: int) -> None:
    """Until the pool has noticed that the endpoint is gone."""
    async with asyncio.timeout(60):
        while connection._pool.endpoints[which].verified:
            await asyncio.sleep(0.001)


async def tried(connection: Connection, name: str) -> bool:
    try:
        await act(connection, name, 30)
    except (ChainUnavailable, WrongNetwork):
        return False
    return True


@given(story=STORIES)
def test_any_story(story: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "_QUICKEST", 0.001)
        asyncio.run(told([Scripted(), Scripted(), Scripted()], story))
