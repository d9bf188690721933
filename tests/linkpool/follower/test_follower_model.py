# SPDX-License-Identifier: MIT
"""Whatever the chain does, the database is the fold over the canonical chain, and each consumer has
been given exactly its logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from linkpool.errors import ChainUnavailable
from linkpool.follower import Follower, FollowerLimits, events, progress
from linkpool.store.database import Database
from linkpool.store.tables import blocks, log_events, logs
from tests.linkpool.follower.chains import (
    CONTRACTS,
    WANTED,
    Crash,
    Emitted,
    FakeChain,
    Key,
    Made,
    crash,
    fail,
)

WINDOW = 8
LIMITS = FollowerLimits(window=WINDOW, range_blocks=2, range_most_blocks=16, range_most_logs=12)
BLOCK = st.sampled_from(
    [
        (),
        (Emitted(0),),
        (Emitted(0), Emitted(1, wanted=False), Emitted(1)),
        (Emitted(2), Emitted(3)),
        (Emitted(3, wanted=False), Emitted(0), Emitted(0), Emitted(2), Emitted(1)),
    ]
)
BLOCKS = st.lists(BLOCK, min_size=1, max_size=5)
DEPTH = st.sampled_from([1, 2, 3, 5, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW, 4 * WINDOW])
SINCE = st.sampled_from([0, 1, 3, 7, 12, 20, 35])


class Machine(RuleBasedStateMachine):
    """A chain, a follower that is restarted now and then, consumers that take what they like."""

    make: Callable[[], Database]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.database = type(self).make()
        self.chain = FakeChain()
        self.watched: dict[str, int] = {}
        self.views: dict[str, set[Key]] = {"oracle": set()}
        self.gone: list[Made] = []
        self.follower = self._started()
        self._write(lambda c: events.join(c, "oracle"))

    def teardown(self) -> None:
        self.loop.close()
        self.database.close()

    def _started(self) -> Follower:
        return Follower(self.chain, self.database, topics=[WANTED], limits=LIMITS)

    def _write(self, work: Callable[[Connection], Any]) -> Any:
        return self.loop.run_until_complete(self.database.write(work))

    # ---- The chain ----

    @initialize(made=BLOCKS, times=st.integers(1, 12), since=SINCE)
    def began(self, made: list[tuple[Emitted, ...]], times: int, since: int) -> None:
        self.mined(made, times)
        self.watch(0, since)

    @rule(made=BLOCKS, times=st.sampled_from([1, 1, 1, 2, 2 * WINDOW]))
    def mined(self, made: list[tuple[Emitted, ...]], times: int = 1) -> None:
        for one in made * times:
            self.chain.mine(*one)

    @rule(depth=DEPTH, made=BLOCKS | st.just([]))
    def replaced(self, depth: int, made: list[tuple[Emitted, ...]]) -> None:
        self.gone = self.chain.drop(depth)
        self.mined(made)

    @rule(more=BLOCKS | st.just([]))
    def came_back(self, more: list[tuple[Emitted, ...]]) -> None:
        """The branch that was replaced wins after all."""
        if not self.gone:
            return
        root = self.gone[0]
        if len(self.chain.blocks) < root.number:
            return
        if self.chain.blocks[root.number - 1].hash == root.parent:
            self.chain.drop(len(self.chain.blocks) - root.number)
            self.chain.put(self.gone)
            self.mined(more)
        self.gone = []

    # ---- The follower ----

    @rule(contract=st.integers(0, 3), since=SINCE)
    def watch(self, contract: int, since: int) -> None:
        address = CONTRACTS[contract]
        self.watched[address] = min(since, self.watched.get(address, since))
        self.loop.run_until_complete(self.follower.watch(address, since=since))

    def _watch_now(self, contract: int, since: int) -> None:
        """In the middle of a step."""
        address = CONTRACTS[contract]
        self.watched[address] = min(since, self.watched.get(address, since))
        self.database.write_now(lambda c: progress.watch(c, address, since))

    @rule(since=SINCE)
    def replay(self, since: int) -> None:
        self.loop.run_until_complete(self.follower.replay(since))

    @rule(times=st.integers(1, 6))
    def step(self, times: int) -> None:
        for _ in range(times):
            try:
                self.loop.run_until_complete(self.follower.step())
            except ChainUnavailable:
                pass

    @rule(
        lag=st.integers(0, 5),
        calm=st.integers(0, 4),
        trouble=st.sampled_from(["fail", "crash", "replaced", "came back", "lags", "watched"]),
        middle=st.booleans(),
        depth=DEPTH,
        made=BLOCKS,
    )
    def step_in_trouble(
        self,
        lag: int,
        calm: int,
        trouble: str,
        middle: bool,
        depth: int,
        made: list[tuple[Emitted, ...]],
    ) -> None:
        """At some request of the step, between two of them or within one, something happens."""
        happenings: dict[str, Callable[[], None]] = {
            "fail": fail,
            "crash": crash,
            "replaced": partial(self.replaced, depth, made),
            "came back": partial(self.came_back, made),
            "watched": partial(self._watch_now, depth % 4, lag),
            "lags": partial(setattr, self.chain, "lag", lag),
        }
        calmly = [lambda: None] * calm
        # The middle of a message is one moment: only the chain itself can move there.
        if middle and trouble in ("replaced", "came back"):
            self.chain.within = [*calmly, happenings[trouble]]
        else:
            self.chain.before = [*calmly, happenings[trouble]]
        try:
            self.loop.run_until_complete(self.follower.step())
        except ChainUnavailable:
            pass
        except Crash:
            self.follower = self._started()
        self.chain.before, self.chain.within, self.chain.lag = [], [], 0

    @rule(most=st.sampled_from([3, 10_000]), orphans=st.booleans())
    def endpoint_is(self, most: int, orphans: bool) -> None:
        """It refuses long answers, or does not; it knows replaced blocks' logs, or does not."""
        self.chain.most_logs, self.chain.knows_orphans = most, orphans

    # ---- Consumers ----

    @rule(limit=st.integers(1, 30), data=st.data())
    def taken(self, limit: int, data: st.DataObject) -> None:
        consumer = data.draw(st.sampled_from(sorted(self.views)))
        self._write(partial(self._take, consumer=consumer, limit=limit))

    def _take(self, connection: Connection, consumer: str, limit: int) -> bool:
        pending = events.pending(connection, consumer, limit)
        assert len(pending) == min(limit, events.depth(connection, consumer))
        view = self.views[consumer]
        for event in pending:
            key = "0x" + event.log.block_hash.hex(), event.log.index
            if event.kind == "added":
                assert key not in view, "given twice"
                view.add(key)
            else:
                assert key in view, "taken back without having been given"
                view.remove(key)
            assert event.log.topics[0] == WANTED and event.log.data == bytes([event.log.index])
        if pending:
            events.advance(connection, consumer, pending[-1].seq)
        return bool(pending)

    @precondition(lambda self: len(self.views) < 3)
    @rule()
    def another_joined(self) -> None:
        name = f"consumer {len(self.views)}"
        self.views[name] = set()
        self._write(lambda c: events.join(c, name))

    @rule()
    def pruned(self) -> None:
        if self.follower.head is not None:
            below = self.follower.head.number - WINDOW
            self._write(lambda c: events.prune(c, below))

    # ---- What holds ----

    @invariant()
    def blocks_are_one_chain(self) -> None:
        rows = self._write(
            lambda c: c.execute(select(blocks).order_by(blocks.c.number)).mappings().all()
        )
        assert len(rows) <= WINDOW
        for lower, upper in pairwise(rows):
            assert (upper["number"], upper["parent"]) == (lower["number"] + 1, lower["hash"])

    @rule()
    def all_is_read(self) -> None:
        """A calm moment: everything is as if the chain had never been anything else."""
        self.chain.most_logs = 10_000
        newest = self.chain.blocks[-1]
        if self.follower.head and newest.number < self.follower.head.number:
            while newest.number <= self.follower.head.number:
                newest = self.chain.mine()  # a shorter chain is heard of once it is longer
        for _ in range(200):
            head = self.loop.run_until_complete(self.follower.step())
            if head.behind == 0 and head.hash == newest.hash:
                break
        else:
            raise AssertionError(f"never done: {head}, {newest}")
        expected = self.chain.keys(self.watched)
        rows = self._write(lambda c: c.execute(select(logs.c.block_hash, logs.c.log_index)).all())
        assert {tuple(row) for row in rows} == expected
        for consumer, view in self.views.items():
            while self._write(partial(self._take, consumer=consumer, limit=50)):
                pass
            assert view == expected, consumer
        self.pruned()
        left = self._write(lambda c: c.execute(select(log_events.c.block)).scalars().all())
        assert head.number > WINDOW or len(left) >= len(expected)


def test_the_database_is_the_fold_over_the_canonical_chain(
    make_database: Callable[[], Database],
) -> None:
    """Fewer examples on PostgreSQL: making its databases takes longer."""
    first = make_database()
    examples = 60 if first.engine.dialect.name == "sqlite" else 8
    first.close()
    machine = type("Machine", (Machine,), {"make": staticmethod(make_database)})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=30)
    )
