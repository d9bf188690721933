# SPDX-License-Identifier: MIT
"""P7 in figures: exact receipt gas with the real LinkToken, at 2 and at 1,000 holders."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.unit.pool_owners.gas import receipt_gas
from tests.contracts.unit.pool_owners.support import (
    ETH,
    ONE,
    World,
    account,
    deployer,
    make_world,
    units,
)

ALICE, BOB, KEEPER, NEW = account(1), account(2), account(3), account(4)
GOAL = 70_000
EIP_170_MARGIN = 24_000


def crowd(size: int) -> World:
    """Alice and Bob, who hold LINK and were paid LINK and ETH before, and `size` - 2 others."""
    world = make_world(rest=BOB)
    world.grant(ALICE, units(1000))
    for number in range(size - 2):
        world.grant(account(1000 + number), ONE)
    world.finish()
    assert world.owners.getCurrentOwners() == size
    for holder in (ALICE, BOB):
        world.link.transfer(holder, 1, sender=world.admin)
    earn_both(world)
    for token in (world.link.address, ETH):
        world.owners.batchClaim(token, [ALICE, BOB], sender=KEEPER)
    return world


def earn_both(world: World) -> None:
    world.earn_link(units(100))
    world.earn_eth(units(1))


def measure(world: World) -> dict[str, int]:
    """Gas of each action in one story; the figures differ by the state named in the key."""
    owners, link = world.owners, world.link.address
    gas: dict[str, int] = {}

    def spend(what: str, function: str, *args: object, sender: str) -> None:
        gas[what] = receipt_gas(owners, function, *args, sender=sender)

    spend("transfer after LINK and ETH", "transfer", BOB, 5, sender=ALICE)
    spend("transfer", "transfer", BOB, 5, sender=ALICE)
    world.link.transfer(owners.address, units(100), sender=world.admin)
    spend("distribute LINK", "distributeTokens", link, sender=KEEPER)
    spend("claim LINK", "claim", link, sender=ALICE)
    spend("claim LINK for another", "claimFor", BOB, link, sender=KEEPER)
    world.give_eth(units(1))
    spend("distribute ETH", "distributeTokens", ETH, sender=KEEPER)
    spend("claim ETH", "claim", ETH, sender=ALICE)
    earn_both(world)
    spend("transfer to a new holder", "transfer", NEW, 5, sender=ALICE)
    return gas


@pytest.fixture(scope="module")
def measured() -> dict[int, dict[str, int]]:
    """Measured on chains of their own: the recipe commits blocks, which no anchor could undo."""
    found = {}
    for size in (2, 1000):
        with boa.swap_env(boa.Env()):
            found[size] = measure(crowd(size))
    return found


def test_p7_gas_does_not_depend_on_the_number_of_holders(
    measured: dict[int, dict[str, int]],
) -> None:
    assert measured[2] == measured[1000]


@pytest.mark.parametrize("action", ["distribute LINK", "distribute ETH", "claim LINK", "claim ETH"])
def test_p7_distribute_and_claim_stay_within_their_goal(
    measured: dict[int, dict[str, int]], action: str
) -> None:
    assert 21_000 < measured[1000][action] <= GOAL


def test_a_transfer_is_little_more_than_a_plain_token_s(
    measured: dict[int, dict[str, int]],
) -> None:
    """LinkToken's own transfer costs 34,441; settling two tokens on both sides comes on top."""
    assert measured[2]["transfer"] <= 38_000
    assert measured[2]["transfer after LINK and ETH"] <= 68_000
    assert measured[2]["transfer to a new holder"] <= 145_000


def test_the_contract_fits_with_room_to_spare() -> None:
    assert len(deployer().compiler_data.bytecode_runtime) < EIP_170_MARGIN
