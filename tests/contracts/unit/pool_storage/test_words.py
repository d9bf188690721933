# SPDX-License-Identifier: MIT
"""Figures that share a word: each shows all of its own bits, and none of its neighbours'."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boa
import pytest
from eth_utils.address import to_checksum_address

from tests.contracts.suite import DAY, DELAY, LOSS_CAP, Contract, Suite, link
from tests.contracts.unit.pool_storage.support import ALICE, M90
from tests.contracts.unit.pool_storage.words import BIAS, LAYOUT, Fields, Words

Show = Callable[[Contract], int]

FIGURES: dict[str, Show] = {
    "staked": lambda store: store.totalStaked(),
    "shares": lambda store: store.totalShares(),
    "stakers": lambda store: store.stakerCount(),
    "operations": lambda store: store.operationsDue(),
    "ceiling": lambda store: store.costCeiling(),
    "owners": lambda store: store.ownersDue(),
    "at_risk": lambda store: store.stakersAtRisk(),
    "makers": lambda store: store.makersPercentage(),
    "sent": lambda store: store.atRisk(),
    "claims": lambda store: store.exitClaims(),
    "records": lambda store: store.penaltyCount(),
    "pledged": lambda store: store.ownersPledged(),
    "operator": lambda store: int(store.operator(), 16),
    "address": lambda store: int(store.nodeAddress(), 16),
    "cost": lambda store: store.operationalCost(),
    "limit": lambda store: store.policy().limit,
    "payment": lambda store: store.minimumPayment(),
    "minimum": lambda store: store.policy().minimumStake,
    "enabled": lambda store: store.policy().enabled,
    "private": lambda store: store.policy().isPrivate,
    "ask_node": lambda store: store.policy().askNode,
}


@pytest.fixture
def words(suite: Suite) -> Iterator[Words]:
    """Nothing written here has to add up: it is undone."""
    with boa.env.anchor():
        yield Words(suite.store)


def _around(field: str) -> tuple[str, int, Fields]:
    """The word that a field lies in, its width, and all its neighbours full."""
    for name, layout in LAYOUT.items():
        widths = dict(layout)
        if field in widths:
            others = {other: (1 << bits) - 1 for other, bits in layout if other != field}
            return name, widths[field], others
    raise KeyError(field)


@pytest.mark.parametrize("field", FIGURES)
def test_a_figure_is_its_own_bits_and_no_others(words: Words, field: str) -> None:
    name, width, others = _around(field)
    top = 1 << (width - 1)
    for value in (0, 1, top, 2 * top - 1):
        for neighbours in ({}, others):
            words.write(name, {**neighbours, field: value})
            assert FIGURES[field](words.store) == value


def test_a_position_shows_its_shares_and_none_of_its_credit(words: Words) -> None:
    for epoch in (0, 1, 2, 2**32 - 1):
        words.write("book", {"epoch": epoch, "used": 1, "owners": 2**92 - 1})
        for shares in (0, 1, 2**139, 2**140 - 1):
            for credit, block in ((0, 0), (2**90 - 1, 2**26 - 1)):
                held = {"shares": shares, "credit": credit, "block": block}
                words.write_position(ALICE, epoch, held)
                assert words.store.sharesOf(ALICE) == shares


def test_a_position_of_one_epoch_is_none_of_another(words: Words) -> None:
    """Whatever the address: those at both ends, too."""
    stakers = [to_checksum_address(f"0x{number:040x}") for number in (1, 2**159, 2**160 - 1)]
    for staker in stakers:
        for epoch in range(4):
            words.write_position(staker, epoch, {"shares": 10**27 + epoch})
        for epoch in range(4):
            words.write("book", {"epoch": epoch, "used": 1, "overdue": 1})
            assert words.store.sharesOf(staker) == 10**27 + epoch
        words.write("book", {"epoch": 4, "used": 1})
        assert words.store.sharesOf(staker) == 0


def test_a_stake_is_worth_its_part_of_the_total_whatever_shares_that_word(words: Words) -> None:
    for stakers in (1, 2**26 - 1):
        for staked, shares, own in (
            (M90, 2**140 - 1, 2**139),
            (2**89, 2**139, 2**139 - 1),
            (7, 10**28, 10**27),
            (link(7), link(3) * 10**15, link(2) * 10**15),
        ):
            words.write("totals", {"staked": staked, "shares": shares, "stakers": stakers})
            words.write_position(ALICE, 0, {"shares": own, "credit": M90, "block": 2**26 - 1})
            assert words.store.stakeOf(ALICE) == own * staked // shares
    words.write_position(ALICE, 0, {"credit": M90, "block": 1})
    assert words.store.stakeOf(ALICE) == words.store.withdrawable(ALICE) == 0


def test_what_is_liquid_is_what_the_stakers_have_less_what_is_at_risk(words: Words) -> None:
    words.write("totals", {"staked": M90, "shares": 2**140 - 1, "stakers": 2**26 - 1})
    book = {"owners": 2**92 - 1, "makers": 2**20 - 1, "places": 1023, "epoch": 2**32 - 1}
    for risk in (0, 1, 2**89, M90):
        words.write("book", {**book, "at_risk": risk})
        assert words.store.liquid() == M90 - risk


@pytest.mark.parametrize(
    ("escrow", "operations", "claims", "sent"),
    [(0, 0, 0, 0), (1, 0, 0, 2**92 - 1), (7, 2**91, 2**90, 0), (2**80, 5, 3, 2**91 + 2**20)],
)
def test_what_is_escrowed_is_neither_due_nor_claimed_nor_at_risk(
    words: Words, escrow: int, operations: int, claims: int, sent: int
) -> None:
    held = BIAS + escrow + operations + claims - sent
    for filled in (0, 2**20 - 1):
        rest = {"ceiling": filled, "sums": filled, "weights": filled}
        words.write("dues", {"held": held, "operations": operations, **rest})
        days = {"lost": filled, "lost_day": filled, "written": 1, "records": filled}
        words.write("risk", {"sent": sent, "claims": claims, **days})
        assert words.store.escrowed() == escrow


def test_what_is_overdue_is_shown_until_its_time_is_over(words: Words) -> None:
    now = boa.env.timestamp
    filled = {"earlier": 2**20 - 1, "earlier_day": 2**17 - 1}
    around = {"owners": 2**92 - 1, "places": 1023, "used": 1, "epoch": 2**32 - 1}
    for waiting in (1, 2**91, 2**92 - 1):
        for until, shown in ((now + 1, waiting), (2**34 - 1, waiting), (now, 0), (now - 1, 0)):
            words.write("awaited", {**filled, "waiting": waiting, "until": until})
            words.write("book", {**around, "overdue": 1})
            assert tuple(words.store.overdue()) == (shown, until if shown else 0)
            words.write("book", around)
            assert tuple(words.store.overdue()) == (0, 0)


@pytest.mark.parametrize("filled", [0, 1])
def test_what_was_lost_is_weighed_by_its_own_bits(words: Words, filled: int) -> None:
    """Open weights, those of the latest day, and those of an earlier one where one was kept."""
    today = boa.env.timestamp // DAY
    oldest = (boa.env.timestamp - DELAY) // DAY

    def allowance(open_: int, lost: tuple[int, int], written: int, kept: tuple[int, int]) -> int:
        beside = filled * (2**92 - 1)
        dues = {"held": beside, "operations": beside, "ceiling": filled * (2**20 - 1)}
        words.write("dues", {**dues, "sums": filled * (2**24 - 1), "weights": open_})
        records = {"records": filled * (2**24 - 1), "spare": filled * 127, "written": written}
        late = {"lost": lost[0], "lost_day": lost[1]}
        words.write("risk", {"sent": beside, "claims": beside, **late, **records})
        earlier = {"earlier": kept[0], "earlier_day": kept[1]}
        words.write("awaited", {**earlier, "waiting": beside, "until": filled * (2**34 - 1)})
        return int(words.store.lossAllowance())

    none = (0, 0)
    assert allowance(0, none, 0, none) == LOSS_CAP
    for weight in (1, 2**15, LOSS_CAP):
        left = LOSS_CAP - weight
        assert allowance(weight, none, 0, none) == left
        assert allowance(0, (weight, today), 0, none) == left
        assert allowance(0, (weight, oldest), 0, none) == left
        assert allowance(0, (weight, oldest - 1), 0, none) == LOSS_CAP
        assert allowance(0, (0, today), 1, (weight, oldest)) == left
        assert allowance(0, (0, today), 1, (weight, oldest - 1)) == LOSS_CAP
        assert allowance(0, (0, today), 0, (weight, today)) == LOSS_CAP
    assert allowance(2**19, none, 0, none) == allowance(0, (2**19, today), 0, none) == 0
    assert allowance(0, (0, today), 1, (2**19, today)) == 0
    assert allowance(3, (5, today), 1, (7, today - 1)) == LOSS_CAP - 15
