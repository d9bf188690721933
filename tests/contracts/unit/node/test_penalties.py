# SPDX-License-Identifier: MIT
"""sendPenalty() and the tracking of penalties: whitepaper 6.1.3.2."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, Suite, actor, link, logs, word


@pytest.fixture
def listed(staked: Suite, box: Contract) -> Contract:
    """The box on the whitelist."""
    staked.whitelist(box.address)
    return box


def test_the_operator_sends_a_penalty(
    staked: Suite, listed: Contract, operator: str, node_address: str
) -> None:
    id_ = staked.node.sendPenalty(
        node_address, listed.address, link("0.3"), word(7), sender=operator
    )
    (event,) = logs(staked.node, "PenaltySent")
    assert (event.target, event.reference, event.id) == (listed.address, word(7), id_)
    assert listed.received(staked.store.address, word(7)) == link("0.3")
    assert staked.link.balanceOf(listed.address) == link("0.3")


def test_nobody_else_sends_one(staked: Suite, listed: Contract, node_address: str) -> None:
    """The owner neither: the role is the operator's alone."""
    actors = staked.actors
    for outsider in (actors.owner, actors.stranger, actors.staker, node_address, actors.creator):
        with boa.reverts("node: caller is not operator"):
            staked.node.sendPenalty(
                node_address, listed.address, link("0.3"), word(7), sender=outsider
            )


def test_the_operator_of_another_node_sends_none(
    staked: Suite, listed: Contract, node_address: str
) -> None:
    other = actor("other operator")
    staked.create_node(actor("second node"), operator=other)
    with boa.reverts("node: caller is not operator"):
        staked.node.sendPenalty(node_address, listed.address, 1, word(7), sender=other)


def test_a_target_off_the_whitelist_gets_nothing(
    staked: Suite, box: Contract, operator: str, node_address: str
) -> None:
    for target in (box.address, operator):
        with boa.reverts("storage: not a destination"):
            staked.node.sendPenalty(node_address, target, link("0.3"), word(7), sender=operator)


def test_penalties_are_counted_and_kept(
    staked: Suite, listed: Contract, operator: str, node_address: str
) -> None:
    node, amounts = staked.node, [link("0.1"), link("0.2")]
    assert node.penaltyCount(node_address) == 0
    for i, amount in enumerate(amounts):
        node.sendPenalty(node_address, listed.address, amount, word(i), sender=operator)
    listed.giveBackFinal(staked.store.address, link("0.1"), word(0))
    found = [node.penaltyAt(node_address, i) for i in range(node.penaltyCount(node_address))]
    assert [penalty.id for penalty in found] == [1, 2]
    assert [penalty.amount for penalty in found] == amounts
    assert [penalty.state for penalty in found] == [2, 1]
    assert found[0] == staked.store.penalty(listed.address, word(0))
    with boa.reverts("node: index out of range"):
        node.penaltyAt(node_address, 2)


def test_an_unknown_node_has_no_penalties(suite: Suite, operator: str, box: Contract) -> None:
    nobody = actor("nobody")
    with boa.reverts("factory: unknown node"):
        suite.node.sendPenalty(nobody, box.address, 1, word(1), sender=operator)
    with boa.reverts("factory: unknown node"):
        suite.node.penaltyCount(nobody)
    with boa.reverts("factory: unknown node"):
        suite.node.penaltyAt(nobody, 0)
