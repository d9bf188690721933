# SPDX-License-Identifier: MIT
"""What a staker hears before signing."""

from __future__ import annotations

from typing import Any

import pytest

from linkpool.chain.addresses import address
from linkpool.chain.facts import NodeState, StakeState
from linkpool.errors import UsageError
from linkpool.staking import rules
from linkpool.units import Juels, Ppm, link

WHO = address("0x00000000000000000000000000000000000000d1")
NONE = Juels(0)
ONE = 10**18


def node_state(**overrides: Any) -> NodeState:
    given: dict[str, Any] = {
        "block": 7,
        "node": WHO,
        "storage": WHO,
        "operator": WHO,
        "operations_wallet": WHO,
        "enabled": True,
        "private": False,
        "limit": link("100"),
        "minimum_stake": link("1"),
        "staked": link("90"),
        "liquid": link("90"),
        "at_risk": NONE,
        "stakers": 3,
        "pending_income": NONE,
        "owners_due": NONE,
        "operations_due": NONE,
        "escrowed": NONE,
        "makers": Ppm(250_000),
        "operational_cost": NONE,
        "minimum_payment": NONE,
        "open_penalties": 0,
        "loss_allowance": Ppm(50_000),
    }
    return NodeState(**given | overrides)


def stake_state(**overrides: Any) -> StakeState:
    given: dict[str, Any] = {
        "block": 7,
        "node": WHO,
        "storage": WHO,
        "staker": WHO,
        "stake": link("5"),
        "shares": 5,
        "withdrawable": link("5"),
        "allowed": False,
        "wallet": link("50"),
    }
    return StakeState(**given | overrides)


def test_a_stake_that_fits_is_taken() -> None:
    rules.require_stake(node_state(), stake_state(), link("10"), payer=link("10"))
    private = node_state(private=True)
    rules.require_stake(private, stake_state(allowed=True), link("10"), payer=link("10"))
    top_up = link("0.1")  # of a position that is above the minimum already
    rules.require_stake(node_state(), stake_state(), top_up, payer=top_up)


@pytest.mark.parametrize(
    ("node", "stake", "amount", "payer", "complaint"),
    [
        ({}, {}, "0", "50", "a stake of zero"),
        ({}, {}, "5", "4.9", "the wallet has 4.9 LINK, fewer than 5 LINK"),
        ({"enabled": False}, {}, "5", "50", "disabled"),
        ({"private": True}, {}, "5", "50", "private"),
        ({}, {}, "10.1", "50", "limit is 100 LINK: 10 LINK more fit"),
        ({"staked": link("200")}, {}, "1", "50", "0 LINK more fit"),
        ({}, {"stake": NONE}, "0.9", "50", "at least 1 LINK"),
    ],
)
def test_a_stake_that_the_node_would_refuse(
    node: dict[str, Any], stake: dict[str, Any], amount: str, payer: str, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        rules.require_stake(
            node_state(**node), stake_state(**stake), link(amount), payer=link(payer)
        )


def test_a_newcomer_hears_of_open_and_overdue_penalties() -> None:
    assert rules.stake_warnings(node_state(), link("10"), overdue=NONE) == []
    risky = node_state(at_risk=link("3"), open_penalties=2)
    (warning,) = rules.stake_warnings(risky, link("10"), overdue=NONE)
    assert "3 LINK of this node are in 2 open penalties" in warning
    assert "at par" in warning
    _, price = rules.stake_warnings(risky, link("10"), overdue=link("25"))
    assert price == (
        "your 10 LINK would be worth 8 LINK at once, if none of the 25 LINK that are overdue "
        "comes back: your shares are priced as if all of it did, and you gain nothing then"
    )


@pytest.mark.parametrize(
    ("node", "amount", "overdue", "worth"),
    [
        ({}, 10 * ONE, 0, 10 * ONE),
        ({}, 10 * ONE, 25 * ONE, 8 * ONE),
        # Half of what was staked is lost to one who keeps it: 40 weeks of 1.2 % each.
        ({"staked": 617 * ONE}, 1_000 * ONE, 383 * ONE, 1_000 * ONE * 1_617 // 2_000),
        ({"staked": 1}, 1, 1, 0),
        ({"staked": 2}, 2, 1, 1),
        ({"staked": 3}, 3, 1, 2),
        ({"staked": 0}, 10, 10, 5),  # shares are left, and nothing that they own
        ({"staked": 0, "stakers": 0}, 10, 10, 10),
        # 100 came in and are not settled: 75 are the stakers', and a stake settles them first.
        ({"pending_income": 100 * ONE}, 10 * ONE, 175 * ONE, 5 * ONE),
    ],
)
def test_what_a_stake_is_worth_at_once(
    node: dict[str, Any], amount: int, overdue: int, worth: int
) -> None:
    assert rules.worth_at_once(node_state(**node), Juels(amount), Juels(overdue)) == worth


@pytest.mark.parametrize(
    ("staked", "cap", "most"),
    [
        (95 * ONE, 50_000, 5 * ONE),  # 100 were there
        (19, 50_000, 1),
        (18, 50_000, 0),
        (7, 0, 0),
        (7, 500_000, 7),
        (7, 999_999, 6_999_993),
        (7, 1_000_000, None),
    ],
)
def test_what_may_be_overdue_beside_a_stake(staked: int, cap: int, most: int | None) -> None:
    assert rules.bearable(Juels(staked), Ppm(cap)) == most


def test_a_node_where_more_is_overdue_than_the_cap_lets_be_lost_takes_no_unasked_stake() -> None:
    node, cap = node_state(staked=link("95")), Ppm(50_000)
    rules.require_bounded_overdue(node, link("10"), overdue=NONE, cap=cap)
    rules.require_bounded_overdue(node, link("10"), overdue=link("5"), cap=cap)
    rules.require_bounded_overdue(node, link("10"), overdue=link("500"), cap=Ppm(1_000_000))
    told = (
        r"^5\.000000000000000001 LINK are overdue here, more than the 5 LINK that one delay can "
        r"cost: 10 LINK would be worth 9\.545454545454545454 LINK at once; --join-overdue stakes "
        r"nevertheless$"
    )
    with pytest.raises(UsageError, match=told):
        more = Juels(link("5") + 1)
        rules.require_bounded_overdue(node, link("10"), overdue=more, cap=cap)


def test_a_leaver_hears_what_stays_behind() -> None:
    assert rules.withdrawal_warnings(node_state(), stake_state(), link("5")) == []
    (claim,) = rules.withdrawal_warnings(node_state(at_risk=link("3")), stake_state(), link("5"))
    assert "stays as a claim" in claim
    (small,) = rules.withdrawal_warnings(node_state(), stake_state(), link("4.5"))
    assert "0.5 LINK stay" in small


def test_who_has_nothing_withdraws_nothing() -> None:
    rules.require_withdrawal(stake_state())
    with pytest.raises(UsageError, match="has no stake at this node"):
        rules.require_withdrawal(stake_state(shares=0))


@pytest.mark.parametrize(
    ("overrides", "part"),
    [
        ({"pending_income": Juels(7)}, 6),
        ({"pending_income": link("100")}, link("75")),
        ({"pending_income": link("100"), "makers": Ppm(0)}, link("100")),
        ({"pending_income": link("100"), "stakers": 0}, 0),
        ({"pending_income": link("100"), "staked": NONE}, 0),
        ({}, 0),
    ],
)
def test_stakers_get_what_the_owners_part_rounded_down_leaves(
    overrides: dict[str, Any], part: int
) -> None:
    assert rules.income_of_stakers(node_state(**overrides)) == part
