# SPDX-License-Identifier: MIT
"""What an operator sees and asks for. Functions of a database connection; what was asked for is
kept with the intent and done at the manager's next look, whichever process that is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, Select, func, select, update

from linkpool.errors import UsageError
from linkpool.store.tables import attempts, intents
from linkpool.transactions.intents import FILLER, AnyRow, IntentState, outcomes

MOST: Final = 1_000  # rows of one page
_DIGITS: Final = 18  # of an id that the database can compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """One intent in a list."""

    id: int
    """A short name, counted upwards."""
    key: str
    what: str
    state: IntentState
    account: ChecksumAddress
    nonce: int
    to: ChecksumAddress | None
    value: int
    """Wei."""
    gas: int
    tx: str | None
    block: int | None
    attempts: int
    cancelling: bool
    """Its nonce is to be filled with an empty transfer; too late where the call is mined first."""
    reason: str | None
    """Why it failed, why it was cancelled, or what it waits for."""
    created: float
    sent: float | None
    settled: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One signed transaction of an intent."""

    kind: str
    """"call", or "cancel": an empty transfer to oneself."""
    hash: str
    nonce: int
    ceiling: int
    """Wei per gas."""
    tip: int
    """Wei per gas."""
    created: float
    broadcast: float | None
    broadcasts: int
    error: str | None
    gas_used: int | None
    price: int | None
    """Wei per gas paid."""
    succeeded: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDetail:
    transaction: TransactionRow
    data: bytes
    attempts: tuple[AttemptRow, ...]


def count(connection: Connection, *, state: str | None = None, account: str | None = None) -> int:
    """Of all intents, or those in one state or of one account."""
    query = _chosen(select(func.count()).select_from(intents), state, account)
    return int(connection.execute(query).scalar_one())


def page(
    connection: Connection,
    *,
    offset: int = 0,
    limit: int = 100,
    state: str | None = None,
    account: str | None = None,
) -> list[TransactionRow]:
    """Newest first."""
    query = _chosen(select(intents), state, account).order_by(intents.c.id.desc())
    rows = connection.execute(query.offset(offset).limit(min(limit, MOST))).all()
    return _shown(connection, rows)


def find(connection: Connection, name: str) -> str:
    """The key of the intent that somebody names by its key, by the hash of any of its attempts or
    by its `id`; in this order, should two be meant. UsageError where there is none.
    """
    query = select(intents.c.key)
    named = [query.where(intents.c.key == name)]
    if name.startswith("0x"):
        named.append(query.join(attempts).where(attempts.c.hash == name.lower()))
    elif name.isascii() and name.isdecimal() and len(name) <= _DIGITS:
        named.append(query.where(intents.c.id == int(name)))
    found = (connection.execute(one).scalar() for one in named)
    key = next((one for one in found if one is not None), None)
    if key is None:
        raise _unknown(name)
    return str(key)


def show(connection: Connection, key: str) -> TransactionDetail:
    """An intent with all of its attempts, oldest first; UsageError where there is none."""
    row = _get(connection, key)
    tries = connection.execute(
        select(attempts).where(attempts.c.intent == row.id).order_by(attempts.c.id)
    ).all()
    return TransactionDetail(
        transaction=_shown(connection, [row])[0],
        data=bytes(row.data),
        attempts=tuple(_attempt(one) for one in tries),
    )


def resend(connection: Connection, key: str) -> TransactionRow:
    """Give the stored bytes to every RPC once more."""
    row = _waiting(connection, key)
    changed = connection.execute(
        update(attempts)
        .where(attempts.c.intent == row.id, attempts.c.nonce == row.nonce)
        .values(broadcast=None)
    ).rowcount
    if not changed:
        raise UsageError(f"{key} is not signed yet: there is nothing to send again")
    return _shown(connection, [row])[0]


def replace(connection: Connection, key: str) -> TransactionRow:
    """Offer a higher fee now."""
    row = _waiting(connection, key)
    if row.state == IntentState.QUEUED:
        raise UsageError(f"{key} is not signed yet: it will be, at the fees of that moment")
    connection.execute(update(intents).where(intents.c.id == row.id).values(replace=True))
    return _shown(connection, [row])[0]


def cancel(connection: Connection, key: str, reason: str) -> TransactionRow:
    """Fill its nonce with an empty transfer to oneself. Whichever is mined decides."""
    row = _waiting(connection, key)
    if key.startswith(FILLER):
        raise UsageError(
            f"{key} is an empty transfer already: `linkpool tx replace` offers a higher fee for it"
        )
    connection.execute(
        update(intents)
        .where(intents.c.id == row.id)
        .values(cancel=True, reason=reason or "cancelled by the operator")
    )
    return _shown(connection, [_get(connection, key)])[0]


def _chosen(query: Select[Any], state: str | None, account: str | None) -> Select[Any]:
    if state is not None:
        if state not in list(IntentState):
            raise UsageError(f"{state!r} is no state: {', '.join(IntentState)}")
        query = query.where(intents.c.state == state)
    return query if account is None else query.where(intents.c.account == account)


def _get(connection: Connection, key: str) -> AnyRow:
    row = connection.execute(select(intents).where(intents.c.key == key)).first()
    if row is None:
        raise _unknown(key)
    return row


def _unknown(name: str) -> UsageError:
    return UsageError(f"no transaction {name!r}: see `linkpool tx list`")


def _waiting(connection: Connection, key: str) -> AnyRow:
    """One that can still be influenced."""
    row = _get(connection, key)
    state = IntentState(row.state)
    if state.settled or state is IntentState.MINED:
        raise UsageError(f"{key} is {state}: it is in a block or over, nothing can be changed")
    return row


def _shown(connection: Connection, rows: Sequence[AnyRow]) -> list[TransactionRow]:
    found = outcomes(connection, [row.key for row in rows])
    tried: dict[int, int] = {
        intent: count
        for intent, count in connection.execute(
            select(attempts.c.intent, func.count())
            .where(attempts.c.intent.in_([row.id for row in rows]))
            .group_by(attempts.c.intent)
        )
    }
    return [
        TransactionRow(
            id=row.id,
            key=row.key,
            what=row.what,
            state=IntentState(row.state),
            account=row.account,
            nonce=row.nonce,
            to=row.recipient,
            value=int(row.value),
            gas=row.gas,
            tx=found[row.key].tx,
            block=row.block,
            attempts=tried.get(row.id, 0),
            cancelling=row.cancel and not IntentState(row.state).settled,
            reason=row.reason,
            created=row.created,
            sent=row.sent,
            settled=row.settled,
        )
        for row in rows
    ]


def _attempt(row: AnyRow) -> AttemptRow:
    return AttemptRow(
        kind=row.kind,
        hash=row.hash,
        nonce=row.nonce,
        ceiling=int(row.ceiling),
        tip=int(row.tip),
        created=row.created,
        broadcast=row.broadcast,
        broadcasts=row.broadcasts,
        error=row.error,
        gas_used=row.gas_used,
        price=None if row.price is None else int(row.price),
        succeeded=row.succeeded,
    )
