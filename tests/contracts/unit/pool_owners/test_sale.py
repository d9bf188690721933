# SPDX-License-Identifier: MIT
"""Whitelisting, contributing, creators' shares, finishing."""

from __future__ import annotations

import boa
import pytest
from eth_utils.abi import function_signature_to_4byte_selector as selector

from tests.contracts.unit.pool_owners.support import (
    ETH,
    HARD_CAP,
    MINIMUM_CAP,
    ONE,
    SALE_LENGTH,
    WHOLE,
    Mode,
    World,
    account,
    deploy_mock,
    deployer,
    make_world,
    units,
)


def arguments(**changed: object) -> list[object]:
    usual: dict[str, object] = {
        "wallet": account(299),
        "rest": account(298),
        "valuation": WHOLE,
        "hard_cap": HARD_CAP,
        "sale_end": boa.env.timestamp + SALE_LENGTH,
        "minimum_cap": MINIMUM_CAP,
    }
    return list((usual | changed).values())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"wallet": ETH}, "owners: bad wallet"),
        ({"rest": ETH}, "owners: bad rest receiver"),
        ({"valuation": 0}, "owners: bad valuation"),
        ({"valuation": 2**72}, "owners: bad valuation"),
        ({"hard_cap": 0}, "owners: bad hard cap"),
        ({"hard_cap": WHOLE + 1}, "owners: bad hard cap"),
        ({"sale_end": 1}, "owners: bad sale end"),
        ({"minimum_cap": 2**71}, "owners: bad minimum cap"),
    ],
)
def test_the_constructor_refuses_nonsense(changed: dict[str, object], reason: str) -> None:
    with boa.reverts(reason):
        deployer().deploy(*arguments(**changed))


def test_the_widest_valuation_works() -> None:
    """2**72 - 1 shares in one hand, the largest index: nothing is truncated."""
    owners = deployer().deploy(*arguments(valuation=2**72 - 1))
    owners.setOwnerShare(account(1), 2**72 - 1 - HARD_CAP)
    owners.addContribution(account(1), HARD_CAP)
    owners.finishContribution()
    boa.env.set_balance(owners.address, 2**90 - 1)
    owners.distributeTokens(ETH)
    assert owners.claimable(account(1), ETH) == 2**90 - 1
    assert owners.getOwnerPercentage(account(1)) == 100_000


def test_everything_starts_in_the_sale_account(world: World) -> None:
    owners = world.owners
    assert owners.balanceOf(owners.address) == owners.totalSupply() == owners.valuation() == WHOLE
    assert owners.getCurrentOwners() == 0
    assert (owners.name(), owners.symbol(), owners.decimals()) == ("LinkPool Owners", "LP", 18)
    assert (owners.wallet(), owners.restReceiver()) == (world.wallet, world.rest)
    assert (owners.hardCap(), owners.minimumCap()) == (HARD_CAP, MINIMUM_CAP)
    assert owners.saleEnd() == boa.env.timestamp + SALE_LENGTH


def test_a_contribution_moves_ether_to_the_wallet_and_shares_to_the_sender(
    world: World, alice: str
) -> None:
    world.open_sale(alice)
    world.contribute(alice, units(40))
    assert boa.env.get_balance(world.wallet) == units(40)
    assert boa.env.get_balance(world.owners.address) == 0
    assert world.owners.balanceOf(alice) == units(40)
    assert world.owners.balanceOf(world.owners.address) == WHOLE - units(40)
    assert world.owners.getOwnerPercentage(alice) == 1000
    assert world.owners.totalContributed() == units(40)


@pytest.mark.parametrize(
    ("wei", "reason"), [(0, "zero amount"), (HARD_CAP + 1, "exceeds hard cap")]
)
def test_a_contribution_is_more_than_nothing_and_within_the_cap(
    world: World, alice: str, wei: int, reason: str
) -> None:
    world.open_sale(alice)
    with boa.reverts(f"owners: {reason}"):
        world.contribute(alice, wei)


def test_a_wallet_that_refuses_undoes_the_contribution(alice: str) -> None:
    wallet = deploy_mock("owners_receiver")
    wallet.set_mode(Mode.REFUSE)
    world = make_world(wallet=wallet.address)
    world.open_sale(alice)
    with boa.reverts("owners: wallet refused"):
        world.contribute(alice, ONE)
    assert world.owners.totalContributed() == world.owners.balanceOf(alice) == 0


def test_a_wallet_cannot_come_back_in(alice: str) -> None:
    """Not even as the owner: the sale is not finished in the middle of a contribution."""
    wallet = deploy_mock("owners_receiver")
    world = make_world(wallet=wallet.address)
    world.open_sale(alice)
    world.owners.transfer_ownership(wallet.address, sender=world.admin)
    wallet.act(world.owners.address, selector("accept_ownership()"))
    for call in (selector("finishContribution()"), b""):
        wallet.prepare(world.owners.address, call)
        world.contribute(alice, ONE)
        assert not wallet.succeeded()
    assert not world.owners.locked()
    assert boa.env.get_balance(wallet.address) == world.owners.balanceOf(alice) == 2 * ONE


def test_ether_with_data_is_not_taken_for_a_contribution(world: World, alice: str) -> None:
    """A misspelt function name must not buy shares, nor succeed silently after the sale."""
    world.open_sale(alice)
    boa.env.set_balance(alice, ONE)
    here = world.owners.address
    for wei in (ONE, 0):
        call = boa.env.execute_code(
            to_address=here, sender=alice, value=wei, data=b"\xde\xad\xbe\xef"
        )
        assert call.is_error and b"owners: unknown function" in call.output
    assert world.owners.balanceOf(alice) == 0


