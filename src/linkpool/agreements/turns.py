# SPDX-License-Identifier: MIT
"""Who starts, settles or cancels an agreement, and when. Pure.

Anyone may; those who bid do, as their payment and their collateral wait for it. The first of them
does it at once, each further one waits a few blocks more, so that they do not pay for the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final, TypeVar

from eth_typing import ChecksumAddress

from linkpool.agreements.facts import Agreement, Network, Stage
from linkpool.agreements.policy import settled_by

AT_ONCE: Final = 64  # of one look
TURN: Final = 3  # blocks that one bidder leaves to the one before

ENDLESS: Final = 2**63

T = TypeVar("T")


class Step(StrEnum):
    START = "start"
    SETTLE = "settle"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Act:
    """A step that is to be done now, with the key of this oracle's node."""

    agreement: Agreement
    step: Step
    oracle: ChecksumAddress


@dataclass(frozen=True, slots=True)
class Moment:
    """The newest block, and the times of it and of those before it, newest first."""

    number: int
    times: Sequence[int]

    @property
    def now(self) -> int:
        return self.times[0]

    @property
    def spacing(self) -> int:
        """Seconds from a block to the next, as a rule; 0 where only one is known."""
        gaps = [later - before for later, before in pairwise(self.times)]
        return ceil(median(gaps)) if gaps else 0

    def since(self, time: int) -> int:
        """How many blocks there are since then: 1 for the newest one alone; endlessly many where
        even the oldest one known is later.
        """
        for count, block in enumerate(self.times):
            if block < time:
                return count
        return ENDLESS


def due(
    agreement: Agreement, ours: Collection[ChecksumAddress], network: Network, at: Moment
) -> Act | None:
    """What one of our oracles has to do about it."""
    step, blocks = _step(agreement, network, at)
    row = agreement.asked if step is Step.SETTLE else agreement.bidders
    places = [place for place, oracle in enumerate(row) if oracle in ours]
    if step is None or not places or blocks <= places[0] * TURN:
        return None
    return Act(agreement, step, row[places[0]])


def _step(agreement: Agreement, network: Network, at: Moment) -> tuple[Step | None, int]:
    """The next step, and for how many blocks it could have been taken."""
    if agreement.stage is Stage.OPEN:
        last_start = agreement.answer_deadline - network.answer_time
        if at.now > last_start:
            return Step.CANCEL, at.since(last_start + 1)
        enough = len(agreement.bids) >= agreement.oracles
        return Step.START if enough else Step.CANCEL, at.since(agreement.bid_deadline)
    if agreement.stage is Stage.STARTED:
        if set(agreement.answered) >= set(agreement.asked):
            return Step.SETTLE, at.number - agreement.changed + 1
        return Step.SETTLE, at.since(settled_by(agreement, network))
    return None, 0


def portion(ready: Sequence[T], at: Moment) -> list[T]:
    """As many as one look asks the chain about. Another part first with each block: what is
    refused for ever, however much of it there is, keeps nobody waiting.
    """
    turn = at.number * AT_ONCE % max(len(ready), 1)
    return [*ready[turn:], *ready[:turn]][:AT_ONCE]
