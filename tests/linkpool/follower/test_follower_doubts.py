# SPDX-License-Identifier: MIT
"""Answers that a follower must not believe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linkpool.errors import ChainUnavailable
from linkpool.store.database import Database
from tests.linkpool.awaited import awaited
from tests.linkpool.follower.chains import CONTRACTS, OTHER, WANTED, FakeChain, Made
from tests.linkpool.follower.following import (
    LOG,
    WHOLE,
    everything,
    known,
    refusal,
    watched,
)


@awaited
async def test_an_rpc_that_is_behind_changes_nothing(database: Database) -> None:
    chain, one = await watched(database, 20)
    before = await everything(one)
    chain.lag = 5
    assert await one.step() == before
    chain.lag = 15
    with pytest.raises(ChainUnavailable, match="newest block is 5, block 20 was seen before"):
        await one.step()
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_headers_of_two_branches_are_not_put_together(database: Database) -> None:
    chain, one = await watched(database)
    await one.step()
    chain.grow(4, LOG)
    chain.before = [lambda: None, lambda: chain.fork(3, (LOG,), (LOG,), (LOG,))]
    with pytest.raises(ChainUnavailable, match="from two branches"):
        await one.step()
    await everything(one)
    assert known(database) == chain.keys(WHOLE)


def branches(chain: FakeChain, depth: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """To another branch, and back to this one."""
    gone: list[Made] = []

    def away() -> None:
        gone.extend(chain.drop(depth))
        for _ in gone:
            chain.mine()

    def back() -> None:
        chain.drop(depth)
        chain.put(gone)

    return away, back


@awaited
async def test_logs_of_a_range_from_another_branch_are_not_believed(database: Database) -> None:
    """The branch is gone again before the next look: nothing else would ever tell."""
    chain, one = await watched(database, 30)
    away, back = branches(chain, 29)
    await one.step()
    chain.before, chain.within = [lambda: None, lambda: None], [away]
    assert "was replaced while its logs were read" in await refusal(one)
    back()
    await everything(one)
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_history_has_to_end_where_the_known_blocks_begin(database: Database) -> None:
    chain, one = await watched(database, 11)
    away, back = branches(chain, 11)
    chain.before = [lambda: None] * 2 + [away]
    assert "from two branches" in await refusal(one)
    back()
    await everything(one)
    assert known(database) == chain.keys(WHOLE)


class Liar(FakeChain):
    """Changes each answer on its way."""

    lie: Callable[[str, Any], Any] = staticmethod(lambda method, answer: answer)

    async def batch(self, calls: Any, *, block: int | None = None) -> list[Any | Exception]:
        answers = await super().batch(calls)
        return [self.lie(call[0], answer) for call, answer in zip(calls, answers, strict=True)]


def every_log(**changes: Any) -> Callable[[str, Any], Any]:
    def lie(method: str, answer: Any) -> Any:
        return [entry | changes for entry in answer] if method == "eth_getLogs" else answer

    return lie


LIES = {
    "another contract": every_log(address=CONTRACTS[2]),
    "another topic": every_log(topics=["0x" + OTHER.hex()]),
    "no topic": every_log(topics=[]),
    "another block": every_log(blockNumber="0x7777"),
    "another hash": every_log(blockHash="0x" + "77" * 32),
    "no log": every_log(logIndex=None),
    "no list": lambda method, answer: {} if method == "eth_getLogs" else answer,
    "no block": lambda method, answer: "0x" if method != "eth_getLogs" else answer,
    "block without number": lambda method, answer: (
        answer | {"number": None} if method != "eth_getLogs" else answer
    ),
    "block whose hash is none": lambda method, answer: (
        answer | {"hash": "0xunknown"} if method != "eth_getLogs" else answer
    ),
    "a topic too short": every_log(topics=["0x" + WANTED.hex(), "0x" + "11" * 20]),
    "five topics": every_log(topics=["0x" + WANTED.hex()] * 5),
    "no transaction": every_log(transactionHash=None),
    "every log twice": lambda method, answer: answer * 2 if method == "eth_getLogs" else answer,
    "nothing": lambda method, answer: None,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("lately", [True, False])
@awaited
async def test_what_was_not_asked_for_is_not_believed(
    database: Database, lie: str, lately: bool
) -> None:
    chain = Liar()
    _, one = await watched(database, 20, chain=chain)
    await (everything(one) if lately else one.step())
    before = known(database)
    if lately:
        chain.mine(LOG)
    chain.lie = LIES[lie]
    reason = await refusal(one)
    assert reason and "\n" not in reason
    assert known(database) == before
    chain.lie = Liar.lie
    await everything(one)
    assert known(database) == chain.keys(WHOLE)
