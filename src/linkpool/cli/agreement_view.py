# SPDX-License-Identifier: MIT
"""An agreement for people: what can be done with it now, who answered what, who paid what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Event
from linkpool.chain.facts import AgreementState, AgreementTerms, BidState, ExchangeTerms
from linkpool.cli.agreement_terms import shown_job
from linkpool.cli.output import when
from linkpool.errors import UsageError
from linkpool.oracle.cbor import decode_request
from linkpool.oracle.errors import TaskError
from linkpool.units import Juels, Ppm, share, show_link, show_percent

OUTCOMES: Final = {1: "completed", 2: "missed", 3: "late", 4: "wrong"}
OPEN, STARTED = 1, 2
ENDED: Final = {3: "settled", 4: "settled without a result", 5: "cancelled"}
NOTHING: Final = Juels(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One bidder in one agreement. `answer` None: none came; `outcome` "" before settling."""

    oracle: ChecksumAddress
    reference: int
    score: Ppm
    order: int
    chosen: bool = False
    refused: bool = False
    answer: int | None = None
    outcome: str = ""
    elapsed: int = 0
    paid: Juels = NOTHING
    """By the consumer."""
    slashed: Juels = NOTHING
    """Of its collateral, to the beneficiary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What came of an agreement, as far as it has gone."""

    parts: tuple[Part, ...]
    data: bytes
    known: bool = False
    answer: int = 0
    answers: int = 0
    refund: Juels = NOTHING
    """To the consumer: what was not paid for answers."""
    slashed: Juels = NOTHING
    """To the beneficiary."""
    owed: Juels = NOTHING
    """To the consumer too, by oracles that refused to pay back when it was settled."""


def phase(
    one: AgreementState, rules: ExchangeTerms, now: int, *, settled_from: int, complete: bool
) -> str:
    """What an agreement waits for at `now`; `settled_from` and `complete` are of a started one."""
    if one.state in ENDED:
        return ENDED[one.state]
    if one.state == STARTED:
        return "can be settled" if complete or now >= settled_from else "waits for answers"
    if now < one.bid_deadline:
        return "takes bids"
    if one.bids < one.oracles:
        return "too few bids: can be cancelled"
    if now + rules.answer_time > one.answer_deadline:
        return "too late to start: can be cancelled"
    return "can be started"


def require_open(one: AgreementState) -> None:
    """UsageError where it can be neither started nor cancelled any more."""
    require_known(one)
    if one.state != OPEN:
        shown = "started" if one.state == STARTED else ENDED[one.state]
        raise UsageError(f"agreement {one.number} is {shown} already")


def require_start(one: AgreementState, rules: ExchangeTerms, now: int) -> None:
    """UsageError where nobody can start it now."""
    require_open(one)
    if now < one.bid_deadline:
        raise UsageError(f"agreement {one.number} takes bids for {one.bid_deadline - now} s more")
    if one.bids < one.oracles:
        raise UsageError(
            f"oracles: {one.oracles} are wanted, {one.bids} bid: "
            f"`linkpool agreement cancel {one.number}` gives the LINK back"
        )
    if now + rules.answer_time > one.answer_deadline:
        raise UsageError(
            f"agreement {one.number} is too late to start: "
            f"`linkpool agreement cancel {one.number}` gives the LINK back"
        )


def require_cancel(one: AgreementState, rules: ExchangeTerms, now: int) -> None:
    """UsageError where it can still be started."""
    require_open(one)
    if now < one.bid_deadline:
        raise UsageError(f"agreement {one.number} takes bids for {one.bid_deadline - now} s more")
    end = one.answer_deadline - rules.answer_time + 1
    if one.bids >= one.oracles and now < end:
        raise UsageError(f"agreement {one.number} can still be started for {end - now} s")


def require_settle(one: AgreementState, now: int, *, settled_from: int, complete: bool) -> None:
    """UsageError where answers may still come."""
    require_known(one)
    if one.state == OPEN:
        over = one.bids < one.oracles and now >= one.bid_deadline
        command = f"linkpool agreement {'cancel' if over else 'start'} {one.number}"
        raise UsageError(f"agreement {one.number} is not started: `{command}`")
    if one.state != STARTED:
        raise UsageError(f"agreement {one.number} is {ENDED[one.state]} already")
    if not complete and now < settled_from:
        raise UsageError(
            f"answers may still come: agreement {one.number} can be settled in "
            f"{settled_from - now} s, or once everybody has answered"
        )


