# SPDX-License-Identifier: MIT
"""Tokens, minima, distributions and claims."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector as selector

from tests.contracts.unit.pool_owners.support import (
    ETH,
    MINIMUM_CAP,
    ONE,
    Mode,
    TokenMode,
    World,
    account,
    deploy_mock,
    make_world,
    share_out,
    units,
)

CLAIM_ETH = selector("claim(address)") + encode(["address"], [ETH])


@pytest.fixture
def contract(sold: World, alice: str) -> Any:
    """A contract that holds 400 shares, 10 %."""
    found = deploy_mock("owners_receiver")
    sold.owners.transfer(found.address, units(400), sender=alice)
    return found


# ---- Tokens and minima ----


def test_eth_is_a_token_from_the_start_and_others_are_added_for_good(world: World) -> None:
    owners = world.owners
    assert owners.tokenWhitelist(ETH) and owners.tokenWhitelist(world.link.address)
    assert owners.distributionMinimum(ETH) == 0
    assert owners.distributionMinimum(world.link.address) == ONE
    assert list(owners.getTokens()) == [world.link.address]


def test_at_most_eight_tokens(world: World) -> None:
    added = [world.link.address, *(world.add_token().address for _ in range(7))]
    assert list(world.owners.getTokens()) == added
    with boa.reverts("owners: too many tokens"):
        world.add_token()


def test_what_is_no_token_is_not_added(world: World) -> None:
    """Own shares least of all: the sale account's would count as income."""
    mute = deploy_mock("owners_hostile_token")
    mute.set_mute(True)
    no_token = [ETH, account(70), world.owners.address, mute.address]
    no_token.append(deploy_mock("owners_receiver").address)
    for address in no_token:
        with boa.reverts("owners: not a token"):
            world.owners.whitelistToken(address, 0, sender=world.admin)
    with boa.reverts("owners: token is whitelisted"):
        world.owners.whitelistToken(world.link.address, 0, sender=world.admin)


def test_a_minimum_is_capped_and_changes_only_for_whitelisted_tokens(world: World) -> None:
    token = deploy_mock("owners_hostile_token").address
    with boa.reverts("owners: minimum too high"):
        world.owners.whitelistToken(token, MINIMUM_CAP + 1, sender=world.admin)
    with boa.reverts("owners: token not whitelisted"):
        world.owners.setDistributionMinimum(token, 0, sender=world.admin)
    with boa.reverts("owners: minimum too high"):
        world.owners.setDistributionMinimum(ETH, MINIMUM_CAP + 1, sender=world.admin)
    world.owners.setDistributionMinimum(ETH, MINIMUM_CAP, sender=world.admin)
    assert world.owners.distributionMinimum(ETH) == MINIMUM_CAP


def test_changing_a_minimum_changes_nothing_else(sold: World, alice: str) -> None:
    link = sold.link.address
    sold.earn_link(units(400))
    before = (sold.owners.totalDistributed(link), sold.owners.reservedFor(link))
    sold.owners.setDistributionMinimum(link, 7, sender=sold.admin)
    assert (sold.owners.totalDistributed(link), sold.owners.reservedFor(link)) == before
    assert sold.owners.tokenWhitelist(link)
    assert sold.owners.claim(link, sender=alice) == units(150)


# ---- Distributing ----


def test_nothing_to_distribute(sold: World, stranger: str) -> None:
    for token in (ETH, sold.link.address):
        with boa.reverts("owners: not above the minimum"):
            sold.owners.distributeTokens(token, sender=stranger)


def test_what_is_reserved_is_not_distributed_again(sold: World, stranger: str) -> None:
    sold.earn_link(units(400))
    assert sold.owners.pendingIncome(sold.link.address) == 0
    with boa.reverts("owners: not above the minimum"):
        sold.owners.distributeTokens(sold.link.address, sender=stranger)
    sold.link.transfer(sold.owners.address, units(2), sender=sold.admin)
    assert sold.owners.pendingIncome(sold.link.address) == units(2)


