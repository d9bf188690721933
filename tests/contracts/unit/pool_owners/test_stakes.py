# SPDX-License-Identifier: MIT
"""Locking shares in favour of a contract, and getting them back whatever it does (P14)."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector as selector

from tests.contracts.unit.pool_owners.support import (
    ALL,
    ETH,
    ONE,
    Mode,
    World,
    account,
    deploy_mock,
    units,
)


@pytest.fixture
def receiver() -> Any:
    return deploy_mock("owners_receiver")


def test_a_stake_is_part_of_the_balance_and_does_not_move(
    sold: World, alice: str, bob: str, receiver: Any
) -> None:
    sold.owners.stakeOwnership(receiver.address, units(1400), b"why", sender=alice)
    told = (receiver.heard(), receiver.sender(), receiver.amount(), receiver.data())
    assert told == ("stake", alice, units(1400), b"why")
    assert sold.owners.balanceOf(alice) == units(1500)
    assert sold.owners.stakeTotals(alice) == units(1400)
    sold.owners.transfer(bob, units(100), sender=alice)
    with boa.reverts("owners: exceeds unstaked"):
        sold.owners.transfer(bob, 1, sender=alice)
    sold.owners.approve(bob, ALL, sender=alice)
    with boa.reverts("owners: exceeds unstaked"):
        sold.owners.transferFrom(alice, bob, 1, sender=bob)


def test_a_staked_share_is_paid_to_its_owner(sold: World, alice: str, receiver: Any) -> None:
    sold.owners.stakeOwnership(receiver.address, units(1500), b"", sender=alice)
    sold.earn_link(units(400))
    assert sold.owners.claim(sold.link.address, sender=alice) == units(150)
    assert sold.owners.claimable(receiver.address, sold.link.address) == 0


def test_stakes_with_several_receivers_are_counted_apart(
    sold: World, alice: str, receiver: Any
) -> None:
    other = account(60)
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    sold.owners.stakeOwnership(other, 7, b"", sender=alice)
    assert sold.owners.stakeTotals(alice) == 12
    with boa.reverts("owners: exceeds stake"):
        sold.owners.removeOwnershipStake(receiver.address, 6, b"", sender=alice)
    sold.owners.removeOwnershipStake(receiver.address, 5, b"", sender=alice)
    assert sold.owners.stakes(alice, receiver.address) == 0
    assert sold.owners.stakes(alice, other) == sold.owners.stakeTotals(alice) == 7


def test_no_more_is_staked_than_is_free(sold: World, alice: str, receiver: Any) -> None:
    stake = sold.owners.stakeOwnership
    stake(receiver.address, units(1499), b"", sender=alice)
    for amount in (ONE + 1, units(1500), 2**72, 2**184, ALL):
        with boa.reverts("owners: exceeds unstaked"):
            stake(receiver.address, amount, b"", sender=alice)
    with boa.reverts("owners: zero amount"):
        stake(receiver.address, 0, b"", sender=alice)
    with boa.reverts("owners: bad receiver"):
        stake(ETH, 1, b"", sender=alice)


def test_nobody_removes_what_he_did_not_stake(
    sold: World, alice: str, bob: str, receiver: Any
) -> None:
    remove = sold.owners.removeOwnershipStake
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    for sender, amount in ((bob, 1), (receiver.address, 1), (alice, 6), (alice, ALL)):
        with boa.reverts("owners: exceeds stake"):
            remove(receiver.address, amount, b"", sender=sender)
    with boa.reverts("owners: zero amount"):
        remove(receiver.address, 0, b"", sender=alice)


def test_a_receiver_that_refuses_undoes_the_stake(sold: World, alice: str, receiver: Any) -> None:
    receiver.set_mode(Mode.REFUSE)
    with boa.reverts("receiver: refused"):
        sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    assert sold.owners.stakeTotals(alice) == 0


def test_a_receiver_without_the_functions_cannot_be_staked_to_by_mistake(
    sold: World, alice: str
) -> None:
    with boa.reverts():
        sold.owners.stakeOwnership(sold.link.address, 5, b"", sender=alice)


def test_p14_a_stake_is_removed_even_if_the_receiver_has_lost_its_code(
    sold: World, alice: str, receiver: Any
) -> None:
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    boa.env.set_code(receiver.address, b"")
    sold.owners.removeOwnershipStake(receiver.address, 5, b"", sender=alice)
    assert sold.owners.stakeTotals(alice) == 0


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.BURN, Mode.BOMB])
def test_p14_removing_costs_bounded_gas_whatever_the_receiver_does(
    sold: World, alice: str, receiver: Any, mode: int
) -> None:
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    receiver.set_mode(mode)
    sold.owners.removeOwnershipStake(receiver.address, 5, b"", sender=alice, gas=10_000_000)
    assert sold.owners._computation.get_gas_used() < 250_000
    assert sold.owners.stakeTotals(alice) == 0


def test_a_receiver_cannot_be_kept_in_the_dark_by_sending_little_gas(
    sold: World, alice: str, receiver: Any
) -> None:
    """Either it gets its 100,000 gas, or the stake is not removed."""
    remove = sold.owners.removeOwnershipStake
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    with boa.reverts("owners: too little gas"):
        remove(receiver.address, 5, b"", sender=alice, gas=110_000)
    heard = 0
    for gas in range(100_000, 150_000, 2_000):
        with boa.env.anchor():
            before = receiver.calls()
            try:
                remove(receiver.address, 5, b"", sender=alice, gas=gas)
            except boa.BoaError:
                continue
            heard += 1
            assert receiver.calls() == before + 1, gas
    assert heard


def test_a_receiver_cannot_come_back_in(sold: World, alice: str, bob: str, receiver: Any) -> None:
    take = selector("transferFrom(address,address,uint256)")
    take += encode(["address", "address", "uint256"], [alice, bob, 1])
    sold.owners.approve(receiver.address, ALL, sender=alice)
    receiver.prepare(sold.owners.address, take)
    sold.owners.stakeOwnership(receiver.address, 5, b"", sender=alice)
    assert not receiver.succeeded()
    sold.owners.removeOwnershipStake(receiver.address, 5, b"", sender=alice)
    assert not receiver.succeeded()


def test_a_contract_stakes_and_gets_its_own_shares_back(
    sold: World, alice: str, receiver: Any
) -> None:
    """A holder that is itself the receiver: sender and receiver of the notice are the same."""
    sold.owners.transfer(receiver.address, 5, sender=alice)
    arguments = encode(["address", "uint256", "bytes"], [receiver.address, 5, b""])
    for name in ("stakeOwnership", "removeOwnershipStake"):
        receiver.act(sold.owners.address, selector(f"{name}(address,uint256,bytes)") + arguments)
    assert sold.owners.stakeTotals(receiver.address) == 0
    assert receiver.heard() == "removal"
