# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, GRACE, Contract, logs, mock, travel, word


@pytest.fixture
def announced(timelock: Contract, target: Contract, poke: bytes, owner: str) -> bytes:
    """poke(7), announced now under salt 1."""
    return bytes(timelock.announce(target.address, poke, word(1), sender=owner))


def test_p4_anyone_makes_the_announced_call_once_ready(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, stranger: str
) -> None:
    travel(DELAY)
    timelock.execute(target.address, poke, word(1), sender=stranger)
    (event,) = logs(timelock, "OperationExecuted")
    assert event.id == announced
    assert (target.caller(), target.pokes(), target.number()) == (timelock.address, 1, 7)


def test_p4_a_call_is_not_made_a_second_too_early(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes
) -> None:
    travel(DELAY - 1)
    with boa.reverts("timelock: not ready"):
        timelock.execute(target.address, poke, word(1))


def test_p4_a_call_is_made_until_the_last_second_of_its_fortnight(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes
) -> None:
    travel(DELAY + GRACE)
    timelock.execute(target.address, poke, word(1))
    assert target.pokes() == 1


@pytest.mark.parametrize("late", [1, 3 * 365 * 86_400])
def test_p4_an_announcement_kept_for_years_is_worth_nothing(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, late: int, owner: str
) -> None:
    travel(DELAY + GRACE + late)
    with boa.reverts("timelock: lapsed"):
        timelock.execute(target.address, poke, word(1), sender=owner)


def test_p4_a_call_is_made_once(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes
) -> None:
    travel(DELAY)
    timelock.execute(target.address, poke, word(1))
    with boa.reverts("timelock: not announced"):
        timelock.execute(target.address, poke, word(1))
    assert target.pokes() == 1


def test_p4_other_data_another_salt_or_another_target_are_not_announced(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, owner: str
) -> None:
    travel(DELAY)
    other = bytes(target.poke.prepare_calldata(8))
    twin = mock("logic_target")
    for where, data, salt in (
        (target.address, other, word(1)),
        (target.address, poke + b"\0", word(1)),
        (target.address, poke, word(2)),
        (twin.address, poke, word(1)),
    ):
        with boa.reverts("timelock: not announced"):
            timelock.execute(where, data, salt, sender=owner)


def test_p4_nothing_is_executed_after_the_owner_renounced(
    timelock: Contract, target: Contract, poke: bytes, announced: bytes, owner: str
) -> None:
    travel(DELAY)
    timelock.renounce_ownership(sender=owner)
    with boa.reverts("timelock: no owner"):
        timelock.execute(target.address, poke, word(1), sender=owner)


def test_the_reason_of_a_failing_call_is_passed_on_and_the_operation_stays(
    timelock: Contract, target: Contract, owner: str
) -> None:
    fail = bytes(target.fail.prepare_calldata())
    id_ = timelock.announce(target.address, fail, word(1), sender=owner)
    travel(DELAY)
    with boa.reverts("target: refused"):
        timelock.execute(target.address, fail, word(1))
    assert timelock.operation(id_).ready == boa.env.timestamp


def test_p4_a_target_that_executes_its_own_operation_again_fails(
    timelock: Contract, target: Contract, owner: str
) -> None:
    data = bytes(target.again.prepare_calldata(word(1)))
    timelock.announce(target.address, data, word(1), sender=owner)
    travel(DELAY)
    with boa.reverts("timelock: not announced"):
        timelock.execute(target.address, data, word(1))
    assert target.pokes() == 0


def test_a_call_that_is_the_longest_allowed_goes_through(
    timelock: Contract, target: Contract, owner: str
) -> None:
    inner = bytes(target.poke.prepare_calldata(9)).ljust(1900, b"\0")
    data = bytes(target.act.prepare_calldata(target.address, inner))
    assert 1900 < len(data) <= 2048
    timelock.announce(target.address, data, word(1), sender=owner)
    travel(DELAY)
    timelock.execute(target.address, data, word(1))
    assert target.number() == 9
