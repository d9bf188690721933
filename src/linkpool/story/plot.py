# SPDX-License-Identifier: MIT
"""What happens next, told from the books alone: whatever was interrupted goes on where it was.

Stakes with awkward digits, a newcomer while income is pending, a partial and a full withdrawal,
distributions, the owners' claims. Pure: no chain, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from linkpool.story.books import Books
from linkpool.story.cast import NODES
from linkpool.units import Juels, link

PRICE: Final = link("0.1")
NOTHING: Final = Juels(0)


class Kind(Enum):
    STAKE = "stakes"
    WITHDRAW = "withdraws"
    LEAVE = "withdraws everything"
    DISTRIBUTE = "shares out the income of"
    SHARE = "shares out what the owners got"
    CLAIM = "has every owner paid"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does; `node` is a name, `amount` juels."""

    kind: Kind
    who: str
    node: str = ""
    amount: Juels = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much may gather, in juels, before it is distributed."""

    node: Juels
    owners: Juels
    claim: Juels


UP: Final = Pace(node=link("1"), owners=link("0.2"), claim=link("0.1"))
DEMO: Final = Pace(node=link("0.35"), owners=link("0.05"), claim=link("0.02"))
CLOSING: Final = Pace(node=Juels(1), owners=Juels(1), claim=Juels(1))

# How many answers the pool has given when each of these happens, in this order.
SCRIPT: Final[Sequence[tuple[int, Act]]] = (
    (0, Act(Kind.STAKE, "Ada", "alder", link("1000"))),
    (0, Act(Kind.STAKE, "Bo", "alder", link("333.333333333333333333"))),
    (0, Act(Kind.STAKE, "Cleo", "birch", link("2500.000000000000000001"))),
    (0, Act(Kind.STAKE, "Ada", "birch", link("250.5"))),
    (0, Act(Kind.STAKE, "Dana", "cedar", link("1234.567890123456789"))),
    (3, Act(Kind.STAKE, "Ada", "cedar", link("77.7"))),
    (5, Act(Kind.STAKE, "Eli", "alder", link("4000.000000000000000007"))),
    (7, Act(Kind.STAKE, "Bo", "alder", link("50"))),
    (9, Act(Kind.WITHDRAW, "Bo", "alder", link("100.1"))),
    (12, Act(Kind.LEAVE, "Cleo", "birch")),
    (14, Act(Kind.STAKE, "Cleo", "cedar", link("300.03"))),
)
ANSWERS: Final = SCRIPT[-1][0] + len(NODES)


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses behind the names."""

    storages: Mapping[str, str]
    people: Mapping[str, str]


def due(books: Books, places: Places, pace: Pace) -> list[Act]:
    """What is to be done now; empty when only answers are awaited."""
    answers = sum(book.answered for book in books.nodes.values())
    for act, done in _script(books, places):
        if not done and act[0] > answers:
            break
        if not done:
            return [act[1]]
    return _distributions(books, places, pace)


def opened(books: Books, places: Places) -> bool:
    """Whether the first stakes stand: before that, stakers' income would be the owners'."""
    return all(done for (after, _), done in _script(books, places) if after == 0)


def script_left(books: Books, places: Places) -> int:
    """How many acts of the script are still to come."""
    return sum(not done for _, done in _script(books, places))


def _script(books: Books, places: Places) -> list[tuple[tuple[int, Act], bool]]:
    planned: dict[tuple[str, str], int] = {}
    found = []
    for entry in SCRIPT:
        act = entry[1]
        place = (act.who, act.node)
        if act.kind is Kind.STAKE:
            planned[place] = planned.get(place, 0) + act.amount
        found.append((entry, _done(act, planned[place], books, places)))
    return found


def _done(act: Act, planned: int, books: Books, places: Places) -> bool:
    storage = places.storages.get(act.node)
    if storage is None or storage not in books.nodes:
        return False
    book, staker = books.nodes[storage], places.people[act.who]
    past = [position for position in book.past if position.staker == staker]
    now = [book.open[staker]] if staker in book.open else []
    if act.kind is Kind.STAKE:
        return sum(position.staked for position in (*past, *now)) >= planned
    if act.kind is Kind.WITHDRAW:
        return any(position.paid for position in (*past, *now))
    return bool(past)


def _distributions(books: Books, places: Places, pace: Pace) -> list[Act]:
    acts = []
    for name, storage in places.storages.items():
        book = books.nodes.get(storage)
        if book and book.pending + book.owners + book.operations >= pace.node:
            acts.append(Act(Kind.DISTRIBUTE, "Dana", name))
    if books.owners_income - books.owners.distributed >= pace.owners:
        acts.append(Act(Kind.SHARE, "Dana"))
    if any(books.owners.due(owner) >= pace.claim for owner in books.owners.owed):
        acts.append(Act(Kind.CLAIM, "Dana"))
    return acts


def payment(number: int) -> Juels:
    """What the consumer pays for its n-th request: never a round number, at least the price."""
    return Juels(PRICE + number * 7_919 + number * number)
