# SPDX-License-Identifier: MIT
"""Agreements from their logs (S1-S5), and what of the whole network has to work at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.contracts.evil.book import Book
from tests.contracts.evil.book_answers import Answers, Standings
from tests.contracts.evil.book_network import Collateral, Handlers, Till
from tests.contracts.evil.records import PPM
from tests.contracts.evil.records_network import (
    CANCELLED,
    ENDED,
    OPEN,
    STARTED,
    Agreement,
    Asked,
    Bid,
    Deal,
    Outcome,
)
from tests.contracts.evil.report import demand
from tests.contracts.evil.stage import ANSWER_TIME, MINIMUM
from tests.contracts.suite import ZERO


class Agreements(Till):
    """ServiceAgreements: what was posted goes to the aggregator at the start, or back."""

    def __init__(self, names: Mapping[str, str], books: Mapping[str, Book]) -> None:
        super().__init__("S1")
        self.books = books
        self.found: dict[int, Agreement] = {}
        self.collateral = Collateral(names["Penalties"], books)
        self.answers = Answers(names["Aggregator"], self.found, books)
        self.standings = Standings(names["Reputation"])
        self.starting: list[Agreement] = []
        self.posted = 0

    def owed(self) -> int:
        return self.posted

    def finished(self) -> None:
        super().finished()
        for agreement in self.starting:
            asked = all(one.request for one in agreement.asked)
            demand(asked, "A2", f"not all oracles of {agreement.id} were asked")
        self.starting.clear()
        self.standings.finished()

    def _in(self, id: int, state: str) -> Agreement:
        agreement = self.found.get(id)
        demand(agreement is not None, "S2", f"there is no agreement {id}")
        assert agreement is not None
        demand(agreement.state == state, "S2", f"{id} is {agreement.state}, not {state}")
        return agreement

    # ---- Before the start ----

    def on_created(self, said: dict[str, Any]) -> None:
        id, consumer, deal = said["id"], said["consumer"], Deal(*said["terms"])
        demand(id == len(self.found) + 1, "S2", f"agreement {id} out of order")
        agreement = self.found[id] = Agreement(id, consumer, deal)
        self.take_from(consumer, agreement.cost)
        self.posted += agreement.cost
        fair = deal.payment >= MINIMUM and 0 < deal.minimum <= deal.oracles
        times = self.now < deal.bid_deadline <= deal.answer_deadline - ANSWER_TIME
        demand(fair and times, "S2", f"terms that cannot be kept: {deal}")

    def on_bid(self, said: dict[str, Any]) -> None:
        """S5, C2: in time, once, for enough, with collateral of its own."""
        agreement, oracle = self._in(said["id"], OPEN), said["oracle"]
        deal, bids = agreement.deal, agreement.bids
        demand(self.now < deal.bid_deadline, "S5", "a bid after the deadline")
        demand(oracle not in bids, "S5", f"{oracle} bid twice")
        demand(said["order"] == len(bids), "S5", f"order {said['order']} of {len(bids)}")
        book = self.books.get(oracle)
        if book is not None:
            least = book.terms.payment
            demand(deal.payment >= least, "S5", f"{deal.payment} bid for, least is {least}")
        bid = Bid(oracle, said["reference"], said["score"])
        self._check_score(deal.provider, bid)
        bids[oracle] = bid
        if deal.penalty:
            self.collateral.reserve((oracle, bid.reference), deal.penalty, agreement.until())

    def _check_score(self, provider: str, bid: Bid) -> None:
        exact = bid.score
        if provider == ZERO:
            exact = 0
        elif provider == self.standings.address:
            demand(bid.oracle in self.standings.members, "R1", f"{bid.oracle} is no member")
            exact = self.standings.score(bid.oracle)
        demand(bid.score == exact <= PPM, "R1", f"score {bid.score}, exact {exact}")

    def on_cancelled(self, said: dict[str, Any]) -> None:
        agreement = self._in(said["id"], OPEN)
        demand(agreement.can_cancel(self.now), "S2", "cancelled what can be started")
        refund = said["refund"]
        demand(refund == agreement.cost, "S1", f"refund {refund} of {agreement.cost}")
        agreement.state = CANCELLED
        self.posted -= refund
        self.meant_for[agreement.consumer] += refund
        self._free(agreement, list(agreement.bids.values()))

    def on_started(self, said: dict[str, Any]) -> None:
        """S3: the best are asked, the others are free."""
        agreement = self._in(said["id"], OPEN)
        demand(agreement.can_start(self.now), "S2", "started too early, too late, by too few")
        ranking, oracles = agreement.ranking(), agreement.deal.oracles
        best = tuple(bid.oracle for bid in ranking[:oracles])
        demand(tuple(said["oracles"]) == best, "S2", f"chosen {said['oracles']}, best {best}")
        agreement.state, agreement.started = STARTED, self.now
        agreement.asked += [Asked(bid) for bid in ranking[:oracles]]
        self._free(agreement, ranking[oracles:])
        self.posted -= agreement.cost
        self.meant_for[self.answers.address] += agreement.cost
        self.starting.append(agreement)

    def _free(self, agreement: Agreement, bids: list[Bid]) -> None:
        if agreement.deal.penalty:
            for bid in bids:
                self.collateral.release((bid.oracle, bid.reference), agreement.deal.penalty)

    # ---- The end ----

    def on_outcome(self, said: dict[str, Any]) -> None:
        agreement = self._in(said["id"], STARTED)
        members = ("oracle", "outcome", "answer", "elapsed", "slashed")
        agreement.said.append(Outcome(*(said[name] for name in members)))

    def on_settled(self, said: dict[str, Any]) -> None:
        """S3, A4, C3: result, outcomes, losses and refund are what the answers and terms say."""
        agreement = self._in(said["id"], STARTED)
        demand(agreement.can_settle(self.now), "S2", "settled while answers may come")
        result, outcomes = agreement.judge()
        members = ("known", "answer", "answers")
        found = tuple(said[name] for name in members)
        demand(found == tuple(result), "A4", f"result {found}, exact {result}")
        outcomes = [
            self._lost(agreement, one, outcome)
            for one, outcome in zip(agreement.asked, outcomes, strict=True)
        ]
        demand(agreement.said == outcomes, "A4", f"outcomes {agreement.said}, exact {outcomes}")
        lost = sum(outcome.lost for outcome in outcomes)
        demand(said["slashed"] == lost, "C3", f"slashed {said['slashed']}, exact {lost}")
        self.answers.refund(agreement, said["refund"])
        self._free(agreement, [one.bid for one in agreement.asked])
        agreement.state, agreement.ended, agreement.result = ENDED, self.now, result
        if agreement.deal.provider == self.standings.address:
            self.standings.ends(agreement.id, outcomes)

    def _lost(self, agreement: Agreement, one: Asked, outcome: Outcome) -> Outcome:
        if not agreement.deal.penalty:
            return outcome
        key = (one.bid.oracle, one.bid.reference)
        lost = self.collateral.lose(key, outcome.lost, agreement.beneficiary)
        return outcome._replace(lost=lost)

    HANDLERS: ClassVar[Handlers] = {
        "AgreementCreated": on_created,
        "BidPlaced": on_bid,
        "AgreementStarted": on_started,
        "AgreementCancelled": on_cancelled,
        "OutcomeRecorded": on_outcome,
        "AgreementSettled": on_settled,
    }
