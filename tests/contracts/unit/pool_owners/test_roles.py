# SPDX-License-Identifier: MIT
"""Who may call what; that it goes on without any key (P17); that nothing else is exposed."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.unit.pool_owners.support import (
    ETH,
    ONE,
    ROOT,
    SALE_LENGTH,
    World,
    account,
    make_world,
    units,
)

OWNER_ONLY: dict[str, tuple[Any, ...]] = {
    "whitelistWallet": (account(9),),
    "startContribution": (),
    "addContribution": (account(9), ONE),
    "setOwnerShare": (account(9), ONE),
    "finishContribution": (),
    "whitelistToken": (account(9), 0),
    "setDistributionMinimum": (ETH, 0),
}
SNEKMATE_OWNER_ONLY: dict[str, tuple[Any, ...]] = {
    "transfer_ownership": (account(9),),
    "renounce_ownership": (),
}
ANYONE_S_OWN = {
    "transfer",
    "transferFrom",
    "transferAndCall",
    "sendOwnership",
    "sendOwnershipAndCall",
    "sendOwnershipFrom",
    "approve",
    "increaseAllowance",
    "decreaseAllowance",
    "stakeOwnership",
    "removeOwnershipStake",
    "claim",
    "claimFor",
    "batchClaim",
    "distributeTokens",
    "accept_ownership",
}


@pytest.mark.parametrize("function", sorted(OWNER_ONLY))
def test_everybody_but_the_owner_is_refused(world: World, function: str) -> None:
    """A holder, the wallet, the rest receiver, whoever is to become owner, a stranger."""
    world.grant(account(1), ONE)
    world.owners.transfer_ownership(account(5), sender=world.admin)
    for caller in (account(1), world.wallet, world.rest, account(5), account(77)):
        with boa.reverts("owners: not the owner"):
            getattr(world.owners, function)(*OWNER_ONLY[function], sender=caller)


@pytest.mark.parametrize("function", sorted(SNEKMATE_OWNER_ONLY))
def test_the_role_is_given_away_by_the_owner_only(world: World, function: str) -> None:
    for caller in (account(1), world.wallet, world.rest):
        with boa.reverts("ownable: caller is not the owner"):
            getattr(world.owners, function)(*SNEKMATE_OWNER_ONLY[function], sender=caller)


def test_only_the_one_named_becomes_owner(world: World, alice: str, bob: str) -> None:
    world.owners.transfer_ownership(alice, sender=world.admin)
    for caller in (bob, world.admin):
        with boa.reverts("ownable_2step: caller is not the new owner"):
            world.owners.accept_ownership(sender=caller)
    world.owners.transfer_ownership(ETH, sender=world.admin)
    with boa.reverts("ownable_2step: caller is not the new owner"):
        world.owners.accept_ownership(sender=alice)
    assert world.owners.pending_owner() == ETH


def test_every_function_that_changes_state_has_a_role_here() -> None:
    """A new one must go into a list above: tested for wrong callers, or not in need of it."""
    changing = {
        entry["name"]
        for entry in make_world().owners.abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    assert changing == set(OWNER_ONLY) | set(SNEKMATE_OWNER_ONLY) | ANYONE_S_OWN


def test_p17_everything_goes_on_without_an_owner(
    world: World, alice: str, bob: str, stranger: str
) -> None:
    world.grant(alice, units(1000))
    world.owners.transfer_ownership(bob, sender=world.admin)
    world.owners.renounce_ownership(sender=world.admin)
    assert world.owners.owner() == world.owners.pending_owner() == ETH
    with boa.reverts("ownable_2step: caller is not the new owner"):
        world.owners.accept_ownership(sender=bob)
    for function, arguments in OWNER_ONLY.items():
        with boa.reverts("owners: not the owner"):
            getattr(world.owners, function)(*arguments, sender=world.admin)

    boa.env.time_travel(seconds=SALE_LENGTH)
    world.owners.finishContribution(sender=stranger)
    world.earn_link(units(400))
    world.earn_eth(units(4))
    assert world.owners.claimFor(alice, world.link.address, sender=stranger) == units(100)
    assert world.owners.claim(ETH, sender=alice) == units(1)
    assert world.owners.batchClaim(ETH, [world.rest], sender=stranger) == units(3)
    world.owners.stakeOwnership(stranger, ONE, b"", sender=alice)
    world.owners.removeOwnershipStake(stranger, ONE, b"", sender=alice)
    assert world.owners.transfer(bob, units(1000), sender=alice)


def test_the_promises_are_named_in_the_header() -> None:
    text = (ROOT / "contracts/PoolOwners.vy").read_text()
    for promise in ("p7", "p14", "p17"):
        assert f"@custom:invariant-{promise} " in text