def test_what_was_here_before_whitelisting_is_income(sold: World, alice: str) -> None:
    token = deploy_mock("owners_hostile_token")
    token.mint(sold.owners.address, units(400))
    sold.owners.transfer(account(71), ONE, sender=alice)
    sold.owners.whitelistToken(token.address, 0, sender=sold.admin)
    sold.owners.distributeTokens(token.address, sender=alice)
    assert sold.owners.claimable(account(71), token.address) == units("0.1")


def test_a_balance_below_the_reserve_is_no_income_and_no_revert(sold: World, alice: str) -> None:
    token = sold.add_token()
    token.mint(sold.owners.address, 1000)
    sold.owners.distributeTokens(token.address, sender=alice)
    token.set_balance(5)
    assert sold.owners.pendingIncome(token.address) == 0
    with boa.reverts("owners: not above the minimum"):
        sold.owners.distributeTokens(token.address, sender=alice)


def test_more_than_a_claim_can_hold_is_booked_as_claims_are_paid(
    sold: World, alice: str, bob: str
) -> None:
    """A token with a supply beyond 2**90: nothing is lost, it only takes several rounds."""
    token = sold.add_token()
    token.mint(sold.owners.address, 2**90 + 999)
    sold.owners.distributeTokens(token.address, sender=alice)
    assert sold.owners.pendingIncome(token.address) == 1000
    with boa.reverts("owners: index is full"):
        sold.owners.distributeTokens(token.address, sender=alice)
    sold.owners.batchClaim(token.address, [alice, bob, sold.rest], sender=bob)
    sold.owners.distributeTokens(token.address, sender=alice)
    assert sold.owners.pendingIncome(token.address) == 0


def test_a_full_index_stops_its_own_token_only(sold: World, alice: str, bob: str) -> None:
    """2**94 - 1 smallest units in a lifetime, 19 times all LINK; claims and shares go on."""
    token = sold.add_token()
    everyone = [alice, bob, sold.rest]
    for _ in range(16):
        token.mint(sold.owners.address, 2**90)
        sold.owners.distributeTokens(token.address, sender=alice)
        sold.owners.batchClaim(token.address, everyone, sender=bob)
    token.mint(sold.owners.address, 2**90)
    sold.owners.distributeTokens(token.address, sender=alice)
    assert sold.owners.totalDistributed(token.address) == 2**94 - 1
    with boa.reverts("owners: index is full"):
        sold.owners.distributeTokens(token.address, sender=alice)
    sold.owners.transfer(bob, ONE, sender=alice)
    assert sold.owners.batchClaim(token.address, everyone, sender=bob) > 0
    sold.earn_link(units(400))


# ---- Claiming ----


def test_a_claim_pays_once(sold: World, alice: str) -> None:
    link = sold.link.address
    sold.earn_link(units(400))
    assert sold.owners.claim(link, sender=alice) == units(150)
    assert sold.owners.claimable(alice, link) == 0
    with boa.reverts("owners: nothing to claim"):
        sold.owners.claim(link, sender=alice)
    with boa.reverts("owners: nothing to claim"):
        sold.owners.claimFor(alice, link, sender=sold.admin)
    assert sold.owners.batchClaim(link, [alice, alice], sender=alice) == 0


def test_who_holds_nothing_or_asks_for_no_token_claims_nothing(
    sold: World, alice: str, stranger: str
) -> None:
    sold.earn_link(units(400))
    with boa.reverts("owners: nothing to claim"):
        sold.owners.claim(sold.link.address, sender=stranger)
    with boa.reverts("owners: nothing to claim"):
        sold.owners.claim(account(72), sender=alice)
    assert sold.owners.batchClaim(account(72), [alice], sender=alice) == 0


def test_a_batch_pays_each_once_in_any_order(sold: World, alice: str, bob: str) -> None:
    sold.earn_link(units(400))
    batch = [bob, sold.rest, bob, account(73), alice]
    assert sold.owners.batchClaim(sold.link.address, batch, sender=account(74)) == units(400)
    assert sold.link_of([alice, bob, sold.rest]) == [units(150), units(100), units(150)]


