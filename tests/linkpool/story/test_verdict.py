# SPDX-License-Identifier: MIT
"""The verdict is right when everything is, and wrong when one juel is."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from linkpool.chain.calls import Event
from linkpool.chain.facts import StandingState
from linkpool.economics import Outcome, Terms
from linkpool.story.books import Account, Books, opening
from linkpool.story.observation import Seen
from linkpool.story.standing import FIGURES, Standing
from linkpool.story.verdict import judge
from linkpool.units import Juels
from tests.linkpool.story.chronicle import (
    ADA,
    ASKED,
    BO,
    DELAY,
    OWNERS,
    STATE,
    STORE,
    USER,
    WALLET,
    books,
    event,
    history,
    moved,
    penalty,
    seen,
    staked,
)


def test_contracts_that_keep_their_promises_are_right() -> None:
    kept = books()
    verdict = judge(kept, seen(kept))
    assert (verdict.problems, verdict.right) == ((), True)
    assert "every amount right to the juel (21 amounts checked)" in verdict.line


def _stake(change: int) -> Callable[[Seen], Seen]:
    return lambda s: replace(s, stakes={**s.stakes, (STORE, BO): s.stakes[STORE, BO] + change})


def _node(**change: int) -> Callable[[Seen], Seen]:
    def apply(s: Seen) -> Seen:
        state = s.nodes[STORE]
        fields = {name: getattr(state, name) + by for name, by in change.items()}
        return replace(s, nodes={STORE: replace(state, **fields)})

    return apply


@pytest.mark.parametrize(
    "spoil",
    [
        _stake(1),
        _stake(-2),
        _node(staked=1),
        _node(pending_income=-1),
        _node(owners_due=1),
        _node(operations_due=1),
        _node(escrowed=1),
        _node(stakers=1),
        lambda s: replace(s, held={**s.held, STORE: s.held[STORE] - 1}),
        lambda s: replace(s, held={**s.held, OWNERS: s.held[OWNERS] + 1}),
        lambda s: replace(s, stakes={**s.stakes, (STORE, ADA): 1}),
        lambda s: replace(s, claimable={**s.claimable, ADA: s.claimable[ADA] + 1}),
        lambda s: replace(s, claimable={**s.claimable, ADA: s.claimable[ADA] - 1}),
    ],
)
def test_one_juel_too_many_or_too_few_is_found(spoil: Callable[[Seen], Seen]) -> None:
    kept = books()
    verdict = judge(kept, spoil(seen(kept)))
    assert verdict.problems
    assert verdict.line.startswith("WRONG: ")


def _without(name: str, block: int) -> list[Event]:
    return [e for e in history() if not (e.name == name and e.block == block)]


def _changed(name: str, **fields: int) -> list[Event]:
    return [replace(e, fields={**e.fields, **fields}) if e.name == name else e for e in history()]


@pytest.mark.parametrize(
    "events",
    [
        _without("Withdrawal", 6),
        _without("Transfer", 6),
        _without("Transfer", 7),
        _without("OracleResponse", 5),
        _without("Distributed", 7),
        _without("Claimed", 9),
        _changed("Settled", owners=0),
        _changed("Withdrawal", amount=10**18),
        [*history(), event(STORE, "OracleResponse", 11, requestId=ASKED)],
        [*history(), moved(11, STORE, USER, 1)],
    ],
)
def test_events_that_do_not_add_up_are_found(events: list[Event]) -> None:
    """Against the observation that the true history leads to."""
    truth = seen(books())
    assert judge(books(events), truth).problems


@pytest.mark.parametrize("figure", ["", *FIGURES])
def test_a_reputation_that_counts_something_else_is_found(figure: str) -> None:
    kept = books()
    known = Standing()
    known.count(Outcome.LATE, lost=5, elapsed=41)
    kept.exchange.members[STORE] = known
    counted = {name: getattr(known, name) for name in FIGURES}
    said = StandingState(block=10, oracle=STORE, member=True, **counted)
    if figure:
        said = replace(said, **{figure: counted[figure] + 1})
    verdict = judge(kept, replace(seen(kept), standings={STORE: said}))
    assert [problem.split()[2] for problem in verdict.problems] == [figure] * bool(figure)
    assert verdict.checked == 21 + len(FIGURES)


def test_a_donation_is_income_and_a_stake_is_not() -> None:
    book = books().nodes[STORE]
    assert (book.pending, book.income) == (8, 10**17 + 8)


def overdue(*more: Event) -> Books:
    """A penalty of nine juels is lost in block 12."""
    slashed = event(STORE, "PenaltySlashed", 12, id=1, amount=9, overdue=True, time=12)
    booked = event(STORE, "LossBooked", 12, id=1, owners=0, claims=0, stakers=9)
    return books([*history(), *penalty(11), slashed, booked, *more])


def test_an_overdue_penalty_is_a_loss_like_others() -> None:
    kept = overdue()
    verdict = judge(kept, seen(kept))
    assert (verdict.right, verdict.problems) == (True, ())
    with_more = seen(kept)
    stakes = {**with_more.stakes, (STORE, BO): with_more.stakes[STORE, BO] + 9}
    assert judge(kept, replace(with_more, stakes=stakes)).problems


@pytest.mark.parametrize(("block", "judged"), [(12 + DELAY - 1, False), (12 + DELAY, True)])
def test_who_comes_soon_after_an_overdue_penalty_pays_for_what_the_model_has_not(
    block: int, judged: bool
) -> None:
    kept = overdue(*staked(block, ADA, 7))
    observed = replace(seen(kept), stakes={(STORE, ADA): 7, (STORE, BO): int(_worth(kept, BO))})
    observed = replace(observed, nodes={STORE: replace(observed.nodes[STORE], stakers=2)})
    verdict = judge(kept, observed)
    assert (verdict.right, verdict.problems) == (judged, ())
    assert ("not judged: who came and went" in verdict.line) is not judged


def _worth(kept: Books, who: str) -> Fraction:
    return kept.nodes[STORE].open[who].worth


def test_terms_before_the_first_change_are_found_again() -> None:
    today = Account(
        storage=STORE, wallet=WALLET, terms=Terms(makers=100_000, cost=7, ceiling=500_000)
    )
    changes = [
        event(STORE, "TermChanged", 2, term=0, old=250_000, new=200_000),
        event(STORE, "TermActivated", 3, term=2, old=int(ADA, 16), new=int(WALLET, 16)),
        event(STORE, "TermChanged", 4, term=0, old=200_000, new=100_000),
        event(STORE, "TermChanged", 5, term=3, old=9, new=7),
        event(STORE, "TermChanged", 6, term=4, old=1, new=2),
    ]
    first = opening(changes, today)
    assert first.terms == Terms(makers=250_000, cost=9, ceiling=500_000)
    assert first.wallet == ADA
    kept = books([*history()[:2], *changes])
    assert kept.nodes[STORE].terms.cost == 7


def test_a_refund_belongs_to_the_requester() -> None:
    asked = [e for e in history() if e.block <= 4]
    refund = [
        event(STORE, "CancelOracleRequest", 5, requestId=ASKED),
        moved(5, STORE, USER, 10**17),
    ]
    kept = books([*asked, *refund])
    assert kept.sent == kept.owed
    assert kept.nodes[STORE].balance() == Juels(30)
    assert STATE.escrowed == 0
