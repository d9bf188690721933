# SPDX-License-Identifier: MIT
"""What people try on the network: transactions whose success and effect are predicted."""

from __future__ import annotations

from tests.contracts.attacks.network.arena import (
    ANSWER_TIME,
    CONSUMER,
    HARMED,
    IMPOSTOR,
    LATE_TIME,
    MARGIN,
    sender,
)
from tests.contracts.attacks.network.predicted import (
    CANCELLED,
    OPEN,
    SETTLED,
    STARTED,
    UNANSWERED,
    Question,
)
from tests.contracts.attacks.network.state import ACCEPT, PAY, PAYMENT, REFUSE, State
from tests.contracts.stateful.build import BANK, STRANGER
from tests.contracts.stateful.world import Deployed
from tests.contracts.suite import ZERO, word
from tests.contracts.unit.chainlink.support import DATA, FULFIL, JOB, digest_of, encoded


class Rules(State):
    """What anybody may try, allowed or not."""

    def post(
        self,
        count: int,
        minimum: int,
        penalty: int,
        tolerance: int,
        window: int,
        rated: str,
        harmed: bool,
    ) -> None:
        if self.unfinished() > 2:
            return
        deadline = self.now + 60
        provider = self.providers[rated]
        answers_until = deadline + ANSWER_TIME + window
        asked = {
            "jobId": JOB,
            "data": DATA,
            "oracles": count,
            "minimumAnswers": minimum,
            "payment": PAYMENT,
            "penalty": penalty,
            "bidDeadline": deadline,
            "answerDeadline": answers_until,
            "tolerance": tolerance,
            "provider": provider,
            "beneficiary": HARMED if harmed else ZERO,
        }
        outcome = self.link.send(
            CONSUMER,
            "transferAndCall",
            self.agreements.address,
            count * PAYMENT,
            encoded(asked),
        )
        if not self.expect("post", minimum <= count, outcome):
            return
        self.books.move(CONSUMER, self.agreements.address, count * PAYMENT)
        self.books.questions[len(self.books.questions) + 1] = Question(
            oracles=count,
            minimum=minimum,
            payment=PAYMENT,
            penalty=penalty,
            bid_deadline=deadline,
            answer_deadline=answers_until,
            tolerance=tolerance,
            provider=provider,
            beneficiary=HARMED if harmed else CONSUMER,
            digest=digest_of(CONSUMER, asked),
        )

    def bid(self, pick: int, index: int, which: int, stale: bool) -> None:
        found = self.question(pick)
        if found is not None:
            self._bid(*found, index, which, stale=stale)

    def _bid(
        self, id: int, question: Question, index: int, which: int, *, stale: bool = False
    ) -> None:
        """`stale`: for what had this number before a block was replaced."""
        mine = [reference for owner, reference in self.books.deposits if owner == index]
        reference = mine[-1 - which % len(mine)]
        deposit = self.books.deposits[index, reference]
        score = 0
        if question.provider != ZERO:
            data = self.impostor.interface.encode("score", self.oracles[index].address)
            score = int.from_bytes(self.world.peek(question.provider, data), "big")
        backed = question.penalty == 0 or (
            not deposit.closed
            and question.penalty <= deposit.balance - deposit.reserved
            and question.until(LATE_TIME) + MARGIN <= deposit.deadline
        )
        predicted = (
            question.state == OPEN
            and not stale
            and self.now < question.bid_deadline
            and all(owner != index for owner, _, _ in question.bids)
            and backed
        )
        digest = bytes(32) if stale else question.digest
        outcome = self.by_oracle(
            index, self.agreements, "bid", id, self.oracles[index].address, reference, digest
        )
        if self.expect("bid", predicted, outcome):
            question.bids.append((index, reference, score))
            if question.penalty:
                deposit.reserved += question.penalty

    def start(self, pick: int) -> None:
        found = self.question(pick)
        if found is not None:
            self._start(*found)

    def _start(self, id: int, question: Question) -> None:
        predicted = (
            question.state == OPEN
            and self.now >= question.bid_deadline
            and len(question.bids) >= question.oracles
            and self.now + ANSWER_TIME <= question.answer_deadline
        )
        outcome = self.agreements.send(STRANGER, "start", id, JOB, DATA)
        if not self.expect("start", predicted, outcome):
            return
        question.state, question.started = STARTED, self.now
        for owner, reference, _ in question.choose():
            self.books.free(owner, reference, question.penalty)
        for place, (owner, _, _) in enumerate(question.chosen):
            target = self.oracles[owner].address
            if owner == IMPOSTOR and self.mode != ACCEPT:
                question.refused.add(place)
                target = self.aggregator.address
            self.books.move(self.agreements.address, target, question.payment)

    def cancel(self, pick: int) -> None:
        found = self.question(pick)
        if found is None:
            return
        id, question = found
        few = len(question.bids) < question.oracles and self.now >= question.bid_deadline
        late = self.now + ANSWER_TIME > question.answer_deadline
        predicted = question.state == OPEN and (few or late)
        outcome = self.agreements.send(STRANGER, "cancel", id)
        if self.expect("cancel", predicted, outcome):
            question.state = CANCELLED
            refund = question.oracles * question.payment
            self.books.move(self.agreements.address, CONSUMER, refund)
            for owner, reference, _ in question.bids:
                self.books.free(owner, reference, question.penalty)

    def answer(self, pick: int, place: int, number: int) -> None:
        found = self.question(pick)
        if found is not None and place < len(found[1].chosen):
            self._answer(*found, place, number)

    def _answer(self, id: int, question: Question, place: int, number: int) -> None:
        owner = question.chosen[place][0]
        request = self.aggregator.read("requestIdOf", id, place)
        predicted = (
            question.state == STARTED
            and place not in question.answers
            and place not in question.refused
        )
        if owner == IMPOSTOR:
            outcome = self.by_oracle(owner, self.aggregator, "fulfil", request, number)
        else:
            outcome = self.oracles[owner].send(
                sender(owner),
                "fulfillOracleRequest2",
                request,
                question.payment,
                self.aggregator.address,
                FULFIL,
                question.started + 300,
                request + number.to_bytes(32, "big", signed=True),
            )
        if self.expect("answer", predicted, outcome):
            question.answers[place] = (number, self.now)

    def settle(self, pick: int) -> None:
        found = self.question(pick)
        if found is not None:
            self._settle(*found)

    def _settle(self, id: int, question: Question) -> None:
        everybody = len(question.answers) == question.oracles
        predicted = question.state == STARTED and (
            everybody or self.now >= question.settle_time(LATE_TIME)
        )
        outcome = self.agreements.send(STRANGER, "settle", id)
        if not self.expect("settle", predicted, outcome):
            return
        known, median, losses = question.judge()
        question.state = SETTLED if known else UNANSWERED
        question.result = (known, median, self.now)
        for place, (owner, reference, _) in enumerate(question.chosen):
            slash = question.penalty * losses[place] // 1_000_000
            slash = self.books.free(owner, reference, question.penalty, slash)
            self.books.move(self.penalties.address, question.beneficiary, slash)
            self._take_back(question, place, owner)
        if self.mode == PAY and question.provider == self.impostor.address:
            # Told of the outcomes it pays whoever tells it: a gift that stays there.
            self.books.move(self.impostor.address, self.agreements.address, PAYMENT)

    def _take_back(self, question: Question, place: int, owner: int) -> None:
        if place in question.refused:
            self.books.move(self.aggregator.address, CONSUMER, question.payment)
        elif place not in question.answers:
            if owner == IMPOSTOR:
                if self.mode == REFUSE:
                    question.owing.add(place)
                if self.mode != PAY:
                    return
            self.books.move(self.oracles[owner].address, CONSUMER, question.payment)

    def reclaim(self, pick: int, place: int) -> None:
        found = self.question(pick)
        if found is None:
            return
        id, question = found
        place = min(question.owing, default=place)
        predicted = place in question.owing and self.mode != REFUSE
        outcome = self.aggregator.send(STRANGER, "reclaim", id, place)
        if self.expect("reclaim", predicted, outcome):
            question.owing.remove(place)
            if self.mode == PAY:
                self.books.move(self.impostor.address, CONSUMER, question.payment)

    def change_of_mind(self, mode: int) -> None:
        self.mode = mode
        self.impostor.do(STRANGER, "behave", mode, [])

    def deposit(self, index: int, juels: int) -> None:
        self.put_up(index, juels)

    def release(self, pick: int, own: bool) -> None:
        (owner, reference), deposit = list(self.books.deposits.items())[
            pick % len(self.books.deposits)
        ]
        oracle = self.oracles[owner].address
        own = own or owner == IMPOSTOR
        reserved = deposit.reserved
        if self.now + MARGIN // 2 >= deposit.deadline:
            reserved = 0
        open_to_all = self.now + MARGIN >= deposit.deadline
        free = deposit.balance - reserved
        predicted = not deposit.closed and (own or open_to_all) and (free > 0 or reserved == 0)
        if owner == IMPOSTOR and self.mode != ACCEPT:
            predicted = False
        who = sender(owner) if own else STRANGER
        outcome = self.penalties.send(who, "release", oracle, reference)
        if self.expect("release", predicted, outcome):
            self.books.move(self.penalties.address, oracle, free)
            deposit.balance -= free
            if reserved == 0:
                deposit.closed, deposit.reserved = True, 0

    def resolve(self, pick: int) -> None:
        (owner, reference), _ = list(self.books.deposits.items())[pick % len(self.books.deposits)]
        if owner != IMPOSTOR:
            target = self.penalties.address
            self.oracles[owner].send(STRANGER, "resolveOverdue", target, word(reference))

    def donate(self, which: str) -> None:
        target: Deployed = getattr(self, which)
        self.link.do(BANK, "transfer", target.address, 5)
        self.books.held[target.address] += 5
