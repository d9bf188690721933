# SPDX-License-Identifier: MIT
"""Every agreement ends, every deposit goes back, by anybody's hand (S4, A2, P17); the sums fit."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.contracts.evil.records_network import CANCELLED, ENDED, Agreement
from tests.contracts.evil.report import demand
from tests.contracts.evil.step import Step
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.world import actor

ANYBODY = actor("evil.anybody")


class NetworkFarewell:
    """The end of a sequence for the network: whatever is over by then."""

    def __init__(self, watch: Watch, reached: Counter[str]) -> None:
        self.watch, self.reached = watch, reached
        self.network, self.contracts = watch.network, watch.stage.network

    def all_end(self) -> None:
        for agreement in self.network.found.values():
            self._end(agreement)
        for key, deposit in self.network.collateral.deposits.items():
            if not deposit.closed:
                self._must("P17", "Penalties", "release", *key)
            self._lost(*key)
        self._views()

    def _must(self, promise: str, contract: str, name: str, *args: object) -> None:
        target = self.contracts[contract]
        outcome = self.watch.step(
            Step(ANYBODY, target.address, target.interface.encode(name, *args))
        )
        demand(outcome.ok, promise, f"{name} of {args}: {outcome.reason}")
        self.reached[f"out: {contract}.{name}"] += 1

    def _end(self, agreement: Agreement) -> None:
        now = self.watch.chain.time
        if agreement.can_cancel(now):
            self._must("S4", "ServiceAgreements", "cancel", agreement.id)
        elif agreement.can_settle(now):
            self._must("S4", "ServiceAgreements", "settle", agreement.id)
        over = agreement.state in (ENDED, CANCELLED) or now < agreement.settle_time()
        demand(over, "S4", f"{agreement.id} does not end")
        for index in range(len(agreement.asked)):
            if self.network.answers.debt(agreement, index):
                self._must("A2", "Aggregator", "reclaim", agreement.id, index)

    def _lost(self, store: str, reference: int) -> None:
        """A node has lost what its agreements say it lost, and not a juel more (C3)."""
        book, collateral = self.watch.books.get(store), self.network.collateral
        if book is None:
            return
        record = book.used[collateral.address, reference.to_bytes(32, "big")]
        gone, lost = record.amount - record.returned, collateral.deposits[store, reference].lost
        demand(gone == lost, "C3", f"{store} misses {gone} of {reference}, lost {lost}")

    def _views(self) -> None:
        """Last of all the contracts' own word is compared."""
        for (store, reference), deposit in self.network.collateral.deposits.items():
            exact = (deposit.balance, deposit.reserved, deposit.deadline, deposit.closed)
            self._says("C2", "Penalties", "deposit", (store, reference), exact)
        for agreement in self.network.found.values():
            result = agreement.result
            exact_answer = (result.known, result.answer, agreement.ended)
            self._says("A4", "Aggregator", "answerOf", (agreement.id,), exact_answer)
        for oracle in self.network.standings.members:
            exact_score = self.network.standings.score(oracle)
            self._says("R1", "Reputation", "score", (oracle,), exact_score)

    def _says(self, promise: str, contract: str, name: str, args: Any, exact: object) -> None:
        found = self.contracts[contract].read(name, *args)
        demand(found == exact, promise, f"{name}{args} says {found}, exact {exact}")
