# SPDX-License-Identifier: MIT
"""What a job wants of the chain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from linkpool.net.testing import FakeHttp
from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.tasks import World
from tests.linkpool.oracle.tasks.single import LINK, OTHER, done, refused
from tests.linkpool.oracle.worlds import run


class Chain:
    """Answers, estimates, and remembers what it was asked."""

    def __init__(self, failure: TaskError | None = None) -> None:
        self.failure = failure
        self.asked: dict[str, Any] = {}

    async def call(self, to: str, data: bytes, **more: Any) -> bytes:
        self.asked = {"to": to, "data": data, **more}
        return b"\x2a"

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        if self.failure:
            raise self.failure
        return 100_001


def on(chain: Chain, kind: str, **attributes: str) -> Any:
    world = World(FakeHttp(), chain)
    lower = {name.lower(): text for name, text in attributes.items()}
    return asyncio.run(run(kind, [], {"jobSpec": {"gasLimit": 150_000}}, world, **lower))


def test_a_contract_is_asked() -> None:
    chain = Chain()
    assert on(chain, "ethcall", contract=LINK, data="0x01", gas="9", **{"from": OTHER}) == "0x2a"
    assert (chain.asked["to"], chain.asked["data"], chain.asked["gas"]) == (LINK, b"\1", 9)
    assert chain.asked["sender"].lower() == OTHER
    on(chain, "ethcall", contract=LINK, data="0x01", gas="9", gasUnlimited="true", block="Pending")
    assert (chain.asked["gas"], chain.asked["block"]) == (None, "pending")
    with pytest.raises(TaskError, match="data: empty"):
        on(chain, "ethcall", contract=LINK, data="0x")
    assert "no chain to ask" in refused("ethcall", contract=LINK, data="0x01")


def test_a_task_stays_on_the_jobs_chain() -> None:
    job = {"jobSpec": {"evmChainID": "5"}}
    assert done("ethtx", vars=job, to=LINK, data="0x", evmChainID="5").chain_id == 5
    assert done("ethtx", to=LINK, data="0x", vars={"c": ""}, evmChainID="$(c)").chain_id is None
    for kind, to in (("ethtx", "to"), ("ethcall", "contract"), ("estimategaslimit", "to")):
        said = refused(kind, vars=job, data="0x01", evmChainID="1", **{to: LINK})
        assert said == "evmchainid: the job is for chain 5, the task for 1"


def test_gas_is_estimated_up_to_the_limit() -> None:
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x") == 100_001
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="1.2") == 120_001
    assert on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="2") == 150_000
    assert on(Chain(TaskError("reverts")), "estimategaslimit", to=LINK, data="0x") == 150_000
    with pytest.raises(TryLater):
        on(Chain(TryLater("no RPC")), "estimategaslimit", to=LINK, data="0x")
    with pytest.raises(TaskError, match="negative"):
        on(Chain(), "estimategaslimit", to=LINK, data="0x", multiplier="-1")
