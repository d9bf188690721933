# SPDX-License-Identifier: MIT
"""One look at the pool, ready to be shown: names instead of addresses, chain beside exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from linkpool.economics import Deal, Loss, NodeBook, Position
from linkpool.story.books import Books
from linkpool.story.cast import Cast
from linkpool.story.observation import Seen
from linkpool.story.telling import STAGES, WORDS, Told, question
from linkpool.story.verdict import Verdict

AGREEMENTS: Final = 8  # the latest


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """Amounts in juels. `at_risk` is collateral that is not back yet; `lost` is booked, `taken` is
    taken from collateral that is not back yet.
    """

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
    at_risk: int
    lost: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StakerRow:
    """One position: what the chain says and what exact arithmetic says. Amounts in juels; `claims`
    is what was at risk when a part left, less what of it was lost; `at_risk` is the part that is
    out as collateral, rounded down; `most` is how far the chain may be off by more than a juel: two
    for each penalty.
    """

    name: str
    node: str
    stake: int
    staked: int
    paid: int
    claims: int
    earned: int
    exact: Fraction
    left: bool
    at_risk: int
    most: int

    @property
    def difference(self) -> Fraction:
        """Chain less exact: without penalties never above 0, never below -1."""
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
class AnswerRow:
    """One oracle of an agreement: what it said, what came of it, what it was paid and lost."""

    node: str
    answer: int | None
    outcome: str
    paid: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """One agreement. Amounts in juels; `median` None without one; `bids` and `answers` by name."""

    number: int
    question: str
    state: str
    bids: Sequence[str]
    answers: Sequence[AnswerRow]
    median: int | None
    payment: int
    penalty: int
    lost: int
    receiver: str
    consumer: str
    refund: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything the table shows. What owners and stakers got is before penalties. Of these:
    `received` by beneficiaries, `lost` by those who bear them; `unbooked` is taken from collateral
    that is not back yet. `told` are the latest of the `happened` things that happened, in words.
    """

    block: int
    nodes: Sequence[NodeRow]
    stakers: Sequence[StakerRow]
    owners: Sequence[OwnerRow]
    agreements: Sequence[AgreementRow]
    income: int
    operations: int
    owners_part: int
    stakers_part: int
    pending: int
    lost: Loss
    received: int
    unbooked: int
    answer: str
    told: Sequence[str]
    happened: int
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
    told: Told,
    rpc: str,
) -> View:
    """Puts together what one block says. `states` by node address."""
    every = books.nodes.values()
    names = {s: cast.name(state.node) for s, state in seen.nodes.items()}
    deals = list(books.exchange.deals.values())
    lost = [book.risk.lost for book in every]
    return View(
        block=seen.block,
        nodes=[_node(books, seen, node, cast, states) for node in books.nodes],
        stakers=[row for node in books.nodes for row in _stakers(books, seen, node, cast)],
        owners=_owners(books, seen, cast),
        agreements=[_agreement(deal, names, cast) for deal in deals[-AGREEMENTS:]],
        income=sum(book.income for book in every),
        operations=sum(book.operations + book.operations_paid for book in every),
        owners_part=sum(book.owners + book.owners_paid + book.risk.lost.owners for book in every),
        stakers_part=sum(book.credited for book in every),
        pending=sum(book.pending for book in every),
        lost=Loss(
            owners=sum(loss.owners for loss in lost),
            claims=sum(loss.claims for loss in lost),
            stakers=sum(loss.stakers for loss in lost),
        ),
        received=books.exchange.collected,
        unbooked=books.exchange.unbooked,
        answer=answer,
        told=tuple(told.latest),
        happened=told.count,
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
        at_risk=state.at_risk,
        lost=book.risk.lost.total,
        taken=_taken(books, storage),
    )


def _taken(books: Books, storage: str) -> int:
    """From collateral that the node still waits for."""
    awaited = {int.from_bytes(record.reference) for record in books.nodes[storage].risk.open}
    deposits = books.exchange.deposits_of(storage).items()
    return sum(one.taken for number, one in deposits if number in awaited and not one.closed)


def _stakers(books: Books, seen: Seen, storage: str, cast: Cast) -> list[StakerRow]:
    book, node = books.nodes[storage], cast.name(seen.nodes[storage].node)
    rows = []
    for position in (*book.open.values(), *book.past):
        stake = 0 if position.closed else seen.stakes[storage, position.staker]
        risk = _at_risk(book, position, stake)
        rows.append(_staker(position, cast.name(position.staker), node, stake, risk))
    return rows


def _at_risk(book: NodeBook, position: Position, stake: int) -> int:
    """A part of what present stakers may lose, and what a leaver still may."""
    faces = sum(claim.face for claim in position.claims if claim.record.open)
    return int(stake * book.risk.part(book.total)) + faces


def _staker(position: Position, name: str, node: str, stake: int, at_risk: int) -> StakerRow:
    return StakerRow(
        name=name,
        node=node,
        stake=stake,
        staked=position.staked,
        paid=position.paid,
        claims=position.claimed,
        earned=stake + position.paid + position.claimed - position.staked,
        exact=position.earned,
        left=position.closed,
        at_risk=at_risk,
        most=position.slack,
    )


def _agreement(deal: Deal, names: Mapping[str, str], cast: Cast) -> AgreementRow:
    def name(oracle: str) -> str:
        return names.get(oracle) or cast.name(oracle)

    result = deal.result
    return AgreementRow(
        number=deal.number,
        question=question(deal.job),
        state=STAGES[deal.stage],
        bids=[name(oracle) for oracle in deal.bids],
        answers=[_answer(deal, oracle, name(oracle)) for oracle in deal.asked],
        median=result.median if result and result.known else None,
        payment=deal.payment,
        penalty=deal.penalty,
        lost=sum(result.lost.values()) if result else 0,
        receiver=cast.name(deal.beneficiary),
        consumer=cast.name(deal.consumer),
        refund=result.refund if result else 0,
    )


def _answer(deal: Deal, oracle: str, name: str) -> AnswerRow:
    said, result = deal.answers.get(oracle), deal.result
    if result:
        outcome = WORDS[result.outcomes[oracle]]
    else:
        outcome = "asked" if said is None else "late" if said.late else "in time"
    return AnswerRow(
        node=name,
        answer=None if said is None else said.number,
        outcome=outcome,
        paid=0 if said is None else deal.payment,
        lost=result.lost[oracle] if result else 0,
    )


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
