# SPDX-License-Identifier: MIT
"""Signing, storing, sending, in this order: bytes that an RPC may have are always in the database
first, and what is sent is read from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak
from sqlalchemy import Connection, bindparam, case, func, insert, update

from linkpool.chain.accounts import Signer
from linkpool.errors import LinkPoolError
from linkpool.store.tables import attempts, intents
from linkpool.transactions.decide import Attempt, Draft, Unmined, Verdict
from linkpool.transactions.intents import AnyRow, IntentState
from linkpool.transactions.limits import TransactionLimits

_REMOTE_TOGETHER: Final = 16  # signatures asked for at once: a remote signer takes its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A draft with its signature, or why there is none."""

    draft: Draft
    raw: bytes = b""
    hash: str = ""
    error: str | None = None


async def sign(
    signers: Mapping[str, Signer],
    drafts: Sequence[Draft],
    contents: Mapping[int, AnyRow],
    chain_id: int,
    limits: TransactionLimits,
) -> list[Signed]:
    """In the drafts' order. A signer that fails keeps nobody else's transaction."""

    async def one(draft: Draft) -> Signed:
        content = contents[draft.intent.id]
        signer = signers[content.account]
        fields = _transaction(draft, content, signer, chain_id, limits)
        try:
            raw = await signer.sign(fields)
        except LinkPoolError as error:
            return Signed(draft=draft, error=f"not signed: {error}"[:500])
        return Signed(draft=draft, raw=raw, hash="0x" + keccak(raw).hex())

    done: list[Signed] = []
    for start in range(0, len(drafts), _REMOTE_TOGETHER):
        done += await asyncio.gather(*map(one, drafts[start : start + _REMOTE_TOGETHER]))
    return done


def _transaction(
    draft: Draft,
    content: AnyRow,
    signer: Signer,
    chain_id: int,
    limits: TransactionLimits,
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": draft.intent.nonce,
        "maxFeePerGas": draft.price.ceiling,
        "maxPriorityFeePerGas": draft.price.tip,
    }
    if draft.kind == "cancel":
        return fields | {"to": signer.address, "value": 0, "data": b"", "gas": limits.cancel_gas}
    if content.recipient is not None:
        fields["to"] = content.recipient
    return fields | {
        "value": int(content.value),
        "data": bytes(content.data),
        "gas": content.gas,
    }


def store(
    connection: Connection, signed: Sequence[Signed], *, now: float
) -> list[tuple[Unmined, Attempt]]:
    """The bytes, in the caller's transaction: after its commit, and not before, they may go out."""
    _note_unsigned(connection, [one for one in signed if one.error is not None])
    good = [one for one in signed if one.error is None]
    if not good:
        return []
    ids = _add_attempts(connection, good, now=now)
    _mark_signed(connection, good)
    return [(one.draft.intent, _attempt(one, ids[one.hash])) for one in good]


def _note_unsigned(connection: Connection, failed: Sequence[Signed]) -> None:
    if not failed:
        return
    connection.execute(  # a cancellation keeps the reason it was given
        update(intents)
        .where(intents.c.id == bindparam("b_id"), intents.c.cancel.is_(False))
        .values(reason=bindparam("b")),
        [{"b_id": one.draft.intent.id, "b": one.error} for one in failed],
    )


def _add_attempts(connection: Connection, good: Sequence[Signed], *, now: float) -> dict[str, int]:
    """Their ids by hash."""
    rows = connection.execute(
        insert(attempts).returning(attempts.c.id, attempts.c.hash),
        [
            {
                "intent": one.draft.intent.id,
                "nonce": one.draft.intent.nonce,
                "kind": one.draft.kind,
                "hash": one.hash,
                "raw": one.raw,
                "ceiling": str(one.draft.price.ceiling),
                "tip": str(one.draft.price.tip),
                "created": now,
                "broadcasts": 0,
            }
            for one in good
        ],
    ).all()
    return {row.hash: row.id for row in rows}


def _mark_signed(connection: Connection, good: Sequence[Signed]) -> None:
    connection.execute(
        update(intents)
        .where(intents.c.id == bindparam("b_id"))
        .values(
            replace=False,
            state=case(
                (intents.c.state == IntentState.QUEUED, IntentState.SIGNED),
                else_=intents.c.state,
            ),
        ),
        [{"b_id": one.draft.intent.id} for one in good],
    )


def _attempt(one: Signed, number: int) -> Attempt:
    return Attempt(
        id=number,
        kind=one.draft.kind,
        hash=one.hash,
        price=one.draft.price,
        since=None,
        error=None,
        given=False,
    )


def note(
    connection: Connection,
    results: Sequence[tuple[Unmined, Attempt, Verdict]],
    *,
    head: int,
    now: float,
) -> None:
    """What came of a broadcast."""
    if not results:
        return
    connection.execute(
        update(attempts)
        .where(attempts.c.id == bindparam("b_id"))
        .values(
            broadcast=now,
            broadcasts=attempts.c.broadcasts + 1,
            error=bindparam("b_error"),
            since=func.coalesce(attempts.c.since, bindparam("b_since")),
        ),
        [
            {
                "b_id": attempt.id,
                "b_error": meant.error,
                "b_since": head if meant.known else None,
            }
            for _, attempt, meant in results
        ],
    )
    _mark_sent(connection, [one for one, _, meant in results if meant.known], now=now)
    for one, _, meant in results:
        changes: dict[str, Any] = {"replace": True} if meant.replace else {}
        if meant.give_up:
            changes["cancel"] = True
        if changes:
            connection.execute(update(intents).where(intents.c.id == one.id).values(changes))
        if one.reason != meant.error:
            connection.execute(  # a cancellation keeps the reason it was given
                update(intents)
                .where(intents.c.id == one.id, intents.c.cancel.is_(meant.give_up))
                .values(reason=meant.error)
            )


def _mark_sent(connection: Connection, known: Sequence[Unmined], *, now: float) -> None:
    fresh = [{"b_id": one.id} for one in known if one.state != IntentState.SENT]
    if not fresh:
        return
    connection.execute(
        update(intents)
        .where(intents.c.id == bindparam("b_id"), intents.c.state == IntentState.SIGNED)
        .values(state=IntentState.SENT, sent=func.coalesce(intents.c.sent, now)),
        fresh,
    )
