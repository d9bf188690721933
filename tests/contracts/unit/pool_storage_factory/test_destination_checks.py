# SPDX-License-Identifier: MIT
"""What a penalty destination must be, when announced, when activated and at every send (P5)."""

from __future__ import annotations

import boa
import pytest
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    DELAY,
    ZERO,
    Contract,
    Suite,
    actor,
    code_hash,
    deploy_link,
    link,
    mock,
    travel,
    word,
)


def _refused(suite: Suite, target: str, reason: str) -> None:
    with boa.reverts(reason):
        suite.factory.announceDestination(target, sender=suite.actors.owner)


def _forwarder(target: str) -> bytes:
    """An EIP-1167 minimal proxy's code."""
    return (
        bytes.fromhex("363d3d373d3d3d363d73")
        + bytes.fromhex(target[2:])
        + bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
    )


def test_p5_an_account_without_code_is_refused(suite: Suite, stranger: str) -> None:
    _refused(suite, stranger, "factory: no code")


def test_p5_an_account_with_delegated_code_is_refused(
    suite: Suite, box: Contract, stranger: str
) -> None:
    boa.env.set_code(stranger, bytes.fromhex("ef0100") + bytes.fromhex(box.address[2:]))
    _refused(suite, stranger, "factory: delegated account")


def test_p5_an_account_that_delegates_while_it_waits_is_not_activated(
    suite: Suite, box: Contract
) -> None:
    target = box.address
    suite.factory.announceDestination(target, sender=suite.actors.owner)
    travel(DELAY)
    boa.env.set_code(target, bytes.fromhex("ef0100") + bytes.fromhex(suite.node.address[2:]))
    with boa.reverts("factory: code changed"):
        suite.factory.activateDestination(target)


def test_p5_a_minimal_proxy_is_refused(suite: Suite, box: Contract) -> None:
    target = actor("proxy")
    boa.env.set_code(target, _forwarder(box.address))
    _refused(suite, target, "factory: proxy")


def test_p5_a_minimal_proxy_with_data_behind_it_is_refused(suite: Suite, box: Contract) -> None:
    target = actor("proxy")
    boa.env.set_code(target, _forwarder(box.address) + bytes(200))
    _refused(suite, target, "factory: proxy")


def test_p5_code_too_short_to_do_anything_but_forward_is_refused(
    suite: Suite, box: Contract
) -> None:
    """The forwarders written with PUSH0 start differently and are as short."""
    target = actor("proxy")
    pushes = "365f5f375f5f365f73" + box.address[2:] + "5af43d5f5f3e5f3d91602a57fd5bf3"
    boa.env.set_code(target, bytes.fromhex(pushes))
    _refused(suite, target, "factory: proxy")


def test_p5_the_destination_of_another_link_is_refused(suite: Suite, stranger: str) -> None:
    other = deploy_link(stranger)
    _refused(suite, mock("penalty_box", other.address).address, "factory: not for this LINK")


@pytest.mark.parametrize(
    "answer",
    ["nothing", "refusal", "a short word", "a dirty word", "too much", "another address"],
)
def test_p5_any_other_answer_than_this_link_is_refused(suite: Suite, answer: str) -> None:
    right = bytes(12) + bytes.fromhex(suite.link.address[2:])
    given = {
        "nothing": (b"", True),
        "refusal": (b"", False),
        "a short word": (right[12:], False),
        "a dirty word": (b"\1" + right[1:], False),
        "too much": (right + bytes(32), False),
        "another address": (bytes(12) + b"\2" * 20, False),
    }
    target = mock("destination_answers")
    target.setAnswer(*given[answer])
    _refused(suite, target.address, "factory: not for this LINK")
    target.setAnswer(right, False)
    suite.factory.announceDestination(target.address, sender=suite.actors.owner)


def test_p5_a_contract_that_answers_differently_when_ready_is_not_activated(
    suite: Suite, box: Contract
) -> None:
    suite.factory.announceDestination(box.address, sender=suite.actors.owner)
    box.setToken(suite.node.address)
    travel(DELAY)
    with boa.reverts("factory: not for this LINK"):
        suite.factory.activateDestination(box.address)


def test_p5_no_part_of_the_suite_is_a_destination(suite: Suite, node_address: str) -> None:
    """A PoolStorage answers getChainlinkToken() with the right LINK: its role refuses it."""
    assert suite.store.getChainlinkToken() == suite.link.address
    for taken in (
        ZERO,
        suite.link.address,
        suite.pool_owners.address,
        suite.timelock.address,
        suite.factory.address,
        suite.factory.poolStorage(),
        suite.factory.poolData(),
        suite.factory.implementation(),
        suite.store.address,
        suite.node.address,
        node_address,
    ):
        _refused(suite, taken, "factory: address is taken")


def test_p5_a_target_that_became_logic_while_it_waited_is_not_activated(
    suite: Suite, box: Contract
) -> None:
    suite.factory.announceDestination(box.address, sender=suite.actors.owner)
    suite.factory.setContract(
        "Penalties", box.address, code_hash(box.address), sender=suite.timelock.address
    )
    travel(DELAY)
    with boa.reverts("factory: address is taken"):
        suite.factory.activateDestination(box.address)


def test_p5_code_that_changes_while_it_waits_is_not_activated(suite: Suite, box: Contract) -> None:
    """Destroyed and created again at the same address, for instance."""
    suite.factory.announceDestination(box.address, sender=suite.actors.owner)
    travel(DELAY)
    boa.env.set_code(box.address, boa.env.get_code(box.address) + b"\0")
    with boa.reverts("factory: code changed"):
        suite.factory.activateDestination(box.address)


def test_p5_code_that_changes_later_gets_no_link(suite: Suite, box: Contract) -> None:
    """Compared at every send, by the PoolStorage itself."""
    suite.whitelist(box.address)
    suite.stake(suite.actors.staker, link(1000))
    travel(12)
    code = boa.env.get_code(box.address)
    boa.env.set_code(box.address, code + b"\0")
    assert not suite.factory.isDestination(box.address)
    assert suite.factory.destination(box.address).codeHash == keccak(code)
    with boa.reverts("storage: not a destination"):
        suite.store.sendPenalty(box.address, link(1), word(1), sender=suite.actors.operator)
    boa.env.set_code(box.address, code)
    suite.store.sendPenalty(box.address, link(1), word(1), sender=suite.actors.operator)
    assert suite.link.balanceOf(box.address) == link(1)


def test_p5_no_link_leaves_for_a_target_announced_or_removed(suite: Suite, box: Contract) -> None:
    suite.stake(suite.actors.staker, link(1000))
    travel(12)
    owner, operator = suite.actors.owner, suite.actors.operator
    suite.factory.announceDestination(box.address, sender=owner)
    with boa.reverts("storage: not a destination"):
        suite.store.sendPenalty(box.address, link(1), word(1), sender=operator)
    travel(DELAY)
    suite.factory.activateDestination(box.address)
    suite.factory.removeDestination(box.address, sender=owner)
    with boa.reverts("storage: not a destination"):
        suite.store.sendPenalty(box.address, link(1), word(1), sender=operator)
    assert suite.link.balanceOf(box.address) == 0


def test_p16_no_logic_writes_the_whitelist(suite: Suite, box: Contract) -> None:
    """It is native state of the factory, not key-value data."""
    for logic in (suite.pool, suite.node, suite.node_factory, suite.staking):
        with boa.reverts("factory: caller is not owner"):
            suite.factory.announceDestination(box.address, sender=logic.address)
    assert suite.factory.destinationCount() == 0
