# SPDX-License-Identifier: MIT
"""The defects found in the original PoolOwners, each as the attack that it allowed."""

from __future__ import annotations

import ast
from pathlib import Path

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector

from tests.contracts.unit.pool_owners.support import (
    ETH,
    MINIMUM_CAP,
    ONE,
    WHOLE,
    Mode,
    TokenMode,
    World,
    account,
    deploy_mock,
    share_out,
    units,
)


def test_defect_01_a_contract_among_the_owners_does_not_brick_eth(
    sold: World, alice: str, bob: str
) -> None:
    """0.04 shares in any contract, one wei, and nothing ever moved again."""
    contract = deploy_mock("owners_receiver")
    contract.set_mode(Mode.REFUSE)
    sold.owners.transfer(contract.address, units("0.04"), sender=alice)
    sold.earn_eth(1)
    sold.earn_eth(units(4))
    sold.earn_link(units(1000))
    everyone = [contract.address, alice, bob, sold.rest]
    assert sold.owners.batchClaim(ETH, everyone, sender=bob) > units("3.99")
    sold.owners.batchClaim(sold.link.address, everyone, sender=bob)
    assert sold.link.balanceOf(contract.address) == units("0.01")
    assert sold.owners.transfer(bob, ONE, sender=alice)


def test_defect_01_the_token_itself_among_the_owners_does_not_brick_link(
    sold: World, alice: str, bob: str
) -> None:
    """LINK refuses transfers to itself: the original's batch stopped there for ever."""
    sold.owners.sendOwnership(sold.link.address, units("0.04"), sender=alice)
    sold.earn_link(units(100))
    everyone = [sold.link.address, alice, bob, sold.rest]
    paid = sold.owners.batchClaim(sold.link.address, everyone, sender=bob)
    assert paid == units("99.999")
    assert sold.owners.claimable(sold.link.address, sold.link.address) == units("0.001")
    sold.owners.sendOwnership(bob, ONE, sender=alice)


def test_defect_02_one_wei_locks_nothing(sold: World, alice: str, bob: str) -> None:
    """ETH has no minimum by default: anyone could freeze all shares for one wei."""
    sold.earn_eth(1)
    assert sold.owners.transfer(bob, ONE, sender=alice)
    sold.owners.setDistributionMinimum(ETH, ONE, sender=sold.admin)
    sold.give_eth(ONE)
    with boa.reverts("owners: not above the minimum"):
        sold.owners.distributeTokens(ETH, sender=alice)


def test_defect_03_shares_move_while_nobody_has_claimed(sold: World, alice: str, bob: str) -> None:
    sold.earn_link(units(400))
    sold.owners.transfer(bob, units(1500), sender=alice)
    assert sold.owners.claimable(alice, sold.link.address) == units(150)
    assert sold.owners.claimable(bob, sold.link.address) == units(100)


def test_defect_04_anyone_triggers_and_claims_for_others(
    sold: World, alice: str, stranger: str
) -> None:
    sold.link.transfer(sold.owners.address, units(400), sender=sold.admin)
    sold.owners.distributeTokens(sold.link.address, sender=stranger)
    sold.owners.claimFor(alice, sold.link.address, sender=stranger)
    assert sold.link.balanceOf(alice) == units(150)


def test_defect_05_more_than_100_percent_cannot_be_issued(world: World, alice: str) -> None:
    """150 % issued, and the third owner's claim reverted for good."""
    world.grant(alice, units(3000))
    with boa.reverts("owners: exceeds creators' part"):
        world.grant(alice, 1)
    world.owners.addContribution(alice, units(1000), sender=world.admin)
    with boa.reverts("owners: exceeds hard cap"):
        world.owners.addContribution(alice, 1, sender=world.admin)
    assert world.owners.balanceOf(alice) == WHOLE


def test_defect_06_what_is_not_issued_is_not_lost(world: World, alice: str) -> None:
    """70 % issued: 30 of 100 LINK stayed in the contract for ever."""
    world.grant(alice, units(2800))
    world.earn_link(units(100))
    world.owners.batchClaim(world.link.address, [alice, world.owners.address], sender=alice)
    assert world.link_of([alice, world.rest]) == [units(70), units(30)]
    world.finish()
    world.earn_link(units(100))
    world.owners.batchClaim(world.link.address, [alice, world.rest], sender=alice)
    assert world.link_of([alice, world.rest]) == [units(140), units(60)]


def test_defect_07_a_hostile_token_stops_neither_shares_nor_other_tokens(
    sold: World, alice: str, bob: str
) -> None:
    token = sold.add_token()
    token.mint(sold.owners.address, units(400))
    sold.owners.distributeTokens(token.address, sender=alice)
    token.set_mode(TokenMode.REFUSE)
    token.set_mute(True)
    sold.earn_link(units(400))
    sold.owners.transfer(bob, ONE, sender=alice)
    assert sold.owners.claim(sold.link.address, sender=alice) == units(150)
    assert sold.owners.batchClaim(token.address, [alice, bob], sender=bob) == 0
    assert sold.owners.claimable(alice, token.address) == units(150)