def test_no_ether_contribution_from_the_end_on(world: World, alice: str) -> None:
    world.open_sale(alice)
    boa.env.time_travel(seconds=SALE_LENGTH)
    with boa.reverts("owners: sale has ended"):
        world.contribute(alice, ONE)


def test_ether_after_the_sale_is_income(sold: World, alice: str, bob: str) -> None:
    boa.env.set_balance(bob, units(8))
    sold.owners.__default__(value=units(8), sender=bob)
    assert sold.owners.pendingIncome(ETH) == units(8)
    sold.owners.distributeTokens(ETH, sender=bob)
    assert sold.owners.claimable(alice, ETH) == units(3)


def test_a_contribution_entered_by_hand_counts_towards_the_cap(world: World, alice: str) -> None:
    """Before the start, without the whitelist, also after the end; never once finished."""
    world.owners.addContribution(alice, units(600), sender=world.admin)
    boa.env.time_travel(seconds=SALE_LENGTH)
    world.owners.addContribution(alice, units(400), sender=world.admin)
    assert world.owners.balanceOf(alice) == world.owners.totalContributed() == HARD_CAP
    with boa.reverts("owners: exceeds hard cap"):
        world.owners.addContribution(alice, 1, sender=world.admin)
    world.finish()
    with boa.reverts("owners: sale is finished"):
        world.owners.addContribution(alice, 1, sender=world.admin)


@pytest.mark.parametrize("function", ["addContribution", "setOwnerShare"])
def test_no_shares_for_nobody_nothing_or_the_sale_account(
    world: World, alice: str, function: str
) -> None:
    give = getattr(world.owners, function)
    for receiver in (ETH, world.owners.address):
        with boa.reverts("owners: bad receiver"):
            give(receiver, ONE, sender=world.admin)
    with boa.reverts("owners: zero amount"):
        give(alice, 0, sender=world.admin)


def test_creators_cannot_eat_the_contributors_part(world: World, alice: str, bob: str) -> None:
    """Nor the other way round, in any order."""
    world.open_sale(alice)
    world.contribute(alice, units(300))
    world.grant(bob, units(3000))
    with boa.reverts("owners: exceeds creators' part"):
        world.grant(bob, 1)
    world.contribute(alice, units(700))
    assert world.owners.balanceOf(world.owners.address) == 0


def test_a_huge_share_is_refused_not_wrapped(world: World, bob: str) -> None:
    for amount in (2**255, 2**256 - 1):
        with boa.reverts("owners: exceeds creators' part"):
            world.grant(bob, amount)
        with boa.reverts("owners: exceeds hard cap"):
            world.owners.addContribution(bob, amount, sender=world.admin)


def test_creators_shares_add_up(world: World, bob: str) -> None:
    world.grant(bob, ONE)
    world.grant(bob, 5)
    assert world.owners.balanceOf(bob) == ONE + 5


def test_the_owner_finishes_at_any_time_and_the_rest_goes_where_it_must(world: World) -> None:
    world.finish()
    assert world.owners.locked()
    assert world.owners.balanceOf(world.rest) == WHOLE
    with boa.reverts("owners: sale is finished"):
        world.finish()


def test_anyone_finishes_after_the_end(world: World, stranger: str) -> None:
    world.open_sale()
    with boa.reverts("owners: not the owner"):
        world.owners.finishContribution(sender=stranger)
    boa.env.time_travel(seconds=SALE_LENGTH - 1)
    with boa.reverts("owners: not the owner"):
        world.owners.finishContribution(sender=stranger)
    boa.env.time_travel(seconds=1)
    world.owners.finishContribution(sender=stranger)
    assert world.owners.balanceOf(world.rest) == WHOLE


def test_a_sold_out_sale_finishes_with_no_rest(world: World, alice: str) -> None:
    world.grant(alice, units(3000))
    world.owners.addContribution(alice, units(1000), sender=world.admin)
    world.finish()
    assert world.owners.balanceOf(world.rest) == 0
    assert world.owners.getCurrentOwners() == 1


def test_the_sale_starts_once_and_in_time(world: World) -> None:
    world.owners.startContribution(sender=world.admin)
    assert world.owners.contributionStarted()
    with boa.reverts("owners: sale has started"):
        world.owners.startContribution(sender=world.admin)


def test_a_sale_that_is_over_cannot_start(world: World, alice: str) -> None:
    boa.env.time_travel(seconds=SALE_LENGTH)
    with boa.reverts("owners: sale has ended"):
        world.owners.startContribution(sender=world.admin)
    world.finish()
    with boa.reverts("owners: sale is finished"):
        world.owners.startContribution(sender=world.admin)
    with boa.reverts("owners: sale is finished"):
        world.owners.whitelistWallet(alice, sender=world.admin)


def test_nobody_is_not_whitelisted(world: World) -> None:
    with boa.reverts("owners: bad wallet"):
        world.owners.whitelistWallet(ETH, sender=world.admin)


def test_income_of_unsold_shares_is_the_rest_receiver_s_at_any_time(
    world: World, alice: str, stranger: str
) -> None:
    """Also while the sale is open, and what was earned before it finished stays claimable after."""
    here = world.owners.address
    world.grant(alice, units(1000))
    world.earn_link(units(100))
    assert world.owners.claimFor(here, world.link.address, sender=stranger) == units(75)
    assert world.link.balanceOf(world.rest) == units(75)
    world.earn_link(units(100))
    world.finish()
    world.earn_link(units(100))
    assert world.owners.claimable(here, world.link.address) == units(75)
    assert world.owners.claimable(world.rest, world.link.address) == units(75)
    world.owners.batchClaim(world.link.address, [here, world.rest], sender=stranger)
    assert world.link.balanceOf(world.rest) == units(225)
