# SPDX-License-Identifier: MIT
"""What an RPC may answer, and what is believed of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any

import pytest

from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable
from linkpool.transactions import look
from tests.linkpool.awaited import awaited

ME, TX, OTHER = "0x" + "0a" * 20, "0x" + "11" * 32, "0x" + "22" * 32
HEAD = {"number": "0x9", "hash": TX, "baseFeePerGas": "0x7"}
SENT = {"from": ME, "nonce": "0x3", "hash": TX, "to": None, "input": "0x01"}
RECEIPT = {
    "transactionHash": TX,
    "blockNumber": "0x8",
    "blockHash": OTHER,
    "status": "0x1",
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x7",
}
HUGE = hex(2**63)


class Answers:
    """An RPC that says what it was told to."""

    chain_id = 31337

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    async def rpc(self, method: str, *params: Any) -> Any:
        return self._answers.pop(0)

    async def batch(self, calls: Sequence[Ask]) -> list[Any | Exception]:
        return [self._answers.pop(0) for _ in calls]

    async def broadcast(self, raws: Sequence[bytes]) -> list[Any]:
        raise AssertionError("nothing is sent here")

    def heads(self) -> AsyncIterator[int]:
        raise AssertionError("nobody waits here")


def used(block: Any) -> Coroutine[Any, Any, look.User | None]:
    """Nonce 3 is used from block 1 on, and this is said to be block 1."""
    return look.user_of(Answers("0x0", block), ME, 3, at=1)


@awaited
async def test_a_look_leaves_out_what_it_was_not_told() -> None:
    away = ChainUnavailable("away")
    chain = Answers(HEAD, away, "0x2", "0x3", "0x5", away, HEAD, None, {"hash": None})
    seen = await look.look(chain, [ME, OTHER], [6, 7, 8])
    assert (seen.head, seen.base, seen.tip) == (9, 7, 0)
    assert (seen.counts, seen.hashes) == ({ME: (2, 3)}, {6: TX})


@pytest.mark.parametrize(
    "answers",
    [
        (None, "0x1", "0x2", "0x2"),
        ("0x", "0x1", "0x2", "0x2"),
        ({}, "0x1", "0x2", "0x2"),
        (HEAD | {"number": None}, "0x1", "0x2", "0x2"),
        (HEAD | {"number": HUGE}, "0x1", "0x2", "0x2"),
        (HEAD | {"baseFeePerGas": "much"}, "0x1", "0x2", "0x2"),
        (HEAD, None, "0x2", "0x2"),
        (HEAD, "0x1", "two", "0x2"),
        (HEAD, "0x1", "0x2", HUGE),
    ],
)
@awaited
async def test_a_look_that_is_none_is_made_again(answers: Sequence[Any]) -> None:
    with pytest.raises(ChainUnavailable):
        await look.look(Answers(*answers), [ME], [])


@awaited
async def test_receipts_are_of_what_is_mined() -> None:
    chain = Answers(RECEIPT, None, RECEIPT | {"blockHash": None}, ChainUnavailable("away"))
    found = await look.receipts(chain, [TX, OTHER, ME, "0x0"])
    assert list(found) == [TX]
    mined = found[TX]
    assert (mined.block, mined.block_hash, mined.succeeded) == (8, OTHER, True)
    assert (mined.gas_used, mined.price) == (21_000, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transactionHash", OTHER),
        ("transactionHash", None),
        ("blockNumber", None),
        ("blockNumber", HUGE),
        ("status", None),
        ("status", "good"),
        ("gasUsed", HUGE),
        ("effectiveGasPrice", "dear"),
    ],
)
@awaited
async def test_a_receipt_that_is_none_is_asked_for_again(name: str, value: Any) -> None:
    with pytest.raises(ChainUnavailable, match="set another --rpc"):
        await look.receipts(Answers(RECEIPT | {name: value}), [TX])


@awaited
async def test_who_used_a_nonce() -> None:
    other = SENT | {"nonce": "0x2", "to": "0xAB", "value": "0x5"}
    found = await used({"transactions": [other, SENT]})
    assert found == look.User(hash=TX, to=None, value=0, data=b"\1")
    assert await used({"transactions": [other]}) is None
    assert await used(None) is None


@pytest.mark.parametrize(
    "block",
    [
        "0x1",
        {"hash": TX},
        {"transactions": None},
        {"transactions": [TX]},
        {"transactions": [SENT | {"from": None}]},
        {"transactions": [SENT | {"input": "0xzz"}]},
        {"transactions": [SENT | {"nonce": None}]},
    ],
    ids=str,
)
@awaited
async def test_a_block_that_is_none_is_asked_for_again(block: Any) -> None:
    with pytest.raises(ChainUnavailable, match="set another --rpc"):
        await used(block)


@awaited
async def test_counts_are_small_enough_to_be_kept() -> None:
    chain = Answers("0x7", ChainUnavailable("away"))
    assert await look.counts_at(chain, [ME, OTHER], 5) == {ME: 7}
    with pytest.raises(ChainUnavailable):
        await look.counts_at(Answers(HUGE), [ME], 5)
