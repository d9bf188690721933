# SPDX-License-Identifier: MIT
"""oracleRequest by LINK.transferAndCall: Chainlink's requests, one word answers (6.1.3.1)."""

from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode

from tests.contracts.suite import Contract, Suite, actor, link, logs, travel
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    ANSWER,
    EXPIRY,
    LIAR,
    ORACLE_REQUEST,
    SPEC,
    ask,
    books,
    oracle_request,
    request_id,
    send,
)

CUSTOMER = actor("customer")
MINIMUM = link("0.1")


def test_p11_the_event_is_chainlinks_field_by_field(suite: Suite) -> None:
    send(suite, CUSTOMER, link(2), oracle_request(CUSTOMER, nonce=5, data=b"\x01\x02"))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.specId == SPEC
    assert event.requester == event.callbackAddr == CUSTOMER
    assert event.requestId == request_id(CUSTOMER, 5)
    assert event.payment == link(2)
    assert event.callbackFunctionId == ANSWER
    assert event.cancelExpiration == boa.env.timestamp + EXPIRY
    assert event.dataVersion == 1
    assert event.data == b"\x01\x02"


def test_p11_the_event_has_chainlinks_topic(suite: Suite) -> None:
    send(suite, CUSTOMER, link(2), oracle_request(CUSTOMER))
    (entry,) = [
        log
        for log in suite.link._computation.get_raw_log_entries()
        if log[1] == suite.store.address.canonical_address
    ]
    topics = entry[2]
    known = 0xD8D7ECC4800D25FA53CE0372F13A416D98907A7EF3D8D3BDD79CF4FE75529C65
    assert list(topics) == [known, int.from_bytes(SPEC, "big")]


def test_the_payment_is_escrow_and_nobodys_yet(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    ask(suite, CUSTOMER, link(2))
    ask(suite, CUSTOMER, link(1), nonce=2)
    found = books(suite.store)
    assert (found.escrow, found.staked, found.pending) == (link(3), link(3), 0)
    assert (found.operations, found.owners) == (0, 0)


def test_what_the_payload_says_of_sender_and_payment_is_ignored(suite: Suite) -> None:
    """Its first two words are lies in every test here."""
    payload = oracle_request(CUSTOMER)
    assert encode(["address"], [LIAR]) in payload
    send(suite, CUSTOMER, MINIMUM, payload)
    (event,) = logs(suite.link, "OracleRequest")
    assert (event.requester, event.payment) == (CUSTOMER, MINIMUM)


def test_below_the_minimum_payment_is_refused(suite: Suite) -> None:
    with boa.reverts("storage: below minimum payment"):
        send(suite, CUSTOMER, MINIMUM - 1, oracle_request(CUSTOMER))
    send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER))
    assert suite.store.escrowed() == MINIMUM


def test_with_a_minimum_of_zero_a_free_request_is_taken(suite: Suite, logic: str) -> None:
    suite.store.setTerm(4, 0, sender=logic)
    send(suite, CUSTOMER, 0, oracle_request(CUSTOMER))
    assert len(logs(suite.link, "OracleRequest")) == 1


def test_a_disabled_node_takes_no_request(suite: Suite, operator: str) -> None:
    suite.node.setEnabled(suite.actors.node_address, False, sender=operator)
    with boa.reverts("storage: node is disabled"):
        send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER))


def test_p12_the_callback_must_be_the_sender_of_the_link(suite: Suite, stranger: str) -> None:
    with boa.reverts("storage: callback not the sender"):
        send(suite, CUSTOMER, MINIMUM, oracle_request(stranger))
    for victim in (suite.link, suite.store, suite.pool_owners, suite.factory):
        with boa.reverts("storage: callback not the sender"):
            send(suite, CUSTOMER, MINIMUM, oracle_request(victim.address))


@pytest.mark.parametrize("part", ["factory", "node", "pool_owners", "timelock", "staking", "link"])
def test_p12_no_contract_of_the_suite_is_ever_called_back(suite: Suite, part: str) -> None:
    """Even where one could be made to send LINK with a payload."""
    address = getattr(suite, part).address
    if part == "link":
        store = suite.store
        suite.fund(store.address, MINIMUM)
        payload = oracle_request(address)
        with boa.reverts("storage: not a requester"):
            store.onTokenTransfer(address, MINIMUM, payload, sender=address)
        return
    with boa.reverts("storage: not a requester"):
        send(suite, address, MINIMUM, oracle_request(address))


