# SPDX-License-Identifier: MIT
"""Reading through an endpoint with its own ideas of how much, how far back, and what text is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from eth_abi.abi import encode

from linkpool.audit import creations, history
from linkpool.audit.facts import Creation, Moment
from linkpool.audit.source import Source, View
from linkpool.chain.addresses import address, created_address
from linkpool.chain.codec import codec
from linkpool.chain.connection import Connection
from linkpool.deployment.writes import write_of
from linkpool.errors import ChainUnavailable, NotJudged
from tests.linkpool.audit.makers import FACTORY, LINK, TIMELOCK, place, write
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.fake_node import FakeNode, refused

HEAD = 60_000
BLOCK = "0x" + "ab" * 32


@asynccontextmanager
async def asking(node: FakeNode) -> AsyncIterator[Source]:
    node.head = HEAD
    async with node, await Connection.open(node.url) as connection:
        yield Source(connection, node.name, Moment(
            chain_id=31337, genesis="0x0", number=HEAD, hash=BLOCK, time=1))  # fmt: skip


def changed(name: bytes, new: str, *, block: int, index: int = 0) -> dict[str, Any]:
    """The log of a registry write."""
    (topic,) = codec("PoolStorageFactory").topics(["ContractChanged"])
    words = [bytes(32), bytes(12) + bytes.fromhex(new[2:])]
    return {
        "address": FACTORY,
        "topics": ["0x" + one.hex() for one in (topic, *words)],
        "data": "0x" + encode(["bytes"], [name]).hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + "cd" * 32,
        "transactionHash": "0x" + "ef" * 32,
        "logIndex": hex(index),
    }


@awaited
async def test_every_read_names_the_block_by_its_hash() -> None:
    node, asked = FakeNode(), []

    def code(_place: str, at: Any) -> str:
        asked.append(at)
        return "0x60"

    def call(_request: Any, at: Any) -> str:
        asked.append(at)
        return "0x" + "00" * 31 + "05"

    node.answers |= {"eth_getCode": code, "eth_call": call}
    async with asking(node) as source:
        assert await source.codes([LINK, FACTORY]) == {LINK: b"\x60", FACTORY: b"\x60"}
        view = View("PoolStorageFactory", FACTORY, "storageCount")
        assert await source.views([view] * 3) == [5, 5, 5]
    assert asked == [{"blockHash": BLOCK, "requireCanonical": True}] * 5


@awaited
async def test_a_view_that_refuses_or_answers_something_else_has_no_value() -> None:
    node, said = (
        FakeNode(),
        iter([refused(3, "execution reverted"), "0x", "0x05", "0x" + "ff" * 32]),
    )
    node.answers["eth_call"] = lambda *_: next(said)
    async with asking(node) as source:
        view = View("PoolStorageFactory", FACTORY, "isSealed")
        for _ in range(4):
            assert await source.views([view]) == [None]


@pytest.mark.parametrize("refusal", ["block range is too wide", "query returned too many results"])
@awaited
async def test_a_range_of_logs_that_is_too_wide_is_halved(refusal: str) -> None:
    node, ranges = FakeNode(), []

    def logs(given: dict[str, Any]) -> Any:
        first, last = int(given["fromBlock"], 16), int(given["toBlock"], 16)
        if last - first > 3_000:
            return refused(-32005, refusal)
        ranges.append((first, last))
        return [changed(b"Node", LINK, block=first)]

    node.answers["eth_getLogs"] = logs
    async with asking(node) as source:
        events = await source.events({FACTORY: "PoolStorageFactory"}, ["ContractChanged"], 100)
    assert ranges[0][0] == 100
    assert ranges[-1][1] == HEAD
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))
    assert len(events) == len(ranges)


@awaited
async def test_logs_that_cannot_be_had_at_all_are_no_verdict() -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = refused(-32602, "no logs here")
    async with asking(node) as source:
        with pytest.raises(NotJudged, match="gives no logs of block 7"):
            await source.events({FACTORY: "PoolStorageFactory"}, ["ContractChanged"], 7)


@awaited
async def test_logs_of_somebody_else_are_no_verdict() -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = [changed(b"Node", LINK, block=5) | {"address": LINK}]
    async with asking(node) as source:
        with pytest.raises(NotJudged, match="that nobody asked for"):
            await source.events({FACTORY: "PoolStorageFactory"}, ["ContractChanged"], 59_999)


@awaited
async def test_a_name_that_is_no_text_hides_nothing() -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = [changed(b"\xff\xfe", LINK, block=HEAD)]
    node.answers["eth_getBlockByNumber"] = lambda number, _: {"number": number, "timestamp": "0x9"}
    async with asking(node) as source:
        found = await history.read(source, FACTORY, TIMELOCK, HEAD)
    assert source.unread == []
    (change,) = found.changes
    assert (change.name, change.new, change.time) == ("\\xff\\xfe", LINK, 9)


def announced(*topics: bytes, data: bytes) -> dict[str, Any]:
    """The log of an announcement, as crafted as anybody likes."""
    (topic,) = codec("Timelock").topics(["OperationAnnounced"])
    return changed(b"", LINK, block=HEAD) | {
        "address": TIMELOCK,
        "topics": ["0x" + one.hex() for one in (topic, *topics)],
        "data": "0x" + data.hex(),
    }


SAID = encode(["bytes", "bytes32", "uint256", "uint256"], [b"\x12", bytes(32), 5, 6])
ID, TARGET = b"\xab" * 32, bytes(12) + b"\x11" * 20


@awaited
async def test_an_announcement_has_values_of_its_kinds() -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = [announced(ID, TARGET, data=SAID)]
    async with asking(node) as source:
        (event,) = await source.events({TIMELOCK: "Timelock"}, ["OperationAnnounced"], HEAD)
    assert (event.fields["id"], event.fields["target"]) == (ID, address("0x" + "11" * 20))


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ((ID, b"\xff" * 32), SAID),  # no address
        ((ID,), SAID),
        ((ID, TARGET), b"\xff" * 64),
        ((ID, TARGET), b""),
    ],
)
@awaited
async def test_a_crafted_log_is_noted_and_no_crash(topics: tuple[bytes, ...], data: bytes) -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = [announced(*topics, data=data)]
    async with asking(node) as source:
        assert await source.events({TIMELOCK: "Timelock"}, ["OperationAnnounced"], HEAD) == []
    assert source.unread == [f"of Timelock in 0x{'ef' * 32}"]


@awaited
async def test_a_topic_that_is_no_word_is_garbage() -> None:
    node = FakeNode()
    node.answers["eth_getLogs"] = [announced(ID, TARGET[12:], data=SAID)]
    async with asking(node) as source:
        with pytest.raises(ChainUnavailable, match="no log"):
            await source.events({TIMELOCK: "Timelock"}, ["OperationAnnounced"], HEAD)


@awaited
async def test_a_short_chain_without_old_state_is_searched_block_by_block() -> None:
    """And whatever stands in a block is no crash."""
    node = FakeNode()
    maker, tx = place(5), "0x" + "cd" * 32
    crooked = [7, {}, {"to": None}, {"hash": tx, "from": "0x12", "nonce": "0x1"}]
    crooked.append({"hash": tx, "from": maker, "nonce": {}})
    right = {"hash": tx, "from": maker, "nonce": "0x3", "to": None}

    def block(number: str, _full: bool) -> Any:
        shown = {2: None, 3: {"transactions": 7}, 150: {"transactions": [*crooked, right]}}
        return shown.get(int(number, 16), {"transactions": crooked})

    receipt = {
        "blockNumber": hex(150),
        "blockHash": BLOCK,
        "transactionHash": tx,
        "status": "0x1",
        "gasUsed": "0x1",
        "effectiveGasPrice": "0x1",
        "contractAddress": created_address(maker, 3),
        "logs": [],
    }
    node.answers |= {
        "eth_getCode": refused(-32000, "missing trie node"),
        "eth_getBlockByNumber": block,
        "eth_getTransactionReceipt": receipt,
        "eth_getTransactionByHash": right | {"input": "0x6001"},
    }
    async with asking(node) as source:
        short = replace(source, moment=replace(source.moment, number=200))
        wanted = [created_address(maker, 3), created_address(maker, 4)]
        found = await creations.read(short, wanted, {})
        assert found == {wanted[0]: Creation(tx=tx, block=150, code=b"\x60\x01"), wanted[1]: None}
        asked = node.count("eth_getBlockByNumber")
        assert await creations.read(source, wanted, {}) == dict.fromkeys(wanted)
        assert node.count("eth_getBlockByNumber") == asked  # too long a chain


@awaited
async def test_the_first_block_is_found_where_old_state_is_kept() -> None:
    node = FakeNode()
    node.answers["eth_getCode"] = lambda _, block: "0x60" if int(block, 16) >= 12_345 else "0x"
    async with asking(node) as source:
        assert await history.beginning(source, FACTORY) == 12_345
    assert node.count("eth_getCode") < 20


@awaited
async def test_without_old_state_somebody_has_to_say_the_first_block() -> None:
    node = FakeNode()
    node.answers["eth_getCode"] = refused(-32000, "missing trie node")
    async with asking(node) as source:
        with pytest.raises(NotJudged, match="give --from BLOCK"):
            await history.beginning(source, FACTORY)


@pytest.mark.parametrize("answer", [None, "0x0"])
@awaited
async def test_a_block_that_is_not_there_is_no_verdict(answer: Any) -> None:
    node = FakeNode()
    node.answers["eth_getBlockByNumber"] = answer
    async with asking(node) as source:
        with pytest.raises(NotJudged, match="has not all blocks"):
            await source.times([1, 2])
        assert not await source.is_current()


def test_only_a_registry_write_is_taken_for_one() -> None:
    found = write_of(write("Node", place(3)))
    assert found is not None
    assert (found.name, found.new) == ("Node", place(3))
    assert write_of(write("Node", place(3))[:40]) is None
    assert write_of(b"\x00" * 100) is None
    assert write_of(b"") is None