def course(one: AgreementState, bids: Sequence[BidState], events: Iterable[Event]) -> Course:
    """An agreement's life from its logs."""
    parts = {
        bid.oracle: Part(
            oracle=bid.oracle, reference=bid.reference, score=bid.score, order=bid.order
        )
        for bid in bids
    }
    found = Course(parts=(), data=b"")
    for event in events:
        fields = event.fields
        oracle: Any = fields.get("oracle")
        match event.name:
            case "AgreementCreated":
                found = replace(found, data=bytes(fields["terms"][1]))
            case "AgreementStarted":
                for chosen in fields["oracles"]:
                    parts[chosen] = replace(parts[chosen], chosen=True)
            case "RequestRefused":
                parts[oracle] = replace(parts[oracle], refused=True)
            case "AnswerRecorded":
                answered = replace(parts[oracle], answer=fields["answer"], paid=one.payment)
                parts[oracle] = answered
            case "OutcomeRecorded":
                parts[oracle] = replace(
                    parts[oracle],
                    outcome=OUTCOMES[fields["outcome"]],
                    elapsed=fields["elapsed"],
                    slashed=Juels(fields["slashed"]),
                )
            case "AgreementSettled":
                found = replace(
                    found,
                    known=fields["known"],
                    answer=fields["answer"],
                    answers=fields["answers"],
                    refund=Juels(fields["refund"]),
                    slashed=Juels(fields["slashed"]),
                )
            case "AgreementCancelled":
                found = replace(found, refund=Juels(fields["refund"]))
            case "Reclaimed":
                found = replace(found, refund=Juels(found.refund + fields["amount"]))
    missed = sum(part.outcome == "missed" for part in parts.values())
    owed = Juels(missed * one.payment - found.refund) if missed else NOTHING
    return replace(found, parts=tuple(parts.values()), owed=owed)


def asked(events: Iterable[Event]) -> list[ChecksumAddress]:
    """Who was chosen, in order; nobody before it was started."""
    for event in events:
        if event.name == "AgreementStarted":
            return list(event.fields["oracles"])
    return []


def shown_data(data: bytes) -> str:
    """A request's parameters as JSON; hexadecimal where they are no CBOR."""
    try:
        return json.dumps(decode_request(data), default=_hexadecimal)
    except (TaskError, TypeError):  # no CBOR map, or keys that JSON cannot have
        return "0x" + data.hex()


def row(part: Part) -> tuple[str, ...]:
    """One bidder in a table."""
    return (
        part.oracle,
        show_percent(part.score),
        "asked" if part.chosen else "",
        "refused it" if part.refused else "" if part.answer is None else str(part.answer),
        part.outcome,
        f"{part.elapsed} s" if part.outcome and part.answer is not None else "",
        show_link(part.paid) if part.paid else "",
        show_link(part.slashed) if part.slashed else "",
    )


def terms(posted: AgreementTerms, rules: ExchangeTerms) -> list[tuple[str, str]]:
    """What was posted, for people."""
    late = Juels(share(posted.penalty, rules.late_share))
    provider = posted.provider if posted.provider != ZERO else "nobody: the first bids are taken"
    return [
        ("job", shown_job(posted.job)),
        ("oracles", f"{posted.oracles}, of which {posted.minimum_answers} have to answer in time"),
        ("payment", f"{show_link(posted.payment)} for each"),
        ("penalty", f"{show_link(posted.penalty)} for each; late: {show_link(late)}"),
        ("tolerance", f"{show_percent(posted.tolerance)} of the median"),
        ("bids until", when(posted.bid_deadline)),
        ("answers until", when(posted.answer_deadline)),
        ("reputation", provider),
        ("beneficiary", posted.beneficiary if posted.beneficiary != ZERO else "who posted it"),
    ]


def data(one: AgreementState, posted: AgreementTerms | None) -> dict[str, Any]:
    """As JSON: the job as its UUID, null where no log tells it."""
    return {
        name: str(given) if name in ("payment", "penalty") else given
        for name, given in ((name, getattr(one, name)) for name in one.__slots__)
    } | {
        "digest": "0x" + one.digest.hex(),
        "job": None if posted is None else shown_job(posted.job),
    }


def settled(events: Iterable[Event]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """What a settlement came to, for people and for programs."""
    for event in events:
        if event.name == "AgreementSettled":
            said = event.fields
            shown = [
                ("result", str(said["answer"]) if said["known"] else "none"),
                ("answers in time", str(said["answers"])),
                ("back to the consumer", show_link(said["refund"])),
                ("to the beneficiary", show_link(said["slashed"])),
            ]
            money = {name: str(said[name]) for name in ("refund", "slashed")}
            return shown, {"known": said["known"], "answer": said["answer"], **money}
    return [], {}


def _hexadecimal(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError("no JSON")


def require_known(one: AgreementState) -> None:
    if one.state == 0:
        raise UsageError(f"there is no agreement {one.number}: see `linkpool agreement list`")
