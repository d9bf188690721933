# SPDX-License-Identifier: MIT
"""Random agreements between random oracles: what happens is what the books predict, exactly."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from tests.contracts.attacks.network.arena import IMPOSTOR, LATE_TIME, LINK, MARGIN
from tests.contracts.attacks.network.predicted import OPEN, STARTED
from tests.contracts.attacks.network.rules import Rules
from tests.contracts.attacks.network.state import ACCEPT, PAY, REFUSE
from tests.contracts.stateful.build import travel
from tests.contracts.suite import DAY

PICKS = st.integers(0, 30)
ORACLES = st.integers(0, IMPOSTOR)
PLACES = st.integers(0, 2)
NUMBERS = st.one_of(st.integers(95, 105), st.sampled_from([-(2**255), 2**255 - 1, 0, 10**30]))
PAUSES = st.sampled_from([1, 12, 12, 59, 60, 240, 300, 601, DAY // 2, 3 * DAY])
MOMENTS = st.sampled_from(["started", "answered", "settled", "released"])

# How often each is tried, and with what.
TRIED: dict[str, tuple[int, dict[str, st.SearchStrategy[Any]]]] = {
    "advance": (
        10,
        {
            "pick": PICKS,
            "first": ORACLES,
            "given": st.lists(NUMBERS, max_size=3),
            "late": st.booleans(),
        },
    ),
    "post": (
        6,
        {
            "count": st.sampled_from([1, 2, 3, 3]),
            "minimum": st.sampled_from([1, 1, 2, 3]),
            "penalty": st.sampled_from([0, 1, LINK, 7 * LINK + 3, 20 * LINK]),
            "tolerance": st.sampled_from([0, 10_000, 1_000_000]),
            "window": st.sampled_from([60, 600, DAY]),
            "rated": st.sampled_from(["by nobody", "by Reputation", "by the impostor"]),
            "harmed": st.booleans(),
        },
    ),
    "bid": (
        2,
        {
            "pick": PICKS,
            "index": ORACLES,
            "which": PICKS,
            "stale": st.sampled_from([False, False, False, True]),
        },
    ),
    "start": (1, {"pick": PICKS}),
    "cancel": (1, {"pick": PICKS}),
    "answer": (2, {"pick": PICKS, "place": PLACES, "number": NUMBERS}),
    "settle": (1, {"pick": PICKS}),
    "reclaim": (1, {"pick": PICKS, "place": PLACES}),
    "change_of_mind": (2, {"mode": st.sampled_from([ACCEPT, ACCEPT, REFUSE, PAY])}),
    "deposit": (1, {"index": ORACLES, "juels": st.sampled_from([1, 3 * LINK, 50 * LINK])}),
    "release": (2, {"pick": PICKS, "own": st.booleans()}),
    "resolve": (1, {"pick": PICKS}),
    "donate": (1, {"which": st.sampled_from(["agreements", "penalties", "aggregator"])}),
    "wait_for": (2, {"pick": PICKS, "moment": MOMENTS, "off": st.sampled_from([-1, 0, 0, 1])}),
    "wait": (1, {"seconds": PAUSES}),
}
WEIGHTED = [name for name, (weight, _) in TRIED.items() for _ in range(weight)]
# One rule for all of it: hypothesis leaves some rules out of an example, and then nothing happens.
TRIES = st.sampled_from(WEIGHTED).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(TRIED[name][1]))
)


class Network(Rules):
    """The rule, what honest people do next, and what holds after each step."""

    @rule(tried=TRIES)
    def step(self, tried: tuple[str, dict[str, Any]]) -> None:
        name, arguments = tried
        getattr(self, name)(**arguments)

    def advance(self, pick: int, first: int, given: list[int], late: bool) -> None:
        """The next thing that would happen to an agreement among honest people."""
        found = self.question(pick)
        if found is None:
            return
        question = found[1]
        if question.state == OPEN and not question.bids:
            for index in range(IMPOSTOR + 1):
                self._bid(*found, (first + index) % (IMPOSTOR + 1), 0)
        elif question.state == OPEN:
            self.until(question.bid_deadline)
            self._start(*found)
        elif question.state == STARTED and given and not question.answers:
            self.until(question.answer_deadline + late)
            for place, number in enumerate(given[: question.oracles]):
                self._answer(*found, place, number)
        elif question.state == STARTED:
            self.until(question.settle_time(LATE_TIME))
            if late:
                self.change_of_mind(REFUSE)
            self._settle(*found)
            if question.owing:
                self.change_of_mind(PAY if first else ACCEPT)
                self.reclaim(pick, 0)

    def wait_for(self, pick: int, moment: str, off: int) -> None:
        """The second of a deadline, or the one beside it."""
        found = self.question(pick)
        if found is None:
            return
        question = found[1]
        times = {
            "started": question.bid_deadline,
            "answered": question.answer_deadline,
            "settled": question.settle_time(LATE_TIME),
            "released": next(iter(self.books.deposits.values())).deadline - MARGIN,
        }
        if question.state == OPEN:
            moment = "started"
        self.until(times[moment] + off)

    def wait(self, seconds: int) -> None:
        travel(self.world, seconds)

    @invariant()
    def everybody_holds_what_the_books_say(self) -> None:
        if not hasattr(self, "books"):
            return
        self.seen["transitions"] += 1
        for address in self.watched:
            held = self.link.read("balanceOf", address)
            assert held == self.books.held[address], f"network: {address} holds {held}"

    @invariant()
    def deposits_and_agreements_are_as_predicted(self) -> None:
        if not hasattr(self, "books"):
            return
        for (owner, reference), deposit in self.books.deposits.items():
            shown = self.words("penalties", "deposit", self.oracles[owner].address, reference)
            assert tuple(shown) == deposit.shown(), f"network: deposit {shown}, {deposit}"
        for id, question in list(self.books.questions.items())[-3:]:
            state = self.words("agreements", "agreement", id)[0]
            assert state == question.state, f"network: agreement {id} has state {state}"
            known, answer, time = self.aggregator.read("answerOf", id)
            result = (known, answer, time)
            assert result == question.result, f"network: result {result} of {question}"

    def words(self, contract: str, name: str, *args: Any) -> list[int]:
        """The words that a view answers, undecoded: quicker than its struct."""
        target = getattr(self, contract)
        data = self.world.peek(target.address, target.interface.encode(name, *args))
        return [int.from_bytes(data[i : i + 32], "big") for i in range(0, len(data), 32)]
