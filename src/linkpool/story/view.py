# SPDX-License-Identifier: MIT
"""One look at the pool, ready to be shown: names instead of addresses, chain beside exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from linkpool.story.books import Books
from linkpool.story.cast import Cast
from linkpool.story.observation import Seen
from linkpool.story.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """Amounts in juels."""

    name: str
    node: str
    storage: str
    state: str
    staked: int
    stakers: int
    asked: int
    answered: int
    income: int
    pending: int
    owners_due: int
    owners_paid: int
    operations_paid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StakerRow:
    """One position: what the chain says and what exact arithmetic says. Amounts in juels."""

    name: str
    node: str
    stake: int
    staked: int
    paid: int
    earned: int
    exact: Fraction
    left: bool

    @property
    def difference(self) -> Fraction:
        """Chain less exact: never above 0, never below -1."""
        return self.earned - self.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRow:
    """One owner of the pool: shares in ppm of the whole, amounts in juels."""

    name: str
    share: Fraction
    claimed: int
    claimable: int
    exact: Fraction

    @property
    def difference(self) -> Fraction:
        return self.claimed + self.claimable - self.exact


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything the table shows."""

    block: int
    nodes: Sequence[NodeRow]
    stakers: Sequence[StakerRow]
    owners: Sequence[OwnerRow]
    income: int
    operations: int
    owners_part: int
    stakers_part: int
    pending: int
    answer: str
    told: Sequence[str]
    rpc: str
    verdict: Verdict


def view(
    books: Books,
    seen: Seen,
    verdict: Verdict,
    *,
    cast: Cast,
    states: Mapping[str, str],
    answer: str,
    told: Sequence[str],
    rpc: str,
) -> View:
    """Puts together what one block says. `states` by node address."""
    every = books.nodes.values()
    return View(
        block=seen.block,
        nodes=[_node(books, seen, node, cast, states) for node in books.nodes],
        stakers=[row for node in books.nodes for row in _stakers(books, seen, node, cast)],
        owners=_owners(books, seen, cast),
        income=sum(book.income for book in every),
        operations=sum(book.operations + book.operations_paid for book in every),
        owners_part=sum(book.owners + book.owners_paid for book in every),
        stakers_part=sum(book.credited for book in every),
        pending=sum(book.pending for book in every),
        answer=answer,
        told=tuple(told),
        rpc=rpc,
        verdict=verdict,
    )


def _node(books: Books, seen: Seen, storage: str, cast: Cast, states: Mapping[str, str]) -> NodeRow:
    book, state = books.nodes[storage], seen.nodes[storage]
    return NodeRow(
        name=cast.name(state.node),
        node=state.node,
        storage=storage,
        state=states.get(state.node, "not ours"),
        staked=state.staked,
        stakers=state.stakers,
        asked=book.asked,
        answered=book.answered,
        income=book.income,
        pending=state.pending_income,
        owners_due=state.owners_due,
        owners_paid=book.owners_paid,
        operations_paid=book.operations_paid,
    )


def _stakers(books: Books, seen: Seen, storage: str, cast: Cast) -> list[StakerRow]:
    book, node = books.nodes[storage], cast.name(seen.nodes[storage].node)
    rows = []
    for position in (*book.open.values(), *book.past):
        stake = 0 if position.closed else seen.stakes[storage, position.staker]
        rows.append(
            StakerRow(
                name=cast.name(position.staker),
                node=node,
                stake=stake,
                staked=position.staked,
                paid=position.paid,
                earned=stake + position.paid - position.staked,
                exact=position.earned,
                left=position.closed,
            )
        )
    return rows


def _owners(books: Books, seen: Seen, cast: Cast) -> list[OwnerRow]:
    whole = sum(books.owners.shares.values())
    return [
        OwnerRow(
            name="unsold shares" if owner == books.pool_owners else cast.name(owner),
            share=Fraction(shares, whole),
            claimed=books.owners.paid.get(owner, 0),
            claimable=seen.claimable.get(owner, 0),
            exact=books.owners.owed.get(owner, Fraction(0)),
        )
        for owner, shares in books.owners.shares.items()
        if shares or books.owners.owed.get(owner)
    ]
