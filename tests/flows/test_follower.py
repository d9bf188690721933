# SPDX-License-Identifier: MIT
"""The follower on a real chain: reorganisations of every depth, an RPC that dies in the middle."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from sqlalchemy import func, select

from linkpool.chain.anvil import Anvil
from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.follower import Follower, FollowerLimits, Head, events
from linkpool.store.database import Database
from linkpool.store.tables import logs
from tests.flows.processes import PATIENCE
from tests.flows.program import DEV

SAID = keccak(text="Said(bytes32)")
# Emits Said with the first word of its calldata.
SAY = bytes.fromhex("5f35" + "7f" + SAID.hex() + "5f5fa2")
CODE = "0x" + SAY.hex() + "00"
SPEAKERS = [to_checksum_address(f"0x{number:040x}") for number in (0xAAA1, 0xAAA2)]
QUICK = RpcLimits(poll_seconds=0.05, pause_seconds=0.05, pause_most_seconds=0.2)
LIMITS = FollowerLimits(window=64, range_blocks=50, poll_seconds=1)


def speak(chain: Anvil, word: int, speaker: int = 0) -> None:
    """One transaction, one log; mined at once unless the chain's automine is off."""
    call = {
        "from": DEV[0].address,
        "to": SPEAKERS[speaker],
        "data": f"0x{word:064x}",
        "gas": hex(2_000_000),
    }
    chain.rpc("eth_sendTransaction", call)


@pytest.fixture
def chain() -> Any:
    with Anvil.start() as started:
        give_voice(started)
        yield started


def give_voice(chain: Anvil) -> None:
    for speaker in SPEAKERS:
        chain.rpc("anvil_setCode", speaker, CODE)


@asynccontextmanager
async def following(url: str, database: Database) -> AsyncIterator[Follower]:
    async with await Connection.open(url, timeout=5, limits=QUICK) as connection:
        yield Follower(connection, database, topics=[SAID], limits=LIMITS)


def said(chain: Anvil) -> set[tuple[str, int]]:
    asked = {"fromBlock": "0x0", "toBlock": "latest", "address": SPEAKERS}
    return {(log["blockHash"], int(log["logIndex"], 16)) for log in chain.rpc("eth_getLogs", asked)}


def heard(database: Database) -> set[tuple[str, int]]:
    query = select(logs.c.block_hash, logs.c.log_index)
    return {(row[0], row[1]) for row in database.read_now(lambda c: c.execute(query).all())}


def view(database: Database) -> set[tuple[str, int]]:
    """Everything that was added and not removed; each once."""
    found: set[tuple[str, int]] = set()
    for event in database.read_now(lambda c: events.pending(c, "reader", 100_000)):
        key = "0x" + event.log.block_hash.hex(), event.log.index
        assert (event.kind == "removed") == (key in found)
        found ^= {key}
    return found


async def until_level(follower: Follower, chain: Anvil) -> Head:
    newest = chain.rpc("eth_getBlockByNumber", "latest", False)["hash"]
    for _ in range(500):
        head = await follower.step()
        if head.hash == newest and not head.behind:
            return head
    raise AssertionError(f"{head} is not {newest}")


@pytest.mark.parametrize("depth", range(1, 9))
def test_replaced_blocks_are_noticed_at_every_depth(
    chain: Anvil, database: Database, depth: int
) -> None:
    for word in range(10):
        speak(chain, word, word % 2)

    async def story() -> None:
        async with following(chain.url, database) as follower:
            for speaker in SPEAKERS:
                await follower.watch(speaker, since=0)
            await until_level(follower, chain)
            assert len(heard(database)) == 10
            chain.rpc("anvil_reorg", depth, [])
            await until_level(follower, chain)
            assert heard(database) == said(chain)
            speak(chain, 99)
            await until_level(follower, chain)

    asyncio.run(story())
    assert len(heard(database)) == 11 - depth
    assert heard(database) == view(database) == said(chain)


def test_a_busy_chain_that_reorganises_all_the_time(chain: Anvil, database: Database) -> None:
    async def story() -> None:
        stop = asyncio.Event()
        async with following(chain.url, database) as follower:
            await follower.watch(SPEAKERS[0], since=0)
            running = asyncio.create_task(follower.run(stop))
            for word in range(60):
                await asyncio.to_thread(speak, chain, word)
                if word % 7 == 6:
                    await asyncio.to_thread(chain.rpc, "anvil_reorg", 1 + word % 8, [])
            await heard_all(chain, database, running)
            stop.set()
            await running

    asyncio.run(story())
    assert heard(database) == view(database) == said(chain)


async def heard_all(chain: Anvil, database: Database, running: asyncio.Task[None]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert not running.done(), running.result()
        if heard(database) == await asyncio.to_thread(said, chain):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not come level")


def test_history_goes_on_after_the_rpc_died_in_the_middle(
    tmp_path: Path, database: Database
) -> None:
    """Both stop: the chain's process, and later the follower."""
    state = tmp_path / "state.json"
    chain = Anvil.start(state=state)
    give_voice(chain)
    for word in range(30):
        speak(chain, word)
        chain.rpc("anvil_mine", hex(19))

    async def story() -> None:
        nonlocal chain
        stop, half = asyncio.Event(), asyncio.Event()

        async def on_head(head: Head) -> None:
            if head.behind and len(heard(database)) > 9:
                half.set()

        async with following(chain.url, database) as follower:
            await follower.watch(SPEAKERS[0], since=0)
            running = asyncio.create_task(follower.run(stop, on_head=on_head))
            await asyncio.wait_for(half.wait(), PATIENCE)
            chain.stop()
            assert 9 < len(heard(database)) < 30
            await asyncio.sleep(0.3)
            assert not running.done()
            chain = Anvil.start(state=state, port=chain.port)
            speak(chain, 77)
            await heard_all(chain, database, running)
            stop.set()
            await running

    try:
        asyncio.run(story())
        assert len(said(chain)) == 31
        assert heard(database) == view(database) == said(chain)
    finally:
        chain.stop()


def test_ten_thousand_logs_of_a_downtime_are_read(chain: Anvil, database: Database) -> None:
    """More than the window behind the head, five hundred to a block."""
    chain.rpc("anvil_setCode", SPEAKERS[1], "0x" + SAY.hex() * 500 + "00")

    async def story() -> None:
        async with following(chain.url, database) as follower:
            await follower.watch(SPEAKERS[1], since=0)
            await until_level(follower, chain)
            for word in range(20):
                speak(chain, word, 1)
                chain.rpc("anvil_mine", hex(4))
            await until_level(follower, chain)

    asyncio.run(story())
    count = database.read_now(lambda c: c.scalar(select(func.count()).select_from(logs)))
    assert count == 10_000
    assert database.read_now(lambda c: events.depth(c, "reader")) == 10_000
