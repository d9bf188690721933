# SPDX-License-Identifier: MIT
"""One node of the machine: each method is a transaction, what it did, and the same in the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from linkpool.economics.penalty import PPM, Record
from tests.contracts.model.loss_window import LossWindow
from tests.contracts.model.node_model import NodeModel, demand
from tests.contracts.stateful.build import Base
from tests.contracts.stateful.world import Deployed, Log, Outcome
from tests.contracts.suite import DELAY, GRACE, PENALTY_LIFE

M140 = 2**140 - 1
FIRST_SHARES = 10**15
SMALLEST = 10**27
MAKERS, CEILING, WALLET, COST, PAYMENT = range(5)
RISING = (MAKERS, CEILING)


@dataclass(frozen=True)
class Announced:
    """A term that waits."""

    value: int
    ready: int


@dataclass(kw_only=True)
class Node:
    """A PoolStorage, its model, and what the promises say of its terms."""

    base: Base
    store: Deployed
    address: str
    model: NodeModel
    window: LossWindow
    policy: tuple[bool, bool, bool, int, int]
    terms: list[int]
    announced: dict[int, Announced] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    comings: int = 0
    logs: list[Log] = field(default_factory=list)
    settled: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, base: Base, index: int, address: str) -> Node:
        """A node as it was created."""
        store = base.stores[index]
        names = ("makersPercentage", "costCeiling", "operationsWallet")
        terms = [store.read(n) for n in (*names, "operationalCost", "minimumPayment")]
        terms[WALLET] = int(terms[WALLET], 16)
        model = NodeModel(
            delay=DELAY, makers=terms[MAKERS], ceiling=terms[CEILING], cost=terms[COST]
        )
        return cls(
            base=base,
            store=store,
            address=address,
            model=model,
            window=LossWindow(cap=base.loss_cap, delay=DELAY),
            policy=store.read("policy"),
            terms=terms,
        )

    # ---- Looking ----

    @property
    def now(self) -> int:
        return self.base.world.time

    @property
    def block(self) -> int:
        return self.base.world.block

    def balance(self) -> int:
        """LINK here, as LINK says."""
        return int(self.base.link.read("balanceOf", self.store.address))

    def withdrawable(self) -> dict[str, int]:
        return {staker: self.store.read("withdrawable", staker) for staker in self.model.units}

    def _events(self, outcome: Outcome, name: str) -> list[dict[str, Any]]:
        return self.store.events(outcome.logs, name)

    def _settle(self, balance: int) -> None:
        income = self.model.settle(balance)
        if income:
            self.settled.append((income, self.model.split(income)[0]))

    def _reprice(self) -> None:
        """One share more may have been rounded away."""
        shares = self.store.read("totalShares")
        self.comings = self.comings + 1 if shares else 0
        worth = Fraction(self.model.staked, shares) if shares else Fraction(0)
        self.model.slack = self.comings * worth

    # ---- Stake ----

    def stake(self, staker: str, amount: int, pay: Callable[[], Outcome]) -> Outcome:
        """A stake by whatever way `pay` takes."""
        expected = self._may_stake(staker, amount)
        balance, before = self.balance(), self.withdrawable()
        already = self.model.credited(staker, self.block) > 0
        outcome = pay()
        demand(outcome.ok == expected, f"P2: stake of {amount}: {outcome.ok}, {outcome.reason}")
        if outcome.ok:
            self.logs += outcome.logs
            self._settle(balance)
            era = self.model.era
            self.model.stake(staker, amount, self.now, self.block)
            self._reprice()
            if era == self.model.era:
                self._not_held_back(before, already)
        return outcome

    def _not_held_back(self, before: dict[str, int], already: bool) -> None:
        """P8: who could leave with something still can, whoever was credited.

        But for a second credit in one block: less than the smallest position, credited just now,
        could leave with the rest (P6), and now stays.
        """
        shares = self.store.read("totalShares")
        small = SMALLEST * self.model.staked // shares + 1 if already else 0
        for known, most in before.items():
            now = self.store.read("withdrawable", known)
            demand(now >= most - small, f"P8: {known} could leave with {most}, now with {now}")

    def _may_stake(self, staker: str, amount: int) -> bool:
        enabled, private, _, limit, minimum = self.policy
        model, shares = self.model, self.store.read("totalShares")
        total = model.staked + model.split(model.pending(self.balance()))[1]
        priced = total + model.overdue(self.now)
        held = self.store.read("sharesOf", staker) if model.units and priced else 0
        if model.units and priced:
            minted = amount * shares // priced
        else:
            minted, shares = amount * FIRST_SHARES, 0
        # After a total loss a stake opens a new epoch, in which nobody has a position yet (P8).
        new = not priced or staker not in model.units
        return (
            enabled
            and amount > 0
            and total + amount <= limit
            and (not new or amount >= minimum)
            and (not private or staker in self.allowed)
            and held + minted >= SMALLEST
            and shares + minted <= M140
            and staker not in self.targets
        )

    # ---- Withdraw ----

    def withdraw(self, staker: str, asked: int, leave: Callable[[], Outcome]) -> Outcome:
        """A withdrawal by whatever way `leave` takes."""
        balance, shares = self.balance(), self.store.read("totalShares")
        before = self.base.link.read("balanceOf", staker)
        outcome = leave()
        if not outcome.ok:
            return outcome
        self.logs += outcome.logs
        self._settle(balance)
        paid = self.base.link.read("balanceOf", staker) - before
        faces: dict[int, int] = {}
        for event in self._events(outcome, "ExitClaimOpened"):
            demand(event["staker"] == staker, "P9: a claim of somebody else")
            faces[event["id"]] = event["amount"]
        self.model.withdraw(
            staker,
            asked,
            paid,
            faces,
            gone=self.store.read("sharesOf", staker) == 0,
            block=self.block,
            now=self.now,
            awaited=self.store.read("overdue")[0],
            smallest=Fraction(SMALLEST * self.model.staked, shares),
        )
        self._reprice()
        return outcome

    def claim_exit(self, caller: str, staker: str, ids: list[int]) -> int:
        before = int(self.base.link.read("balanceOf", staker))
        outcome = self.store.send(caller, "claimExit", staker, ids)
        demand(outcome.ok, f"P17: claimExit failed: {outcome.reason}")
        self.logs += outcome.logs
        paid = int(self.base.link.read("balanceOf", staker)) - before
        exact = self.model.claim_exit(staker, ids)
        demand(paid == exact, f"P9: claimExit paid {paid}, not {exact}")
        return paid

    # ---- Penalties ----

    def send_penalty(
        self, target: str, amount: int, reference: bytes, send: Callable[[], Outcome], active: bool
    ) -> Outcome:
        """A penalty by whoever `send` is; refused or exactly as the promises say."""
        balance = self.balance()
        allowance = self.store.read("lossAllowance")
        outcome = send()
        if not outcome.ok:
            return outcome
        self.logs += outcome.logs
        demand(active, f"P5: sent to {target}, which is no active destination")
        self._settle(balance)
        (event,) = self._events(outcome, "PenaltySent")
        weight = Fraction(amount * PPM, self.model.staked)
        demand(weight <= allowance, f"P15: weight {weight} above the allowance {allowance}")
        record = Record(
            id=event["id"],
            target=target,
            reference=reference,
            amount=amount,
            pledge=event["pledge"],
            weight=weight,
            deadline=self.now + PENALTY_LIFE,
        )
        demand(event["deadline"] == record.deadline, "P10: another deadline")
        known = {(r.target, r.reference) for r in self.model.records.values()}
        demand((target, reference) not in known, "P9: a reference was used again")
        self.model.send(record)
        self.targets.add(target)
        self.window.sent(self.now, [r.weight for r in self.model.open_records])
        for back in self._events(outcome, "PenaltyReturned"):
            self._came_back(record, back["amount"], False)
        return outcome

    def give_back(
        self, record: Record, amount: int, final: bool, back: Callable[[], Outcome]
    ) -> None:
        """A return under its reference always works."""
        balance = self.balance()
        outcome = back()
        demand(outcome.ok, f"P10: a return failed: {outcome.reason}")
        self.logs += outcome.logs
        self._settle(balance)
        self._came_back(record, amount, final)

    def _came_back(self, record: Record, amount: int, final: bool) -> None:
        was_open = record.open
        self.model.give_back(record.id, amount, final, self.now)
        if was_open and not record.open:
            self._lost(record)

    def resolve(self, caller: str, record: Record) -> Outcome:
        expected = record.open and self.now > record.deadline
        balance = self.balance()
        outcome = self.store.send(caller, "resolveOverdue", record.target, record.reference)
        demand(outcome.ok == expected, f"P10: resolveOverdue: {outcome.ok} {outcome.reason}")
        if outcome.ok:
            self.logs += outcome.logs
            self._settle(balance)
            self.model.resolve(record.id, self.now)
            self._lost(record)
        return outcome

    def _lost(self, record: Record) -> None:
        missing = record.amount - record.returned
        self.window.lost(self.now, record.weight * missing / record.amount)

    # ---- Money parameters ----

    def distribute(self, caller: str) -> tuple[int, int]:
        balance, owners = self.balance(), self.base.pool_owners.address
        before = self.base.link.read("balanceOf", owners)
        outcome = self.store.send(caller, "distribute")
        demand(outcome.ok, f"P10: distribute failed: {outcome.reason}")
        self.logs += outcome.logs
        self._settle(balance)
        exact = self.model.distribute()
        paid = self.base.link.read("balanceOf", owners) - before
        demand(paid == exact[0], f"P9: owners were paid {paid}, not {exact[0]}")
        return exact

    def set_term(self, term: int, new: int, outcome: Outcome, balance: int) -> None:
        """P4: a reduction or a price at once, anything else is announced."""
        if not outcome.ok:
            return
        self.logs += outcome.logs
        if term == WALLET or (term in RISING and new > self.terms[term]):
            self.announced[term] = Announced(new, self.now + DELAY)
        else:
            self._settle(balance)
            self.announced.pop(term, None)
            self._apply(term, new)

    def activate(self, caller: str, term: int, owned: bool) -> Outcome:
        waits = self.announced.get(term)
        expected = owned and waits is not None and waits.ready <= self.now <= waits.ready + GRACE
        balance = self.balance()
        outcome = self.store.send(caller, "activateTerm", term)
        demand(outcome.ok == expected, f"P4: activateTerm({term}): {outcome.ok} {outcome.reason}")
        if outcome.ok and waits is not None:
            self.logs += outcome.logs
            self._settle(balance)
            if term == WALLET:
                self.model.distribute()
            self._apply(term, waits.value)
            del self.announced[term]
        return outcome

    def _apply(self, term: int, new: int) -> None:
        self.terms[term] = new
        self.model.makers, self.model.ceiling = self.terms[MAKERS], self.terms[CEILING]
        self.model.cost = self.terms[COST]
