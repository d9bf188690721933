# SPDX-License-Identifier: MIT
"""The books and the chain beside each other: a transaction is compared with its prediction."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.contracts.attacks.network.arena import (
    CONSUMER,
    HARMED,
    IMPOSTOR,
    LINK,
    Arena,
    sender,
)
from tests.contracts.attacks.network.predicted import OPEN, STARTED, Books, Deposit, Question
from tests.contracts.stateful.build import OPERATOR, STRANGER, travel
from tests.contracts.stateful.world import Deployed, Outcome
from tests.contracts.suite import PENALTY_LIFE, ZERO, word

# What the impostor does: with PAY it pays those who ask for LINK back, and refuses LINK itself.
ACCEPT, REFUSE, PAY = 0, 1, 3
PAYMENT = LINK + 1
REFUSALS = {"storage: ten penalties are open", "storage: over the loss cap"}


class State(RuleBasedStateMachine):
    """The books, the chain, and how a transaction of one is compared with the other."""

    arena: ClassVar[Arena]
    seen: ClassVar[Counter[str]] = Counter()

    @initialize()
    def fresh(self) -> None:
        arena = self.arena
        self.world = arena.base.world
        self.mark = self.world.snapshot()
        self.link = arena.base.link
        self.agreements, self.penalties = arena.agreements, arena.penalties
        self.aggregator = arena.aggregator
        self.oracles = arena.oracles
        self.impostor = arena.oracles[IMPOSTOR]
        self.providers = {
            "by nobody": ZERO,
            "by Reputation": arena.reputation.address,
            "by the impostor": self.impostor.address,
        }
        self.mode = ACCEPT
        self.references = 0
        self.books = Books()
        watched = [*self.oracles, self.agreements, self.penalties, self.aggregator]
        self.watched = [d.address for d in watched] + [CONSUMER, HARMED, STRANGER]
        for address in self.watched:
            self.books.held[address] = self.link.read("balanceOf", address)
        self.seen["examples"] += 1
        for index in range(IMPOSTOR + 1):
            self.put_up(index, 50 * LINK)

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            self.world.revert(self.mark)

    @property
    def now(self) -> int:
        return self.world.time

    def expect(self, what: str, predicted: bool, outcome: Outcome) -> bool:
        """Counts it; fails where the chain and the books disagree."""
        self.seen[f"{what} {'done' if predicted else 'refused'}"] += 1
        assert outcome.ok == predicted, (
            f"network: {what} {'refused' if predicted else 'done'}: {outcome.reason}"
        )
        return predicted

    def question(self, pick: int) -> tuple[int, Question] | None:
        """One of the newest agreements."""
        count = len(self.books.questions)
        if count == 0:
            return None
        id = count - pick % min(count, 3)
        return id, self.books.questions[id]

    def unfinished(self) -> int:
        """Agreements that can still be started or settled."""
        states = [question.state for question in self.books.questions.values()]
        return states.count(OPEN) + states.count(STARTED)

    def by_oracle(self, index: int, target: Deployed, name: str, *args: Any) -> Outcome:
        """The impostor calls by itself, nodes by their keys."""
        if index != IMPOSTOR:
            return target.send(sender(index), name, *args)
        data = target.interface.encode(name, *args)
        return self.impostor.send(STRANGER, "act", target.address, data)

    def put_up(self, index: int, juels: int) -> None:
        self.references += 1
        reference, oracle = self.references, self.oracles[index]
        if index == IMPOSTOR:
            deadline = self.now + PENALTY_LIFE
            self.impostor.do(STRANGER, "say", True, 0, deadline, PAYMENT)
            data = word(reference)
            outcome = self.by_oracle(
                index, self.link, "transferAndCall", self.penalties.address, juels, data
            )
        else:
            place = self.penalties.address
            outcome = oracle.send(OPERATOR, "sendPenalty", place, juels, word(reference))
        if not outcome.ok:
            assert outcome.reason in REFUSALS, outcome.reason
            return
        self.books.deposits[index, reference] = Deposit(juels, self.now + PENALTY_LIFE)
        self.books.move(oracle.address, self.penalties.address, juels)

    def until(self, time: int) -> None:
        """Waits, unless it is later already."""
        if time > self.now:
            travel(self.world, time - self.now)