def test_defect_07_no_minimum_stops_a_token_for_good(sold: World, alice: str) -> None:
    with boa.reverts("owners: minimum too high"):
        sold.owners.setDistributionMinimum(sold.link.address, MINIMUM_CAP + 1, sender=sold.admin)
    sold.owners.setDistributionMinimum(sold.link.address, MINIMUM_CAP, sender=sold.admin)
    sold.earn_link(MINIMUM_CAP + 1)
    assert sold.owners.claimable(alice, sold.link.address) == MINIMUM_CAP * 1500 // 4000


def test_defect_07_the_owner_s_role_takes_two_steps(world: World, alice: str) -> None:
    world.owners.transfer_ownership(alice, sender=world.admin)
    assert world.owners.owner() == world.admin
    world.owners.accept_ownership(sender=alice)
    assert world.owners.owner() == alice


def test_defect_08_a_payee_who_calls_back_is_paid_once(sold: World, alice: str, bob: str) -> None:
    """With a hook token the last of a batch moved his shares and was paid twice: 2500/2500/0."""
    token = sold.add_token()
    token.mint(sold.owners.address, units(4000))
    sold.owners.distributeTokens(token.address, sender=alice)
    again = encode(["address", "address"], [bob, token.address])
    token.prepare(
        sold.owners.address,
        function_signature_to_4byte_selector("claimFor(address,address)") + again,
    )
    everyone = [alice, bob, sold.rest]
    assert sold.owners.batchClaim(token.address, everyone, sender=bob) == units(4000)
    assert not token.succeeded()
    assert sold.owners.reservedFor(token.address) == 0


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.BURN, Mode.BOMB])
def test_defect_09_a_receiver_cannot_hold_on_to_a_stake(
    sold: World, alice: str, bob: str, mode: int
) -> None:
    receiver = deploy_mock("owners_receiver")
    sold.owners.stakeOwnership(receiver.address, units(1500), b"", sender=alice)
    receiver.set_mode(mode)
    sold.owners.removeOwnershipStake(receiver.address, units(1500), b"", sender=alice)
    assert sold.owners.transfer(bob, units(1500), sender=alice)


def test_defect_09_an_account_without_code_can_be_staked_to(sold: World, alice: str) -> None:
    someone = account(500)
    sold.owners.stakeOwnership(someone, ONE, b"", sender=alice)
    sold.owners.removeOwnershipStake(someone, ONE, b"", sender=alice)
    assert sold.owners.stakes(alice, someone) == 0


@pytest.mark.parametrize("balance", [2**128, 2**256 - 1])
def test_defect_10_a_huge_balance_is_distributed_in_part(
    sold: World, alice: str, balance: int
) -> None:
    """At 2**128 and above the original distributed nothing and locked itself."""
    token = sold.add_token()
    token.set_balance(balance)
    sold.owners.distributeTokens(token.address, sender=alice)
    assert sold.owners.totalDistributed(token.address) == 2**90 - 1
    assert sold.owners.claimable(alice, token.address) == (2**90 - 1) * 1500 // 4000


def test_defect_11_it_is_an_erc20(sold: World, alice: str, bob: str) -> None:
    """`totalSupply` was 4000 whatever was issued; no transfer, approve or Transfer event."""
    holders = [alice, bob, sold.rest, sold.owners.address]
    assert sum(map(sold.owners.balanceOf, holders)) == sold.owners.totalSupply() == WHOLE
    assert sold.owners.transfer(bob, 7, sender=alice) is True
    (event,) = [e for e in sold.owners.get_logs() if type(e).__name__ == "Transfer"]
    assert (event.sender, event.receiver, event.value) == (alice, bob, 7)


def test_defect_12_the_last_to_arrive_can_leave_whole(sold: World, alice: str) -> None:
    newest = account(600)
    sold.owners.transfer(newest, units(3), sender=alice)
    assert sold.owners.getCurrentOwners() == 4
    sold.owners.transfer(alice, units(3), sender=newest)
    assert sold.owners.getCurrentOwners() == 3
    assert sold.owners.balanceOf(newest) == 0


def test_defect_13_the_suite_has_as_many_cases_as_it_says() -> None:
    """The original's README listed 29 cases, promised 30, and the file held 31."""
    source = Path(__file__).with_name("test_published_suite.py").read_text()
    names = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    numbers = [int(name.split("_")[1]) for name in names if name.startswith("test_")]
    assert numbers == list(range(1, 32))


def test_rounding_loses_nothing_at_odd_shares(world: World) -> None:
    """Percentages of five digits paid exactly only because shares came in steps of 0.04."""
    holders = [account(700 + n) for n in range(7)]
    share_out(world, [(holder, units(1) // 3 + n) for n, holder in enumerate(holders)])
    world.earn_link(units("1.000000000000000001"))
    everyone = [*holders, world.rest]
    world.owners.batchClaim(world.link.address, everyone, sender=holders[0])
    kept = sum(world.owners.remainderOf(h, world.link.address) for h in everyone)
    assert kept % WHOLE == 0
    assert world.link.balanceOf(world.owners.address) == kept // WHOLE < len(everyone)
