# SPDX-License-Identifier: MIT
"""Whether everybody has what they should: the contracts' word against the exact model, to the juel.

A staker is never above the exact amount and at most one juel below, two more for each penalty that
was resolved meanwhile; each node holds exactly what it owes; what came in is what operations,
owners and stakers have; an owner's claim is the exact one rounded down; whoever asked several
oracles, and whoever gets their collateral, has exactly what it came to; reputation has counted all
of it. Pure: the same books and the same observation give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from linkpool.economics import NodeBook, Position
from linkpool.story.books import Books
from linkpool.story.exchange import Exchange
from linkpool.story.numbers import fraction
from linkpool.story.observation import Seen, claimed
from linkpool.story.standing import FIGURES


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problems` empty: every amount was right. `unjudged` names nodes without a model."""

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
            names = ", ".join(self.unjudged)
            return f"not judged: who came and went after an overdue penalty at {names}"
        return f"every amount right to the juel ({self.checked:,} amounts checked)"


def judge(books: Books, seen: Seen) -> Verdict:
    """All checks; a node that the model does not follow is left out and named."""
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
        yield from _claims(node, book, seen)
    for owner in books.owners.owed:
        exact, due = books.owners.due(owner), seen.claimable[owner]
        yield "" if 0 <= exact - due < 1 else f"owner {owner} may claim {due}, owed {float(exact)}"
    income = books.owners_income - sum(books.owners.paid.values())
    yield _same("PoolOwners holds", seen.held[books.pool_owners], income)
    owed = books.owed_between()
    for pair in books.sent.keys() | owed.keys():
        if pair[0] not in books.unjudged:
            yield _same(f"{pair[0]} sent {pair[1]}", books.sent[pair], owed[pair])
    yield from _network(books.exchange, seen)


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
    yield _same(f"{node}: at risk", state.at_risk, book.risk.out)
    yield _same(f"{node}: open penalties", state.open_penalties, len(book.risk.open))
    shared = book.owners + book.owners_paid + book.operations + book.operations_paid
    shared += book.risk.lost.owners
    yield _same(f"{node}: income", shared + book.credited + book.pending, book.income)
    stakes = sum(stake for (place, _), stake in seen.stakes.items() if place == node)
    short = state.staked - stakes
    fits = 0 <= short <= len(book.open)
    yield "" if fits else f"{node}: the stakes add up to {stakes}, the total is {state.staked}"


def _position(node: str, position: Position, seen: Seen) -> str:
    stake = 0 if position.closed else seen.stakes[node, position.staker]
    has = stake + position.paid + position.claimed
    if -position.slack <= position.owed - has <= 1 + position.slack:
        return ""
    off = fraction(has - position.owed)
    return f"{node}: {position.staker} has {has} juels, which is off by {off}"


def _gone(node: str, book: NodeBook, seen: Seen) -> Iterator[str]:
    for staker in {position.staker for position in book.past} - book.open.keys():
        yield _same(f"{node}: {staker} left and has", seen.stakes[node, staker], 0)


def _claims(node: str, book: NodeBook, seen: Seen) -> Iterator[str]:
    """To the juel: claims are whole juels, and what comes back is divided in whole juels."""
    for staker, ids in claimed(book).items():
        records = [book.risk.records[number] for number in ids]
        still, now = seen.claims[node, staker]
        open_ = sum(record.faces[staker] for record in records if record.open)
        payable = sum(record.payable(staker) for record in records)
        yield _same(f"{node}: {staker} has open claims of", still, open_)
        yield _same(f"{node}: {staker} may claim", now, payable)


def _network(exchange: Exchange, seen: Seen) -> Iterator[str]:
    for place in exchange.places:
        short = exchange.held_for(place) - seen.held.get(place, 0)
        yield f"{place} is short of {short} juels" if short > 0 else ""
    for holder, juels in exchange.purses.items():
        yield _same(f"{holder} holds", seen.held[holder], juels)
    for pair, state in seen.deposits.items():
        deposit = exchange.deposits[pair]
        yield _same(f"{pair[0]}: collateral {pair[1]}", state.balance, deposit.balance)
        yield _same(f"{pair[0]}: reserved of {pair[1]}", state.reserved, deposit.reserved)
    for oracle, standing in seen.standings.items():
        known = exchange.members[oracle]
        for name in FIGURES:
            is_, should = getattr(standing, name), getattr(known, name)
            fits = is_ == should
            yield "" if fits else f"{oracle}: its {name} counts {is_}, expected {should}"


def _same(what: str, is_: int, should: int) -> str:
    return "" if is_ == should else f"{what} {is_} juels, expected {should}"
