# SPDX-License-Identifier: MIT
"""One endpoint: its failures, its refusals, what it takes in one message."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from linkpool.chain.connection import Connection
from linkpool.chain.rpc import RpcRefused, Standing
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded, UsageError, WrongNetwork
from tests.linkpool.chain.fake_node import FakeNode, refused
from tests.linkpool.chain.pools import QUICK, SOMEBODY, pool, run, standings, until

# ---- One endpoint ----


def test_one_endpoint_costs_one_request_to_open() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            assert connection.chain_id == 31337
            assert await connection.block_number() == 100
            assert node.asked == ["eth_chainId", "eth_blockNumber"]
            assert standings(connection) == [Standing.HEALTHY]

    run(story())


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("slow", r"no answer in 0\.5 s"),
        ("reset", "connection lost"),
        ("garbage", "does not speak JSON-RPC"),
        ("number", "does not speak JSON-RPC"),
        ("redirect", "HTTP 307"),
        ("401", "HTTP 401"),
        ("503", "HTTP 503"),
    ],
)
def test_a_failure_of_the_only_endpoint_is_one_line_and_is_over_when_it_is_over(
    fault: str, why: str
) -> None:
    async def story() -> None:
        patience = 0.5 if fault == "slow" else 5
        async with FakeNode() as node, pool(node, timeout=patience) as connection:
            node.fault = fault
            with pytest.raises(ChainUnavailable, match=f"RPC down at {node.name} .*{why}"):
                await connection.block_number()
            with pytest.raises(ChainUnavailable, match=why):
                await connection.block_number()
            node.fault = None
            assert await connection.block_number() == 100

    run(story())


def test_a_chain_that_nobody_serves_cannot_be_opened_but_waited_for() -> None:
    async def story() -> None:
        node = FakeNode()
        await node.start()
        await node.stop()
        with pytest.raises(ChainUnavailable, match=f"RPC down at {node.name} .no connection."):
            await Connection.open(node.url, timeout=1)
        with pytest.raises(UsageError, match="which chain"):
            await Connection.open(node.url, wait=False)
        async with pool(node, wait=False) as connection:
            with pytest.raises(ChainUnavailable):
                await connection.block_number()
            await node.start()
            assert await connection.block_number() == 100
            await node.stop()

    run(story())


def test_a_limited_endpoint_is_waited_for_where_its_pause_is_short() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.fault, node.retry_after = "429", "0.1"
            asked = asyncio.create_task(connection.block_number())
            await until(lambda: connection.endpoints[0].errors == 1)
            node.fault = None
            assert await asked == 100
            node.fault, node.retry_after = "429", "100"
            with pytest.raises(ChainUnavailable, match="HTTP 429"):
                await connection.block_number()

    run(story())


def test_a_limit_on_parts_of_a_batch_is_waited_out() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            limited = iter([True, False, True])
            node.answers["some"] = lambda number: (
                refused(429, "too many requests") if next(limited, False) else number
            )
            assert await connection.batch([("some", [n]) for n in range(5)]) == list(range(5))
            assert node.count("some") == 7

    run(story())


def test_an_endpoint_of_another_chain_is_refused() -> None:
    async def story() -> None:
        async with FakeNode(chain_id=5) as node:
            with pytest.raises(WrongNetwork, match=r"unknown network \(chain id 5\), not local"):
                async with pool(node):
                    pass

    run(story())


# ---- Refusals of one request ----


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (refused(3, "execution reverted: node: not owner"), TxReverted, "node: not owner"),
        (refused(-32000, "insufficient funds for transfer"), Unfunded, "too little ETH"),
        (refused(-32602, "invalid params"), RpcRefused, "refused eth_call: invalid params"),
        ({"error": "simply text"}, RpcRefused, "refused eth_call: simply text"),
        ({"error": {"code": "odd"}}, RpcRefused, "refused eth_call: no reason given"),
        (refused(1, "two\nlines"), RpcRefused, "refused eth_call: two lines$"),
        (refused(1, "x" * 180 + " https://me:secret@h"), RpcRefused, "x https://h$"),
        (refused(1, "see https://rpc.example/secret"), RpcRefused, "https://rpc.example$"),
    ],
)
def test_an_error_in_an_answer_has_its_class(answer: Any, kind: type[Exception], text: str) -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.answers["eth_call"] = answer
            with pytest.raises(kind, match=text):
                await connection.rpc("eth_call", {}, "latest")
            assert standings(connection) == [Standing.HEALTHY]

    run(story())


@pytest.mark.parametrize("result", [None, 5, "", "0xzz", {}, []])
def test_a_result_of_another_shape_is_the_chains_fault(result: Any) -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.answers = dict.fromkeys(
                ("eth_blockNumber", "eth_getCode", "eth_getBlockByNumber", "eth_getLogs"), result
            )
            node.answers["eth_getTransactionReceipt"] = result or {}
            with pytest.raises(ChainUnavailable):
                await connection.block_number()
            with pytest.raises(ChainUnavailable):
                await connection.timestamp()
            with pytest.raises(ChainUnavailable):
                await connection.receipts(["0x11"])
            if result != []:
                with pytest.raises(ChainUnavailable):
                    await connection.logs(addresses=[], first=1, last=2)
            if result != "":
                with pytest.raises(ChainUnavailable):
                    await connection.code(SOMEBODY)

    run(story())


# ---- Batches ----


def test_a_batch_is_one_message_with_results_in_order() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.answers["double"] = lambda number: 2 * number
            node.answers["fail"] = refused(3, "execution reverted: no")
            results = await connection.batch([("double", [n]) for n in range(60)] + [("fail", [])])
            assert results[:60] == [2 * n for n in range(60)]
            assert isinstance(results[60], TxReverted)
            assert node.batches == [1, 61]
            assert await connection.batch([]) == []

    run(story())


@pytest.mark.parametrize(("fault", "size"), [("small-batch", 3), ("no-batch", 1)])
def test_a_batch_shrinks_to_what_the_endpoint_takes(fault: str, size: int) -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.fault = fault
            node.answers["double"] = lambda number: 2 * number
            results = await connection.batch([("double", [n]) for n in range(50)])
            assert results == [2 * n for n in range(50)]
            assert connection.endpoints[0].batch == size

    run(story())


def test_a_batch_grows_again() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.fault = "no-batch"
            await connection.batch([("eth_blockNumber", ())] * 2)
            assert connection.endpoints[0].batch == 1
            node.fault = None
            for _ in range(50):
                await connection.block_number()
            assert connection.endpoints[0].batch == 2

    run(story())


def test_an_answer_that_is_too_large_is_asked_for_in_parts_then_refused() -> None:
    async def story() -> None:
        limits = QUICK.model_copy(update={"answer_bytes": 100_000})
        async with FakeNode() as node, pool(node, limits=limits) as connection:
            node.answers["big"] = "0" * 60_000
            assert await connection.batch([("big", ())] * 4) == ["0" * 60_000] * 4
            assert connection.endpoints[0].batch == 1
            node.fault = "huge"
            with pytest.raises(RpcRefused, match="response size exceeded"):
                await connection.rpc("big")
            assert standings(connection) == [Standing.HEALTHY]

    run(story())


def test_what_an_endpoint_leaves_out_of_a_batch_is_asked_of_the_next() -> None:
    async def story() -> None:
        async with FakeNode() as half, FakeNode() as whole, pool(half, whole) as connection:
            half.fault = "half"
            for node in (half, whole):
                node.answers["double"] = lambda number: 2 * number
            results = await connection.batch([("double", [n]) for n in range(10)])
            assert results == [2 * n for n in range(10)]
            assert whole.count("double") == 5
            whole.fault = "half"
            results = await connection.batch([("double", [n]) for n in range(10)])
            assert [type(one) for one in results].count(RpcRefused) == 3

    run(story())
