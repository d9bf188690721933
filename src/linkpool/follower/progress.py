# SPDX-License-Identifier: MIT
"""What the follower has in the database: the last blocks, the sources, and how they change.

The newest block is the tip. A source is read twofold: new blocks as they come, from `live` on, and
its history below that, up to `next_block`. Where the two have met, it is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, case, delete, exists, func, insert, literal, select, update

from linkpool.chain.calls import Log
from linkpool.follower import events
from linkpool.follower.blocks import Block
from linkpool.store.tables import blocks, logs, orphaned_logs, sources


@dataclass(frozen=True, slots=True)
class Source:
    """One contract whose logs are followed."""

    address: ChecksumAddress
    since: int
    next_block: int
    live: int

    @property
    def complete(self) -> bool:
        return self.next_block >= self.live


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything that a step starts from. `ring` ascends without a gap and ends with the tip."""

    ring: tuple[Block, ...]
    sources: tuple[Source, ...]

    @property
    def tip(self) -> Block | None:
        return self.ring[-1] if self.ring else None

    def block(self, number: int) -> Block | None:
        """A block of the ring."""
        place = number - self.ring[0].number if self.ring else -1
        return self.ring[place] if 0 <= place < len(self.ring) else None

    @property
    def behind(self) -> int:
        """Blocks of history that are still to be read for the source that lacks most."""
        return max((s.live - s.next_block for s in self.sources if not s.complete), default=0)


def load(connection: Connection) -> Progress:
    ring = connection.execute(
        select(blocks.c.number, blocks.c.hash, blocks.c.parent, blocks.c.timestamp).order_by(
            blocks.c.number
        )
    )
    return Progress(
        ring=tuple(Block(*row) for row in ring),
        sources=tuple(_sources(connection)),
    )


def _sources(connection: Connection) -> list[Source]:
    rows = connection.execute(
        select(sources.c.address, sources.c.since, sources.c.next_block, sources.c.live).order_by(
            sources.c.address
        )
    )
    return [Source(cast(ChecksumAddress, address), *rest) for address, *rest in rows]


def last_known(connection: Connection, first: int, last: int) -> tuple[int, str] | None:
    """Number and hash of the highest block in the range that the ring or a log names."""
    for table, number, hash_ in (
        (blocks, blocks.c.number, blocks.c.hash),
        (logs, logs.c.block, logs.c.block_hash),
    ):
        row = connection.execute(
            select(number, hash_)
            .select_from(table)
            .where(number.between(first, last))
            .order_by(number.desc())
            .limit(1)
        ).first()
        if row is not None:
            return row[0], row[1]
    return None


# ---- Sources ----


def watch(connection: Connection, address: ChecksumAddress, since: int) -> None:
    """New, or from an earlier block than before."""
    known = connection.scalar(select(sources.c.since).where(sources.c.address == address))
    if known is None:
        row = {"address": address, "since": since, "next_block": since, "live": _next(connection)}
        connection.execute(insert(sources), row)
    elif since < known:
        connection.execute(update(sources).where(sources.c.address == address).values(since=since))
        replay(connection, since, address)


def replay(connection: Connection, since: int, address: ChecksumAddress | None = None) -> None:
    """History is read again from there on; a log that is known stays as it is."""
    again = update(sources).where(sources.c.next_block > since)
    if address is not None:
        again = again.where(sources.c.address == address)
    start = case((sources.c.since > since, sources.c.since), else_=since)
    connection.execute(again.values(next_block=start, live=_next(connection)))


def forget(connection: Connection, address: ChecksumAddress) -> None:
    connection.execute(delete(sources).where(sources.c.address == address))


def _next(connection: Connection) -> int:
    tip = connection.scalar(select(func.max(blocks.c.number)))
    return 0 if tip is None else tip + 1


# ---- New blocks ----


def extend(
    connection: Connection,
    ancestor: int,
    new: Sequence[Block],
    found: Sequence[Log],
    asked: Iterable[ChecksumAddress],
    window: int,
) -> None:
    """Blocks after the block `ancestor` with the logs of the sources that were `asked`. What stood
    after `ancestor` before is gone.
    """
    if _next(connection) != ancestor + 1:
        roll_back(connection, ancestor)
    connection.execute(insert(blocks), [_block_row(block) for block in new])
    tip = new[-1].number
    connection.execute(delete(blocks).where(blocks.c.number <= tip - window))
    known = {source.address: source for source in _sources(connection)}
    late = [address for address in known if address not in set(asked)]
    if late:  # watched since the logs were asked for: these blocks are history for them
        connection.execute(update(sources).where(sources.c.address.in_(late)).values(live=tip + 1))
    _complete(connection, tip)
    _record(
        connection,
        [log for log in found if log.address in known and log.block >= known[log.address].since],
    )


