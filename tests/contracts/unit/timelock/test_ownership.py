# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, ZERO, Contract, actor, travel, word

HEIR = actor("heir")


@pytest.fixture
def inherited(timelock: Contract, owner: str) -> Contract:
    """The timelock after both steps of a transfer."""
    timelock.transfer_ownership(HEIR, sender=owner)
    timelock.accept_ownership(sender=HEIR)
    return timelock


def test_the_first_owner_is_the_one_named_not_the_deployer(timelock: Contract, owner: str) -> None:
    assert timelock.owner() == owner
    assert timelock.pending_owner() == ZERO


def test_ownership_moves_only_when_the_heir_accepts(timelock: Contract, owner: str) -> None:
    timelock.transfer_ownership(HEIR, sender=owner)
    assert timelock.owner() == owner
    timelock.accept_ownership(sender=HEIR)
    assert timelock.owner() == HEIR


def test_p4_the_former_owner_neither_announces_nor_cancels(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    id_ = timelock.announce(target.address, poke, word(1), sender=owner)
    timelock.transfer_ownership(HEIR, sender=owner)
    timelock.accept_ownership(sender=HEIR)
    with boa.reverts("ownable: caller is not the owner"):
        timelock.announce(target.address, poke, word(2), sender=owner)
    with boa.reverts("ownable: caller is not the owner"):
        timelock.cancel(id_, sender=owner)


def test_p4_the_new_owner_cancels_what_the_former_one_announced(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    id_ = timelock.announce(target.address, poke, word(1), sender=owner)
    timelock.transfer_ownership(HEIR, sender=owner)
    timelock.accept_ownership(sender=HEIR)
    timelock.cancel(id_, sender=HEIR)
    travel(DELAY)
    with boa.reverts("timelock: not announced"):
        timelock.execute(target.address, poke, word(1), sender=owner)


def test_p4_renouncing_is_for_ever_even_with_an_heir_waiting(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    """Else what is pending could come back to life."""
    timelock.announce(target.address, poke, word(1), sender=owner)
    timelock.transfer_ownership(HEIR, sender=owner)
    timelock.renounce_ownership(sender=owner)
    with boa.reverts("ownable_2step: caller is not the new owner"):
        timelock.accept_ownership(sender=HEIR)
    assert timelock.owner() == ZERO


def test_strangers_have_no_part_in_it(inherited: Contract, stranger: str, owner: str) -> None:
    for former in (stranger, owner):
        with boa.reverts("ownable: caller is not the owner"):
            inherited.transfer_ownership(former, sender=former)
        with boa.reverts("ownable: caller is not the owner"):
            inherited.renounce_ownership(sender=former)
