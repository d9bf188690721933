# SPDX-License-Identifier: MIT
"""Intents whose cause is gone from the chain, and may come back to it. Functions of a database
connection, part of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, select, update

from linkpool.store.tables import attempts, intents
from linkpool.transactions.intents import IntentState

WITHDRAWN: Final = "what asked for it is no longer part of the chain"
_OPEN: Final = (IntentState.QUEUED, IntentState.SIGNED, IntentState.SENT, IntentState.MINED)
_MANY: Final = 500


def withdraw(connection: Connection, keys: Collection[str]) -> int:
    """None of them is sent again: their nonces are filled with empty transfers, also of those
    that are mined, should their block go too. What is settled stays. Returns how many were not
    being cancelled already.
    """
    changed = 0
    for some in _portions(keys):
        changed += connection.execute(
            update(intents)
            .where(intents.c.key.in_(some), intents.c.state.in_(_OPEN), intents.c.cancel.is_(False))
            .values(cancel=True, reason=WITHDRAWN)
        ).rowcount
    return changed


def restore(connection: Connection, keys: Collection[str]) -> set[str]:
    """Their cause is back: those that were withdrawn are sent after all. Returns the keys for
    which it is too late, as the empty transfer is mined.
    """
    late: set[str] = set()
    for some in _portions(keys):
        query = (
            select(intents.c.id, intents.c.key, intents.c.state, attempts.c.kind)
            .outerjoin(attempts, attempts.c.id == intents.c.attempt)
            .where(intents.c.key.in_(some), intents.c.reason == WITHDRAWN)
        )
        on = []
        for row in connection.execute(query):
            if row.state == IntentState.CANCELLED or row.kind == "cancel":
                late.add(row.key)
            else:
                on.append(row.id)
        if on:
            # The reason stays: it says why, should the empty transfer be mined nevertheless.
            connection.execute(update(intents).where(intents.c.id.in_(on)).values(cancel=False))
    return late


def _portions(keys: Collection[str]) -> list[list[str]]:
    known = sorted(keys)
    return [known[start : start + _MANY] for start in range(0, len(known), _MANY)]
