# SPDX-License-Identifier: MIT
"""Whatever an endpoint answers, callers get values of the right type or one of our errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.chain import wire
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call, ReceiptFact
from linkpool.chain.connection import Connection
from linkpool.errors import ChainUnavailable, LinkPoolError, TxReverted
from tests.linkpool.awaited import awaited

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["0x", "0x1", "0xzz", "0x" + "11" * 32, "0x" + "22" * 20])
)
NAMES = st.sampled_from(
    "result error code message data number hash baseFeePerGas logs blockNumber blockHash status "
    "gasUsed effectiveGasPrice topics address transactionHash logIndex contractAddress timestamp "
    "from to id".split()
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=20,
)
RECEIPT = {
    "blockHash": "0x" + "22" * 32,
    "status": "0x1",
    "gasUsed": "0x5208",
    "effectiveGasPrice": "0x1",
    "logs": [],
}
CALL = Call(to=ZERO, data=b"", what="ask")
QUESTIONS: list[Callable[[Connection], Awaitable[Any]]] = [
    lambda c: c.block_number(),
    lambda c: c.block(),
    lambda c: c.timestamp(),
    lambda c: c.genesis(),
    lambda c: c.balance(ZERO),
    lambda c: c.nonce(ZERO),
    lambda c: c.code_hash(ZERO),
    lambda c: c.call(CALL),
    lambda c: c.simulate(CALL, sender=ZERO),
    lambda c: c.estimate(CALL, sender=ZERO),
    lambda c: c.fees(),
    lambda c: c.logs(addresses=[ZERO], first=1, last=2),
    lambda c: c.receipt("0x" + "11" * 32),
    lambda c: c.send_raw(b"\1"),
]


class Parrot:
    """A transport whose endpoint says the same to everything, but knows its chain."""

    def __init__(self, told: Callable[[dict[str, Any]], Any]) -> None:
        self._told = told

    async def exchange(self, body: bytes, _numbers: range) -> Any:
        asked = json.loads(body)
        return [self._one(each) for each in asked] if isinstance(asked, list) else self._one(asked)

    def _one(self, asked: dict[str, Any]) -> Any:
        if asked["method"] == "eth_chainId":
            return {"id": asked["id"], "result": "0x1"}
        return self._told(asked)

    async def close(self) -> None:
        pass


def parrot(told: Callable[[dict[str, Any]], Any]) -> Connection:
    connection = Connection("http://parrot.example", timeout=5)
    connection._pool.endpoints[0].transport = Parrot(told)
    return connection


async def require_typed(connection: Connection) -> None:
    for question in QUESTIONS:
        try:
            await question(connection)
        except LinkPoolError as error:
            assert "\n" not in str(error)
    for result in await connection.broadcast([b"\1", b"\2"]):
        assert result.outcome
    try:
        for found in await connection.receipts(["0x" + "11" * 32] * 2):
            assert found is None or isinstance(found, ReceiptFact)
        for answer in await connection.call_many([CALL] * 2):
            assert isinstance(answer, bytes | TxReverted)
    except LinkPoolError as error:
        assert "\n" not in str(error)


@given(result=ANYTHING)
def test_any_result(result: Any) -> None:
    asyncio.run(require_typed(parrot(lambda asked: {"id": asked["id"], "result": result})))


@given(error=ANYTHING)
def test_any_error(error: Any) -> None:
    asyncio.run(require_typed(parrot(lambda asked: {"id": asked["id"], "error": error})))


@given(answer=ANYTHING)
def test_any_answer(answer: Any) -> None:
    asyncio.run(require_typed(parrot(lambda _asked: answer)))


@pytest.mark.parametrize("head", ["-0x1", hex(2**63), hex(2**300)])
@awaited
async def test_a_block_number_that_no_chain_reaches_is_not_believed(head: str) -> None:
    """A database could not keep it."""
    told = {"eth_blockNumber": head, "eth_getTransactionReceipt": RECEIPT | {"blockNumber": head}}
    connection = parrot(lambda asked: {"id": asked["id"], "result": told[asked["method"]]})
    with pytest.raises(ChainUnavailable, match="no number"):
        await connection.block_number()
    with pytest.raises(ChainUnavailable, match="no number"):
        await connection.receipt("0x" + "11" * 32)


def test_an_amount_is_not_negative_and_fits_a_word() -> None:
    assert wire.number(hex(2**256 - 1)) == 2**256 - 1
    for text in ("-0x1", hex(2**256)):
        with pytest.raises(ChainUnavailable, match="no number"):
            wire.number(text)
