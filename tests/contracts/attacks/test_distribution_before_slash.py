# SPDX-License-Identifier: MIT
"""The owners' cut is paid out while a penalty is open, so that only stakers bear the slash."""

from __future__ import annotations

from tests.contracts.attacks.support import penalty
from tests.contracts.suite import Contract, Suite, link, word


def test_p9_what_was_due_when_it_was_sent_cannot_be_distributed_away(
    staked: Suite, listed: Contract
) -> None:
    staked.fund(staked.store.address, link(8))  # 2 LINK of it are the owners'
    penalty(staked, listed, link(5), 1)
    total = staked.store.totalStaked()
    assert staked.store.distribute() == (0, 0)
    staked.fund(staked.store.address, link(4))  # 1 LINK due since
    assert staked.store.distribute() == (link(1), 0)
    listed.giveBackFinal(staked.store.address, link(1), word(1))
    assert staked.store.ownersDue() == 0
    # 4 LINK are lost: 2 were pledged, 2 are the stakers'; 3 LINK of income came.
    assert staked.store.totalStaked() == total + link(3) - link(2)


def test_p9_a_pledge_that_was_not_needed_is_free_again(staked: Suite, listed: Contract) -> None:
    staked.fund(staked.store.address, link(8))
    penalty(staked, listed, link(5), 1)
    listed.giveBack(staked.store.address, link(5), word(1))
    assert staked.store.distribute() == (link(2), 0)


def test_p9_two_penalties_do_not_pledge_the_same_juel(staked: Suite, listed: Contract) -> None:
    staked.fund(staked.store.address, link(8))
    penalty(staked, listed, link(1), 1)
    penalty(staked, listed, link(5), 2)
    pledges = [staked.store.penaltyById(id).pledge for id in (1, 2)]
    assert pledges == [link(1), link(1)]
