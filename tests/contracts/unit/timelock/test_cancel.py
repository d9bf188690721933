# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, GRACE, Contract, logs, travel, word


@pytest.fixture
def announced(timelock: Contract, target: Contract, poke: bytes, owner: str) -> bytes:
    return bytes(timelock.announce(target.address, poke, word(1), sender=owner))


def test_a_cancelled_operation_is_not_executed(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, owner: str
) -> None:
    timelock.cancel(announced, sender=owner)
    (event,) = logs(timelock, "OperationCancelled")
    assert event.id == announced
    assert tuple(timelock.operation(announced)) == (0, 0)
    travel(DELAY)
    with boa.reverts("timelock: not announced"):
        timelock.execute(target.address, poke, word(1))


def test_only_the_owner_cancels(timelock: Contract, announced: bytes, stranger: str) -> None:
    with boa.reverts("ownable: caller is not the owner"):
        timelock.cancel(announced, sender=stranger)


def test_what_is_not_announced_cannot_be_cancelled(
    timelock: Contract, announced: bytes, owner: str
) -> None:
    timelock.cancel(announced, sender=owner)
    with boa.reverts("timelock: not announced"):
        timelock.cancel(announced, sender=owner)


def test_a_lapsed_operation_can_be_tidied_away(
    timelock: Contract, announced: bytes, owner: str
) -> None:
    travel(DELAY + GRACE + 1)
    timelock.cancel(announced, sender=owner)
    assert tuple(timelock.operation(announced)) == (0, 0)


def test_a_cancelled_operation_waits_the_whole_delay_when_announced_again(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, owner: str
) -> None:
    travel(DELAY)
    timelock.cancel(announced, sender=owner)
    timelock.announce(target.address, poke, word(1), sender=owner)
    with boa.reverts("timelock: not ready"):
        timelock.execute(target.address, poke, word(1))
