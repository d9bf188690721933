# SPDX-License-Identifier: MIT
"""What the chain made of it: writing down receipts, finality, reorganisations, nonces that were
used elsewhere. Every function runs inside the caller's database transaction and returns the keys
it changed; running twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Text, and_, bindparam, case, insert, or_, select, update

from linkpool.store.tables import accounts, attempts, intents
from linkpool.transactions.decide import Unmined
from linkpool.transactions.intents import FILLER, AnyRow, IntentState, take_nonce
from linkpool.transactions.look import Mined, User
from linkpool.transactions.rows import SIGNED
from linkpool.transactions.withdrawal import WITHDRAWN

# A list in `in_` cannot be executed for many rows at once.
_SIGNED: Final = or_(*(intents.c.state == state for state in SIGNED))
_WITHDRAWN: Final = and_(intents.c.cancel, intents.c.reason == WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An unmined intent and the receipt of one of its attempts."""

    intent: Unmined
    attempt: int
    mined: Mined
    reason: str | None
    """Why it reverted."""


def reorganised(connection: Connection, account: str, block_hash: str) -> list[AnyRow]:
    """The block is gone: what was mined in it is sent again. Rows of id, key, attempt."""
    rows = connection.execute(
        select(intents.c.id, intents.c.key, intents.c.attempt).where(
            intents.c.account == account,
            intents.c.state == IntentState.MINED,
            intents.c.block_hash == block_hash,
        )
    ).all()
    if rows:
        _unsettle(connection, [row.id for row in rows])
    return list(rows)


