# SPDX-License-Identifier: MIT
"""Requests on chain beside runs: what has none is taken up, what stays open too long is counted.

Level-triggered, and from the chain itself: an RPC that once answered with too few logs is found
out by asking again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, exists, func, select

from linkpool.chain.calls import Log
from linkpool.oracle.runs.inputs import ASKED
from linkpool.oracle.runs.states import State
from linkpool.store.tables import logs, runs

OPEN: Final = (State.WAITING, State.RUNNING, State.SUSPENDED, State.SENDING)
MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Requests whose answer is not on chain. Ages in seconds since they were first seen."""

    open: int = 0
    oldest: float = 0.0
    late: int = 0
    """Open for longer than the limit."""
    failed: int = 0
    """Errored and still answerable: not expired, not answered by anybody."""


def standing(connection: Connection, *, now: float, late_seconds: float) -> Standing:
    """How far behind the node is."""
    waiting = runs.c.state.in_(OPEN) & runs.c.request.is_not(None) & runs.c.answer_tx.is_(None)
    count, oldest = connection.execute(
        select(func.count(), func.min(runs.c.created)).where(waiting)
    ).one()
    late = connection.scalar(
        select(func.count()).where(waiting, runs.c.created < now - late_seconds)
    )
    failed = connection.scalar(
        select(func.count()).where(
            runs.c.state == State.ERRORED, runs.c.answer_tx.is_(None), runs.c.expires > now
        )
    )
    return Standing(
        open=count,
        oldest=0.0 if oldest is None else max(0.0, now - oldest),
        late=late or 0,
        failed=failed or 0,
    )


def without_run(
    connection: Connection, contracts: Collection[ChecksumAddress], *, first: int, last: int
) -> list[Log]:
    """Requests in the logs of these blocks that have no run."""
    has_run = exists().where(
        runs.c.block_hash == logs.c.block_hash, runs.c.log_index == logs.c.log_index
    )
    query = (
        select(logs)
        .where(logs.c.address.in_(contracts), logs.c.topic0 == "0x" + ASKED.hex())
        .where(logs.c.block.between(first, last), ~has_run)
        .order_by(logs.c.block, logs.c.log_index)
        .limit(MOST)
    )
    return [
        Log(
            address=row.address,
            topics=tuple(
                bytes.fromhex(topic[2:])
                for topic in (row.topic0, row.topic1, row.topic2, row.topic3)
                if topic is not None
            ),
            data=bytes(row.data),
            block=row.block,
            block_hash=bytes.fromhex(row.block_hash[2:]),
            tx=row.tx,
            index=row.log_index,
        )
        for row in connection.execute(query)
    ]


def unknown(connection: Connection, found: Collection[Log]) -> list[Log]:
    """Those logs of the chain that the database does not have."""
    hashes = {"0x" + log.block_hash.hex() for log in found}
    known: set[tuple[str, int]] = set()
    for start in range(0, len(listed := sorted(hashes)), MOST):
        query = select(logs.c.block_hash, logs.c.log_index).where(
            logs.c.block_hash.in_(listed[start : start + MOST])
        )
        known |= {(row.block_hash, row.log_index) for row in connection.execute(query)}
    return [log for log in found if ("0x" + log.block_hash.hex(), log.index) not in known]
