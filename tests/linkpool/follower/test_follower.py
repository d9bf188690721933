# SPDX-License-Identifier: MIT
"""Single moves of the follower, and answers that it must not believe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable, StateError, UsageError
from linkpool.follower import Follower, FollowerLimits, Head, events, progress
from linkpool.store.database import Database
from linkpool.store.tables import blocks, logs
from tests.linkpool.follower.chains import (
    CONTRACTS,
    OTHER,
    WANTED,
    Emitted,
    FakeChain,
    Key,
    Made,
    fail,
)

LIMITS = FollowerLimits(window=8, range_blocks=4, range_most_blocks=64, range_most_logs=100)
LOG = Emitted(0)


def follower(chain: Any, database: Database, **changes: Any) -> Follower:
    settings: dict[str, Any] = {"topics": [WANTED], "limits": LIMITS} | changes
    return Follower(chain, database, **settings)


async def everything(follower: Follower) -> Head:
    """Steps until nothing is left to be read."""
    for _ in range(200):
        head = await follower.step()
        if not head.behind:
            return head
    raise AssertionError("it never gets there")


def known(database: Database) -> set[Key]:
    query = select(logs.c.block_hash, logs.c.log_index)
    return {(row[0], row[1]) for row in database.read_now(lambda c: c.execute(query).all())}


def kinds(database: Database) -> list[tuple[str, int]]:
    found = database.read_now(lambda c: events.pending(c, "anybody", 10_000))
    return [(event.kind, event.log.block) for event in found]


async def refusal(follower: Follower) -> str:
    """Why a step did not believe what it was told."""
    try:
        await follower.step()
    except ChainUnavailable as error:
        return str(error)
    return follower.trouble


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await work()

    return asyncio.run(main())


# ---- What it reads ----


def test_new_blocks_and_history_become_events_in_the_chains_order(database: Database) -> None:
    chain = FakeChain()
    for _ in range(30):
        chain.mine(LOG, Emitted(1), Emitted(0, wanted=False))
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=5)
        head = await everything(one)
        assert (head.number, head.hash) == (30, chain.blocks[-1].hash)
        chain.mine(LOG, LOG)
        await one.step()

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 5})
    assert kinds(database) == [("added", n) for n in range(5, 31)] + [("added", 31)] * 2


def test_new_blocks_do_not_wait_for_history(database: Database) -> None:
    chain = FakeChain()
    for _ in range(60):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        assert (await one.step()).behind == 57
        new = chain.mine(LOG)
        head = await one.step()
        assert head.hash == new.hash and head.behind > 0

    asyncio.run(main())
    assert (chain.blocks[-1].hash, 0) in known(database)


def test_nothing_new_is_one_small_request(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        chain.requests.clear()
        await one.step()

    asyncio.run(main())
    assert chain.requests == [("eth_getBlockByNumber", ("latest", False))]


def test_a_new_block_is_two_messages(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        chain.requests.clear()
        chain.mine(LOG)
        await one.step()

    asyncio.run(main())
    assert [method for method, _ in chain.requests] == ["eth_getBlockByNumber", "eth_getLogs"]


def test_blocks_before_the_window_are_forgotten(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.step()
        for _ in range(40):
            chain.mine()
            await one.step()

    asyncio.run(main())
    count = database.read_now(lambda c: c.scalar(select(func.count()).select_from(blocks)))
    assert count == LIMITS.window


def test_many_addresses_are_asked_for_in_groups(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkpool.follower.blocks.ADDRESSES", 3)
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG, Emitted(3))
    one = follower(chain, database)

    async def main() -> None:
        for address in CONTRACTS:
            await one.watch(address, since=0)
        await everything(one)
        chain.mine(Emitted(3), LOG)
        await one.step()

    asyncio.run(main())
    assert known(database) == chain.keys(dict.fromkeys(CONTRACTS, 0))


# ---- Ranges of history ----


def test_a_range_that_is_refused_is_halved_and_grows_again(database: Database) -> None:
    chain = FakeChain(most_logs=3)
    for _ in range(80):
        chain.mine(LOG)
    one = follower(chain, database, limits=LIMITS.model_copy(update={"range_blocks": 16}))

    async def main() -> list[int]:
        await one.watch(CONTRACTS[0], since=0)
        sizes = []
        for _ in range(100):
            chain.requests.clear()
            head = await one.step()
            if one.trouble:
                continue
            sizes += [
                int(asked[0]["toBlock"], 16) - int(asked[0]["fromBlock"], 16) + 1
                for method, asked in chain.requests
                if method == "eth_getLogs" and "toBlock" in asked[0]
            ]
            if len(sizes) == 3:
                chain.most_logs = 10_000
            if not head.behind:
                break
        return sizes

    sizes = asyncio.run(main())
    assert sizes[:3] == [4, 2, 2] and max(sizes[3:]) >= 16
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_history_that_cannot_be_read_keeps_nobody_from_new_blocks(database: Database) -> None:
    chain = FakeChain()
    for _ in range(40):
        chain.mine(LOG)
    one = follower(chain, database)
    heads: list[Head] = []

    async def main() -> None:
        stop = asyncio.Event()

        async def on_head(head: Head) -> None:
            heads.append(head)
            if len(heads) == 5:
                stop.set()
            else:
                chain.mine()

        await one.watch(CONTRACTS[0], since=0)
        await one.step()
        chain.most_logs = 0
        await asyncio.wait_for(one.run(stop, on_head=on_head), 30)

    asyncio.run(main())
    assert [head.number for head in heads] == [40, 41, 42, 43, 44]
    assert all(head.behind for head in heads)


def test_a_long_answer_makes_the_next_range_shorter(database: Database) -> None:
    chain = FakeChain()
    for _ in range(50):
        chain.mine(*[LOG] * 20)
    limits = LIMITS.model_copy(update={"range_blocks": 16, "range_most_logs": 100})
    one = follower(chain, database, limits=limits)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await one.step()
        await one.step()
        assert one._range == 4
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_history_goes_on_where_it_was_stopped(database: Database) -> None:
    chain = FakeChain()
    for _ in range(60):
        chain.mine(LOG)

    async def main() -> None:
        await follower(chain, database).watch(CONTRACTS[0], since=0)
        await follower(chain, database).step()
        chain.requests.clear()
        await everything(follower(chain, database))

    asyncio.run(main())
    firsts = [
        int(a[0]["fromBlock"], 16)
        for m, a in chain.requests
        if m == "eth_getLogs" and "fromBlock" in a[0]
    ]
    assert min(firsts) == 4
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


# ---- Watching ----


def test_watching_again_changes_nothing_and_earlier_reads_what_is_missing(
    database: Database,
) -> None:
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        for since in (10, 15, 10, 3):
            await one.watch(CONTRACTS[0], since=since)
            await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 3})
    assert len(kinds(database)) == 18


def test_watching_from_a_block_to_come(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=3)
        for _ in range(5):
            chain.mine(LOG)
            await one.step()

    asyncio.run(main())
    assert kinds(database) == [("added", 3), ("added", 4), ("added", 5)]


def test_a_contract_watched_while_a_block_is_read_lacks_nothing(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)
    quietly: list[Callable[[], None]] = [lambda: None]
    watch_second = lambda: database.write_now(lambda c: progress.watch(c, CONTRACTS[1], 0))  # noqa: E731

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        chain.mine(LOG, Emitted(1))
        chain.before = [*quietly, watch_second]
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys(dict.fromkeys(CONTRACTS[:2], 0))


def test_a_replay_asked_for_while_history_is_read_is_not_lost(database: Database) -> None:
    chain = FakeChain()
    for _ in range(40):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        database.write_now(lambda c: c.execute(logs.delete().where(logs.c.block == 2)))
        await one.replay(20)
        chain.before = [
            lambda: None,
            lambda: database.write_now(lambda c: progress.replay(c, 0)),
        ]
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_what_is_forgotten_is_not_read_any_more(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        chain.mine(LOG)
        await everything(one)
        await one.forget(CONTRACTS[0])
        chain.mine(LOG)
        await one.step()

    asyncio.run(main())
    assert kinds(database) == [("added", 1)]


def test_a_release_with_more_topics_reads_the_history_again(database: Database) -> None:
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG, Emitted(0, wanted=False))

    async def main() -> None:
        await follower(chain, database).watch(CONTRACTS[0], since=0)
        await everything(follower(chain, database))
        assert len(known(database)) == 20
        await everything(follower(chain, database, topics=[OTHER, WANTED]))
        assert len(known(database)) == 40
        chain.requests.clear()
        await everything(follower(chain, database, topics=[WANTED]))
        assert len(chain.requests) == 1

    asyncio.run(main())


@pytest.mark.parametrize("move", ["watch", "replay"])
def test_blocks_are_counted_from_zero(database: Database, move: str) -> None:
    one = follower(FakeChain(), database)
    moves = {"watch": lambda: one.watch(CONTRACTS[0], since=-1), "replay": lambda: one.replay(-1)}
    with pytest.raises(UsageError, match="there is no block -1"):
        run(moves[move])


# ---- Replaced blocks ----


@pytest.mark.parametrize("depth", range(1, 9))
def test_replaced_blocks_take_their_logs_along(database: Database, depth: int) -> None:
    chain = FakeChain()
    for _ in range(12):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        chain.fork(depth, *[(LOG, LOG)] * (depth + 1))
        await everything(one)

    asyncio.run(main())
    first = 13 - depth
    assert known(database) == chain.keys({CONTRACTS[0]: 0})
    gone = [("removed", number) for number in range(12, first - 1, -1)]
    came = [("added", number) for number in range(first, 14) for _ in range(2)]
    assert kinds(database) == [("added", number) for number in range(1, 13)] + gone + came
    # Deeper than the window is counted apart.
    assert one.counters.blocks_replaced == (depth if depth < LIMITS.window else 0)


def test_deeper_than_the_window_is_found_among_older_logs(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = FakeChain()
    for _ in range(100):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        chain.fork(50, *[(LOG,)] * 60)
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})
    assert [kind for kind, _ in kinds(database)].count("removed") == 50
    assert "follower.replaced_too_deep" in capsys.readouterr().out
    assert one.counters.replaced_too_deep == 1


def test_a_chain_that_went_on_for_long_keeps_what_was_read(database: Database) -> None:
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)
        for _ in range(500):
            chain.mine(LOG)
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})
    assert kinds(database) == [("added", number) for number in range(1, 521)]


# ---- An RPC that cannot be believed ----


def test_an_rpc_that_is_behind_changes_nothing(database: Database) -> None:
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        before = await everything(one)
        chain.lag = 5
        assert await one.step() == before
        chain.lag = 15
        with pytest.raises(ChainUnavailable, match="newest block is 5, block 20 was seen before"):
            await one.step()

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_headers_of_two_branches_are_not_put_together(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await one.step()
        for _ in range(4):
            chain.mine(LOG)
        chain.before = [lambda: None, lambda: chain.fork(3, (LOG,), (LOG,), (LOG,))]
        with pytest.raises(ChainUnavailable, match="from two branches"):
            await one.step()
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def branches(chain: FakeChain, depth: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """To another branch, and back to this one."""
    gone: list[Made] = []

    def away() -> None:
        gone.extend(chain.drop(depth))
        for _ in gone:
            chain.mine()

    def back() -> None:
        chain.drop(depth)
        chain.put(gone)

    return away, back


def test_logs_of_a_range_from_another_branch_are_not_believed(database: Database) -> None:
    """The branch is gone again before the next look: nothing else would ever tell."""
    chain = FakeChain()
    for _ in range(30):
        chain.mine(LOG)
    one = follower(chain, database)
    away, back = branches(chain, 29)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await one.step()
        chain.before, chain.within = [lambda: None, lambda: None], [away]
        assert "was replaced while its logs were read" in await refusal(one)
        back()
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_history_has_to_end_where_the_known_blocks_begin(database: Database) -> None:
    chain = FakeChain()
    for _ in range(11):
        chain.mine(LOG)
    one = follower(chain, database)
    away, back = branches(chain, 11)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        chain.before = [lambda: None] * 2 + [away]
        assert "from two branches" in await refusal(one)
        back()
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


class Liar(FakeChain):
    """Changes each answer on its way."""

    lie: Callable[[str, Any], Any] = staticmethod(lambda method, answer: answer)

    async def batch(self, calls: Any, *, block: int | None = None) -> list[Any | Exception]:
        answers = await super().batch(calls)
        return [self.lie(call[0], answer) for call, answer in zip(calls, answers, strict=True)]


def every_log(**changes: Any) -> Callable[[str, Any], Any]:
    def lie(method: str, answer: Any) -> Any:
        return [entry | changes for entry in answer] if method == "eth_getLogs" else answer

    return lie


LIES = {
    "another contract": every_log(address=CONTRACTS[2]),
    "another topic": every_log(topics=["0x" + OTHER.hex()]),
    "no topic": every_log(topics=[]),
    "another block": every_log(blockNumber="0x7777"),
    "another hash": every_log(blockHash="0x" + "77" * 32),
    "no log": every_log(logIndex=None),
    "no list": lambda method, answer: {} if method == "eth_getLogs" else answer,
    "no block": lambda method, answer: "0x" if method != "eth_getLogs" else answer,
    "block without number": lambda method, answer: (
        answer | {"number": None} if method != "eth_getLogs" else answer
    ),
    "nothing": lambda method, answer: None,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("lately", [True, False])
def test_what_was_not_asked_for_is_not_believed(database: Database, lie: str, lately: bool) -> None:
    chain = Liar()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await (everything(one) if lately else one.step())
        before = known(database)
        if lately:
            chain.mine(LOG)
        chain.lie = LIES[lie]
        reason = await refusal(one)
        assert reason and "\n" not in reason
        assert known(database) == before
        chain.lie = Liar.lie
        await everything(one)

    asyncio.run(main())
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


# ---- Running ----


def test_running_follows_heads_waits_out_outages_and_stops(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = FakeChain()
    one = follower(chain, database)
    heads: list[int] = []

    async def main() -> None:
        stop = asyncio.Event()

        async def on_head(head: Head) -> None:
            heads.append(head.number)
            if head.number == 10:
                stop.set()
            elif not head.behind:
                chain.mine(LOG)
                if head.number == 5:
                    chain.before = [fail, fail]

        await one.watch(CONTRACTS[0], since=0)
        await asyncio.wait_for(one.run(stop, on_head=on_head), 30)

    asyncio.run(main())
    assert sorted(set(heads)) == list(range(11))
    shown = capsys.readouterr().out
    assert shown.count("follower.waits") == shown.count("follower.goes_on") == 1
    assert known(database) == chain.keys({CONTRACTS[0]: 0})


def test_what_is_watched_while_it_runs_is_read_at_once(database: Database) -> None:
    """Without a new block, long before the next look that nobody asked for."""
    chain = FakeChain()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database, limits=LIMITS.model_copy(update={"poll_seconds": 600}))

    async def main() -> None:
        stop, idle = asyncio.Event(), asyncio.Event()

        async def on_head(head: Head) -> None:
            idle.set()
            if known(database) == chain.keys({CONTRACTS[0]: 0}):
                stop.set()

        running = asyncio.create_task(one.run(stop, on_head=on_head))
        await idle.wait()
        await one.watch(CONTRACTS[0], since=0)
        await asyncio.wait_for(running, 30)

    asyncio.run(main())


def test_a_database_that_cannot_be_used_ends_the_run(database: Database) -> None:
    def refuse(_connection: Any) -> None:
        raise StateError("no space left")

    async def main() -> None:
        one = follower(FakeChain(), database)
        database.fence = refuse
        with pytest.raises(StateError, match="no space left"):
            await asyncio.wait_for(one.run(asyncio.Event()), 30)

    asyncio.run(main())


def test_every_message_names_its_newest_block(database: Database) -> None:
    """So that the pool asks an endpoint that has it."""
    asked: list[tuple[Ask, int | None]] = []

    class Noting(FakeChain):
        async def batch(self, calls: Any, *, block: int | None = None) -> list[Any | Exception]:
            asked.append((calls[-1], block))
            return await super().batch(calls)

    chain = Noting()
    for _ in range(20):
        chain.mine(LOG)
    one = follower(chain, database)

    async def main() -> None:
        await one.watch(CONTRACTS[0], since=0)
        await everything(one)

    asyncio.run(main())
    named = [block for (_, parameters), block in asked if parameters[0] != "latest"]
    assert named and all(block is not None and block <= 20 for block in named)
