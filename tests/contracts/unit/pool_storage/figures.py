# SPDX-License-Identifier: MIT
"""All that one PoolStorage shows and says, compared whole: what an act changes, and no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.contracts.suite import Contract, Suite, link, word
from tests.contracts.unit.pool_storage.support import ALICE, BOB, books

Figures = dict[str, Any]


def figures(store: Contract, stakers: Iterable[str] = ()) -> Figures:
    """Every total, term, record and claim, by name."""
    shown: Figures = asdict(books(store))
    shown |= {
        "liquid": store.liquid(),
        "count": store.penaltyCount(),
        "open": store.openPenalties(),
        "allowance": store.lossAllowance(),
        "overdue": tuple(store.overdue()),
        "makers": store.makersPercentage(),
        "ceiling": store.costCeiling(),
        "cost": store.operationalCost(),
        "operator": store.operator(),
        "node": store.nodeAddress(),
    }
    ids = range(1, store.penaltyCount() + 1)
    shown |= {f"penalty {id_}": tuple(store.penaltyById(id_)) for id_ in ids}
    for who, staker in enumerate(stakers):
        shown[f"shares {who}"] = store.sharesOf(staker)
        for id_ in ids:
            shown[f"claim {who} {id_}"] = tuple(store.exitClaimOf(staker, [id_]))
    return shown


def changed(before: Figures, after: Figures) -> Figures:
    """What is another figure now, or is new."""
    return {name: value for name, value in after.items() if before.get(name) != value}


def said(source: Contract, store: Contract) -> list[tuple[Any, ...]]:
    """The events of a PoolStorage in the last call to `source`: name and every field."""
    mine = [entry for entry in source.get_logs() if entry.address == store.address]
    return [(type(entry).__name__, *list(entry)[1:]) for entry in mine]


@dataclass
class Watched:
    """Three penalties of 7, 5 and 8.24 LINK; what an act says and changes is compared whole."""

    suite: Suite
    box: Contract
    deadline: int
    last: Figures = field(default_factory=dict)

    def now(self, source: Contract) -> tuple[list[tuple[Any, ...]], Figures]:
        """What the last call to `source` made the store say; what changed since the last look."""
        events = said(source, self.suite.store)
        found = figures(self.suite.store, (ALICE, BOB))
        difference, self.last = changed(self.last, found), found
        return events, difference

    def give_back(self, juels: str, number: int) -> tuple[list[tuple[Any, ...]], Figures]:
        self.box.giveBack(self.suite.store.address, link(juels), word(number))
        return self.now(self.box)

    def final(self, juels: str, number: int) -> tuple[list[tuple[Any, ...]], Figures]:
        self.box.giveBackFinal(self.suite.store.address, link(juels), word(number))
        return self.now(self.box)

    def returned(self, id_: int, juels: str) -> tuple[Any, ...]:
        return "PenaltyReturned", self.box.address, word(100 + id_), id_, link(juels)

    def slashed(self, id_: int, juels: str, overdue: bool = False) -> tuple[Any, ...]:
        return "PenaltySlashed", self.box.address, word(100 + id_), id_, link(juels), overdue

    def first(self, state: int, returned: str) -> tuple[int, ...]:
        return 1, state, link(7), link(7), link(returned), 0, 6_797, self.deadline

    def second(self, state: int, returned: str, claims: str = "0.2") -> tuple[int, ...]:
        return 2, state, link(5), link(3), link(returned), link(claims), 4_855, self.deadline

    def third(self, state: int, returned: str, claims: str = "0.824") -> tuple[int, ...]:
        return 3, state, link("8.24"), 0, link(returned), link(claims), 8_000, self.deadline


def booked(id_: int, owners: str, claims: str, stakers: str) -> tuple[Any, ...]:
    return "LossBooked", id_, link(owners), link(claims), link(stakers)
