# SPDX-License-Identifier: MIT
"""New heads: told over a WebSocket, looked for elsewhere, found again after an outage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import Standing
from linkpool.errors import ChainUnavailable
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.fake_node import FakeNode, refused
from tests.linkpool.chain.pools import QUICK, until


@contextlib.asynccontextmanager
async def opened(*urls: str, limits: RpcLimits = QUICK) -> AsyncIterator[Connection]:
    connection = await Connection.open(list(urls), chain_id=31337, timeout=2, limits=limits)
    async with connection:
        yield connection


async def next_head(heads: AsyncIterator[int]) -> int:
    async with asyncio.timeout(60):
        return await anext(heads)


@awaited
async def test_heads_are_looked_for_where_nobody_tells_them() -> None:
    async with FakeNode(head=5) as node, opened(node.url) as connection:
        heads = connection.heads()
        assert await next_head(heads) == 5
        node.head = 6
        assert await next_head(heads) == 6
        node.head = 4  # a reorganisation to fewer blocks
        assert await next_head(heads) == 4
        assert not connection.endpoints[0].subscribed


@awaited
async def test_a_subscription_tells_heads_and_replaced_blocks_without_being_asked() -> None:
    async with FakeNode(head=5) as node, opened(node.socket_url) as connection:
        heads = connection.heads()
        assert await next_head(heads) == 5
        await until(lambda: connection.endpoints[0].subscribed)
        asked = len(node.asked)
        await node.new_head(6)
        assert await next_head(heads) == 6
        await node.new_head()
        assert await next_head(heads) == 6
        assert len(node.asked) == asked


@awaited
async def test_a_slow_reader_gets_the_newest_head_only_and_readers_do_not_share() -> None:
    async with FakeNode(head=5) as node, opened(node.socket_url) as connection:
        first, second = connection.heads(), connection.heads()
        assert await next_head(first) == await next_head(second) == 5
        await until(lambda: connection.endpoints[0].subscribed)
        for head in range(6, 20):
            await node.new_head(head)
        await until(lambda: connection.endpoints[0].head == 19)
        assert await next_head(first) == await next_head(second) == 19


@awaited
async def test_a_lost_subscription_is_made_again() -> None:
    async with FakeNode(head=5) as node, opened(node.socket_url) as connection:
        heads = connection.heads()
        assert await next_head(heads) == 5
        await until(lambda: connection.endpoints[0].subscribed)
        await node.stop()
        await until(lambda: connection.endpoints[0].standing == Standing.BENCHED)
        with pytest.raises(ChainUnavailable):
            await connection.block_number()
        node.head = 9
        await node.start()
        while await next_head(heads) != 9:
            pass
        await until(lambda: connection.endpoints[0].subscribed)
        assert node.count("eth_subscribe") == 2


@awaited
async def test_an_endpoint_that_takes_no_subscription_is_polled() -> None:
    async with FakeNode(head=5) as node, opened(node.socket_url) as connection:
        node.answers["eth_subscribe"] = refused(-32601, "no such subscription")
        heads = connection.heads()
        assert await next_head(heads) == 5
        node.head = 6
        assert await next_head(heads) == 6
        assert not connection.endpoints[0].subscribed


@awaited
async def test_a_subscription_that_fell_silent_is_doubted() -> None:
    limits = QUICK.model_copy(update={"silence_seconds": 0.1})
    async with FakeNode(head=5) as node, opened(node.socket_url, limits=limits) as connection:
        heads = connection.heads()
        assert await next_head(heads) == 5
        await until(lambda: connection.endpoints[0].subscribed)
        node.head = 6  # and nobody was told
        assert await next_head(heads) == 6
        await until(lambda: node.count("eth_subscribe") == 2)


@awaited
async def test_the_highest_head_of_several_survives_the_loss_of_its_endpoint() -> None:
    async with FakeNode(head=5) as told, FakeNode(head=5) as polled:
        async with opened(told.socket_url, polled.url) as connection:
            heads = connection.heads()
            assert await next_head(heads) == 5
            await until(lambda: connection.endpoints[0].subscribed)
            await told.new_head(6)
            assert await next_head(heads) == 6
            await told.stop()
            polled.head = 7
            while await next_head(heads) != 7:
                pass
            told.head = 8
            await told.start()
            while await next_head(heads) != 8:
                pass


@awaited
async def test_requests_and_batches_go_over_a_socket_too() -> None:
    async with FakeNode() as node, opened(node.socket_url) as connection:
        node.answers["double"] = lambda number: 2 * number
        results = await asyncio.gather(
            *(connection.rpc("double", number) for number in range(20)),
            connection.batch([("double", [n]) for n in range(20)]),
        )
        assert results == [*(2 * n for n in range(20)), [2 * n for n in range(20)]]
        node.fault = "half"
        found = await connection.batch([("double", [1])] * 4)
        assert [isinstance(one, Exception) for one in found] == [True, True, False, False]
        node.fault = "no-batch"
        assert await connection.batch([("double", [n]) for n in range(4)]) == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("fault", "why"), [("garbage", "does not speak JSON-RPC"), ("slow", r"no answer in 0\.5 s")]
)
@awaited
async def test_a_socket_that_misbehaves_is_one_line(fault: str, why: str) -> None:
    async with FakeNode() as node:
        connection = await Connection.open(node.socket_url, timeout=0.5, limits=QUICK)
        async with connection:
            node.fault = fault
            with pytest.raises(ChainUnavailable, match=why):
                await connection.block_number()
            node.fault = None
            assert await connection.block_number() == 100


@awaited
async def test_a_socket_that_is_hung_up_is_opened_again() -> None:
    async with FakeNode() as node, opened(node.socket_url) as connection:
        await node.hang_up()
        assert await connection.block_number() == 100
