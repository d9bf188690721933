# SPDX-License-Identifier: MIT
"""What happened, in words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from linkpool.economics import Deal, Outcome, Stage
from linkpool.story.numbers import short
from linkpool.story.topics import TOPICS

REMEMBERED: Final = 100
Naming = Callable[[str], str]


@dataclass(slots=True)
class Told:
    """The latest things that happened; `count` is how many there ever were."""

    latest: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    count: int = 0

    def add(self, *lines: str) -> None:
        self.latest.extend(lines)
        self.count += len(lines)

    def add_of(self, beginning: str, name: str) -> None:
        """A line that ends with a name, or one more name for the last line."""
        if self.latest and self.latest[-1].startswith(f"{beginning} "):
            self.latest[-1] += f", {name}"
        else:
            self.add(f"{beginning} {name}")


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
            paid, risk = short(deal.payment), short(deal.penalty)
            who = f"{name(deal.consumer)} asks {deal.oracles} nodes for {question(deal.job)}"
            text = f"{who}: {paid} each, {risk} at risk"
        case Stage.STARTED:
            text = f"{_names(deal.asked, name)} have bid and are asked"
        case Stage.CANCELLED:
            back = short(deal.cost)
            text = f"too few bids in time, {name(deal.consumer)} has its {back} LINK back"
        case _:
            text = _result(deal, name)
    return f"agreement {deal.number}: {text}"


def _result(deal: Deal, name: Naming) -> str:
    result = deal.result
    if result is None:
        return deal.stage.value
    good = [oracle for oracle, outcome in result.outcomes.items() if outcome is Outcome.RIGHT]
    parts = [f"{', '.join(map(name, good))} right"] if good else []
    for oracle, lost in result.lost.items():
        if result.outcomes[oracle] is not Outcome.RIGHT:
            to = f", pays {name(deal.beneficiary)} {short(lost)}" if lost else ""
            parts.append(f"{name(oracle)} {WORDS[result.outcomes[oracle]]}{to}")
    if result.refund:
        parts.append(f"{name(deal.consumer)} has {short(result.refund)} back")
    answer = f"answer {result.median:,}" if result.known else "too few answers in time"
    return "; ".join([answer, *parts])


def _names(oracles: tuple[str, ...] | list[str], name: Naming) -> str:
    names = [name(oracle) for oracle in oracles]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
