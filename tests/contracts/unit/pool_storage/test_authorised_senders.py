# SPDX-License-Identifier: MIT
"""setAuthorizedSenders() and who may answer, by all of Chainlink's names."""

from __future__ import annotations

import boa

from tests.contracts.suite import Suite, actor, link, logs, travel
from tests.contracts.unit.pool_storage.support import ALICE, answer, ask

KEYS = [actor(f"key {i}") for i in range(17)]


def test_at_first_the_node_alone_may_answer(suite: Suite) -> None:
    assert suite.store.getAuthorizedSenders() == [suite.actors.node_address]
    assert suite.store.isAuthorizedSender(suite.actors.node_address)
    assert suite.store.getAuthorizationStatus(suite.actors.node_address)
    for other in (suite.actors.operator, suite.actors.owner, "0x" + "00" * 20):
        assert not suite.store.isAuthorizedSender(other)
        assert not suite.store.getAuthorizationStatus(other)


def test_the_operator_replaces_the_list(suite: Suite, operator: str) -> None:
    suite.store.setAuthorizedSenders(KEYS[:2], sender=operator)
    (event,) = logs(suite.store, "AuthorizedSendersChanged")
    assert (event.senders, event.changedBy) == (KEYS[:2], operator)
    suite.store.setAuthorizedSenders(KEYS[1:3], sender=operator)
    assert suite.store.getAuthorizedSenders() == [suite.actors.node_address, *KEYS[1:3]]
    assert [suite.store.isAuthorizedSender(key) for key in KEYS[:4]] == [False, True, True, False]


def test_the_list_may_be_emptied_and_the_node_stays(suite: Suite, operator: str) -> None:
    suite.store.setAuthorizedSenders(KEYS[:2], sender=operator)
    suite.store.setAuthorizedSenders([], sender=operator)
    assert suite.store.getAuthorizedSenders() == [suite.actors.node_address]
    assert answer(suite, ask(suite, actor("customer")))


def test_sixteen_senders_and_not_one_more(suite: Suite, operator: str) -> None:
    suite.store.setAuthorizedSenders(KEYS[:16], sender=operator)
    assert len(suite.store.getAuthorizedSenders()) == 17
    data = suite.store.setAuthorizedSenders.prepare_calldata(KEYS[:16])
    longer = data[:67] + bytes([17]) + data[68:] + bytes(12) + bytes.fromhex(KEYS[16][2:])
    computation = boa.env.execute_code(to_address=suite.store.address, data=longer, sender=operator)
    assert computation.is_error


def test_a_name_twice_is_taken_off_with_the_list(suite: Suite, operator: str) -> None:
    suite.store.setAuthorizedSenders([KEYS[0], KEYS[0]], sender=operator)
    suite.store.setAuthorizedSenders([KEYS[1]], sender=operator)
    assert not suite.store.isAuthorizedSender(KEYS[0])


def test_nobody_else_sets_it(suite: Suite, logic: str) -> None:
    who = suite.actors
    for outsider in (who.owner, who.node_address, who.stranger, who.creator, logic, KEYS[0]):
        with boa.reverts("storage: only the operator"):
            suite.store.setAuthorizedSenders(KEYS[:1], sender=outsider)


def test_a_sender_can_do_nothing_but_answer(suite: Suite, operator: str) -> None:
    suite.stake(ALICE, link(3))
    travel(12)
    suite.store.setAuthorizedSenders([KEYS[0]], sender=operator)
    with boa.reverts("storage: only logic"):
        suite.store.release(ALICE, link(1), sender=KEYS[0])
    with boa.reverts("storage: only logic"):
        suite.store.sendPenalty(KEYS[0], link(1), bytes(32), sender=KEYS[0])
    with boa.reverts("storage: only logic"):
        suite.store.setTerm(3, 0, sender=KEYS[0])
    with boa.reverts("storage: only the operator"):
        suite.store.transferOperator(KEYS[0], sender=KEYS[0])
    assert answer(suite, ask(suite, actor("customer")), sender=KEYS[0])


def test_what_tools_ask_an_oracle(suite: Suite) -> None:
    assert suite.store.getChainlinkToken() == suite.link.address
    assert suite.store.EXPIRY_TIME() == 300
    assert suite.store.typeAndVersion() == "PoolStorage 1.0.0"
