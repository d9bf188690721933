# SPDX-License-Identifier: MIT
"""Asking the chain, in batches: where accounts stand, which blocks are canonical, what was mined,
who used a nonce. What is no answer to that is ChainUnavailable: the next look asks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from linkpool.chain.rpc import Ask, Rpc
from linkpool.chain.wire import GARBAGE, height, number, octets
from linkpool.errors import ChainUnavailable, TxReverted

_TOGETHER: Final = 500  # requests in one batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The chain at one moment. An account that could not be read is left out."""

    head: int
    base: int
    """Base fee of the head, wei per gas."""
    tip: int
    """What the RPC suggests, wei per gas."""
    counts: Mapping[str, tuple[int, int]]
    """By account: transactions mined, and mined or waiting."""
    hashes: Mapping[int, str]
    """Of the asked blocks that exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """A receipt, reverted or not."""

    hash: str
    block: int
    block_hash: str
    succeeded: bool
    gas_used: int
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The transaction that has a nonce on chain."""

    hash: str
    to: str | None
    """Lower case."""
    value: int
    data: bytes


async def look(chain: Rpc, accounts: Sequence[str], blocks: Sequence[int]) -> Look:
    """One batch. ChainUnavailable where not even the head is told."""
    asks: list[Ask] = [
        ("eth_getBlockByNumber", ("latest", False)),
        ("eth_maxPriorityFeePerGas", ()),
    ]
    for account in accounts:
        asks += [
            ("eth_getTransactionCount", (account, "latest")),
            ("eth_getTransactionCount", (account, "pending")),
        ]
    asks += [("eth_getBlockByNumber", (hex(block), False)) for block in blocks]
    answers = await ask(chain, asks)
    head, tip = answers[0], answers[1]
    if not isinstance(head, Mapping):
        raise head if isinstance(head, ChainUnavailable) else ChainUnavailable("no head block")
    end = 2 + 2 * len(accounts)
    return Look(
        head=height(head.get("number")),
        base=number(head.get("baseFeePerGas") or "0x0"),
        tip=0 if isinstance(tip, Exception) else number(tip),
        counts={
            account: (height(latest), max(height(latest), height(pending)))
            for account, latest, pending in zip(
                accounts, answers[2:end:2], answers[3:end:2], strict=True
            )
            if isinstance(latest, str) and isinstance(pending, str)
        },
        hashes={
            block: header["hash"]
            for block, header in zip(blocks, answers[end:], strict=True)
            if isinstance(header, Mapping) and isinstance(header.get("hash"), str)
        },
    )


async def ask(chain: Rpc, asks: Sequence[Ask]) -> list[Any | Exception]:
    """As `chain.batch`, in pieces that an RPC takes."""
    answers: list[Any | Exception] = []
    for start in range(0, len(asks), _TOGETHER):
        answers += await chain.batch(asks[start : start + _TOGETHER])
    return answers


async def receipts(chain: Rpc, hashes: Sequence[str]) -> dict[str, Mined]:
    """Of those that are mined as far as the RPC tells."""
    answers = await ask(chain, [("eth_getTransactionReceipt", (one,)) for one in hashes])
    found = (
        _mined(tx, answer)
        for tx, answer in zip(hashes, answers, strict=True)
        if isinstance(answer, Mapping)
    )
    return {one.hash: one for one in found if one is not None}


async def counts_at(chain: Rpc, accounts: Sequence[str], block: int) -> dict[str, int]:
    """Transactions mined up to `block`; without the accounts an RPC has no answer for."""
    asks: list[Ask] = [("eth_getTransactionCount", (one, hex(block))) for one in accounts]
    answers = await ask(chain, asks)
    return {
        account: height(answer)
        for account, answer in zip(accounts, answers, strict=True)
        if isinstance(answer, str)
    }


async def reasons(chain: Rpc, calls: Sequence[tuple[Mapping[str, str], int]]) -> list[str]:
    """Why mined calls reverted: each run again on the state of its parent block."""
    answers = await ask(chain, [("eth_call", (call, hex(block - 1))) for call, block in calls])
    return [
        f"reverted: {answer.reason}"
        if isinstance(answer, TxReverted)
        else "reverted in its block without a reason"
        for answer in answers
    ]


async def user_of(chain: Rpc, account: str, nonce: int, *, at: int) -> User | None:
    """The transaction that used `nonce`, from the block that holds it, at or below block `at`,
    whose state has it used. None where that block does not show it. ChainUnavailable where the
    RPC lacks the states to find it.
    """

    async def used(block: int) -> bool:
        answer = await chain.rpc("eth_getTransactionCount", account, hex(block))
        return number(answer) > nonce

    high, step = at, 1
    low = high - step
    while low >= 0 and await used(low):
        high, step = low, step * 2
        low = max(high - step, 0) if high else -1
    while high - low > 1:
        middle = (low + high) // 2
        if await used(middle):
            high = middle
        else:
            low = middle
    block = await chain.rpc("eth_getBlockByNumber", hex(high), True)
    return _user(block, account, nonce) if block else None


def _user(block: Any, account: str, nonce: int) -> User | None:
    """Who has the nonce, from a block with its transactions."""
    try:
        for one in block["transactions"]:
            if one["from"].lower() == account.lower() and number(one["nonce"]) == nonce:
                return User(
                    hash=str(one["hash"]),
                    to=one["to"].lower() if one.get("to") else None,
                    value=number(one.get("value") or "0x0"),
                    data=octets(one["input"]),
                )
    except (TypeError, KeyError, AttributeError):
        raise ChainUnavailable(GARBAGE.format("block")) from None
    return None


def _mined(tx: str, receipt: Mapping[str, Any]) -> Mined | None:
    if receipt.get("blockHash") is None:
        return None  # some clients show a waiting one so
    if receipt.get("transactionHash") != tx:
        raise ChainUnavailable(GARBAGE.format(f"receipt of {tx}"))
    return Mined(
        hash=tx,
        block=height(receipt.get("blockNumber")),
        block_hash=str(receipt["blockHash"]),
        succeeded=number(receipt.get("status")) == 1,
        gas_used=height(receipt.get("gasUsed")),
        price=number(receipt.get("effectiveGasPrice") or "0x0"),
    )
