# SPDX-License-Identifier: MIT
"""Answers to requests whose block was replaced: an id can be used again, by a request that looks
the same to the contract and asks for something else, so they are not sent while it is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, or_, select, update

from linkpool.chain.replaced import Seen, replaced
from linkpool.chain.rpc import Rpc
from linkpool.oracle.runs.records import forget_tasks
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.store.tables import runs, task_runs
from linkpool.transactions.withdrawal import restore, withdraw

_MANY = 500


def gone(connection: Connection, ids: Collection[int]) -> None:
    """The logs of these runs were removed: nothing of theirs is sent any more."""
    withdraw(connection, [key for _, key in _sent(connection, ids)])


def back(connection: Connection, ids: Collection[int]) -> list[int]:
    """The logs of these runs are there again: their answers are sent after all. Returns those
    that start anew, under their next attempt: nothing of the last one can be mined any more.
    """
    pairs = _sent(connection, ids)
    late = restore(connection, [key for _, key in pairs])
    lost = {run for run, key in pairs if key in late}
    if not lost:
        return []
    query = select(runs.c.id).where(
        runs.c.id.in_(lost),
        runs.c.state.in_((State.SENDING, State.SUSPENDED)),
        runs.c.answer_tx.is_(None),
    )
    anew = list(connection.execute(query).scalars())
    if anew:
        forget_tasks(connection, anew)
        changes = {"state": State.WAITING, "reason": None, "intent": None, "finished": None}
        connection.execute(
            update(runs)
            .where(runs.c.id.in_(anew))
            .values(**changes, outputs=None, errors=None, attempt=runs.c.attempt + 1)
        )
    return anew


def _sent(connection: Connection, ids: Collection[int]) -> list[tuple[int, str]]:
    """Runs and the keys of what they wanted sent."""
    own = select(runs.c.id, runs.c.intent).where(runs.c.id.in_(ids), runs.c.intent.is_not(None))
    steps = select(task_runs.c.run, task_runs.c.intent).where(
        task_runs.c.run.in_(ids), task_runs.c.intent.is_not(None)
    )
    rows = (*connection.execute(own), *connection.execute(steps))
    return sorted({(int(run), str(key)) for run, key in rows})


async def unwanted(chain: Rpc, database: Database, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that answer a request whose block was replaced as the chain stands now,
    whatever of that the database knows. ChainUnavailable where it cannot be told.
    """
    places: Mapping[str, Seen] = await database.read(lambda c: _places(c, keys))
    gone = await replaced(chain, places.values())
    return {key for key, place in places.items() if place in gone}


def _places(connection: Connection, keys: Sequence[str]) -> dict[str, Seen]:
    """Number and hash of the block with the request that each key answers."""
    found: dict[str, Seen] = {}
    for start in range(0, len(keys), _MANY):
        some = keys[start : start + _MANY]
        query = (
            select(runs.c.intent, task_runs.c.intent.label("step"), runs.c.block, runs.c.block_hash)
            .outerjoin(task_runs, task_runs.c.run == runs.c.id)
            .where(or_(runs.c.intent.in_(some), task_runs.c.intent.in_(some)))
            .where(runs.c.block_hash.is_not(None))
        )
        for row in connection.execute(query):
            place = (row.block, row.block_hash)
            found |= {key: place for key in (row.intent, row.step) if key in some}
    return found
