# SPDX-License-Identifier: MIT
"""Who calls is who counts, never who signed: contracts hold every role, and the signer none."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    DELAY,
    LOSS_CAP,
    PENALTY_LIFE,
    Contract,
    Core,
    Suite,
    actor,
    code_hash,
    contract,
    link,
    logs,
    mock,
    travel,
    word,
)

NEW = actor("new node")
COMPANY = actor("company")


class Wallet:
    """A contract account; a stranger signs for it."""

    def __init__(self) -> None:
        self.contract = mock("logic_target")
        self.address = str(self.contract.address)
        self.signer = actor("signer")

    def act(self, target: Contract, name: str, *args: object, signer: str | None = None) -> None:
        data = getattr(target, name).prepare_calldata(*args)
        self.contract.act(target.address, data, sender=signer or self.signer)

    def fails(self, target: Contract, name: str, *args: object, signer: str) -> None:
        """A call that the wallet makes for a signer who could make it."""
        with boa.env.anchor():
            getattr(target, name)(*args, sender=signer)
        with boa.reverts():
            self.act(target, name, *args, signer=signer)


@pytest.fixture
def wallet(_fresh_chain: None, _clock: None) -> Wallet:
    return Wallet()


def test_a_stake_of_a_contract_is_its_own(suite: Suite, wallet: Wallet) -> None:
    suite.fund(wallet.address, link(9))
    wallet.act(suite.link, "transferAndCall", suite.store.address, link(5), b"")
    wallet.act(suite.link, "approve", suite.staking.address, link(4))
    wallet.act(suite.staking, "stake", suite.actors.node_address, link(4))
    assert suite.store.stakeOf(wallet.address) == link(9)
    travel(12)
    wallet.act(suite.store, "setReleaseAllowed", False)
    (event,) = logs(wallet.contract, "ReleaseAllowed")
    assert (event.staker, event.allowed) == (wallet.address, False)
    with boa.reverts():
        wallet.act(suite.node, "withdrawStake", suite.actors.node_address, link(1))
    wallet.act(suite.store, "setReleaseAllowed", True)
    wallet.act(suite.node, "withdrawStake", suite.actors.node_address, link(1))
    wallet.act(suite.store, "withdraw", link(2))
    assert suite.link.balanceOf(wallet.address) == link(3)
    assert suite.store.stakeOf(wallet.address) == link(6)


def test_a_signers_stake_is_not_at_the_mercy_of_what_it_calls(
    suite: Suite, wallet: Wallet, staker: str
) -> None:
    suite.stake(staker, link(5))
    suite.fund(staker, link(5))
    suite.link.approve(suite.staking.address, link(5), sender=staker)
    travel(12)
    node = suite.actors.node_address
    wallet.fails(suite.store, "withdraw", link(1), signer=staker)
    wallet.fails(suite.node, "withdrawStake", node, link(1), signer=staker)
    wallet.fails(suite.staking, "stake", node, link(1), signer=staker)
    wallet.act(suite.store, "setReleaseAllowed", False, signer=staker)
    assert suite.node.withdrawStake(node, ALL, sender=staker) == link(5)


def test_a_contract_operates_a_node(suite: Suite, wallet: Wallet, box: Contract) -> None:
    suite.whitelist(box.address)
    suite.stake(actor("alice"), link(100))
    operator, node = suite.actors.operator, suite.actors.node_address
    suite.store.transferOperator(wallet.address, sender=operator)
    wallet.fails(suite.store, "transferOperator", operator, signer=operator)
    wallet.act(suite.store, "acceptOperator")
    (event,) = logs(wallet.contract, "OperatorChanged")
    assert (event.old, event.new) == (operator, wallet.address)
    assert suite.store.operator() == wallet.address
    wallet.act(suite.store, "setAuthorizedSenders", [actor("key")])
    (event,) = logs(wallet.contract, "AuthorizedSendersChanged")
    assert event.changedBy == wallet.address
    wallet.act(suite.store, "sendPenalty", box.address, link(1), word(1))
    wallet.act(suite.node, "sendPenalty", node, box.address, link(1), word(2))
    wallet.act(suite.node, "setMinimumPayment", node, 7)
    wallet.act(suite.node, "setEnabled", node, False)
    assert (suite.store.penaltyCount(), suite.store.minimumPayment()) == (2, 7)
    assert not suite.store.policy().enabled
    wallet.act(suite.store, "transferOperator", operator)
    (event,) = logs(wallet.contract, "OperatorProposed")
    assert (event.operator, event.proposed) == (wallet.address, operator)


def test_what_an_operator_calls_does_not_operate_its_node(
    suite: Suite, wallet: Wallet, box: Contract, operator: str
) -> None:
    suite.whitelist(box.address)
    suite.stake(actor("alice"), link(100))
    node = suite.actors.node_address
    suite.store.transferOperator(COMPANY, sender=operator)
    penalty = (box.address, link(1), word(1))
    wallet.fails(suite.store, "setAuthorizedSenders", [], signer=operator)
    wallet.fails(suite.store, "sendPenalty", *penalty, signer=operator)
    wallet.fails(suite.store, "transferOperator", wallet.address, signer=operator)
    wallet.fails(suite.node, "sendPenalty", node, *penalty, signer=operator)
    wallet.fails(suite.node, "setEnabled", node, False, signer=operator)
    wallet.fails(suite.node, "setMinimumPayment", node, 1, signer=operator)
    wallet.fails(suite.store, "acceptOperator", signer=COMPANY)


def test_the_nodes_key_may_sign_when_a_contract_becomes_the_operator(
    suite: Suite, wallet: Wallet, operator: str
) -> None:
    """It must not become the operator itself; who signs is not looked at."""
    suite.store.transferOperator(wallet.address, sender=operator)
    wallet.act(suite.store, "acceptOperator", signer=suite.actors.node_address)
    assert suite.store.operator() == wallet.address


def test_a_contract_owns_the_suite(suite: Suite, wallet: Wallet, box: Contract) -> None:
    suite.timelock.transfer_ownership(wallet.address, sender=suite.actors.owner)
    wallet.act(suite.timelock, "accept_ownership")
    node = suite.actors.node_address
    wallet.act(suite.node, "setEnabled", node, False)
    wallet.act(suite.node, "setEnabled", node, True)
    wallet.act(suite.node, "setStakeLimit", node, link(9))
    wallet.act(suite.pool, "createNode", NEW, COMPANY, link(3), True)
    wallet.act(suite.pool, "setCreatorLimit", link(7))
    wallet.act(suite.factory, "announceDestination", box.address)
    assert suite.store.policy().limit == link(9)
    assert suite.store_of(NEW).operator() == COMPANY
    assert suite.pool.creatorLimit() == link(7)
    assert suite.factory.destination(box.address).state == 1


def test_what_the_owner_calls_does_not_own_the_suite(
    suite: Suite, wallet: Wallet, box: Contract, owner: str
) -> None:
    node = suite.actors.node_address
    wallet.fails(suite.node, "setEnabled", node, False, signer=owner)
    wallet.fails(suite.node, "setEnabled", node, True, signer=owner)
    wallet.fails(suite.pool, "createNode", NEW, COMPANY, link(3), True, signer=owner)
    wallet.fails(suite.pool, "setCreatorLimit", link(7), signer=owner)
    wallet.fails(suite.factory, "announceDestination", box.address, signer=owner)
    data = suite.factory.setContract.prepare_calldata("Node", box.address, code_hash(box.address))
    wallet.fails(suite.timelock, "announce", suite.factory.address, data, word(0), signer=owner)


def test_a_contract_creates_nodes(suite: Suite, wallet: Wallet, owner: str) -> None:
    suite.pool.setCreator(wallet.address, 2, sender=owner)
    suite.pool.setCreatorLimit(link(5), sender=owner)
    suite.pool.announceOperator(COMPANY, sender=owner)
    travel(DELAY)
    suite.pool.activateOperator(COMPANY)
    wallet.act(suite.pool, "createNode", NEW, COMPANY, link(5), False)
    assert suite.pool.creatorAllowance() == 1
    suite.pool.setCreator(actor("keeper"), 2, sender=owner)
    args = (actor("next node"), COMPANY, link(5), False)
    wallet.fails(suite.pool, "createNode", *args, signer=actor("keeper"))


def test_a_node_registers_itself_and_nobody_for_it(
    suite: Suite, wallet: Wallet, owner: str
) -> None:
    """Nor does a contract: what registers becomes the node, and a node is a key."""
    suite.pool.approveNode(NEW, COMPANY, link(5), False, sender=owner)
    wallet.fails(suite.pool, "registerNode", signer=NEW)
    suite.pool.approveNode(wallet.address, COMPANY, link(5), False, sender=owner)
    with boa.reverts():
        wallet.act(suite.pool, "registerNode")
    assert suite.factory.storageCount() == 1


def test_what_the_deployer_calls_does_not_deploy(core: Core, wallet: Wallet) -> None:
    deployer = core.actors.deployer
    code = contract("PoolStorage").deploy(core.factory.address, LOSS_CAP, PENALTY_LIFE)
    wallet.fails(core.factory, "initialise", code.address, signer=deployer)
    core.factory.initialise(code.address, sender=deployer)
    logic = mock("logic_target")
    args = ("Node", logic.address, code_hash(logic.address))
    wallet.fails(core.factory, "setContract", *args, signer=deployer)
    wallet.fails(core.factory, "seal", signer=deployer)
    assert not core.factory.isSealed()
