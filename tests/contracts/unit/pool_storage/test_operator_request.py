# SPDX-License-Identifier: MIT
"""operatorRequest through LINK.transferAndCall: multi word answers, called back at the sender."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, Suite, actor, link, logs
from tests.contracts.unit.pool_storage.support import (
    ANSWER,
    EXPIRY,
    OPERATOR_REQUEST,
    SPEC,
    operator_request,
    request_id,
    send,
)

CUSTOMER = actor("customer")
MINIMUM = link("0.1")


def test_p11_the_event_is_chainlinks_field_by_field(suite: Suite) -> None:
    send(suite, CUSTOMER, link(2), operator_request(nonce=5, data=b"\x01\x02"))
    (event,) = logs(suite.link, "OracleRequest")
    assert (event.specId, event.requestId) == (SPEC, request_id(CUSTOMER, 5))
    assert event.requester == event.callbackAddr == CUSTOMER
    assert (event.payment, event.callbackFunctionId) == (link(2), ANSWER)
    assert event.cancelExpiration == boa.env.timestamp + EXPIRY
    assert (event.dataVersion, event.data) == (2, b"\x01\x02")
    assert suite.store.escrowed() == link(2)


def test_below_the_minimum_payment_is_refused(suite: Suite) -> None:
    with boa.reverts("storage: below minimum payment"):
        send(suite, CUSTOMER, MINIMUM - 1, operator_request())


def test_a_disabled_node_takes_no_request(suite: Suite, operator: str) -> None:
    suite.node.setEnabled(suite.actors.node_address, False, sender=operator)
    with boa.reverts("storage: node is disabled"):
        send(suite, CUSTOMER, MINIMUM, operator_request())


@pytest.mark.parametrize("part", ["factory", "node", "pool_owners", "timelock", "staking", "store"])
def test_p12_no_contract_of_the_suite_is_a_requester(suite: Suite, part: str) -> None:
    with boa.reverts("storage: not a requester"):
        send(suite, getattr(suite, part).address, MINIMUM, operator_request())


def test_p12_nor_is_a_destination_even_when_removed(
    suite: Suite, listed: Contract, owner: str
) -> None:
    suite.factory.removeDestination(listed.address, sender=owner)
    with boa.reverts("storage: not a requester"):
        send(suite, listed.address, MINIMUM, operator_request())


def test_ids_are_shared_with_oracle_requests(suite: Suite) -> None:
    send(suite, CUSTOMER, MINIMUM, operator_request(nonce=3))
    with boa.reverts("storage: request id in use"):
        send(suite, CUSTOMER, MINIMUM, operator_request(nonce=3))


def test_request_data_may_have_four_kibibytes_and_no_more(suite: Suite) -> None:
    send(suite, CUSTOMER, MINIMUM, operator_request(data=b"\xff" * 4096))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.data == b"\xff" * 4096
    with boa.reverts():  # one word shorter than an oracleRequest: refused by the decoder
        send(suite, CUSTOMER, MINIMUM, operator_request(nonce=2, data=b"\xff" * 4097))
    with boa.reverts("storage: request over 4 KiB"):
        send(suite, CUSTOMER, MINIMUM, operator_request(nonce=2, data=b"\xff" * 4160))


def test_a_larger_data_version_is_refused(suite: Suite) -> None:
    with boa.reverts("storage: data version"):
        send(suite, CUSTOMER, MINIMUM, operator_request(version=256))


def test_nobody_reaches_it_but_through_link(suite: Suite, stranger: str) -> None:
    for liar in (stranger, CUSTOMER, suite.store.address, suite.node.address):
        with boa.reverts("storage: only LINK"):
            suite.store.operatorRequest(CUSTOMER, link(9), SPEC, ANSWER, 1, 2, b"", sender=liar)


def test_link_itself_can_ask_for_nobody(suite: Suite) -> None:
    """The token calls onTokenTransfer only; were it to call this, no requester would be known."""
    with boa.reverts():
        suite.store.operatorRequest(
            CUSTOMER, link(9), SPEC, ANSWER, 1, 2, b"", sender=suite.link.address
        )


def test_the_selector_is_chainlinks(suite: Suite) -> None:
    data = suite.store.operatorRequest.prepare_calldata(CUSTOMER, 1, SPEC, ANSWER, 1, 2, b"")
    assert data.startswith(OPERATOR_REQUEST)
