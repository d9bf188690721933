# SPDX-License-Identifier: MIT
"""What nodes decided about agreements, and the intents that came of it, in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, bindparam, delete, insert, select

from linkpool.agreements.facts import Agreement
from linkpool.agreements.turns import Step
from linkpool.chain.sending import SendOutcome
from linkpool.store.tables import biddings
from linkpool.transactions.intents import IntentState, Outcome, outcomes
from linkpool.transactions.withdrawal import WITHDRAWN, restore, withdraw
from linkpool.units import Juels

ATTEMPTS: Final = 3
_LOST: Final = (IntentState.FAILED, IntentState.CANCELLED)
_OTHER_TERMS: Final = "agreements: other terms"
_REFUSED: Final = (f"{SendOutcome.FATAL}: ", f"{SendOutcome.REVERTED}: ")  # how such reasons begin


class Verdict(StrEnum):
    WAITING = "waiting"
    """For confirmations."""
    REFUSED = "refused"
    BID = "bid"
    """Its transaction is on its way."""
    PLACED = "placed"
    MISSED = "missed"
    """It came too late or to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bidding:
    """What one node decided about one agreement, `posted` as it was then."""

    agreement: int
    oracle: ChecksumAddress
    verdict: Verdict
    kind: str = ""
    reason: str = ""
    posted: str
    reference: int | None = None
    amount: Juels
    intent: str | None = None


Key = tuple[int, ChecksumAddress]


def read(
    connection: Connection, contract: ChecksumAddress, numbers: Collection[int]
) -> dict[Key, Bidding]:
    """By agreement and oracle."""
    columns = [one for one in biddings.c if one.name not in ("contract", "updated")]
    query = select(*columns).where(
        biddings.c.contract == contract, biddings.c.agreement.in_(numbers)
    )
    found = (_bidding(row._mapping) for row in connection.execute(query))
    return {(one.agreement, one.oracle): one for one in found}


def put(
    connection: Connection, contract: ChecksumAddress, new: Iterable[Bidding], *, now: float
) -> None:
    """In place of what was decided before."""
    rows = [
        asdict(one) | {"contract": contract, "amount": str(one.amount), "updated": now}
        for one in new
    ]
    if rows:
        _forget(connection, contract, [(row["agreement"], row["oracle"]) for row in rows])
        connection.execute(insert(biddings), rows)


def _forget(connection: Connection, contract: ChecksumAddress, decided: Sequence[Key]) -> None:
    these = delete(biddings).where(
        biddings.c.contract == contract,
        biddings.c.agreement == bindparam("number"),
        biddings.c.oracle == bindparam("of"),
    )
    connection.execute(these, [{"number": number, "of": oracle} for number, oracle in decided])


def react(
    connection: Connection,
    contract: ChecksumAddress,
    changed: Mapping[int, Agreement | None],
    *,
    chain_id: int,
) -> None:
    """What was sent about agreements that are gone, or are others now, is not sent again; about
    those that are back it is.
    """
    for (number, oracle), made in read(connection, contract, list(changed)).items():
        now = changed[number]
        whole = [base(chain_id, contract, number, made.posted, step, oracle) for step in Step]
        sent = [key for first in whole for key in keys(first)]
        if made.intent is not None:
            sent.append(made.intent)
        if now is None or now.posted != made.posted:
            withdraw(connection, sent)
        elif made.verdict is not Verdict.MISSED:
            restore(connection, sent)
        if now is not None and now.posted != made.posted:
            _forget(connection, contract, [(number, oracle)])


def _bidding(fields: Mapping[Any, Any]) -> Bidding:
    return Bidding(
        **dict(fields)
        | {"verdict": Verdict(fields["verdict"]), "amount": Juels(int(fields["amount"]))}
    )


# ---- Intents ----


def base(chain_id: int, contract: str, number: int, posted: str, step: str, oracle: str) -> str:
    """First letters of the keys of a step's attempts, and the first of these keys. What was sent
    about one agreement says nothing of another one that got its number.
    """
    return f"agreement:{chain_id}:{contract}:{number}:{shortened(posted)}:{step}:{oracle}"


def shortened(posted: str) -> str:
    """As much of a digest as keys have."""
    return posted[2:18]


def about(key: str) -> tuple[str, int, str] | None:
    """Contract, agreement and its digest, shortened; None for the keys of others."""
    parts = key.split(":")
    return (parts[2], int(parts[3]), parts[4]) if parts[0] == "agreement" else None


def keys(first: str) -> list[str]:
    """Of all attempts."""
    return [first, *(f"{first}:{attempt}" for attempt in range(1, ATTEMPTS))]


def attempts(connection: Connection, firsts: Iterable[str]) -> dict[str, Outcome]:
    """How the attempts of these steps stand."""
    return outcomes(connection, [key for first in firsts for key in keys(first)])


def following(first: str, known: Mapping[str, Outcome]) -> str | None:
    """The key for the next attempt; None while one is on its way or did its work, after the
    last one, and where the operator cancelled one.
    """
    for key in keys(first):
        sent = known.get(key)
        if sent is None:
            return key
        if not lost(sent) or not _again(sent):
            return None
    return None


def lost(sent: Outcome) -> bool:
    """It came to nothing: for good, or an empty transfer is mined in its place."""
    emptied = sent.state is IntentState.MINED and sent.reason == WITHDRAWN
    return sent.state in _LOST or (emptied and sent.succeeded is False)


def _again(sent: Outcome) -> bool:
    """What an operator cancelled stays cancelled; what the number does not stand for any more is
    not asked for twice.
    """
    reason = sent.reason or ""
    if sent.state is IntentState.FAILED:
        return _OTHER_TERMS not in reason
    return reason == WITHDRAWN or reason.startswith(_REFUSED)
