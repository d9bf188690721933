# SPDX-License-Identifier: MIT
"""Whether everybody has what they should: the contracts' word against the exact model, to the juel.

A staker is never above the exact amount and at most one juel below; each node holds exactly what
it owes; what came in is what operations, owners and stakers have; an owner's claim is the exact
one rounded down. Pure: the same books and the same observation give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linkpool.economics import NodeBook, Position
from linkpool.story.books import Books
from linkpool.story.observation import Seen


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problems` empty: every amount was right. `unjudged` names nodes with penalties."""

    problems: tuple[str, ...]
    unjudged: tuple[str, ...]
    checked: int

    @property
    def right(self) -> bool:
        return not self.problems and not self.unjudged

    @property
    def line(self) -> str:
        """For people."""
        if self.problems:
            more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
            return f"WRONG: {self.problems[0]}{more}"
        if self.unjudged:
            return f"not judged: penalties at {', '.join(self.unjudged)} (the model has none)"
        return f"every amount right to the juel ({self.checked:,} amounts checked)"


def judge(books: Books, seen: Seen) -> Verdict:
    """All checks; a node with penalties is left out and named."""
    found: list[str] = list(books.problems)
    checked = 0
    for text in _checks(books, seen):
        checked += 1
        if text:
            found.append(text)
    return Verdict(tuple(found), tuple(sorted(books.unjudged)), checked)


def _checks(books: Books, seen: Seen) -> Iterator[str]:
    """One text for each amount: what is wrong with it, or nothing."""
    judged = {node: book for node, book in books.nodes.items() if node not in books.unjudged}
    for node, book in judged.items():
        yield from _node(node, book, seen)
        for position in (*book.past, *book.open.values()):
            yield _position(node, position, seen)
        yield from _gone(node, book, seen)
    for owner in books.owners.owed:
        exact, due = books.owners.due(owner), seen.claimable[owner]
        yield "" if 0 <= exact - due < 1 else f"owner {owner} may claim {due}, owed {float(exact)}"
    income = books.owners_income - sum(books.owners.paid.values())
    yield _same("PoolOwners holds", seen.held[books.pool_owners], income)
    for pair in books.sent.keys() | books.owed.keys():
        if pair[0] not in books.unjudged:
            yield _same(f"{pair[0]} sent {pair[1]}", books.sent[pair], books.owed[pair])


def _node(node: str, book: NodeBook, seen: Seen) -> Iterator[str]:
    state = seen.nodes[node]
    escrow = sum(book.escrow.values())
    yield _same(f"{node}: total staked", state.staked, book.total)
    yield _same(f"{node}: pending income", state.pending_income, book.pending)
    yield _same(f"{node}: owners' due", state.owners_due, book.owners)
    yield _same(f"{node}: operations' due", state.operations_due, book.operations)
    yield _same(f"{node}: escrow", state.escrowed, escrow)
    yield _same(f"{node}: LINK held", seen.held[node], book.balance())
    yield _same(f"{node}: stakers", state.stakers, len(book.open))
    shared = book.owners + book.owners_paid + book.operations + book.operations_paid
    yield _same(f"{node}: income", shared + book.credited + book.pending, book.income)
    stakes = sum(stake for (place, _), stake in seen.stakes.items() if place == node)
    short = state.staked - stakes
    fits = 0 <= short <= len(book.open)
    yield "" if fits else f"{node}: the stakes add up to {stakes}, the total is {state.staked}"


def _position(node: str, position: Position, seen: Seen) -> str:
    stake = 0 if position.closed else seen.stakes[node, position.staker]
    has = stake + position.paid
    if 0 <= position.owed - has <= 1:
        return ""
    return f"{node}: {position.staker} has {has} juels, exactly {float(position.owed):.3f} are due"


def _gone(node: str, book: NodeBook, seen: Seen) -> Iterator[str]:
    for staker in {position.staker for position in book.past} - book.open.keys():
        yield _same(f"{node}: {staker} left and has", seen.stakes[node, staker], 0)


def _same(what: str, is_: int, should: int) -> str:
    return "" if is_ == should else f"{what} {is_} juels, expected {should}"
