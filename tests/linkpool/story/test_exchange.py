# SPDX-License-Identifier: MIT
"""The books of the network: what agreements come to is computed, and the chain's word compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from linkpool.chain.calls import Event
from linkpool.economics import ModelError, Outcome, Stage
from linkpool.story.exchange import Exchange
from linkpool.story.standing import FIGURES, Standing
from linkpool.story.telling import REMEMBERED, Told, latest
from tests.linkpool.story.chronicle import account, event
from tests.linkpool.story.fair import (
    AGGREGATOR,
    AGREEMENTS,
    CLIENT,
    KIM,
    ORACLES,
    PAYMENT,
    PENALTIES,
    REPUTATION,
    agreed,
    answer,
    bids,
    created,
    deposited,
    exchange,
    late_one,
    released,
    settled,
    started,
    wrong_one,
)

NAMES = dict(
    zip((*ORACLES, CLIENT, KIM), ("alder", "birch", "cedar", "client", "Kim"), strict=True)
)


def entered(*events: Event) -> Exchange:
    made = exchange()
    for one in (*map(deposited, ORACLES), *events):
        made.enter(one)
    return made


def test_who_pays_what_for_a_late_and_a_wrong_answer() -> None:
    made = entered(*late_one(1), *wrong_one(2))
    assert made.purses == {CLIENT: 1_000 - 6 * PAYMENT, KIM: 16}
    assert made.owed[PENALTIES, KIM] == 16
    assert made.owed[AGREEMENTS, AGGREGATOR] == 6 * PAYMENT
    assert all(made.owed[AGGREGATOR, oracle] == 2 * PAYMENT for oracle in ORACLES)
    left = [made.deposits[oracle, 1].balance for oracle in ORACLES]
    assert left == [50, 45, 39]
    assert all(deposit.reserved == 0 for deposit in made.deposits.values())
    assert (made.collected, made.unbooked, made.held_for(PENALTIES)) == (16, 16, 134)


def test_collateral_comes_back_less_what_was_lost() -> None:
    made = entered(*late_one(1), released(ORACLES[1], 45), released(ORACLES[0], 50))
    assert made.owed[PENALTIES, ORACLES[1]] == 45
    assert (made.unbooked, made.held_for(PENALTIES)) == (0, 50)


def test_who_is_not_chosen_or_not_asked_has_their_collateral_free_again() -> None:
    made = entered(created(1), *bids(1))
    assert made.held_for(AGREEMENTS) == 3 * PAYMENT
    assert {d.free for d in made.deposits.values()} == {39}
    made.enter(agreed("AgreementCancelled", 1, refund=3 * PAYMENT))
    assert made.deals[1].stage is Stage.CANCELLED
    assert {d.free for d in made.deposits.values()} == {50}
    assert (made.purses[CLIENT], made.held_for(AGREEMENTS)) == (1_000, 0)


def test_a_missing_answer_is_paid_back_and_costs_the_penalty() -> None:
    outcomes = [Outcome.RIGHT, Outcome.MISSED, Outcome.RIGHT]
    end = settled(1, outcomes, [0, 11, 0], middle=100, refund=PAYMENT)
    said = [answer(1, 0, 100), answer(1, 2, 100)]
    made = entered(created(1), *bids(1), *started(1), *said, *end)
    assert made.purses == {CLIENT: 1_000 - 2 * PAYMENT, KIM: 11}
    assert latest(made.deals[1], NAMES.__getitem__).endswith(
        "; client has 0.00000000000000002 back"
    )


def test_collateral_that_was_given_back_meanwhile_is_passed_over() -> None:
    said = [answer(1, 0, 100), answer(1, 2, 100), answer(1, 1, 100, time=101)]
    outcomes = [Outcome.RIGHT, Outcome.LATE, Outcome.RIGHT]
    end = settled(1, outcomes, [0, 0, 0], middle=100)
    back = released(ORACLES[1], 50)
    made = entered(created(1), *bids(1), *started(1), back, *said, *end)
    assert made.purses[KIM] == 0


def test_without_a_beneficiary_the_consumer_has_what_is_lost() -> None:
    events = [created(1, beneficiary=account(0)), *late_one(1)[1:]]
    assert entered(*events).purses == {CLIENT: 1_000 - 3 * PAYMENT + 5, KIM: 0}


def _spoilt(name: str, **fields: object) -> Callable[[Event], Event]:
    def spoil(one: Event) -> Event:
        return replace(one, fields={**one.fields, **fields}) if one.name == name else one

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        _spoilt("OutcomeRecorded", slashed=1),
        _spoilt("OutcomeRecorded", outcome=1),
        _spoilt("AgreementSettled", answer=102),
        _spoilt("AgreementSettled", refund=1),
        _spoilt("AgreementSettled", slashed=4),
        _spoilt("AgreementSettled", known=False),
        _spoilt("AnswerRecorded", late=True),
        _spoilt("AnswerRecorded", id=3),
    ],
)
def test_a_chain_that_says_something_else_is_found(spoil: Callable[[Event], Event]) -> None:
    with pytest.raises(ModelError):
        entered(*map(spoil, late_one(1)))


@pytest.mark.parametrize("amount", [49, 51])
def test_a_release_of_another_amount_is_found(amount: int) -> None:
    with pytest.raises(ModelError, match="50 were free"):
        entered(released(ORACLES[0], amount))


def test_a_bid_without_collateral_is_found() -> None:
    every = [one for number in range(1, 6) for one in (created(number), *bids(number))]
    with pytest.raises(ModelError, match=r"agreement 5: .* bid without collateral"):
        entered(*every)


def test_who_joined_is_a_member() -> None:
    made = entered(event(REPUTATION, "Joined", 1, oracle=ORACLES[0]))
    assert made.members == {ORACLES[0]: Standing()}
    assert made.members[ORACLES[0]].score == 500_000


def figures(made: Exchange) -> list[tuple[int, ...]]:
    """Of all oracles: completed, missed, late, wrong, lost, elapsed, score."""
    return [
        tuple(getattr(made.members[oracle], name) for name in FIGURES[1:]) for oracle in ORACLES
    ]


def test_reputation_is_what_came_of_the_agreements_that_trust_it() -> None:
    made = entered(*joined(), *late_one(1), *wrong_one(2))
    assert figures(made) == [
        (2, 0, 0, 0, 0, 60, 750_000),
        (1, 0, 1, 0, 5, 71, 500_000),
        (1, 0, 0, 1, 11, 60, 500_000),
    ]
    assert [made.members[oracle].assigned for oracle in ORACLES] == [2, 2, 2]


def test_a_missing_answer_took_no_time() -> None:
    outcomes = [Outcome.RIGHT, Outcome.MISSED, Outcome.RIGHT]
    end = settled(1, outcomes, [0, 11, 0], middle=100, refund=PAYMENT)
    said = [answer(1, 0, 100), answer(1, 2, 100)]
    made = entered(*joined(), created(1), *bids(1), *started(1), *said, *end)
    assert figures(made)[1] == (0, 1, 0, 0, 11, 0, 333_333)


def test_reputation_knows_its_members_and_its_own_agreements_only() -> None:
    first, *others = joined()
    elsewhere = created(1)
    terms = elsewhere.fields["terms"]
    other = replace(
        elsewhere, fields={**elsewhere.fields, "terms": (*terms[:-2], account(7), terms[-1])}
    )
    made = entered(first, other, *late_one(1)[1:], *wrong_one(2))
    assert list(made.members) == [ORACLES[0]]
    assert made.members[ORACLES[0]].assigned == 1
    assert len(others) == 2


def joined() -> list[Event]:
    return [event(REPUTATION, "Joined", 1, oracle=oracle) for oracle in ORACLES]


def test_agreements_are_told_in_words() -> None:
    made, lines = exchange(), []
    for one in (*map(deposited, ORACLES), *late_one(1), created(2), *wrong_one(3)):
        made.enter(one)
        while made.news:
            lines.append(latest(made.deals[made.news.popleft()], NAMES.__getitem__))
    assert lines[1] == "agreement 1: alder, birch and cedar have bid and are asked"
    late = "birch late, pays Kim 0.000000000000000005"
    assert lines[2] == f"agreement 1: answer 101; alder, cedar right; {late}"
    assert lines[3].startswith("agreement 2: client asks 3 nodes for job 00000000…: ")
    assert lines[3].endswith(" each, 0.000000000000000011 at risk")
    assert lines[-1].endswith("cedar wrong, pays Kim 0.000000000000000011")


def test_what_several_do_is_one_line() -> None:
    told = Told()
    told.add_of("collateral is put up by", "alder")
    told.add_of("collateral is put up by", "birch")
    told.add("Ada stakes 5 LINK on alder")
    told.add_of("collateral is put up by", "cedar")
    assert list(told.latest) == [
        "collateral is put up by alder, birch",
        "Ada stakes 5 LINK on alder",
        "collateral is put up by cedar",
    ]
    assert told.count == 3


def test_how_many_there_were_is_known_when_they_are_forgotten() -> None:
    told = Told()
    told.add(*(f"line {number}" for number in range(REMEMBERED + 5)))
    assert (len(told.latest), told.latest[0], told.count) == (REMEMBERED, "line 5", REMEMBERED + 5)


def test_collateral_that_is_released_in_part_is_not_taken() -> None:
    """Birch is asked again while a part of its deposit is reserved; the rest is fetched back."""
    again = (created(3), *bids(3))
    made = entered(*late_one(1), *again, released(ORACLES[1], 34, closed=False))
    assert made.deposits[ORACLES[1], 1].balance == 11
    assert (made.deposits[ORACLES[1], 1].taken, made.unbooked) == (5, 5)
