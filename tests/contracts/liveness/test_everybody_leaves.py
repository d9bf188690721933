# SPDX-License-Identifier: MIT
"""P2, P7, P17: ten thousand stakers, everything around them hostile: each is paid, at one price."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contracts.evil.stage import CAPS, LINK
from tests.contracts.liveness.crowd import CROWD, WORSE, Crowd, everything_at_once
from tests.contracts.stateful.build import BANK, BLOCK_TIME, travel
from tests.contracts.suite import ALL

PPM = 1_000_000
# How many of them are asked in each of the lesser states: the first, the last and these between.
SAMPLE = 400


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd()


@contextmanager
def undone(crowd: Crowd) -> Iterator[None]:
    mark = crowd.chain.snapshot()
    yield
    crowd.chain.revert(mark)


def prices(crowd: Crowd, stakers: list[str]) -> set[int]:
    """What leaving costs each of them; all of them get out."""
    found = set()
    for staker in stakers:
        left = crowd.leave(staker)
        assert left.ok, left.reason
        found.add(left.gas)
    return found


def sample(crowd: Crowd) -> list[str]:
    stakers = list(crowd.stakes)
    return stakers[:: CROWD // SAMPLE] + stakers[-1:]


def test_everybody_leaves_at_one_price_when_all_is_lost(crowd: Crowd) -> None:
    """Logic reverts, the node is disabled, no keys, penalties open to the cap: all leave."""
    with undone(crowd):
        everything_at_once(crowd)
        total, at_risk = (crowd.store.read(n) for n in ("totalStaked", "stakersAtRisk"))
        assert at_risk * PPM >= total * (CAPS[0] - 10)
        found = set()
        for staker, stake in crowd.stakes.items():
            left = crowd.leave(staker)
            assert left.ok, left.reason
            # All that is not at risk in an open penalty, to the juel (P6).
            assert left.paid - 1 <= stake * (total - at_risk) // total <= left.paid + 1
            found.add(left.gas)
        assert len(found) == 1


@pytest.mark.parametrize("state", WORSE)
def test_no_power_changes_the_price_of_leaving(crowd: Crowd, state: str) -> None:
    """Not by a unit of gas: nothing replaceable is on the way out."""
    stakers = sample(crowd)
    with undone(crowd):
        travel(crowd.chain, BLOCK_TIME)
        before = prices(crowd, stakers)
    with undone(crowd):
        WORSE[state](crowd)
        assert prices(crowd, stakers) == before
    assert len(before) == 1


def test_they_leave_one_after_the_other_down_to_the_last(crowd: Crowd) -> None:
    """A run on the node in its worst state: nobody's leaving keeps the next one in."""
    with undone(crowd):
        everything_at_once(crowd)
        others = crowd.store.read("stakerCount") - CROWD
        for staker in crowd.stakes:
            outcome = crowd.chain.pay(staker, crowd.store.address, crowd.withdraw_all, 0)
            assert outcome.ok, outcome.reason
        assert crowd.store.read("stakerCount") == others
        assert all(crowd.store.read("sharesOf", staker) == 0 for staker in sample(crowd))


def test_only_this_blocks_credit_stays(crowd: Crowd) -> None:
    """P8: who was credited in this block keeps it in for a block, and leaves with the rest.

    The one difference in gas that the promises allow: their position stays, so its word is not
    cleared. Nobody else is touched by it, whoever staked for them.
    """
    stakers = sample(crowd)
    first, other = stakers[0], stakers[1]
    with undone(crowd):
        travel(crowd.chain, BLOCK_TIME)
        usual = crowd.leave(other)
        stake_for = bytes.fromhex("4bf69206") + bytes(12) + bytes.fromhex(first[2:])
        call = ("transferAndCall", crowd.store.address, 50 * LINK, stake_for)
        crowd.link.do(BANK, *call)
        credited = crowd.leave(first)
        assert credited.ok
        # The credit is kept in grains of 2**50 shares: less than two juels of it can leave.
        assert crowd.stakes[first] - 1 <= credited.paid <= crowd.stakes[first] + 2
        assert crowd.leave(other).gas == usual.gas
        travel(crowd.chain, BLOCK_TIME)
        again = crowd.leave(first)
        assert again.paid >= crowd.stakes[first] + 50 * LINK - 1
        assert again.gas == crowd.leave(other).gas


def test_a_withdrawal_through_dead_logic_fails_and_takes_nothing(crowd: Crowd) -> None:
    """The way that is replaceable fails; the one that is not stays open."""
    staker = sample(crowd)[5]
    with undone(crowd):
        everything_at_once(crowd)
        node = crowd.stage.puppets["Node"]
        call = crowd.stage.served["Node"].interface.encode(
            "withdrawStake", crowd.store.read("nodeAddress"), ALL
        )
        assert not crowd.chain.pay(staker, node.address, call, 0).ok
        assert crowd.leave(staker).ok
