# SPDX-License-Identifier: MIT
"""What consumers read: logs that came and logs that went with a replaced block, one by one.

    taken = events.pending(connection, "oracle", limit=500)
    ...rows of the consumer...
    events.advance(connection, "oracle", taken[-1].seq)      # in the same transaction

Each consumer gets every event once, in the same order. A log that comes again after its block came
back is added again; a removed one was added before. Logs of one contract come in the chain's order,
except those that are read later than their block (history, a replay).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from eth_typing import ChecksumAddress
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from linkpool.chain.calls import Log
from linkpool.errors import UsageError
from linkpool.store.tables import cursors, log_events, logs, orphaned_logs


@dataclass(frozen=True, slots=True)
class LogEvent:
    """`seq` orders events and is what a consumer advances to."""

    seq: int
    kind: Literal["added", "removed"]
    log: Log


def _content(name: str) -> Any:
    return func.coalesce(logs.c[name], orphaned_logs.c[name]).label(name)


def _same_log(table: Any) -> Any:
    return and_(
        table.c.block_hash == log_events.c.block_hash, table.c.log_index == log_events.c.log_index
    )


# Built once: composing it costs more than running it.
_PENDING: Final = (
    select(
        log_events.c.seq,
        log_events.c.kind,
        log_events.c.block,
        log_events.c.block_hash,
        log_events.c.log_index,
        *(_content(n) for n in ("address", "topic0", "topic1", "topic2", "topic3", "data", "tx")),
    )
    .select_from(
        log_events.outerjoin(logs, _same_log(logs)).outerjoin(
            orphaned_logs, _same_log(orphaned_logs)
        )
    )
    .where(log_events.c.seq > bindparam("after"))
    .order_by(log_events.c.seq)
    .limit(bindparam("most"))
)


def pending(connection: Connection, consumer: str, limit: int) -> list[LogEvent]:
    """The next events behind the consumer's cursor, at most `limit`."""
    after = _cursor(connection, consumer)
    if after is None:
        if _first(connection) > 1:
            raise UsageError(f"{consumer} comes late to the logs: let it join first")
        after = 0
    rows = connection.execute(_PENDING, {"after": after, "most": limit})
    return [_event(*row) for row in rows]


def advance(connection: Connection, consumer: str, seq: int) -> None:
    """Everything up to `seq` is taken, if the transaction is committed."""
    moved = connection.execute(
        update(cursors).where(cursors.c.consumer == consumer, cursors.c.seq <= seq).values(seq=seq)
    )
    if moved.rowcount == 0 and _cursor(connection, consumer) is None:
        connection.execute(insert(cursors).values(consumer=consumer, seq=seq))


def depth(connection: Connection, consumer: str) -> int:
    """How many events wait for this consumer."""
    after = _cursor(connection, consumer) or 0
    counted = select(func.count()).select_from(log_events).where(log_events.c.seq > after)
    return connection.scalar(counted) or 0


def join(connection: Connection, consumer: str) -> None:
    """From now on nothing is pruned that this consumer has not taken. One that joins late gets the
    logs of pruned events once more, before everything else.
    """
    if _cursor(connection, consumer) is not None:
        return
    connection.execute(insert(cursors).values(consumer=consumer, seq=0))
    if _first(connection) <= 1:
        return
    known = select(log_events.c.block_hash, log_events.c.log_index)
    # Every such log had its event below the first one that is left: there is room for all of them.
    again = func.row_number().over(order_by=(logs.c.block, logs.c.log_index))
    connection.execute(
        insert(log_events).from_select(
            ["seq", "kind", "block_hash", "log_index", "block"],
            select(again, literal("added"), logs.c.block_hash, logs.c.log_index, logs.c.block)
            .where(tuple_(logs.c.block_hash, logs.c.log_index).not_in(known))
            .order_by(logs.c.block, logs.c.log_index),
        )
    )


def leave(connection: Connection, consumer: str) -> None:
    """Nothing is kept for it any more."""
    connection.execute(delete(cursors).where(cursors.c.consumer == consumer))


def prune(connection: Connection, below: int) -> int:
    """Forgets events that every consumer has taken, of blocks below that; how many."""
    taken = connection.scalar(select(func.min(cursors.c.seq)))
    if taken is None:
        return 0
    kept = connection.scalar(select(func.min(log_events.c.seq)).where(log_events.c.block >= below))
    last = connection.scalar(select(func.max(log_events.c.seq)))
    # The last event stays: it says where to count on.
    edge = min(taken, (last or 1) - 1, taken if kept is None else kept - 1)
    edge = _not_between_a_pair(connection, edge)
    gone = connection.execute(delete(log_events).where(log_events.c.seq <= edge)).rowcount
    if gone:
        named = select(log_events.c.block_hash)
        connection.execute(delete(orphaned_logs).where(orphaned_logs.c.block_hash.not_in(named)))
    return gone


def _not_between_a_pair(connection: Connection, edge: int) -> int:
    """A log that came and went is forgotten as a whole, or who joins late sees it only go."""
    came, went = log_events.alias(), log_events.alias()
    split = connection.scalar(
        select(func.min(came.c.seq))
        .select_from(
            went.join(
                came,
                and_(
                    came.c.block_hash == went.c.block_hash,
                    came.c.log_index == went.c.log_index,
                    came.c.seq < went.c.seq,
                ),
            )
        )
        .where(went.c.kind == "removed", went.c.seq > edge, came.c.seq <= edge)
    )
    return edge if split is None else split - 1


def append(
    connection: Connection, kind: Literal["added", "removed"], keys: list[tuple[str, int, int]]
) -> None:
    """New events at the end; a key is block hash, index and block of a log."""
    if not keys:
        return
    events = connection.scalar(select(func.max(log_events.c.seq))) or 0
    after = max(events, connection.scalar(select(func.max(cursors.c.seq))) or 0)
    connection.execute(
        insert(log_events),
        [
            {"seq": seq, "kind": kind, "block_hash": hash_, "log_index": index, "block": block}
            for seq, (hash_, index, block) in enumerate(keys, after + 1)
        ],
    )


def _cursor(connection: Connection, consumer: str) -> int | None:
    return connection.scalar(select(cursors.c.seq).where(cursors.c.consumer == consumer))


def _first(connection: Connection) -> int:
    """Sequence number of the oldest event that is left; 0 where there was none yet."""
    return connection.scalar(select(func.min(log_events.c.seq))) or 0


def _event(
    seq: int,
    kind: Literal["added", "removed"],
    block: int,
    block_hash: str,
    index: int,
    address: str,
    *rest: Any,
) -> LogEvent:
    *topics, data, tx = rest
    log = Log(
        address=cast(ChecksumAddress, address),
        topics=tuple(bytes.fromhex(topic[2:]) for topic in topics if topic is not None),
        data=bytes(data),
        block=block,
        block_hash=bytes.fromhex(block_hash[2:]),
        tx=tx,
        index=index,
    )
    return LogEvent(seq, kind, log)
