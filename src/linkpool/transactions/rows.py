# SPDX-License-Identifier: MIT
"""Reading what waits: the database's rows as facts for decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from linkpool.store.tables import accounts, attempts, intents
from linkpool.transactions.decide import Attempt, Kind, Unmined
from linkpool.transactions.fees import Price
from linkpool.transactions.intents import AnyRow, IntentState

SIGNED: Final = (IntentState.SIGNED, IntentState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What of one account is not settled."""

    queued: int
    blocks: frozenset[tuple[int, str]]
    """Number and hash of those that its mined intents are in."""


def busy(connection: Connection, names: Iterable[str]) -> dict[str, Busy]:
    """Only accounts with something to do."""
    known = list(names)
    unmined = dict.fromkeys(
        connection.execute(
            select(intents.c.account)
            .where(intents.c.account.in_(known), intents.c.state.in_(SIGNED))
            .distinct()
        ).scalars(),
        0,
    )
    waiting = unmined | queues(connection, known)
    blocks: dict[str, set[tuple[int, str]]] = {}
    for account, block, block_hash in connection.execute(
        select(intents.c.account, intents.c.block, intents.c.block_hash)
        .where(intents.c.account.in_(known), intents.c.state == IntentState.MINED)
        .distinct()
    ):
        blocks.setdefault(account, set()).add((block, block_hash))
    return {
        account: Busy(queued=waiting.get(account, 0), blocks=frozenset(blocks.get(account, ())))
        for account in sorted({*waiting, *blocks})
    }


def queues(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many of each account have nothing signed; without those that have none."""
    rows = connection.execute(
        select(intents.c.account, func.count())
        .where(intents.c.account.in_(list(names)), intents.c.state == IntentState.QUEUED)
        .group_by(intents.c.account)
    )
    return {account: count for account, count in rows}


def signed(connection: Connection, names: Iterable[str]) -> dict[str, list[Unmined]]:
    """What is signed or sent, with its attempts, by account."""
    where = (intents.c.account.in_(list(names)), intents.c.state.in_(SIGNED))
    tries: dict[int, list[Attempt]] = {}
    for row in connection.execute(
        select(
            attempts.c.id,
            attempts.c.intent,
            attempts.c.kind,
            attempts.c.hash,
            attempts.c.ceiling,
            attempts.c.tip,
            attempts.c.since,
            attempts.c.error,
            attempts.c.broadcast,
        )
        .join(intents, intents.c.id == attempts.c.intent)
        .where(*where, attempts.c.nonce == intents.c.nonce)
        .order_by(attempts.c.id)
    ):
        tries.setdefault(row.intent, []).append(_attempt(row))
    found: dict[str, list[Unmined]] = {}
    for each in connection.execute(select(*_COLUMNS).where(*where).order_by(intents.c.nonce)):
        found.setdefault(each.account, []).append(_unmined(each, tries.get(each.id, [])))
    return found


def queued(connection: Connection, windows: Mapping[str, int]) -> dict[str, list[Unmined]]:
    """What has nothing signed and a nonce below the end of its account's window, by account."""
    found: dict[str, list[Unmined]] = {}
    for account, end in windows.items():
        rows = connection.execute(
            select(*_COLUMNS)
            .where(
                intents.c.account == account,
                intents.c.state == IntentState.QUEUED,
                intents.c.nonce < end,
            )
            .order_by(intents.c.nonce)
        ).all()
        if rows:
            found[account] = [_unmined(row, []) for row in rows]
    return found


def contents(connection: Connection, ids: Sequence[int]) -> dict[int, AnyRow]:
    """Account, recipient, data, value and gas of intents."""
    rows = connection.execute(
        select(
            intents.c.id,
            intents.c.account,
            intents.c.recipient,
            intents.c.data,
            intents.c.value,
            intents.c.gas,
        ).where(intents.c.id.in_(ids))
    )
    return {row.id: row for row in rows}


def call_of(content: AnyRow) -> dict[str, str]:
    """As eth_call takes it."""
    call = {
        "input": "0x" + bytes(content.data).hex(),
        "value": hex(int(content.value)),
        "gas": hex(content.gas),
        "from": content.account,
    }
    return call | ({"to": content.recipient} if content.recipient is not None else {})


def nonces(connection: Connection, names: Iterable[str]) -> dict[str, list[int]]:
    """Of what is in no block, by account."""
    found: dict[str, list[int]] = {}
    for account, nonce in connection.execute(
        select(intents.c.account, intents.c.nonce).where(
            intents.c.account.in_(list(names)),
            intents.c.state.in_((IntentState.QUEUED, *SIGNED)),
        )
    ):
        found.setdefault(account, []).append(nonce)
    return found


def next_nonces(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """What each account gives out next."""
    query = select(accounts.c.address, accounts.c.next_nonce)
    rows = connection.execute(query.where(accounts.c.address.in_(list(names))))
    return {row.address: row.next_nonce for row in rows}


def raws(connection: Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """The stored bytes of attempts."""
    rows = connection.execute(select(attempts.c.id, attempts.c.raw).where(attempts.c.id.in_(ids)))
    return {row.id: bytes(row.raw) for row in rows}


_COLUMNS: Final = (
    intents.c.id,
    intents.c.key,
    intents.c.account,
    intents.c.nonce,
    intents.c.state,
    intents.c.cancel,
    intents.c.replace,
    intents.c.reason,
)


def _unmined(row: AnyRow, tries: Sequence[Attempt]) -> Unmined:
    return Unmined(
        id=row.id,
        key=row.key,
        nonce=row.nonce,
        state=row.state,
        cancel=row.cancel,
        replace=row.replace,
        reason=row.reason,
        attempts=tuple(tries),
    )


def _attempt(row: AnyRow) -> Attempt:
    kind: Kind = "cancel" if row.kind == "cancel" else "call"
    return Attempt(
        id=row.id,
        kind=kind,
        hash=row.hash,
        price=Price(ceiling=int(row.ceiling), tip=int(row.tip)),
        since=row.since,
        error=row.error,
        given=row.broadcast is not None,
    )
