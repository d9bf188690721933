# SPDX-License-Identifier: MIT
"""The pool in front of real anvils: lost, lagging, restarted, in anvil's own words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from linkpool.chain.anvil import Anvil, free_port
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import Standing
from linkpool.chain.sender import Sender
from linkpool.chain.sending import SendOutcome
from linkpool.errors import ChainUnavailable, TxReverted, WrongNetwork
from linkpool.units import Wei
from tests.flows.faults import FaultyRpc
from tests.flows.processes import PATIENCE
from tests.flows.program import DEV
from tests.linkpool.awaited import awaited

QUICK = RpcLimits(pause_seconds=0.1, pause_most_seconds=0.5, poll_seconds=0.1)


@contextlib.asynccontextmanager
async def connected(*urls: str, limits: RpcLimits = QUICK) -> AsyncIterator[Connection]:
    async with await Connection.open(list(urls), chain_id=31337, timeout=5, limits=limits) as one:
        yield one


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.02)


def socket(url: str) -> str:
    return url.replace("http", "ws")


async def signed(connection: Connection, count: int, **changes: Any) -> list[bytes]:
    """Transactions of one account with the next nonces."""
    sender = Sender(connection, DEV[1])
    ready = await sender.preview(Call(to=DEV[2].address, data=b"", value=Wei(1), what="gift"))
    first = await connection.nonce(sender.address)
    plain = {
        "type": 2,
        "chainId": connection.chain_id,
        "gas": ready.limit,
        "maxFeePerGas": ready.fees.ceiling,
        "maxPriorityFeePerGas": ready.fees.tip,
        "value": 1,
        "data": b"",
        "to": DEV[2].address,
    }
    return [
        await DEV[1].sign(plain | {"nonce": first + number} | changes) for number in range(count)
    ]


@awaited
async def test_sixty_transactions_and_their_receipts_are_one_message_each(anvil: Anvil) -> None:
    async with connected(anvil.url) as connection:
        anvil.rpc("evm_setAutomine", False)
        raws = await signed(connection, 60)
        hashes = ["0x" + keccak(raw).hex() for raw in raws]
        before = connection.endpoints[0].requests
        assert {one.outcome for one in await connection.broadcast(raws)} == {"accepted"}
        assert await connection.receipts(hashes) == [None] * 60
        anvil.rpc("evm_setAutomine", True)
        anvil.rpc("evm_mine")
        found = await connection.receipts(hashes)
        assert all(one is not None and one.succeeded and one.gas == 21_000 for one in found)
        assert connection.endpoints[0].requests == before + 180
        assert connection.endpoints[0].batch == QUICK.batch


@awaited
async def test_anvils_own_words_are_understood(anvil: Anvil) -> None:
    async with connected(anvil.url) as connection:
        anvil.rpc("evm_setAutomine", False)
        first = (await signed(connection, 1))[0]
        other = (await signed(connection, 1, value=2))[0]
        poor = (await signed(connection, 1, value=10**30))[0]
        small = (await signed(connection, 1, gas=20_000))[0]
        huge = (await signed(connection, 1, gas=10**9))[0]
        assert await outcome(connection, first) == SendOutcome.ACCEPTED
        assert await outcome(connection, first) == SendOutcome.ALREADY_KNOWN
        assert await outcome(connection, other) == SendOutcome.UNDERPRICED
        assert await outcome(connection, poor) == SendOutcome.INSUFFICIENT_FUNDS
        assert await outcome(connection, small) == SendOutcome.FATAL
        assert await outcome(connection, huge) == SendOutcome.FATAL
        assert await outcome(connection, b"\2\1\2") == SendOutcome.FATAL
        anvil.rpc("evm_mine")
        assert await outcome(connection, first) == SendOutcome.NONCE_TOO_LOW
        assert await outcome(connection, other) == SendOutcome.NONCE_TOO_LOW
        cheap = (await signed(connection, 1, maxFeePerGas=1, maxPriorityFeePerGas=1))[0]
        assert await outcome(connection, cheap) == SendOutcome.UNDERPRICED
        anvil.rpc("evm_setAutomine", True)


async def outcome(connection: Connection, raw: bytes) -> SendOutcome:
    return (await connection.broadcast([raw]))[0].outcome


@awaited
async def test_many_calls_are_one_message_and_refusals_stay_with_theirs(anvil: Anvil) -> None:
    async with connected(anvil.url) as connection:
        # The block number where nothing is sent along; a refusal without a reason else.
        target = DEV[9].address
        anvil.rpc("anvil_setCode", target, "0x36156008575f5ffd5b435f5260205ff3")
        good, bad = (Call(to=target, data=data, what="ask") for data in (b"", b"1"))
        head = await connection.block_number()
        found = await connection.call_many([good, bad, good], block=head)
        assert found[0] == found[2] == head.to_bytes(32, "big")
        assert isinstance(found[1], TxReverted) and "without a reason" in found[1].reason
        anvil.rpc("anvil_setCode", target, "0x56")  # a jump to nowhere
        broken = await connection.call_many([good], senders=[DEV[1].address])
        assert isinstance(broken[0], TxReverted)
        anvil.rpc("anvil_setCode", target, "0x")


@awaited
async def test_one_endpoint_after_the_other_is_lost_and_comes_back(anvil: Anvil) -> None:
    async with FaultyRpc(anvil.url) as first, FaultyRpc(anvil.url) as second:
        async with connected(first.url, second.url) as connection:
            first.down = True
            assert await connection.balance(DEV[3].address) > 0
            raw = (await signed(connection, 1))[0]
            assert (await connection.broadcast([raw]))[0].known
            second.down = True
            with pytest.raises(ChainUnavailable, match="no RPC endpoint can be asked"):
                await connection.balance(DEV[3].address)
            assert await outcome(connection, raw) == SendOutcome.UNAVAILABLE
            first.down = False
            await until(lambda: connection.endpoints[0].standing == Standing.HEALTHY)
            assert await connection.balance(DEV[3].address) > 0
            assert connection.endpoints[1].standing == Standing.BENCHED
            second.down = False
            await until(lambda: connection.endpoints[1].standing == Standing.HEALTHY)


@awaited
async def test_heads_go_on_after_every_endpoint_was_gone(anvil: Anvil) -> None:
    async with FaultyRpc(anvil.url) as first, FaultyRpc(anvil.url) as second:
        async with connected(socket(first.url), second.url) as connection:
            heads = connection.heads()
            head = await anext(heads)
            await until(lambda: connection.endpoints[0].subscribed)
            first.down = second.down = True
            await until(
                lambda: all(one.standing == Standing.BENCHED for one in connection.endpoints)
            )
            anvil.rpc("anvil_mine", "0x5")
            first.down = second.down = False
            async with asyncio.timeout(PATIENCE):
                while await anext(heads) < head + 5:
                    pass
            await until(lambda: connection.endpoints[0].subscribed)
            anvil.rpc("evm_mine")
            async with asyncio.timeout(PATIENCE):
                while await anext(heads) < head + 6:
                    pass


@awaited
async def test_a_lagging_endpoint_answers_nothing_that_it_does_not_have(anvil: Anvil) -> None:
    anvil.rpc("anvil_mine", "0x14")
    async with FaultyRpc(anvil.url) as behind, FaultyRpc(anvil.url) as ahead:
        behind.lag = 10
        async with connected(behind.url, ahead.url) as connection:
            assert connection.endpoints[0].standing == Standing.LAGGING
            head = await connection.block_number()
            assert head == int(anvil.rpc("eth_blockNumber"), 16)
            assert (await connection.block(head))["number"] == hex(head)
            raw = (await signed(connection, 1))[0]
            assert await outcome(connection, raw) == SendOutcome.ACCEPTED
            ahead.down = True
            with pytest.raises(ChainUnavailable, match=f"has no block {head} yet"):
                await connection.logs(addresses=[], first=1, last=head)
            behind.lag = 0
            await until(lambda: connection.endpoints[0].standing == Standing.HEALTHY)
            assert await connection.logs(addresses=[], first=head, last=head) == []


@awaited
async def test_a_killed_chain_comes_back_on_its_port(tmp_path: Path) -> None:
    port = free_port()
    chain = Anvil.start(port=port)
    async with connected(socket(chain.url), chain.url) as connection:
        chain.kill()
        await until(lambda: all(one.standing == Standing.BENCHED for one in connection.endpoints))
        with pytest.raises(ChainUnavailable):
            await connection.block_number()
        with Anvil.start(port=port):
            await until(
                lambda: all(one.standing == Standing.HEALTHY for one in connection.endpoints)
            )
            assert await connection.block_number() == 0


@awaited
async def test_another_chain_that_takes_the_port_is_not_used() -> None:
    port = free_port()
    with Anvil.start(port=port) as chain:
        connection = await Connection.open(chain.url, chain_id=31337, limits=QUICK)
    async with connection:
        with pytest.raises(ChainUnavailable):
            await connection.block_number()
        with Anvil.start(port=port, chain_id=5), pytest.raises(WrongNetwork):
            await connection.block_number()
