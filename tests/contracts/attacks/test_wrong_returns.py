# SPDX-License-Identifier: MIT
"""Returns under a used reference, twice final, too large, too long, elsewhere (P9, P10)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, BOB, overdue, penalty, worth
from tests.contracts.suite import Contract, Suite, actor, link, word


def test_p9_a_reference_is_never_used_again(staked: Suite, listed: Contract) -> None:
    penalty(staked, listed, link(1), 1)
    with boa.reverts("storage: reference already used"):
        penalty(staked, listed, link(1), 1)
    listed.giveBack(staked.store.address, link(1), word(1))
    with boa.reverts("storage: reference already used"):
        penalty(staked, listed, link(1), 1)


def test_p10_final_twice_books_once(staked: Suite, listed: Contract) -> None:
    penalty(staked, listed, link(4), 1)
    listed.giveBackFinal(staked.store.address, link(1), word(1))
    total = staked.store.totalStaked()
    allowance = staked.store.lossAllowance()
    listed.giveBackFinal(staked.store.address, 0, word(1))
    assert (staked.store.totalStaked(), staked.store.lossAllowance()) == (total, allowance)
    with boa.reverts("storage: no such open penalty"):
        staked.store.resolveOverdue(listed.address, word(1))


@pytest.mark.parametrize("late", [False, True])
def test_p10_what_is_above_the_record_is_profit(
    staked: Suite, listed: Contract, late: bool
) -> None:
    """More than was sent is income, split like any other; the record is closed once."""
    penalty(staked, listed, link(4), 1)
    staked.fund(listed.address, link(8))
    if late:
        overdue(staked, listed, 1)
    listed.giveBack(staked.store.address, link(12), word(1))
    assert staked.store.totalStaked() == link(400)
    assert staked.store.pendingIncome() == link(8)
    assert staked.store.distribute() == (link(2), 0)
    assert worth(staked, ALICE) + worth(staked, BOB) >= link(406) - 1


def test_p10_a_return_to_another_storage_is_refused(staked: Suite, listed: Contract) -> None:
    other = staked.create_node(actor("other node"))
    penalty(staked, listed, link(4), 1)
    with boa.reverts():
        listed.giveBack(other.address, link(4), word(1))
    with boa.reverts():
        listed.giveBackFinal(other.address, link(4), word(1))
    assert staked.link.balanceOf(other.address) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01" * 31,
        word(2),
        word(1) + word(0),
        word(1) + word(2),
        word(1) + word(1) + b"\0",
        bytes.fromhex("4bf69206") + word(5),
    ],
)
def test_p10_a_return_that_says_something_else_is_refused(
    staked: Suite, listed: Contract, data: bytes
) -> None:
    penalty(staked, listed, link(4), 1)
    with boa.reverts():
        listed.giveBackRaw(staked.store.address, link(1), data)
    assert staked.store.penaltyById(1).returned == 0
