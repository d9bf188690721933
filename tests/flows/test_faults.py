# SPDX-License-Identifier: MIT
"""The misbehaving endpoint misbehaves as it says, and not otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import pytest

from linkpool.chain.anvil import Anvil
from tests.flows.faults import FaultyRpc

Story = Callable[[FaultyRpc, aiohttp.ClientSession], Awaitable[None]]


@pytest.fixture(scope="module")
def chain() -> Iterator[Anvil]:
    with Anvil.start() as anvil:
        anvil.rpc("anvil_mine", "0xa")
        yield anvil


def play(chain: Anvil, story: Story) -> None:
    async def told() -> None:
        async with FaultyRpc(chain.url) as rpc, aiohttp.ClientSession() as http:
            await story(rpc, http)

    asyncio.run(told())


async def ask(rpc: FaultyRpc, http: aiohttp.ClientSession, method: str, *params: object) -> object:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    async with http.post(rpc.url, json=body) as answer:
        return (await answer.json())["result"]


def test_without_a_fault_it_is_the_chain(chain: Anvil) -> None:
    async def story(rpc: FaultyRpc, http: aiohttp.ClientSession) -> None:
        assert await ask(rpc, http, "eth_blockNumber") == "0xa"
        async with http.ws_connect(rpc.url) as wire:
            await wire.send_json({"jsonrpc": "2.0", "id": 7, "method": "eth_chainId"})
            assert (await wire.receive_json())["id"] == 7

    play(chain, story)


def test_down_breaks_what_is_open_and_refuses_what_comes(chain: Anvil) -> None:
    async def story(rpc: FaultyRpc, http: aiohttp.ClientSession) -> None:
        async with http.ws_connect(rpc.url) as wire:
            rpc.down = True
            assert (await wire.receive()).type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            )
        with pytest.raises(aiohttp.ClientError):
            await ask(rpc, http, "eth_blockNumber")
        rpc.down = False
        assert await ask(rpc, http, "eth_blockNumber") == "0xa"

    play(chain, story)


def test_lagging_knows_nothing_of_the_last_blocks(chain: Anvil) -> None:
    async def story(rpc: FaultyRpc, http: aiohttp.ClientSession) -> None:
        rpc.lag = 3
        assert await ask(rpc, http, "eth_blockNumber") == "0x7"
        latest = await ask(rpc, http, "eth_getBlockByNumber", "latest", False)
        assert isinstance(latest, dict)
        assert latest["number"] == "0x7"
        assert await ask(rpc, http, "eth_getBlockByNumber", "0x8", False) is None
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(rpc.url)

    play(chain, story)


def test_a_lost_answer_is_of_a_request_that_was_carried_out(chain: Anvil) -> None:
    async def story(rpc: FaultyRpc, http: aiohttp.ClientSession) -> None:
        rpc.lose = 1.0
        with pytest.raises(aiohttp.ClientError):
            await ask(rpc, http, "evm_mine")
        rpc.lose = 0.0
        assert await ask(rpc, http, "eth_blockNumber") == "0xb"

    play(chain, story)
