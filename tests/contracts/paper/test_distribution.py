# SPDX-License-Identifier: MIT
"""The paper's distribution tests (6.2.1): proportionate amounts exact at 3, 5 and 7 decimal places.

D = S / T * O (6.1.4). Each row is a set of ownerships and an income with that many decimals; what
each staker has is compared with exact rationals, and where it divides evenly, to the juel.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.contracts.suite import ALL, Suite, actor, link, travel

STAKES = {
    "equal": ["100", "100", "100", "100"],
    "uneven": ["12.5", "37.5", "150", "200"],
    "one in a thousand": ["1", "999"],
    "to seven places": ["1234.5678901", "0.1000001", "77.7777777", "3000.0000001"],
    "a single staker": ["19999.9999999"],
    "forty-three": [f"{i}.{i:03d}" for i in range(1, 44)],
}
INCOMES = {
    3: ["0.004", "1.001", "123.456", "9999.996"],
    5: ["0.00004", "1.00001", "123.45678", "9999.99996"],
    7: ["0.0000004", "1.0000001", "123.4567891", "9999.9999996"],
}
CASES = [
    pytest.param(places, stakes, id=f"{places} places, {name}")
    for places in INCOMES
    for name, stakes in STAKES.items()
]


def _stakers(count: int) -> list[str]:
    return [actor(f"staker {i}") for i in range(count)]


def _stake(suite: Suite, stakes: list[str]) -> dict[str, Fraction]:
    """Stakes through NodeStaking, without a minimum; gives who has how many juels."""
    suite.node.setMinimumStake(suite.actors.node_address, 0, sender=suite.actors.owner)
    worth = {}
    for staker, text in zip(_stakers(len(stakes)), stakes, strict=True):
        suite.fund(staker, link(text))
        suite.link.approve(suite.staking.address, link(text), sender=staker)
        suite.staking.stake(suite.actors.node_address, link(text), sender=staker)
        worth[staker] = Fraction(link(text))
    travel(12)
    return worth


def _earn(suite: Suite, juels: int) -> None:
    suite.fund(suite.store.address, juels)
    suite.node.distribute(suite.actors.node_address)


@pytest.mark.parametrize(("places", "stakes"), CASES)
def test_should_distribute_amounts_proportionately(
    suite: Suite, places: int, stakes: list[str]
) -> None:
    """After each of four incomes nobody is above the exact share, nor a juel below."""
    worth = _stake(suite, stakes)
    owners = 0
    for text in INCOMES[places]:
        income = link(text)
        total = sum(worth.values())
        owners += income // 4
        part = income - income // 4
        worth = {staker: have + part * have / total for staker, have in worth.items()}
        _earn(suite, income)
        for staker, exact in worth.items():
            shown = suite.pool.getStake(suite.actors.node_address, staker)
            assert 0 <= exact - shown < 1
    assert suite.link.balanceOf(suite.pool_owners.address) == owners
    assert suite.store.totalStaked() == sum(worth.values())


@pytest.mark.parametrize("places", INCOMES)
def test_everybody_is_paid_what_was_distributed_to_the_juel(suite: Suite, places: int) -> None:
    """Four equal stakes, incomes that divide by sixteen parts evenly: no juel is lost anywhere."""
    _stake(suite, STAKES["equal"])
    income = sum(link(text) for text in INCOMES[places])
    assert income % 16 == 0
    for text in INCOMES[places]:
        _earn(suite, link(text))
    each = link(100) + income * 3 // 16
    for staker in _stakers(4):
        paid = suite.node.withdrawStake(suite.actors.node_address, ALL, sender=staker)
        assert paid == each == suite.link.balanceOf(staker)
    assert suite.link.balanceOf(suite.store.address) == 0


@pytest.mark.parametrize("places", INCOMES)
def test_the_last_decimal_place_reaches_everyone(suite: Suite, places: int) -> None:
    """One unit of the last place on 1 and 3 parts: 3/16 and 9/16 of it, a quarter the owners'."""
    _stake(suite, ["100", "300"])
    unit = 10 ** (18 - places)
    _earn(suite, unit)
    first, second = _stakers(2)
    node = suite.actors.node_address
    assert suite.pool.getStake(node, first) == link(100) + unit * 3 // 16
    assert suite.pool.getStake(node, second) == link(300) + unit * 9 // 16
    assert suite.link.balanceOf(suite.pool_owners.address) == unit // 4