def roll_back(connection: Connection, ancestor: int) -> None:
    """Blocks after `ancestor` and their logs are no longer part of the chain."""
    gone = connection.execute(
        select(logs.c.block_hash, logs.c.log_index, logs.c.block)
        .where(logs.c.block > ancestor)
        .order_by(logs.c.block.desc(), logs.c.log_index.desc())
    ).all()
    connection.execute(delete(blocks).where(blocks.c.number > ancestor))
    after = ancestor + 1
    connection.execute(update(sources).where(sources.c.live > after).values(live=after))
    connection.execute(
        update(sources)
        .where(sources.c.next_block > after, sources.c.next_block > sources.c.since)
        .values(next_block=case((sources.c.since > after, sources.c.since), else_=after))
    )
    if not gone:
        return
    names = [column.name for column in logs.c]
    known = exists(literal(1)).where(
        orphaned_logs.c.block_hash == logs.c.block_hash,
        orphaned_logs.c.log_index == logs.c.log_index,
    )
    connection.execute(
        insert(orphaned_logs).from_select(
            names, select(*logs.c).where(logs.c.block > ancestor, ~known)
        )
    )
    connection.execute(delete(logs).where(logs.c.block > ancestor))
    events.append(connection, "removed", [(row[0], row[1], row[2]) for row in gone])


def start_anew(connection: Connection, safe: int, ring: Sequence[Block]) -> None:
    """The ring is another one, further on; what is after the block `safe` becomes history."""
    roll_back(connection, safe)
    connection.execute(delete(blocks))
    connection.execute(insert(blocks), [_block_row(block) for block in ring])
    connection.execute(update(sources).values(live=ring[-1].number + 1))


# ---- History ----


def fill(
    connection: Connection, first: int, last: int, found: Sequence[Log], asked: Sequence[Source]
) -> None:
    """Logs of blocks `first` to `last` of the sources that were `asked`, as they stood then."""
    tip = _next(connection) - 1
    present = {source.address: source for source in _sources(connection)}
    # One that has been told to read again meanwhile keeps its new place.
    still = [s.address for s in asked if present.get(s.address) == s]
    known = {
        (row[0], row[1])
        for row in connection.execute(
            select(logs.c.block_hash, logs.c.log_index).where(logs.c.block.between(first, last))
        )
    }
    _record(
        connection,
        [
            log
            for log in found
            if log.address in present
            and log.block >= present[log.address].since
            and ("0x" + log.block_hash.hex(), log.index) not in known
        ],
    )
    connection.execute(
        update(sources).where(sources.c.address.in_(still)).values(next_block=last + 1)
    )
    _complete(connection, tip)


def _complete(connection: Connection, tip: int) -> None:
    """Where history has met the new blocks, both end with the tip."""
    connection.execute(
        update(sources)
        .where(sources.c.next_block >= sources.c.live, sources.c.next_block <= tip)
        .values(next_block=tip + 1)
    )


def _record(connection: Connection, found: Sequence[Log]) -> None:
    if not found:
        return
    rows = [_log_row(log) for log in found]
    connection.execute(insert(logs), rows)
    keys = [(row["block_hash"], row["log_index"], row["block"]) for row in rows]
    events.append(connection, "added", keys)


def _block_row(block: Block) -> dict[str, Any]:
    return {
        "hash": block.hash,
        "number": block.number,
        "parent": block.parent,
        "timestamp": block.timestamp,
    }


def _log_row(log: Log) -> dict[str, Any]:
    topics = ["0x" + topic.hex() for topic in log.topics]
    first, second, third, fourth = topics + [None] * (4 - len(topics))
    return {
        "block_hash": "0x" + log.block_hash.hex(),
        "log_index": log.index,
        "block": log.block,
        "address": log.address,
        "topic0": first,
        "topic1": second,
        "topic2": third,
        "topic3": fourth,
        "data": log.data,
        "tx": log.tx,
    }
