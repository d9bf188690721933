# SPDX-License-Identifier: MIT
"""Intents: what is to happen on chain once, kept in the database with the nonce it will use.

queued     has its nonce, nothing is signed
signed     raw bytes are stored; an RPC may have them
sent       an RPC has them
mined      in a block that may still be replaced
final      deep enough, succeeded
failed     deep enough, reverted
cancelled  its nonce was used for something else, for good
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from linkpool.chain.calls import NO_ETHER
from linkpool.errors import UsageError
from linkpool.store.tables import accounts, attempts, intents
from linkpool.units import Wei

FILLER: Final = "fill:"  # first letters of the key of what only fills a nonce
AnyRow = Row[*tuple[Any, ...]]
# Composed once: at hundreds of intents in a second composing would cost more than executing.
_FIND: Final = select(
    intents.c.account, intents.c.recipient, intents.c.data, intents.c.value
).where(intents.c.key == bindparam("b_key"))
_TAKE: Final = (
    update(accounts)
    .where(accounts.c.address == bindparam("b_account"))
    .values(next_nonce=accounts.c.next_nonce + 1)
    .returning(accounts.c.next_nonce)
)
_ADD: Final = insert(intents)
_MANY: Final = 500  # keys in one statement


class IntentState(StrEnum):
    QUEUED = "queued"
    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def settled(self) -> bool:
        """Nothing will change it any more."""
        return self in (IntentState.FINAL, IntentState.FAILED, IntentState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One transaction to be made, once for each `key`."""

    key: str
    account: ChecksumAddress
    to: ChecksumAddress | None
    """None creates a contract."""
    data: bytes
    value: Wei = NO_ETHER
    gas: int
    """Limit."""
    what: str
    """For people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an intent stands."""

    key: str
    state: IntentState
    nonce: int
    tx: str | None
    """The mined attempt's hash, else that of the last one an RPC was given."""
    block: int | None
    block_hash: str | None
    succeeded: bool | None
    """Of a mined one: the call was executed. False for a revert and for a cancellation."""
    reason: str | None
    gas_used: int | None
    price: int | None
    """Wei per gas paid."""


def enqueue(connection: Connection, intent: Intent, *, now: float) -> bool:
    """Inside the caller's transaction: the intent with the account's next nonce, or False where
    the key is there already. UsageError where the key is there with another effect (account,
    recipient, data, value; gas and `what` may differ), and for an account that was never opened.
    """
    if intent.key.startswith(FILLER):
        raise UsageError(f"keys that start with {FILLER} are made here: choose another")
    row = connection.execute(_FIND, {"b_key": intent.key}).first()
    if row is not None:
        _require_same(row, intent)
        return False
    connection.execute(
        _ADD,
        {
            "key": intent.key,
            "account": intent.account,
            "nonce": take_nonce(connection, intent.account),
            "recipient": intent.to,
            "data": intent.data,
            "value": str(intent.value),
            "gas": intent.gas,
            "what": intent.what,
            "state": IntentState.QUEUED,
            "created": now,
        },
    )
    return True


def take_nonce(connection: Connection, account: str) -> int:
    """The account's next nonce, given out with the caller's transaction or not at all."""
    taken = connection.execute(_TAKE, {"b_account": account}).scalar_one_or_none()
    if taken is None:
        raise UsageError(f"{account} has never been opened for sending: start its node first")
    return int(taken) - 1


def outcome(connection: Connection, key: str) -> Outcome | None:
    """How the intent stands; None where there is none of that key."""
    return outcomes(connection, [key]).get(key)


def outcomes(connection: Connection, keys: Iterable[str]) -> dict[str, Outcome]:
    """As `outcome`, for many."""
    asked = list(keys)
    found: dict[str, Outcome] = {}
    for start in range(0, len(asked), _MANY):
        rows = connection.execute(
            select(intents).where(intents.c.key.in_(asked[start : start + _MANY]))
        ).all()
        tries = _attempts(connection, [row.id for row in rows])
        found |= {row.key: _outcome(row, tries.get(row.id, [])) for row in rows}
    return found


def _attempts(connection: Connection, ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    """Of each intent, oldest first, without the raw bytes."""
    columns = (one for one in attempts.c if one is not attempts.c.raw)
    tries: dict[int, list[AnyRow]] = {}
    for row in connection.execute(
        select(*columns).where(attempts.c.intent.in_(ids)).order_by(attempts.c.id)
    ):
        tries.setdefault(row.intent, []).append(row)
    return tries


def _outcome(row: AnyRow, tries: Sequence[AnyRow]) -> Outcome:
    mined = next((one for one in tries if one.id == row.attempt), None)
    given = [one for one in tries if one.nonce == row.nonce and one.broadcasts]
    shown = mined or (given[-1] if given else None)
    return Outcome(
        key=row.key,
        state=IntentState(row.state),
        nonce=row.nonce,
        tx=shown.hash if shown is not None else None,
        block=row.block,
        block_hash=row.block_hash,
        succeeded=None if mined is None else bool(mined.succeeded) and mined.kind == "call",
        reason=row.reason,
        gas_used=None if mined is None else mined.gas_used,
        price=None if mined is None or mined.price is None else int(mined.price),
    )


def _require_same(row: AnyRow, intent: Intent) -> None:
    there = (row.account, row.recipient, bytes(row.data), int(row.value))
    if there != (intent.account, intent.to, intent.data, int(intent.value)):
        raise UsageError(
            f"intent {intent.key} exists with another content: it is sent once as it was first "
            "given, use another key for another transaction"
        )
