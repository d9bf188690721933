# SPDX-License-Identifier: MIT
"""What consumers read: each event once, in order; nothing is pruned that somebody still wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from linkpool.chain.calls import Log
from linkpool.errors import UsageError
from linkpool.follower import events, progress
from linkpool.follower.blocks import Block
from linkpool.store.database import Database
from linkpool.store.tables import log_events, orphaned_logs
from tests.linkpool.follower.chains import CONTRACTS, WANTED

TOPICS = [(WANTED,), (WANTED, b"\1" * 32), (WANTED, b"\1" * 32, b"\2" * 32, b"\3" * 32)]


def block(number: int, branch: int = 0) -> Block:
    return Block(number, f"0x{branch:02x}{number:062x}", f"0x{branch:02x}{number - 1:062x}", number)


def log(number: int, index: int = 0, branch: int = 0) -> Log:
    return Log(
        address=CONTRACTS[0],
        topics=TOPICS[index % 3],
        data=b"\0\xff" * index,
        block=number,
        block_hash=bytes.fromhex(block(number, branch).hash[2:]),
        tx="0x" + "55" * 32,
        index=index,
    )


def came(database: Database, *numbers: int, count: int = 1, branch: int = 0) -> None:
    """Blocks with `count` logs each, on top of what is there."""

    def write(connection: Connection) -> None:
        progress.watch(connection, CONTRACTS[0], 0)
        for number in numbers:
            found = [log(number, index, branch) for index in range(count)]
            new = [block(number, branch)]
            progress.extend(connection, number - 1, new, found, [CONTRACTS[0]], 1000)

    database.write_now(write)


def went(database: Database, first: int) -> None:
    database.write_now(lambda c: progress.roll_back(c, first - 1))


def taken(database: Database, consumer: str, limit: int = 1000) -> list[tuple[str, int]]:
    def take(connection: Connection) -> list[tuple[str, int]]:
        found = events.pending(connection, consumer, limit)
        if found:
            events.advance(connection, consumer, found[-1].seq)
        return [(event.kind, event.log.block) for event in found]

    return database.write_now(take)


def joined(database: Database, *consumers: str) -> None:
    database.write_now(lambda c: [events.join(c, consumer) for consumer in consumers])


def pruned(database: Database, below: int) -> int:
    return database.write_now(lambda c: events.prune(c, below))


def added(*numbers: int) -> list[tuple[str, int]]:
    return [("added", number) for number in numbers]


def removed(*numbers: int) -> list[tuple[str, int]]:
    return [("removed", number) for number in numbers]


def count(database: Database, table: Any) -> int | None:
    return database.read_now(lambda c: c.scalar(select(func.count()).select_from(table)))


def test_a_log_is_given_as_it_came(database: Database) -> None:
    came(database, 1, count=3)
    found = database.read_now(lambda c: events.pending(c, "a", 10))
    assert [event.log for event in found] == [log(1, index) for index in range(3)]
    assert [event.seq for event in found] == [1, 2, 3]


def test_a_log_that_went_is_given_with_all_it_said(database: Database) -> None:
    came(database, 1, count=3)
    assert taken(database, "a", 2) == added(1, 1)
    went(database, 1)
    found = database.read_now(lambda c: events.pending(c, "a", 10))
    assert [event.kind for event in found] == ["added", "removed", "removed", "removed"]
    assert [event.log for event in found[1:]] == [log(1, index) for index in (2, 1, 0)]


def test_a_block_that_comes_back_brings_its_logs_again(database: Database) -> None:
    for _ in range(3):
        came(database, 1)
        went(database, 1)
    came(database, 1)
    assert taken(database, "a") == [*(added(1) + removed(1)) * 3, *added(1)]


def test_consumers_go_at_their_own_pace(database: Database) -> None:
    came(database, 1, 2, 3)
    assert taken(database, "a", 2) == added(1, 2)
    assert taken(database, "b", 1) == added(1)
    depths = database.read_now(lambda c: [events.depth(c, name) for name in ("a", "b", "c")])
    assert depths == [1, 2, 3]
    assert taken(database, "a") == added(3)
    assert taken(database, "a") == []


def test_a_cursor_never_goes_back(database: Database) -> None:
    came(database, 1, 2)
    taken(database, "a")
    database.write_now(lambda c: events.advance(c, "a", 1))
    assert taken(database, "a") == []


def test_what_is_not_committed_is_given_again(database: Database) -> None:
    came(database, 1)

    def fails(connection: Connection) -> None:
        events.advance(connection, "a", events.pending(connection, "a", 1)[-1].seq)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(fails)
    assert taken(database, "a") == added(1)


# ---- Pruning ----


def test_only_what_everybody_has_taken_is_pruned(database: Database) -> None:
    joined(database, "a", "b")
    came(database, 1, 2, 3, 4)
    taken(database, "a")
    assert pruned(database, below=100) == 0
    taken(database, "b", 2)
    assert pruned(database, below=100) == 2
    assert taken(database, "b") == added(3, 4)


def test_without_a_consumer_nothing_is_pruned(database: Database) -> None:
    came(database, 1, 2)
    assert pruned(database, below=100) == 0


def test_blocks_that_may_still_go_are_not_pruned(database: Database) -> None:
    came(database, 1, 2, 3)
    taken(database, "a")
    assert pruned(database, below=3) == 2
    went(database, 3)
    assert taken(database, "a") == removed(3)


def test_numbers_are_not_given_twice_after_everything_was_pruned(database: Database) -> None:
    came(database, 1, 2)
    taken(database, "a")
    pruned(database, below=100)
    came(database, 3)
    assert taken(database, "a") == added(3)
    database.write_now(lambda c: c.execute(log_events.delete()))
    came(database, 4)
    assert taken(database, "a") == added(4)


def test_orphans_are_kept_as_long_as_an_event_names_them(database: Database) -> None:
    joined(database, "a")
    came(database, 1)
    went(database, 1)
    came(database, 1, branch=1)
    assert count(database, orphaned_logs) == 1
    taken(database, "a", 1)
    pruned(database, below=100)
    assert count(database, orphaned_logs) == 1
    assert taken(database, "a") == [*removed(1), *added(1)]
    pruned(database, below=100)
    assert count(database, orphaned_logs) == 0


def test_who_leaves_holds_nothing_back(database: Database) -> None:
    joined(database, "a", "b")
    came(database, 1, 2)
    taken(database, "a")
    database.write_now(lambda c: events.leave(c, "b"))
    assert pruned(database, below=100) == 1


# ---- Joining late ----


def test_who_joins_late_gets_every_log_once_and_the_others_get_nothing_again(
    database: Database,
) -> None:
    came(database, 1, 2)
    went(database, 2)
    came(database, 2, branch=1)
    taken(database, "a")
    assert pruned(database, below=100) == 3
    came(database, 3)
    joined(database, "late", "late")
    assert taken(database, "late", 1) == added(1)
    came(database, 4)
    assert taken(database, "late") == added(2, 3, 4)
    assert taken(database, "a") == added(3, 4)
    assert pruned(database, below=100) == 3
    joined(database, "later")
    assert taken(database, "later") == added(1, 2, 3, 4)


def test_who_joins_late_never_sees_a_log_only_go(database: Database) -> None:
    """Pruning stops before a pair of which one half would stay."""
    joined(database, "a")
    came(database, 1, 2)
    went(database, 2)
    came(database, 2, 3, branch=1)
    assert taken(database, "a", 2) == added(1, 2)
    assert pruned(database, below=100) == 1
    joined(database, "late")
    assert taken(database, "late") == [*added(1, 2), *removed(2), *added(2, 3)]


def test_reading_late_without_joining_is_refused(database: Database) -> None:
    came(database, 1, 2)
    taken(database, "a")
    pruned(database, below=100)
    with pytest.raises(UsageError, match="late comes late to the logs: let it join first"):
        taken(database, "late")


@pytest.mark.parametrize("move", [came, went])
def test_blocks_without_logs_make_no_events(
    database: Database, move: Callable[[Database, int], Sequence[Any]]
) -> None:
    came(database, 1, count=0)
    if move is went:
        went(database, 1)
    assert count(database, log_events) == 0