def mined(connection: Connection, found: Sequence[Found]) -> list[str]:
    """In a block that may still be replaced: what was withdrawn stays so until it is final."""
    if not found:
        return []
    connection.execute(
        update(attempts)
        .where(attempts.c.id == bindparam("b_id"))
        .values(
            gas_used=bindparam("b_gas"), price=bindparam("b_price"), succeeded=bindparam("b_good")
        ),
        [
            {
                "b_id": one.attempt,
                "b_gas": one.mined.gas_used,
                "b_price": str(one.mined.price),
                "b_good": one.mined.succeeded,
            }
            for one in found
        ],
    )
    connection.execute(
        update(intents)
        .where(intents.c.id == bindparam("b_id"), _SIGNED)
        .values(
            state=IntentState.MINED,
            attempt=bindparam("b_attempt"),
            block=bindparam("b_block"),
            block_hash=bindparam("b_hash"),
            reason=case((_WITHDRAWN, WITHDRAWN), else_=bindparam("b_reason", type_=Text)),
        ),
        [
            {
                "b_id": one.intent.id,
                "b_attempt": one.attempt,
                "b_block": one.mined.block,
                "b_hash": one.mined.block_hash,
                "b_reason": one.reason,
            }
            for one in found
        ],
    )
    return [one.intent.key for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Keys, by how they ended."""

    final: list[str]
    failed: list[str]
    cancelled: list[str]


def finalise(
    connection: Connection,
    names: Sequence[str],
    hashes: Mapping[int, str],
    *,
    deepest: int,
    now: float,
) -> Settled:
    """What is mined in a block up to `deepest` whose hash is the canonical one (`hashes`)."""
    rows = connection.execute(
        select(
            intents.c.id,
            intents.c.key,
            intents.c.block,
            intents.c.block_hash,
            intents.c.reason,
            attempts.c.kind,
            attempts.c.succeeded,
        )
        .join(attempts, attempts.c.id == intents.c.attempt)
        .where(
            intents.c.account.in_(names),
            intents.c.state == IntentState.MINED,
            intents.c.block <= deepest,
        )
    ).all()
    ended = Settled(final=[], failed=[], cancelled=[])
    changes = []
    for row in rows:
        if hashes.get(row.block) != row.block_hash:
            continue
        state, keys = _ending(row, ended)
        keys.append(row.key)
        reason = None if state is IntentState.FINAL else row.reason
        changes.append({"b_id": row.id, "b_state": state, "b_reason": reason})
    if changes:
        connection.execute(
            update(intents)
            .where(intents.c.id == bindparam("b_id"), intents.c.state == IntentState.MINED)
            .values(state=bindparam("b_state"), reason=bindparam("b_reason"), settled=now),
            changes,
        )
    return ended


def _ending(row: AnyRow, ended: Settled) -> tuple[IntentState, list[str]]:
    if row.kind == "cancel":
        return IntentState.CANCELLED, ended.cancelled
    if row.succeeded:
        return IntentState.FINAL, ended.final
    return IntentState.FAILED, ended.failed


def raise_nonce(connection: Connection, account: str, used: int, *, at_most: int | None) -> None:
    """The chain has used every nonce below `used`: none of them is given out any more. A jump of
    more than `at_most` is not believed without proof (None): a wrong RPC must not leave a hole too
    large to fill.
    """
    raised = update(accounts).where(accounts.c.address == account, accounts.c.next_nonce < used)
    if at_most is not None:
        raised = raised.where(accounts.c.next_nonce >= used - at_most)
    connection.execute(raised.values(next_nonce=used))


def open_account(connection: Connection, account: str, least: int, *, at_most: int) -> None:
    """The account's row, with no nonce below `least` left to give out. As in `raise_nonce`, an
    account that was opened before does not jump by more than `at_most`: the next look proves it.
    """
    if all_open(connection, [account]):
        raise_nonce(connection, account, least, at_most=at_most)
    else:
        connection.execute(insert(accounts).values(address=account, next_nonce=least))


def all_open(connection: Connection, names: Sequence[str]) -> bool:
    """Whether each has its row."""
    rows = connection.execute(select(accounts.c.address).where(accounts.c.address.in_(names)))
    return len(rows.all()) == len(set(names))


def renumber(
    connection: Connection, account: str, one: Unmined, *, reason: str, now: float
) -> bool:
    """Its nonce is used by another transaction and none of its own attempts can ever be mined:
    back to the queue with a new nonce, or cancelled where that was asked for or where the nonce
    was all it was about. False where it has got on meanwhile.
    """
    there = connection.execute(
        select(intents.c.cancel, intents.c.reason).where(
            intents.c.id == one.id,
            intents.c.nonce == one.nonce,
            intents.c.state.in_((IntentState.QUEUED, *SIGNED)),
        )
    ).first()
    if there is None:
        return False
    changes: dict[str, Any] = {"reason": reason, "replace": False}
    if there.cancel or one.key.startswith(FILLER):
        changes |= {"state": IntentState.CANCELLED, "settled": now}
    else:
        changes |= {"state": IntentState.QUEUED, "nonce": take_nonce(connection, account)}
    if there.cancel:  # a cancellation keeps the reason it was given
        changes["reason"] = there.reason or reason
    connection.execute(update(intents).where(intents.c.id == one.id).values(changes))
    return True


def adopt(connection: Connection, one: Unmined, user: User, *, now: float) -> None:
    """What has the intent's nonce on chain, in a final block, does what the intent does: it is the
    intent's own attempt, although its bytes are not here.
    """
    connection.execute(
        insert(attempts).values(
            intent=one.id,
            nonce=one.nonce,
            kind="call",
            hash=user.hash,
            raw=b"",
            ceiling="0",
            tip="0",
            created=now,
            broadcasts=0,
        )
    )
    connection.execute(
        update(intents)
        .where(intents.c.id == one.id, intents.c.state == IntentState.QUEUED)
        .values(state=IntentState.SIGNED)
    )


def fill(connection: Connection, account: str, nonce: int, *, gas: int, now: float) -> str:
    """Something for a nonce that nothing uses: an empty transfer to oneself, or, where a
    settled intent has it (the chain was replaced deeper than finality), that intent once more.
    """
    there = connection.execute(
        select(intents.c.id, intents.c.key, intents.c.state).where(
            intents.c.account == account, intents.c.nonce == nonce
        )
    ).first()
    if there is not None:
        if IntentState(there.state).settled:
            _unsettle(connection, [there.id])
        return str(there.key)
    key = f"{FILLER}{account}:{nonce}"
    connection.execute(
        insert(intents).values(
            key=key,
            account=account,
            nonce=nonce,
            recipient=account,
            data=b"",
            value="0",
            gas=gas,
            what=f"fill nonce {nonce}, which nothing uses",
            state=IntentState.QUEUED,
            created=now,
        )
    )
    return key


def _unsettle(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(
        update(attempts)
        .where(attempts.c.id.in_(select(intents.c.attempt).where(intents.c.id.in_(ids))))
        .values(gas_used=None, price=None, succeeded=None)
    )
    connection.execute(
        update(intents)
        .where(intents.c.id.in_(ids))
        .values(
            state=IntentState.SENT,
            attempt=None,
            block=None,
            block_hash=None,
            settled=None,
        )
    )
