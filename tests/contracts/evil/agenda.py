# SPDX-License-Identifier: MIT
"""What the adversary sees through to the end: plans that one log begins, whatever comes between.

What is announced is executed when it is ready, a penalty is given back or becomes overdue, each
now and then twice, too early or too late. Agreements have plays of their own.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from tests.contracts.evil.arguments import AROUND, Hints
from tests.contracts.suite import DAY

MOST_PLANS = 12
TAKEN_UP, SKIPPED, MOST_TRAVEL = 0.7, 0.2, 60 * DAY
# By term: the way through Node to what activateTerm does.
BY_NODE = ("activateMakersPercentage", "activateCostCeiling", "activateOperationsWallet")


@dataclass(frozen=True, slots=True)
class Item:
    """One call of a plan: the function, and when, after a time that the log names."""

    function: str
    moment: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A call to be made with what a log said."""

    emitter: str
    item: Item
    hints: Hints


AGENDA: dict[str, tuple[Item, ...]] = {
    "OperationAnnounced": (Item("execute", "ready"), Item("execute")),
    "TermAnnounced": (Item("activateTerm", "ready"), Item("activateTerm")),
    "DestinationAnnounced": (Item("activateDestination", "ready"),),
    "OperatorAnnounced": (Item("activateOperator", "ready"),),
    "NodeApproved": (Item("revokeApproval"), Item("registerNode")),
    "Approval": (Item("transferFrom"), Item("sendOwnershipFrom")),
    "OperatorProposed": (Item("acceptOperator"),),
    "OracleRequest": (
        Item("fulfillOracleRequest"),
        Item("cancelOracleRequest", "cancelExpiration"),
        Item("cancelOracleRequestByRequester"),
    ),
    "PenaltySent": (Item("transferAndCall"), Item("resolveOverdue", "deadline", 1)),
    "PenaltySlashed": (Item("transferAndCall"),),
    "ExitClaimOpened": (Item("claimExit"),),
    "Deposited": (Item("release", "deadline", -DAY),),
    "TokensDistributed": (Item("claim"), Item("claim")),
    "OwnershipTransferStarted": (Item("accept_ownership"),),
}


class Agenda:
    """Plans begun and not finished; within one plan the order stands."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.plans: list[deque[Plan]] = []

    def heard(self, event: str, emitter: str, hints: Hints) -> None:
        """Begins something, if there is room for it."""
        items = AGENDA.get(event)
        if items and len(self.plans) < MOST_PLANS and self.dice.random() < TAKEN_UP:
            kept = [item for item in items if self.dice.random() > SKIPPED]
            if kept:
                self.plans.append(deque(Plan(emitter, item, hints) for item in kept))

    def take(self) -> Plan | None:
        """The next call of any plan."""
        if not self.plans:
            return None
        index = self.dice.randrange(len(self.plans))
        plan = self.plans[index].popleft()
        if not self.plans[index]:
            self.plans.pop(index)
        return plan

    def wait(self, plan: Plan, now: int) -> int:
        """Seconds until its moment, give or take one; often enough she does not wait."""
        found = plan.hints.get(plan.item.moment)
        if found is None or self.dice.random() < 0.1:
            return 0
        until = int(found[1]) + plan.item.after - now
        return max(0, min(until + self.dice.choice(AROUND), MOST_TRAVEL))
