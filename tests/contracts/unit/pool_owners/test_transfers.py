# SPDX-License-Identifier: MIT
"""Moving shares: ERC-20, ERC-677 and the published names."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector as selector
from eth_utils.crypto import keccak

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

NAMES = ["transfer", "sendOwnership"]
NAMES_FROM = ["transferFrom", "sendOwnershipFrom"]
NAMES_AND_CALL = ["transferAndCall", "sendOwnershipAndCall"]


@pytest.mark.parametrize("name", NAMES)
def test_shares_move(sold: World, alice: str, bob: str, name: str) -> None:
    getattr(sold.owners, name)(bob, 3, sender=alice)
    assert sold.owners.balanceOf(alice) == units(1500) - 3
    assert sold.owners.getOwnerTokens(bob) == units(1000) + 3


@pytest.mark.parametrize("name", [*NAMES, *NAMES_AND_CALL])
def test_nobody_sends_more_than_he_has_or_to_nobody(
    sold: World, alice: str, bob: str, name: str
) -> None:
    data = (b"",) * name.endswith("AndCall")
    send = getattr(sold.owners, name)
    for amount in (units(1500) + 1, 2**72, ALL):
        with boa.reverts("owners: exceeds balance"):
            send(bob, amount, *data, sender=alice)
    for nowhere in (ETH, sold.owners.address):
        with boa.reverts("owners: bad receiver"):
            send(nowhere, ONE, *data, sender=alice)
    with boa.reverts("owners: exceeds balance"):
        send(bob, 1, *data, sender=account(50))


def test_the_published_names_refuse_nothing_as_an_amount(sold: World, alice: str, bob: str) -> None:
    with boa.reverts("owners: zero amount"):
        sold.owners.sendOwnership(bob, 0, sender=alice)
    with boa.reverts("owners: zero amount"):
        sold.owners.sendOwnershipAndCall(bob, 0, b"", sender=alice)
    with boa.reverts("owners: zero amount"):
        sold.owners.sendOwnershipFrom(alice, bob, 0, sender=bob)


def test_an_erc20_transfer_of_nothing_changes_nothing(sold: World, stranger: str) -> None:
    """No balance, no list entry, no record: it cannot be used to fill lists for free."""
    before = sold.owners.ownersEver()
    assert sold.owners.transfer(account(51), 0, sender=stranger)
    assert sold.owners.transferFrom(stranger, account(52), 0, sender=account(53))
    assert sold.owners.ownersEver() == before
    assert sold.owners.getCurrentOwners() == 3


def test_sending_to_oneself_changes_nothing(sold: World, alice: str) -> None:
    sold.earn_link(units(400))
    assert sold.owners.transfer(alice, units(1500), sender=alice)
    assert sold.owners.balanceOf(alice) == units(1500)
    assert sold.owners.claimable(alice, sold.link.address) == units(150)
    assert sold.owners.getCurrentOwners() == 3


@pytest.mark.parametrize("name", NAMES_FROM)
def test_an_approved_account_sends_within_its_allowance(
    sold: World, alice: str, bob: str, stranger: str, name: str
) -> None:
    send_from = getattr(sold.owners, name)
    sold.owners.approve(stranger, 10, sender=alice)
    send_from(alice, bob, 4, sender=stranger)
    assert sold.owners.allowance(alice, stranger) == 6
    with boa.reverts("owners: exceeds allowance"):
        send_from(alice, bob, 7, sender=stranger)
    with boa.reverts("owners: exceeds allowance"):
        send_from(alice, bob, 1, sender=bob)
    with boa.reverts("owners: exceeds allowance"):
        send_from(sold.owners.address, bob, 1, sender=stranger)


def test_an_allowance_without_limit_is_not_used_up(sold: World, alice: str, bob: str) -> None:
    sold.owners.approve(bob, ALL, sender=alice)
    sold.owners.transferFrom(alice, bob, units(1500), sender=bob)
    assert sold.owners.allowance(alice, bob) == ALL
    with boa.reverts("owners: exceeds balance"):
        sold.owners.transferFrom(alice, bob, 1, sender=bob)


def test_approve_and_the_published_names_share_one_allowance(
    sold: World, alice: str, bob: str
) -> None:
    sold.owners.approve(bob, 5, sender=alice)
    sold.owners.increaseAllowance(bob, 7, sender=alice)
    sold.owners.decreaseAllowance(bob, 2, sender=alice)
    assert sold.owners.allowance(alice, bob) == 10
    sold.owners.sendOwnershipFrom(alice, bob, 4, sender=bob)
    sold.owners.transferFrom(alice, bob, 6, sender=bob)
    assert sold.owners.allowance(alice, bob) == 0


def test_an_allowance_neither_overflows_nor_goes_below_nothing(
    sold: World, alice: str, bob: str
) -> None:
    sold.owners.approve(bob, 5, sender=alice)
    with boa.reverts("owners: allowance too high"):
        sold.owners.increaseAllowance(bob, ALL - 4, sender=alice)
    with boa.reverts("owners: exceeds allowance"):
        sold.owners.decreaseAllowance(bob, 6, sender=alice)
    sold.owners.increaseAllowance(bob, ALL - 5, sender=alice)
    assert sold.owners.allowance(alice, bob) == ALL
    for function in (sold.owners.approve, sold.owners.increaseAllowance):
        with boa.reverts("owners: bad spender"):
            function(ETH, 0, sender=alice)


@pytest.fixture
def receiver() -> Any:
    return deploy_mock("owners_receiver")


@pytest.mark.parametrize(
    ("name", "heard"), [("transferAndCall", "token"), ("sendOwnershipAndCall", "transfer")]
)
def test_a_receiving_contract_is_told(
    sold: World, alice: str, receiver: Any, name: str, heard: str
) -> None:
    getattr(sold.owners, name)(receiver.address, 9, b"why", sender=alice)
    told = (receiver.heard(), receiver.sender(), receiver.amount(), receiver.data())
    assert told == (heard, alice, 9, b"why")
    assert sold.owners.balanceOf(receiver.address) == 9


@pytest.mark.parametrize("name", NAMES_AND_CALL)
def test_an_account_without_code_just_receives(
    sold: World, alice: str, bob: str, name: str
) -> None:
    getattr(sold.owners, name)(bob, 9, b"why", sender=alice)
    assert sold.owners.balanceOf(bob) == units(1000) + 9


@pytest.mark.parametrize("name", NAMES_AND_CALL)
def test_a_receiver_that_refuses_undoes_the_transfer(
    sold: World, alice: str, receiver: Any, name: str
) -> None:
    receiver.set_mode(Mode.REFUSE)
    with boa.reverts("receiver: refused"):
        getattr(sold.owners, name)(receiver.address, 9, b"", sender=alice)
    assert sold.owners.balanceOf(receiver.address) == 0


def test_erc677_s_own_event_has_link_s_shape(sold: World, alice: str, bob: str) -> None:
    sold.owners.transferAndCall(bob, 9, b"why", sender=alice)
    topic = int.from_bytes(keccak(text="Transfer(address,address,uint256,bytes)"), "big")
    logs = [log for log in sold.owners._computation.get_raw_log_entries() if log[2][0] == topic]
    assert len(logs) == 1
    _, _, topics, data = logs[0]
    assert list(topics[1:]) == [int(alice, 16), int(bob, 16)]
    assert data == encode(["uint256", "bytes"], [9, b"why"])


@pytest.mark.parametrize("name", NAMES_AND_CALL)
def test_a_receiver_cannot_come_back_in_but_can_look(
    sold: World, alice: str, bob: str, receiver: Any, name: str
) -> None:
    """Everything that changes state is locked; views show the finished transfer."""
    send = getattr(sold.owners, name)
    calls = [
        selector("transfer(address,uint256)") + encode(["address", "uint256"], [bob, 1]),
        selector("claim(address)") + encode(["address"], [ETH]),
        selector("distributeTokens(address)") + encode(["address"], [ETH]),
        selector("finishContribution()"),
    ]
    for call in calls:
        receiver.prepare(sold.owners.address, call)
        send(receiver.address, 1, b"", sender=alice)
        assert not receiver.succeeded()
    look = selector("balanceOf(address)") + encode(["address"], [receiver.address])
    receiver.prepare(sold.owners.address, look)
    send(receiver.address, 1, b"", sender=alice)
    assert receiver.succeeded()
    assert int.from_bytes(receiver.answer(), "big") == len(calls) + 1


def test_data_may_be_4096_bytes_long(sold: World, alice: str, receiver: Any) -> None:
    for name in NAMES_AND_CALL:
        getattr(sold.owners, name)(receiver.address, 1, b"x" * 4096, sender=alice)
        assert receiver.data() == b"x" * 4096
    sold.owners.stakeOwnership(receiver.address, 1, b"y" * 4096, sender=alice)
    assert receiver.data() == b"y" * 4096
    sold.owners.removeOwnershipStake(receiver.address, 1, b"", sender=alice)
    assert receiver.heard() == "removal"
