# SPDX-License-Identifier: MIT
"""Agreements in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from linkpool.economics import Deal, Outcome, Stage
from linkpool.story.numbers import amount
from linkpool.story.topics import TOPICS
from linkpool.units import Juels, show_link

Naming = Callable[[str], str]

WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.RIGHT: "right",
    Outcome.MISSED: "missing",
    Outcome.LATE: "late",
    Outcome.WRONG: "wrong",
}
STAGES: Final[Mapping[Stage, str]] = {
    Stage.OPEN: "bidding",
    Stage.STARTED: "asked",
    Stage.SETTLED: "settled",
    Stage.FAILED: "no answer",
    Stage.CANCELLED: "cancelled",
}


def question(job: bytes) -> str:
    """What an agreement asks; the job's id in short where it is nobody's of the story."""
    known = {topic.job_id: topic.words for topic in TOPICS}
    return known.get(job, f"job {job[:4].hex()}…")


def latest(deal: Deal, name: Naming) -> str:
    """How an agreement stands, in one line."""
    match deal.stage:
        case Stage.OPEN:
            paid, risk = amount(deal.payment), amount(deal.penalty)
            who = f"{name(deal.consumer)} asks {deal.oracles} oracles for {question(deal.job)}"
            text = f"{who}, {paid} LINK each, {risk} at risk for {name(deal.beneficiary)}"
        case Stage.STARTED:
            text = f"{_names(deal.asked, name)} have bid and are asked"
        case Stage.CANCELLED:
            back = show_link(Juels(deal.cost))
            text = f"too few bids, {name(deal.consumer)} has {back} back"
        case _:
            text = _result(deal, name)
    return f"agreement {deal.number}: {text}"


def _result(deal: Deal, name: Naming) -> str:
    result = deal.result
    if result is None:
        return deal.stage.value
    parts = [f"the answer is {result.median:,}" if result.known else "too few answers in time"]
    good = [oracle for oracle, outcome in result.outcomes.items() if outcome is Outcome.RIGHT]
    if good:
        parts.append(f"{_names(good, name)} right")
    for oracle, lost in result.lost.items():
        if result.outcomes[oracle] is not Outcome.RIGHT:
            to = f": {show_link(Juels(lost))} to {name(deal.beneficiary)}" if lost else ""
            parts.append(f"{name(oracle)} {WORDS[result.outcomes[oracle]]}{to}")
    if result.refund:
        parts.append(f"{show_link(Juels(result.refund))} back to {name(deal.consumer)}")
    return "; ".join(parts)


def _names(oracles: tuple[str, ...] | list[str], name: Naming) -> str:
    names = [name(oracle) for oracle in oracles]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
