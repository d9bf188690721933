# SPDX-License-Identifier: MIT
"""Several endpoints as one: failover, lag, wrong chains, transactions to everybody."""

from __future__ import annotations

import asyncio

import pytest

from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import RpcRefused, Standing
from linkpool.chain.sending import SendOutcome
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded, WrongNetwork
from tests.linkpool.chain.fake_node import FakeNode, refused
from tests.linkpool.chain.pools import QUICK, SOMEBODY, pool, run, standings, until

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


@pytest.mark.parametrize("fault", ["429", "503"])
@pytest.mark.parametrize("pause", ["nan", "-1", "soon"])
def test_an_endpoint_that_names_no_real_pause_comes_back(fault: str, pause: str) -> None:
    async def story() -> None:
        async with FakeNode() as first, FakeNode(head=90) as second:
            limits = QUICK.model_copy(update={"lag_blocks": 50})
            async with pool(first, second, limits=limits) as connection:
                first.fault, first.retry_after = fault, pause
                assert await connection.balance(SOMEBODY) == 90
                first.fault = None
                await until(lambda: connection.endpoints[0].standing == Standing.HEALTHY)
                assert await connection.balance(SOMEBODY) == 100

    run(story())


@pytest.mark.parametrize("liar", [0, 1])
@pytest.mark.parametrize("said", [None, {"number": hex(102)}, {"number": "?"}, refused(1, "no")])
def test_an_endpoint_that_only_claims_to_be_far_ahead_silences_no_other(
    liar: int, said: object
) -> None:
    """From the beginning, and later."""

    async def story() -> None:
        async with FakeNode(head=100) as honest, FakeNode(head=1_000_100) as evil:
            evil.answers["eth_getBlockByNumber"] = said
            nodes = [honest, evil] if liar else [evil, honest]
            async with pool(*nodes) as connection:
                assert await connection.balance(SOMEBODY) == 100
                assert connection.endpoints[liar].standing == Standing.BENCHED
                assert "no block 1000100" in connection.endpoints[liar].error
                evil.head = 101
                await until(lambda: connection.endpoints[liar].standing == Standing.HEALTHY)
                evil.head = 1_000_101
                await until(lambda: "no block 1000101" in connection.endpoints[liar].error)
                honest.head = 102
                await until(lambda: connection.endpoints[1 - liar].head == 102)
                assert connection.endpoints[1 - liar].standing == Standing.HEALTHY
                assert await connection.balance(SOMEBODY) == 102

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
                async with asyncio.timeout(40):  # the other one hangs for longer
                    for _ in range(10):
                        sent = await connection.broadcast([b"\1"])
                        assert sent[0].known
                assert hanging.batches.count(1) <= 2 + 3  # looks, and not every broadcast

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
