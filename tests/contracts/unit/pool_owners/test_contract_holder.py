# SPDX-License-Identifier: MIT
"""A contract in every role of PoolOwners: who calls counts, and who signed has no part in it."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.unit.pool_owners.support import (
    ETH,
    HARD_CAP,
    ONE,
    SALE_LENGTH,
    World,
    account,
    deploy_mock,
    units,
)

SIGNER, SPENDER, BOB = account(70), account(71), account(2)


class Safe:
    """A contract account; the signer is a stranger unless said otherwise."""

    def __init__(self, owners: Any) -> None:
        self.owners = owners
        self.contract = deploy_mock("owners_receiver")
        self.address = self.contract.address

    def act(self, name: str, *args: object, signer: str = SIGNER) -> None:
        data = getattr(self.owners, name).prepare_calldata(*args)
        self.contract.act(self.owners.address, data, sender=signer)

    def logs(self) -> list[Any]:
        """What PoolOwners logged in the last call, one by one."""
        return [it for it in self.contract.get_logs() if it.address == self.owners.address]

    def fails(self, name: str, *args: object, signer: str) -> None:
        """What its signer could do, and does not do by calling the safe."""
        with boa.env.anchor():
            getattr(self.owners, name)(*args, sender=signer)
        with boa.reverts():
            self.act(name, *args, signer=signer)


@pytest.fixture
def safe(sold: World, alice: str) -> Safe:
    """A contract that holds 100 shares."""
    found = Safe(sold.owners)
    sold.owners.transfer(found.address, units(100), sender=alice)
    return found


def test_a_contract_moves_its_own_shares(sold: World, safe: Safe) -> None:
    owners, here = sold.owners, safe.address
    safe.act("transfer", BOB, units(1))
    safe.act("sendOwnership", BOB, units(2))
    safe.act("transferAndCall", account(80), units(3), b"x")
    safe.act("sendOwnershipAndCall", account(80), units(4), b"x")
    assert owners.balanceOf(here) == units(90)
    safe.act("approve", SPENDER, units(5))
    (approval,) = safe.logs()
    assert (approval.owner, approval.spender, approval.value) == (here, SPENDER, units(5))
    safe.act("increaseAllowance", SPENDER, units(2))
    safe.act("decreaseAllowance", SPENDER, units(1))
    assert owners.allowance(here, SPENDER) == units(6)
    owners.transferFrom(here, BOB, units(6), sender=SPENDER)
    assert owners.balanceOf(here) == units(84)


def test_a_contract_is_named_to_who_receives_from_it(sold: World, safe: Safe) -> None:
    other = deploy_mock("owners_receiver")
    for name in ("transferAndCall", "sendOwnershipAndCall", "stakeOwnership"):
        safe.act(name, other.address, units(2), b"abc")
        assert (other.sender(), other.amount(), other.data()) == (safe.address, units(2), b"abc")
    safe.act("removeOwnershipStake", other.address, units(1), b"de")
    heard = (other.heard(), other.sender(), other.amount(), other.data())
    assert heard == ("removal", safe.address, units(1), b"de")


def test_a_contract_moves_for_others_what_they_allowed_it(sold: World, safe: Safe) -> None:
    owners = sold.owners
    owners.approve(safe.address, units(5), sender=BOB)
    before = owners.balanceOf(BOB)
    safe.act("transferFrom", BOB, account(80), units(2))
    safe.act("sendOwnershipFrom", BOB, account(80), units(1))
    assert owners.allowance(BOB, safe.address) == units(2)
    assert owners.balanceOf(BOB) == before - units(3)


def test_a_contract_stakes_and_removes(sold: World, safe: Safe) -> None:
    safe.act("stakeOwnership", BOB, units(9), b"")
    (added,) = safe.logs()
    assert (added.owner, added.receiver, added.amount) == (safe.address, BOB, units(9))
    safe.act("removeOwnershipStake", BOB, units(4), b"")
    (removed,) = safe.logs()
    assert (removed.owner, removed.receiver, removed.amount) == (safe.address, BOB, units(4))
    assert sold.owners.stakes(safe.address, BOB) == units(5)
    assert sold.owners.stakeTotals(safe.address) == units(5)


def test_a_contract_claims_its_own(sold: World, safe: Safe) -> None:
    sold.earn_link(units(40))
    sold.earn_eth(units(40))
    link = sold.link.address
    safe.act("claim", link)
    (claimed,) = [it for it in safe.logs() if type(it).__name__ == "Claimed"]
    assert (claimed.token, claimed.owner, claimed.amount) == (link, safe.address, units(1))
    assert sold.link.balanceOf(safe.address) == units(1)
    # ETH at its own call only, by each of the three ways.
    with boa.reverts("owners: contracts claim themselves"):
        sold.owners.claimFor(safe.address, ETH, sender=SIGNER)
    assert sold.owners.batchClaim(ETH, [safe.address], sender=SIGNER) == 0
    for name, args in (
        ("claim", (ETH,)),
        ("claimFor", (safe.address, ETH)),
        ("batchClaim", (ETH, [safe.address])),
    ):
        with boa.env.anchor():
            safe.act(name, *args)
            assert boa.env.get_balance(safe.address) == units(1)


def test_what_a_holder_calls_has_no_part_in_what_it_holds(
    sold: World, safe: Safe, alice: str
) -> None:
    owners = sold.owners
    sold.earn_link(units(40))
    owners.approve(alice, units(5), sender=BOB)
    owners.approve(SPENDER, units(5), sender=alice)
    owners.stakeOwnership(SPENDER, units(5), b"", sender=alice)
    safe.fails("transfer", SPENDER, units(500), signer=alice)
    safe.fails("transferFrom", BOB, SPENDER, units(5), signer=alice)
    safe.fails("decreaseAllowance", SPENDER, units(5), signer=alice)
    safe.fails("removeOwnershipStake", SPENDER, units(5), b"", signer=alice)
    safe.fails("stakeOwnership", SPENDER, units(500), b"", signer=alice)
    owed = owners.claimable(alice, sold.link.address)
    safe.act("claim", sold.link.address, signer=alice)
    assert owners.claimable(alice, sold.link.address) == owed


def test_a_contract_owns_and_contributes(world: World) -> None:
    owners, safe = world.owners, Safe(world.owners)
    owners.transfer_ownership(safe.address, sender=world.admin)
    safe.act("accept_ownership")
    safe.act("whitelistWallet", safe.address)
    safe.act("startContribution")
    safe.act("setOwnerShare", BOB, units(5))
    boa.env.set_balance(safe.address, units(3))
    safe.contract.pay(owners.address, units(3), sender=SIGNER)
    assert owners.balanceOf(safe.address) == units(3)
    assert boa.env.get_balance(world.wallet) == units(3)
    safe.act("finishContribution")
    (*_, finished) = safe.logs()
    assert (finished.caller, finished.rest) == (safe.address, owners.balanceOf(world.rest))


def test_what_the_owner_calls_does_not_own(world: World) -> None:
    safe = Safe(world.owners)
    for name, args in (
        ("whitelistWallet", (BOB,)),
        ("startContribution", ()),
        ("addContribution", (BOB, ONE)),
        ("setOwnerShare", (BOB, ONE)),
        ("finishContribution", ()),
        ("setDistributionMinimum", (ETH, 5)),
    ):
        safe.fails(name, *args, signer=world.admin)


def test_a_contribution_is_its_callers_whoever_signed(world: World, alice: str) -> None:
    """A whitelisted wallet that signs a call of another contract contributes nothing by it."""
    world.open_sale(alice)
    safe = Safe(world.owners)
    boa.env.set_balance(safe.address, units(3))
    with boa.reverts("owners: not whitelisted"):
        safe.contract.pay(world.owners.address, units(3), sender=alice)
    assert world.owners.balanceOf(alice) == world.owners.balanceOf(safe.address) == 0


def test_the_caps_of_the_sale_to_the_wei(world: World, alice: str) -> None:
    world.open_sale(alice)
    world.contribute(alice, HARD_CAP - 1)
    with boa.reverts("owners: exceeds hard cap"):
        world.contribute(alice, 2)
    boa.env.time_travel(seconds=SALE_LENGTH - 1)
    world.contribute(alice, 1)
    (event,) = [it for it in world.owners.get_logs() if type(it).__name__ == "Contribution"]
    assert (event.sender, event.share, event.amount) == (alice, 25_000, 1)
    assert world.owners.totalContributed() == HARD_CAP
