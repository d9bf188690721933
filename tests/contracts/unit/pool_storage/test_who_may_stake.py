# SPDX-License-Identifier: MIT
"""A policy's parts, each by itself and beside all others: who may stake, how much, who is asked."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, Suite, code_hash, link, mock, word
from tests.contracts.unit.pool_storage.support import ALICE, BOB, M90, send, stake_for
from tests.contracts.unit.pool_storage.words import Words

HUGE = 2**86  # juels: the highest bit that a minimum has


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("ask", [False, True])
def test_a_disabled_node_takes_no_stake_whatever_else_holds(
    suite: Suite, logic: str, private: bool, ask: bool
) -> None:
    suite.store.setStakerAllowed(ALICE, True, sender=logic)
    suite.store.setPolicy((False, private, ask, M90, 2**87 - 1), sender=logic)
    with boa.reverts("storage: node is disabled"):
        send(suite, ALICE, link(2))
    suite.store.setPolicy((True, private, ask, M90, 0), sender=logic)
    send(suite, ALICE, link(2))
    assert suite.store.stakeOf(ALICE) == link(2)


def test_a_node_that_asks_is_not_private_for_that(suite: Suite, logic: str) -> None:
    suite.store.setPolicy((True, False, True, M90, 0), sender=logic)
    send(suite, ALICE, link(2))
    assert suite.store.stakeOf(ALICE) == link(2)


@pytest.mark.parametrize("ask", [False, True])
def test_a_private_node_asks_its_list_whoever_else_is_asked(
    suite: Suite, logic: str, ask: bool
) -> None:
    suite.store.setStakerAllowed(ALICE, True, sender=logic)
    suite.store.setPolicy((True, True, ask, M90, 0), sender=logic)
    send(suite, BOB, link(2), stake_for(ALICE))
    with boa.reverts("storage: staker is not allowed"):
        send(suite, ALICE, link(2), stake_for(BOB))


def test_an_open_node_does_not_ask_its_list(suite: Suite, logic: str) -> None:
    suite.store.setStakerAllowed(ALICE, False, sender=logic)
    send(suite, ALICE, link(2))
    assert suite.store.stakeOf(ALICE) == link(2)


@pytest.mark.parametrize("flags", [(False, False), (True, True)])
def test_a_minimum_is_all_of_its_bits_and_none_of_the_price_beside_it(
    suite: Suite, logic: str, flags: tuple[bool, bool]
) -> None:
    suite.store.setStakerAllowed(ALICE, True, sender=logic)
    suite.store.setTerm(4, 2**76 - 1, sender=logic)
    suite.store.setPolicy((True, *flags, M90, HUGE), sender=logic)
    with boa.reverts("storage: below minimum stake"):
        send(suite, ALICE, HUGE - 1)
    send(suite, ALICE, HUGE)
    assert suite.store.stakeOf(ALICE) == HUGE


def test_a_limit_is_all_of_its_bits_and_none_of_the_price_beside_it(
    suite: Suite, logic: str
) -> None:
    suite.store.setTerm(4, 2**76 - 1, sender=logic)
    for limit in (2**89, link(3)):
        suite.store.setPolicy((True, False, False, limit, 0), sender=logic)
        with boa.env.anchor(), boa.reverts("storage: over the stake limit"):
            send(suite, ALICE, limit + 1)
        with boa.env.anchor():
            send(suite, ALICE, limit)
            assert suite.store.totalStaked() == limit


def test_node_is_asked_of_the_node_the_staker_and_the_amount(suite: Suite) -> None:
    asked = mock("pool_storage_picky_node")
    data = suite.factory.setContract.prepare_calldata(
        "Node", asked.address, code_hash(asked.address)
    )
    suite.by_timelock(suite.factory, data)
    words = Words(suite.store)
    words.write("node", {"address": int(suite.actors.node_address, 16), "cost": 2**92 - 1})
    suite.store.setPolicy((True, False, True, M90, 0), sender=asked.address)
    asked.expect(suite.actors.node_address, ALICE, link(2))
    for staker, amount in ((BOB, link(2)), (ALICE, link(2) + 1)):
        with boa.reverts("storage: refused by Node"):
            send(suite, BOB, amount, stake_for(staker))
    send(suite, BOB, link(2), stake_for(ALICE))
    suite.store.setPolicy((True, False, False, M90, 0), sender=asked.address)
    send(suite, BOB, link(5))


def test_a_staker_that_became_a_destination_stakes_no_more(
    suite: Suite, box: Contract, operator: str
) -> None:
    """What it sends from then on is a return, or a mistake; its stake stays its own."""
    suite.stake(ALICE, link(100))
    suite.fund(box.address, link(7))
    box.giveBackRaw(suite.store.address, link(2), b"")
    suite.whitelist(box.address)
    box.giveBackRaw(suite.store.address, link(2), b"")
    suite.store.sendPenalty(box.address, link(1), word(1), sender=operator)
    with boa.reverts("storage: not a staker"):
        box.giveBackRaw(suite.store.address, link(2), b"")
    assert suite.store.stakeOf(box.address) == link(4)
