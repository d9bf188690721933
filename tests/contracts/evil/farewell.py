# SPDX-License-Identifier: MIT
"""Everybody honest gets out, whatever the rest of the world has become (P2, P9, P10, P14, P17)."""

from __future__ import annotations

from collections import Counter

from tests.contracts.evil.book import Book
from tests.contracts.evil.farewell_network import ANYBODY, NetworkFarewell
from tests.contracts.evil.report import Violation, demand
from tests.contracts.evil.stage import ASKER, HOLDER, HONEST
from tests.contracts.evil.step import Step
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import BLOCK_TIME
from tests.contracts.stateful.world import Deployed, Outcome
from tests.contracts.suite import ALL, PENALTY_LIFE

MOST_IDS = 10


def can_leave(watch: Watch) -> None:
    """P2, P8: in this very block each honest staker is paid all that is not at risk; undone."""
    for book in list(watch.books.values()):
        book.now, book.block = watch.chain.time, watch.chain.block
        for staker in HONEST:
            if staker in book.positions:
                _try(watch, book, staker)


def _try(watch: Watch, book: Book, staker: str) -> None:
    paid, burned = book.leaving(staker)
    data = watch.stage.storage.interface.encode("withdraw", ALL)
    mark = watch.chain.snapshot()
    outcome = watch.chain.pay(staker, book.store, data, 0)
    got = watch.received(outcome.logs, staker)
    watch.chain.revert(mark)
    least = paid if burned else 0
    if got != least or outcome.ok != (burned > 0):
        promise = "P1" if got > least else "P2"
        raise Violation(promise, f"{staker} got {got} of {paid}: {outcome.reason}")


class Farewell:
    """The end of a sequence: each way out is taken, in truth, by whom it is open to."""

    def __init__(self, watch: Watch, reached: Counter[str]) -> None:
        self.watch, self.stage, self.reached = watch, watch.stage, reached
        self.interface = watch.stage.storage.interface

    def all_leave(self) -> None:
        self._pass(BLOCK_TIME)
        for book in list(self.watch.books.values()):
            self._leave(book)
        self._pass(PENALTY_LIFE + 1)
        NetworkFarewell(self.watch, self.reached).all_end()
        for book in list(self.watch.books.values()):
            self._resolve(book)
            self._refund(book)
            self._claim(book)
            # What came meanwhile, and what was at risk and has been resolved.
            self._leave(book)
            self._must("P10", ANYBODY, book.store, "distribute")
            self._views(book)
        self._holder()

    def _pass(self, seconds: int) -> None:
        """Time passes with a transaction that changes nothing."""
        call = self.stage.link.interface.encode("transfer", ANYBODY, 0)
        self.watch.step(Step(ANYBODY, self.stage.link.address, call, 0, seconds, True))

    def _must(self, promise: str, who: str, store: str, name: str, *args: object) -> Outcome:
        outcome = self.watch.step(Step(who, store, self.interface.encode(name, *args)))
        demand(outcome.ok, promise, f"{name} by {who}: {outcome.reason}")
        self.reached[f"out: {name}"] += 1
        return outcome

    def _leave(self, book: Book) -> None:
        for staker in HONEST:
            if staker not in book.positions:
                continue
            paid, _ = book.leaving(staker)
            before = self.watch.balance(staker)
            self._must("P2", staker, book.store, "withdraw", ALL)
            got = self.watch.balance(staker) - before
            demand(got == paid, "P2", f"{staker} got {got} of {paid}")
            demand(staker not in book.positions, "P2", f"{staker} is still held")

    def _resolve(self, book: Book) -> None:
        for record in book.open_records():
            if self.watch.chain.time > record.deadline:
                args = (record.target, record.reference)
                self._must("P17", ANYBODY, book.store, "resolveOverdue", *args)

    def _refund(self, book: Book) -> None:
        for id, request in list(book.requests.items()):
            if request.requester == ASKER:
                args = (id, request.payment, request.function, request.expiration)
                self._must("P11", ASKER, book.store, "cancelOracleRequest", *args)

    def _claim(self, book: Book) -> None:
        """P9, P17: by anybody, paid to the leaver, exactly what the claims came to."""
        for staker in HONEST:
            ids = [record.id for record in book.records.values() if staker in record.claims]
            due, before = book.payable(staker), self.watch.balance(staker)
            for start in range(0, len(ids), MOST_IDS):
                part = ids[start : start + MOST_IDS]
                self._must("P17", ANYBODY, book.store, "claimExit", staker, part)
            got = self.watch.balance(staker) - before
            demand(got == due, "P9", f"{staker} was paid {got} of claims of {due}")

    def _views(self, book: Book) -> None:
        """Last of all the storage's own word is compared."""
        figures = {
            "totalStaked": book.staked,
            "totalShares": book.shares,
            "stakerCount": len(book.positions),
            "ownersDue": book.owners,
            "ownersPledged": book.pledged,
            "operationsDue": book.operations,
            "stakersAtRisk": book.at_risk,
            "atRisk": book.gross_risk(),
            "exitClaims": book.claims_due(),
            "pendingIncome": book.pending(),
            "makersPercentage": book.terms.makers,
            "costCeiling": book.terms.ceiling,
            "operationsWallet": book.terms.wallet,
        }
        for name, exact in figures.items():
            found = self._read(book, name)
            demand(found == exact, "P3", f"{name} says {found}, exact {exact}")

    def _read(self, book: Book, name: str) -> object:
        return Deployed(self.watch.chain, book.store, self.interface).read(name)

    def _holder(self) -> None:
        """P14: who holds shares is paid and moves what is not locked, at any time."""
        owners, book = self.stage.owners, self.watch.owners
        link = self.stage.link.address
        due = book.owed[link][HOLDER] // book.whole
        if due:
            call = owners.interface.encode("claim", link)
            outcome = self.watch.step(Step(HOLDER, owners.address, call))
            demand(outcome.ok, "P14", f"claim: {outcome.reason}")
            self.reached["out: claim"] += 1
        free = book.held[HOLDER] - book.locked[HOLDER]
        call = owners.interface.encode("transfer", HONEST[3], free)
        outcome = self.watch.step(Step(HOLDER, owners.address, call))
        demand(outcome.ok, "P14", f"{free} free shares do not move: {outcome.reason}")
        demand(book.held[HOLDER] == book.locked[HOLDER], "P14", "shares are held back")
