# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.suite import DELAY, GRACE, ZERO, Contract, contract, logs, travel, word


def test_an_announcement_says_from_when_until_when(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    now = boa.env.timestamp
    id_ = timelock.announce(target.address, poke, word(1), sender=owner)
    (event,) = logs(timelock, "OperationAnnounced")
    assert (event.ready, event.lapse) == (now + DELAY, now + DELAY + GRACE)
    assert (event.id, event.target, event.data, event.salt) == (
        id_,
        target.address,
        poke,
        word(1),
    )
    assert tuple(timelock.operation(id_)) == (event.ready, event.lapse)


def test_the_id_is_the_hash_of_target_data_and_salt(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    packed = encode(["address", "bytes", "bytes32"], [target.address, poke, word(1)])
    id_ = timelock.announce(target.address, poke, word(1), sender=owner)
    assert id_ == keccak(packed) == timelock.operationId(target.address, poke, word(1))


def test_only_the_owner_announces(
    timelock: Contract, target: Contract, poke: bytes, stranger: str
) -> None:
    with boa.reverts("ownable: caller is not the owner"):
        timelock.announce(target.address, poke, word(1), sender=stranger)


def test_a_live_operation_is_not_announced_twice(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    """Announcing again would put its ready time off, or keep it ready for ever."""
    timelock.announce(target.address, poke, word(1), sender=owner)
    travel(DELAY + GRACE)
    with boa.reverts("timelock: already announced"):
        timelock.announce(target.address, poke, word(1), sender=owner)


def test_another_salt_is_another_operation(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    first = timelock.announce(target.address, poke, word(1), sender=owner)
    assert timelock.announce(target.address, poke, word(2), sender=owner) != first


def test_a_lapsed_operation_waits_the_whole_delay_again(
    timelock: Contract, target: Contract, poke: bytes, owner: str
) -> None:
    timelock.announce(target.address, poke, word(1), sender=owner)
    travel(DELAY + GRACE + 1)
    timelock.announce(target.address, poke, word(1), sender=owner)
    travel(DELAY - 1)
    with boa.reverts("timelock: not ready"):
        timelock.execute(target.address, poke, word(1))


def test_a_target_without_code_is_refused(
    timelock: Contract, poke: bytes, owner: str, stranger: str
) -> None:
    """Such a call would succeed and do nothing."""
    with boa.reverts("timelock: no code at target"):
        timelock.announce(stranger, poke, word(1), sender=owner)


def test_an_unknown_operation_has_no_times(timelock: Contract) -> None:
    assert tuple(timelock.operation(word(1))) == (0, 0)


def test_a_timelock_needs_an_owner_and_a_sane_delay(_clock: None, owner: str) -> None:
    with boa.reverts("timelock: owner is zero"):
        contract("Timelock").deploy(ZERO, DELAY)
    for delay in (0, 365 * 86_400 + 1):
        with boa.reverts("timelock: delay out of range"):
            contract("Timelock").deploy(owner, delay)


@pytest.mark.parametrize("delay", [1, 365 * 86_400])
def test_a_delay_is_a_second_at_least_and_a_year_at_most(
    target: Contract, poke: bytes, owner: str, delay: int
) -> None:
    timelock = contract("Timelock").deploy(owner, delay)
    assert timelock.delay() == delay
    timelock.announce(target.address, poke, word(1), sender=owner)
    travel(delay)
    timelock.execute(target.address, poke, word(1))
    assert target.pokes() == 1


def test_nothing_there_is_to_call_changes_the_delay(timelock: Contract) -> None:
    changing = {
        f["name"]
        for f in timelock.abi
        if f["type"] == "function" and f["stateMutability"] == "nonpayable"
    }
    assert changing == {
        "announce",
        "cancel",
        "execute",
        "transfer_ownership",
        "accept_ownership",
        "renounce_ownership",
    }