def test_p12_nor_another_storage_a_node_or_a_destination(suite: Suite, listed: Contract) -> None:
    other = suite.create_node(actor("node 2"))
    for address in (other.address, suite.actors.node_address, listed.address):
        with boa.reverts("storage: not a requester"):
            send(suite, address, MINIMUM, oracle_request(address))


def test_a_request_id_in_use_is_refused(suite: Suite) -> None:
    ask(suite, CUSTOMER, nonce=7)
    with boa.reverts("storage: request id in use"):
        ask(suite, CUSTOMER, nonce=7)
    ask(suite, actor("other customer"), nonce=7)
    assert suite.store.escrowed() == 2 * MINIMUM


def test_after_its_end_an_id_may_be_used_again_as_with_chainlink(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER, nonce=7)
    travel(EXPIRY)
    suite.store.cancelOracleRequest(
        asked.id, asked.payment, asked.function, asked.expiration, sender=CUSTOMER
    )
    assert ask(suite, CUSTOMER, nonce=7).id == asked.id


@pytest.mark.parametrize("version", [0, 1, 2, 255])
def test_a_data_version_of_a_byte_is_taken(suite: Suite, version: int) -> None:
    send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER, version=version))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.dataVersion == version


@pytest.mark.parametrize("version", [256, 2**255])
def test_a_larger_data_version_is_refused(suite: Suite, version: int) -> None:
    with boa.reverts("storage: data version"):
        send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER, version=version))


def test_request_data_may_have_four_kibibytes_and_no_more(suite: Suite) -> None:
    data = bytes(range(256)) * 16
    send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER, data=data))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.data == data
    with boa.reverts("storage: request over 4 KiB"):
        send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER, nonce=2, data=data + b"\x00"))


def test_empty_request_data_is_taken(suite: Suite) -> None:
    send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER, data=b""))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.data == b""


@pytest.mark.parametrize("size", [36, 68, 100, 259])
def test_a_payload_cut_short_is_refused(suite: Suite, size: int) -> None:
    with boa.reverts():
        send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER)[:size])


@pytest.mark.parametrize("wild", [2**255, 2**64, 4096])
def test_data_that_lies_beyond_the_payload_is_empty(suite: Suite, wild: int) -> None:
    """The requester harms only its own request."""
    payload = bytearray(oracle_request(CUSTOMER))
    payload[4 + 7 * 32 : 4 + 8 * 32] = wild.to_bytes(32, "big")
    send(suite, CUSTOMER, MINIMUM, bytes(payload))
    (event,) = logs(suite.link, "OracleRequest")
    assert event.data == b""


def test_nobody_reaches_it_but_through_link(suite: Suite, stranger: str) -> None:
    arguments = (CUSTOMER, link(9), SPEC, CUSTOMER, ANSWER, 1, 1, b"")
    for liar in (stranger, CUSTOMER, suite.store.address, suite.node.address):
        with boa.reverts("storage: only LINK"):
            suite.store.oracleRequest(*arguments, sender=liar)
    with boa.reverts("storage: only LINK"):
        suite.store.onTokenTransfer(CUSTOMER, link(9), oracle_request(CUSTOMER), sender=stranger)


def test_nobody_reaches_the_code_behind_the_clones(suite: Suite, stranger: str) -> None:
    code = suite.store_at(suite.factory.implementation())
    with boa.reverts("storage: only LINK"):
        code.oracleRequest(CUSTOMER, 1, SPEC, CUSTOMER, ANSWER, 1, 1, b"", sender=stranger)
    with boa.reverts("storage: node is disabled"):
        send(suite, CUSTOMER, MINIMUM, oracle_request(CUSTOMER), store=code)


def test_a_staker_may_be_a_customer_too(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    ask(suite, ALICE, link(2))
    assert suite.store.stakeOf(ALICE) == link(3)
    assert suite.store.escrowed() == link(2)


def test_the_selector_is_chainlinks(suite: Suite) -> None:
    assert suite.store.oracleRequest.prepare_calldata(
        CUSTOMER, 1, SPEC, CUSTOMER, ANSWER, 1, 1, b""
    ).startswith(ORACLE_REQUEST)
