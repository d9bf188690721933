# SPDX-License-Identifier: MIT
"""Every juel: what the contracts hold and say against what the models say, in the middle and at
the end of a run. All of it to the juel but for positions, which P6 allows to be a juel below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.contracts.model.node_model import demand
from tests.flows.agreements.chain import Contract, View
from tests.flows.agreements.network import MISSED, OPEN, STARTED
from tests.flows.agreements.people import People
from tests.flows.agreements.world import SUPPLY, Side, World


@dataclass
class Questions:
    """What is to be asked of the chain, all at once, and what has to come out."""

    world: World
    asked: list[tuple[View, Callable[[Any], None]]] = field(default_factory=list)

    def same(self, contract: Contract, name: str, args: tuple[Any, ...], exact: Any) -> None:
        def judge(said: Any) -> None:
            _same(said, exact, f"{name}{args} of {contract.address}")

        self.asked.append((View(contract, name, args), judge))

    def part(
        self, contract: Contract, name: str, args: tuple[Any, ...], which: slice, exact: Any
    ) -> None:
        """Some of what a view says."""

        def judge(said: Any) -> None:
            _same(said[which], exact, f"{name}{args} of {contract.address}")

        self.asked.append((View(contract, name, args), judge))

    def answer(self) -> None:
        answers = self.world.chain.read([view for view, _ in self.asked])
        for (_, judge), said in zip(self.asked, answers, strict=True):
            judge(said)


def check(world: World, people: People) -> None:
    """Everything that can be compared at any time."""
    questions = Questions(world)
    for side in world.sides:
        _figures(side, questions)
        _positions(side, questions)
        _leavers(side, questions)
    _network(world, questions)
    _balances(world, people, questions)
    questions.answer()


def _same(said: object, exact: object, what: str) -> None:
    demand(said == exact, f"{what}: {said}, exact {exact}")


def _figures(side: Side, questions: Questions) -> None:
    """The ledger of a node."""
    model = side.book.model
    exact = {
        "totalStaked": model.staked,
        "stakerCount": len(model.units),
        "liquid": model.staked - model.stakers_at_risk,
        "atRisk": model.at_risk,
        "stakersAtRisk": model.stakers_at_risk,
        "exitClaims": model.claims,
        "ownersDue": model.owners_due,
        "ownersPledged": model.pledged,
        "operationsDue": model.operations_due,
        "escrowed": sum(model.escrow.values()),
        "penaltyCount": len(model.records),
        "pendingIncome": model.pending(side.book.balance),
    }
    for name, figure in exact.items():
        questions.same(side.store, name, (), figure)
    for record in model.records.values():
        sums = (record.amount, record.pledge, record.returned, record.claimed)
        mine = (record.id, 1 if record.open else 2, *sums)
        questions.part(side.store, "penaltyById", (record.id,), slice(6), mine)


def _positions(side: Side, questions: Questions) -> None:
    """P6: never above the exact share, at most a juel below; over a whole life."""
    book = side.book
    for staker, worths in book.worths().items():

        def judge(said: int, who: str = staker, worths: tuple[Fraction, ...] = worths) -> None:
            short, short_of_exact = (worth - said for worth in worths)
            near = -book.model.slack <= short < 1 + book.model.slack
            demand(near, f"P6: {who} is {float(short)} below the exact share")
            book.rounding.life(who, short_of_exact, book.model.slack, "staked")

        questions.asked.append((View(side.store, "stakeOf", (staker,)), judge))


def _leavers(side: Side, questions: Questions) -> None:
    records = side.book.model.records.values()
    for who in {who for record in records for who in record.faces}:
        held = [record for record in records if who in record.faces]
        for first in range(0, len(held), 10):
            part = held[first : first + 10]
            still = sum(record.faces[who] for record in part if record.open)
            now = sum(record.payable(who) for record in part)
            ids = [record.id for record in part]
            questions.same(side.store, "exitClaimOf", (who, ids), (still, now))


def _network(world: World, questions: Questions) -> None:
    """Agreements, deposits, reputation."""
    network = world.network
    for (node, reference), deposit in network.deposits.items():
        place = (world.sides[node].store.address, reference)
        word = (deposit.balance, deposit.reserved, deposit.deadline, deposit.closed)
        questions.same(world.penalties, "deposit", place, word)
    for deal in network.deals.values():
        questions.part(world.agreements, "agreement", (deal.number,), slice(1), (deal.state,))
        if deal.verdict is not None:
            answer = (deal.verdict.known, deal.verdict.median)
            questions.part(world.aggregator, "answerOf", (deal.number,), slice(2), answer)
    for side in world.sides:
        counted = (network.assigned[side.number], network.completed[side.number])
        address = (side.store.address,)
        questions.part(world.reputation, "standing", address, slice(1, 3), counted)


def _balances(world: World, people: People, questions: Questions) -> None:
    """Who holds how much LINK, and why."""
    network, held, start = world.network, world.books.held, world.started_with
    for account, amount in held.items():
        questions.same(world.link, "balanceOf", (account,), amount)
    questions.same(world.link, "totalSupply", (), SUPPLY)
    _same(sum(held.values()), SUPPLY, "LINK")

    deals = network.deals.values()
    waiting = sum(deal.oracles * deal.payment for deal in deals if deal.state == OPEN)
    refused = sum(len(d.refused) * d.payment for d in deals if d.state == STARTED)
    deposited = sum(deposit.balance for deposit in network.deposits.values())
    _same(held[world.agreements.address], waiting, "ServiceAgreements")
    _same(held[world.aggregator.address], refused, "Aggregator")
    _same(held[world.penalties.address], deposited, "Penalties")

    stores = {side.store.address for side in world.sides}
    for consumer in world.consumers:
        who = world.account_of(consumer)
        moved = network.consumers[who] + network.slashed[who]
        _same(held[who], start[who] + moved, f"{consumer}")
    for who in network.slashed.keys() - stores - network.consumers.keys():
        _same(held[who], network.slashed[who], f"beneficiary {who}")
    for side in world.sides:
        wallet, book = side.operator.address, side.book
        questions.same(side.store, "operationsWallet", (), wallet)
        _same(held[wallet], book.operations_paid, f"operations of node {side.number}")
        _same(book.earned, network.earned[side.number], f"payments of node {side.number}")
    owners = sum(side.book.owners_paid for side in world.sides)
    paid = sum(people.owners_paid.values())
    _same(held[world.owners.address], owners - paid, "PoolOwners")
    for holder in world.shareholders:
        _same(held[holder.address], people.owners_paid[holder.address], f"{holder}")


def nothing_left(world: World) -> int:
    """At the end, when everybody is out: juels that rounding left of leavers' claims."""
    for place in (world.agreements, world.aggregator, world.penalties):
        _same(world.books.held[place.address], 0, place.address)
    dust = 0
    for side in world.sides:
        model = side.book.model
        rounded = sum(len(record.faces) for record in model.records.values())
        _same(side.book.balance, model.claims, f"node {side.number} holds")
        demand(model.claims <= rounded, f"node {side.number}: {model.claims} of {rounded} claims")
        dust += model.claims
    spent = -sum(world.network.consumers.values())
    _same(spent, sum(world.network.earned.values()), "what consumers paid and nodes were paid")
    return dust


def furthest(world: World) -> Iterator[str]:
    """How near each tolerance came."""
    worst = [side.book.rounding.worst for side in world.sides]
    for what in sorted({what for one in worst for what in one}):
        most = max((one[what] for one in worst if what in one), key=lambda one: abs(one.juels))
        yield f"{what}: {float(most.juels):+.6f} juels below exact ({most.where})"


def missed(world: World) -> int:
    return sum(
        one.outcome == MISSED
        for deal in world.network.deals.values()
        if deal.verdict is not None
        for one in deal.verdict.outcomes
    )