def test_a_batch_of_200_fits_a_transaction(world: World) -> None:
    holders = [account(800 + n) for n in range(200)]
    share_out(world, [(holder, ONE) for holder in holders])
    world.earn_link(units(4000))
    world.owners.batchClaim(world.link.address, holders, sender=holders[0], gas=16_777_216)
    assert world.link_of(holders) == [ONE] * 200
    with boa.reverts():
        world.owners.batchClaim(world.link.address, [*holders, world.rest], sender=holders[0])


def test_a_claim_does_not_disturb_other_tokens_or_later_transfers(
    sold: World, alice: str, bob: str
) -> None:
    """Claiming settles one token; a transfer afterwards settles the others from where they were."""
    sold.earn_link(units(400))
    sold.earn_eth(units(8))
    sold.owners.claim(sold.link.address, sender=alice)
    sold.owners.transfer(bob, units(1500), sender=alice)
    assert sold.owners.claimable(alice, ETH) == units(3)
    assert sold.owners.claimable(bob, ETH) == units(2)
    assert sold.owners.claimable(alice, sold.link.address) == 0
    assert sold.owners.claimable(bob, sold.link.address) == units(100)


def test_ether_for_a_contract_is_paid_at_its_own_call_only(
    sold: World, alice: str, stranger: str, contract: Any
) -> None:
    sold.earn_eth(units(10))
    with boa.reverts("owners: contracts claim themselves"):
        sold.owners.claimFor(contract.address, ETH, sender=stranger)
    both = [contract.address, alice]
    assert sold.owners.batchClaim(ETH, both, sender=stranger) == units("2.75")
    contract.act(sold.owners.address, CLAIM_ETH)
    assert boa.env.get_balance(contract.address) == units(1)


def test_a_delegated_account_claims_its_ether_itself(sold: World, alice: str, bob: str) -> None:
    """EIP-7702: an externally owned account with code is treated as a contract."""
    boa.env.set_code(alice, bytes.fromhex("ef0100") + bytes(20))
    sold.earn_eth(units(8))
    with boa.reverts("owners: contracts claim themselves"):
        sold.owners.claimFor(alice, ETH, sender=bob)
    assert sold.owners.batchClaim(ETH, [alice, bob], sender=bob) == units(2)
    assert sold.owners.claimable(alice, ETH) == units(3)


def test_a_contract_that_refuses_ether_keeps_its_claim(sold: World, contract: Any) -> None:
    sold.earn_eth(units(10))
    contract.set_mode(Mode.REFUSE)
    with boa.reverts("owners: payment failed"):
        contract.act(sold.owners.address, CLAIM_ETH)
    assert sold.owners.claimable(contract.address, ETH) == units(1)
    contract.set_mode(Mode.ACCEPT)
    contract.act(sold.owners.address, CLAIM_ETH)
    assert sold.owners.claimable(contract.address, ETH) == 0


def test_a_contract_called_with_ether_cannot_come_back_in(sold: World, contract: Any) -> None:
    """Neither for the same ether nor for the LINK that it is owed as well."""
    sold.earn_link(units(10))
    claim_link = selector("claim(address)") + encode(["address"], [sold.link.address])
    for round_, call in enumerate((CLAIM_ETH, claim_link), 1):
        sold.earn_eth(units(10))
        contract.prepare(sold.owners.address, call)
        contract.act(sold.owners.address, CLAIM_ETH)
        assert not contract.succeeded()
        assert boa.env.get_balance(contract.address) == units(round_)
    assert sold.owners.reservedFor(ETH) == units(18)
    assert sold.owners.claimable(contract.address, sold.link.address) == units(1)


def test_link_for_a_contract_is_paid_by_anyone(sold: World, stranger: str, contract: Any) -> None:
    sold.earn_link(units(10))
    assert sold.owners.claimFor(contract.address, sold.link.address, sender=stranger) == ONE
    assert contract.calls() == 0


