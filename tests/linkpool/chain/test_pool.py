# SPDX-License-Identifier: MIT
"""Several endpoints as one: failover, heads, lag, wrong chains, transactions to everybody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import RpcRefused, Standing
from linkpool.chain.sending import SendOutcome
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded, UsageError, WrongNetwork
from tests.linkpool.chain.fake_node import FakeNode, refused

QUICK = RpcLimits(pause_seconds=0.05, pause_most_seconds=0.2, poll_seconds=0.05)
SOMEBODY: Any = "0x" + "00" * 19 + "01"


@contextlib.asynccontextmanager
async def pool(
    *nodes: FakeNode, limits: RpcLimits = QUICK, timeout: float = 2, **more: Any
) -> AsyncIterator[Connection]:
    urls = [node.url for node in nodes]
    async with await Connection.open(
        urls, chain_id=31337, timeout=timeout, limits=limits, **more
    ) as connection:
        yield connection


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def standings(connection: Connection) -> list[Standing]:
    return [one.standing for one in connection.endpoints]


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


# ---- Several endpoints ----


@pytest.mark.parametrize("fault", ["reset", "garbage", "429", "503", "slow"])
def test_a_request_goes_to_the_next_where_the_first_fails(fault: str) -> None:
    async def story() -> None:
        limits = QUICK.model_copy(update={"answer_bytes": 100_000, "pause_most_seconds": 60})
        limits = limits.model_copy(update={"pause_seconds": 30})
        async with FakeNode() as first, FakeNode() as second:
            async with pool(first, second, limits=limits, timeout=0.5) as connection:
                first.fault = fault
                assert await connection.balance(SOMEBODY) == 100
                assert second.count("eth_getBalance") == 1
                before = len(first.batches)
                assert await connection.balance(SOMEBODY) == 100
                assert standings(connection) == [Standing.BENCHED, Standing.HEALTHY]
                assert len(first.batches) == before

    run(story())


def test_pauses_grow_and_a_benched_endpoint_comes_back() -> None:
    async def story() -> None:
        limits = RpcLimits(pause_seconds=0.05, pause_most_seconds=0.4, poll_seconds=0.02)
        async with FakeNode() as first, FakeNode(head=90) as second:
            limits = limits.model_copy(update={"lag_blocks": 50})
            async with pool(first, second, limits=limits) as connection:
                first.fault = "503"
                await until(lambda: connection.endpoints[0].failures >= 4)
                assert await connection.balance(SOMEBODY) == 90
                first.fault = None
                await until(lambda: connection.endpoints[0].standing == Standing.HEALTHY)
                assert await connection.balance(SOMEBODY) == 100
                await until(lambda: connection.endpoints[0].failures == 0)

    run(story())


def test_the_highest_head_answers() -> None:
    async def story() -> None:
        async with FakeNode(head=100) as first, FakeNode(head=101) as second:
            async with pool(first, second) as connection:
                assert await connection.balance(SOMEBODY) == 101
                first.head = 102
                await until(lambda: connection.endpoints[0].head == 102)
                assert await connection.balance(SOMEBODY) == 102

    run(story())


def test_a_lagging_endpoint_gets_transactions_and_no_reads() -> None:
    async def story() -> None:
        patient = QUICK.model_copy(update={"pause_most_seconds": 5})
        async with FakeNode(head=96) as behind, FakeNode(head=100) as ahead:
            async with pool(behind, ahead, limits=patient) as connection:
                assert standings(connection) == [Standing.LAGGING, Standing.HEALTHY]
                sent = await connection.broadcast([b"\1"])
                assert sent[0].outcome == SendOutcome.ACCEPTED
                await until(lambda: behind.count("eth_sendRawTransaction") == 1)
                assert ahead.count("eth_sendRawTransaction") == 1
                ahead.fault = "503"
                with pytest.raises(ChainUnavailable, match=f"{behind.name}: behind at block 96"):
                    await connection.balance(SOMEBODY)
                assert behind.count("eth_getBalance") == 0
                behind.head = 100
                await until(lambda: connection.endpoints[0].head == 100)
                assert await connection.balance(SOMEBODY) == 100

    run(story())


def test_a_read_at_a_block_goes_to_an_endpoint_that_has_it() -> None:
    async def story() -> None:
        limits = QUICK.model_copy(update={"poll_seconds": 60})
        async with FakeNode(head=100) as first, FakeNode(head=99) as second:
            async with pool(first, second, limits=limits) as connection:
                assert await connection.balance(SOMEBODY, block=100) == 100
                second.head = 101  # nobody looked yet
                assert await connection.balance(SOMEBODY, block=101) == 101
                with pytest.raises(ChainUnavailable, match="has no block 105 yet"):
                    await connection.logs(addresses=[], first=1, last=105)
                assert first.count("eth_getLogs") + second.count("eth_getLogs") == 0

    run(story())


def test_an_endpoint_without_the_state_passes_the_question_on() -> None:
    async def story() -> None:
        async with FakeNode() as pruned, FakeNode() as archive:
            pruned.answers["eth_getBalance"] = refused(-32000, "missing trie node 00ff")
            async with pool(pruned, archive) as connection:
                assert await connection.balance(SOMEBODY, block=5) == 100
                archive.answers["eth_getBalance"] = refused(-32000, "header not found")
                with pytest.raises(RpcRefused, match="header not found"):
                    await connection.balance(SOMEBODY, block=5)
                assert standings(connection) == [Standing.HEALTHY] * 2

    run(story())


def test_an_error_with_an_http_errors_status_is_an_error_of_the_request() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            node.fault = "500 with an error"
            with pytest.raises(RpcRefused, match="header not found"):
                await connection.balance(SOMEBODY)
            assert standings(connection) == [Standing.HEALTHY]

    run(story())


def test_a_wrong_chain_among_the_endpoints_is_reported_and_never_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def story() -> None:
        async with FakeNode(head=900, chain_id=1) as wrong, FakeNode() as right:
            async with pool(wrong, right) as connection:
                assert standings(connection) == [Standing.WRONG_CHAIN, Standing.HEALTHY]
                assert await connection.balance(SOMEBODY) == 100
                await connection.broadcast([b"\1"])
                right.fault = "503"
                with pytest.raises(ChainUnavailable, match="it is of chain id 1"):
                    await connection.balance(SOMEBODY)
                assert set(wrong.asked) <= {"eth_chainId", "eth_blockNumber"}

    run(story())
    assert "rpc.wrong_chain" in capsys.readouterr().out


def test_a_restarted_endpoint_is_asked_for_its_chain_again() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            await node.stop()
            with pytest.raises(ChainUnavailable):
                await connection.block_number()
            node.chain_id = 1
            await node.start()
            with pytest.raises(WrongNetwork):
                await connection.block_number()

    run(story())


def test_one_reachable_endpoint_is_enough_and_losing_all_is_survived() -> None:
    async def story() -> None:
        async with FakeNode(head=7) as first:
            second = FakeNode(head=8)
            await second.start()
            await second.stop()
            async with pool(first, second) as connection:
                assert await connection.balance(SOMEBODY) == 7
                await first.stop()
                for _ in range(3):
                    with pytest.raises(ChainUnavailable, match="no RPC endpoint can be asked"):
                        await connection.balance(SOMEBODY)
                assert (await connection.broadcast([b"\1"]))[0].outcome == SendOutcome.UNAVAILABLE
                await second.start()
                await until(lambda: connection.endpoints[1].standing == Standing.HEALTHY)
                assert await connection.balance(SOMEBODY) == 8
                await second.stop()

    run(story())


# ---- Transactions ----


def test_a_broadcast_goes_to_all_and_the_best_outcome_counts() -> None:
    async def story() -> None:
        low = refused(-32000, "nonce too low")
        poor = refused(-32000, "insufficient funds for gas * price + value")
        async with FakeNode() as first, FakeNode() as second, pool(first, second) as connection:
            first.answers["eth_sendRawTransaction"] = lambda raw: low if raw == "0x01" else poor
            second.answers["eth_sendRawTransaction"] = lambda raw: (
                "0x11" if raw == "0x01" else refused(-32603, "internal error")
            )
            sent = await connection.broadcast([b"\1", b"\2"])
            assert [one.outcome for one in sent] == [
                SendOutcome.ACCEPTED,
                SendOutcome.INSUFFICIENT_FUNDS,
            ]
            assert "insufficient funds" in sent[1].message

    run(story())


def test_a_hanging_endpoint_does_not_hold_a_broadcast_up() -> None:
    async def story() -> None:
        async with FakeNode() as quick, FakeNode() as hanging:
            async with pool(quick, hanging, timeout=50) as connection:
                hanging.fault = "slow"
                async with asyncio.timeout(5):
                    for _ in range(5):
                        sent = await connection.broadcast([b"\1"])
                        assert sent[0].known
                assert hanging.batches.count(1) <= 1 + 3  # a look, and not every broadcast

    run(story())


def test_send_raw_says_what_is_wrong() -> None:
    async def story() -> None:
        async with FakeNode() as node, pool(node) as connection:
            for message, kind in (
                ("insufficient funds for gas", Unfunded),
                ("execution reverted: no", TxReverted),
                ("nonce too low", RpcRefused),
                ("internal error", ChainUnavailable),
            ):
                node.answers["eth_sendRawTransaction"] = refused(-32000, message)
                with pytest.raises(kind):
                    await connection.send_raw(b"\1")
            node.answers["eth_sendRawTransaction"] = refused(-32000, "already known")
            assert (await connection.send_raw(b"\1")).startswith("0x5fe7f977")

    run(story())