def test_a_rest_receiver_with_code_claims_the_sale_account_s_ether(stranger: str) -> None:
    safe = deploy_mock("owners_receiver")
    world = make_world(rest=safe.address)
    world.earn_eth(units(8))
    here = world.owners.address
    with boa.reverts("owners: contracts claim themselves"):
        world.owners.claimFor(here, ETH, sender=stranger)
    assert world.owners.batchClaim(ETH, [here], sender=stranger) == 0
    for_sale = encode(["address", "address"], [here, ETH])
    safe.act(here, selector("claimFor(address,address)") + for_sale)
    assert boa.env.get_balance(safe.address) == units(8)


# ---- Hostile tokens ----


@pytest.fixture
def token(sold: World, alice: str) -> Any:
    found = sold.add_token()
    found.mint(sold.owners.address, units(400))
    sold.owners.distributeTokens(found.address, sender=alice)
    return found


@pytest.mark.parametrize("mode", [TokenMode.REFUSE, TokenMode.UNTRUE, TokenMode.NONSENSE])
def test_a_payment_that_fails_restores_the_claim(
    sold: World, alice: str, bob: str, token: Any, mode: int
) -> None:
    token.set_mode(mode)
    with boa.reverts("owners: payment failed"):
        sold.owners.claim(token.address, sender=alice)
    with boa.reverts("owners: payment failed"):
        sold.owners.claimFor(alice, token.address, sender=bob)
    assert sold.owners.batchClaim(token.address, [alice, bob], sender=bob) == 0
    assert sold.owners.reservedFor(token.address) == units(400)
    token.set_mode(TokenMode.HONEST)
    assert sold.owners.batchClaim(token.address, [alice, bob], sender=bob) == units(250)


@pytest.mark.parametrize("mode", [TokenMode.SILENT, TokenMode.LONG])
def test_tokens_that_answer_nothing_or_more_are_paid(
    sold: World, alice: str, token: Any, mode: int
) -> None:
    token.set_mode(mode)
    assert sold.owners.claim(token.address, sender=alice) == units(150)
    assert token.held_by(alice) == units(150)


def test_a_token_without_code_pays_nothing(sold: World, alice: str, token: Any) -> None:
    """A call to an account without code succeeds and answers nothing: no proof of payment."""
    boa.env.set_code(token.address, b"")
    with boa.reverts("owners: payment failed"):
        sold.owners.claim(token.address, sender=alice)
    assert sold.owners.claimable(alice, token.address) == units(150)


def test_a_token_that_burns_gas_harms_its_own_payment_only(
    sold: World, alice: str, bob: str, token: Any
) -> None:
    token.set_mode(TokenMode.BURN)
    with boa.reverts():
        sold.owners.claim(token.address, sender=alice, gas=1_000_000)
    assert sold.owners.transfer(bob, ONE, sender=alice, gas=200_000)
    sold.earn_link(units(400))
    sold.owners.claim(sold.link.address, sender=alice, gas=200_000)


@pytest.mark.parametrize(
    "call",
    [
        selector("claim(address)") + encode(["address"], [ETH]),
        selector("distributeTokens(address)") + encode(["address"], [ETH]),
        selector("batchClaim(address,address[])") + encode(["address", "address[]"], [ETH, []]),
        selector("transfer(address,uint256)") + encode(["address", "uint256"], [account(1), 0]),
        selector("finishContribution()"),
    ],
)
def test_a_token_cannot_come_back_in(sold: World, alice: str, token: Any, call: bytes) -> None:
    sold.give_eth(units(4))
    token.prepare(sold.owners.address, call)
    sold.owners.batchClaim(token.address, [alice], sender=alice)
    assert not token.succeeded()


def test_a_transfer_with_every_token_in_arrears_has_bounded_gas(sold: World, alice: str) -> None:
    """The dearest transfer there is: eight tokens and ETH distributed, to an account never seen."""
    tokens = [sold.add_token() for _ in range(7)]
    for found in tokens:
        found.mint(sold.owners.address, units(4))
        sold.owners.distributeTokens(found.address, sender=alice)
    sold.earn_link(units(4))
    sold.earn_eth(units(4))
    sold.owners.transfer(account(75), ONE, sender=alice, gas=600_000)
    assert [sold.owners.claimable(account(75), t.address) for t in tokens] == [0] * 7
