# SPDX-License-Identifier: MIT
"""A consumer that is a part of the suite, a request that does not come below LINK (P11, P12)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, CALLBACK, ask, request_data
from tests.contracts.suite import DELAY, Suite, code_hash, link, mock, travel


def test_p12_the_timelock_cannot_be_made_a_consumer(staked: Suite) -> None:
    """It holds LINK and executes transferAndCall with a request whose call back it would be."""
    timelock, owner = staked.timelock, staked.actors.owner
    staked.fund(timelock.address, link(1))
    request = request_data(staked, timelock.address)
    call = staked.link.transferAndCall.prepare_calldata(staked.store.address, link(1), request)
    timelock.announce(staked.link.address, call, bytes(32), sender=owner)
    travel(DELAY)
    with boa.reverts():
        timelock.execute(staked.link.address, call, bytes(32))
    assert staked.store.escrowed() == 0


def test_p12_the_timelock_cannot_stake(staked: Suite) -> None:
    timelock, owner = staked.timelock, staked.actors.owner
    staked.fund(timelock.address, link(1))
    call = staked.link.transferAndCall.prepare_calldata(staked.store.address, link(1), b"")
    timelock.announce(staked.link.address, call, bytes(32), sender=owner)
    travel(DELAY)
    with boa.reverts():
        timelock.execute(staked.link.address, call, bytes(32))


def test_p12_logic_cannot_be_a_consumer(staked: Suite) -> None:
    rogue = mock("logic_target")
    data = staked.factory.setContract.prepare_calldata(
        "Rogue", rogue.address, code_hash(rogue.address)
    )
    staked.by_timelock(staked.factory, data)
    with boa.reverts():
        ask(staked, rogue, link(1))


def test_p12_the_node_cannot_be_its_own_consumer(staked: Suite) -> None:
    node = staked.actors.node_address
    staked.fund(node, link(1))
    request = request_data(staked, node)
    with boa.reverts():
        staked.link.transferAndCall(staked.store.address, link(1), request, sender=node)


def test_p12_a_call_back_to_somebody_else_is_refused(staked: Suite) -> None:
    """oracleRequest names its call back: it must be who sent the LINK."""
    for victim in (staked.link.address, staked.store.address, staked.actors.owner):
        request = bytes(
            staked.store.oracleRequest.prepare_calldata(
                ALICE, 0, bytes(32), victim, CALLBACK, 1, 1, b""
            )
        )
        staked.fund(ALICE, link(1))
        with boa.reverts():
            staked.link.transferAndCall(staked.store.address, link(1), request, sender=ALICE)


@pytest.mark.parametrize("of", ["store", "implementation", "registry"])
def test_p11_a_request_that_link_does_not_carry_is_refused(staked: Suite, of: str) -> None:
    """Called directly, by anyone and by a token that only looks like LINK."""
    address = {
        "store": staked.store.address,
        "implementation": staked.factory.implementation(),
        "registry": staked.factory.poolStorage(),
    }[of]
    token = mock("evil_token")
    store = staked.store_at(address)
    with boa.reverts("storage: only LINK"):
        store.oracleRequest(ALICE, link(9), bytes(32), ALICE, CALLBACK, 1, 1, b"", sender=ALICE)
    with boa.reverts("storage: only LINK"):
        store.operatorRequest(ALICE, link(9), bytes(32), CALLBACK, 1, 1, b"", sender=ALICE)
    with boa.reverts("storage: only LINK"):
        token.ask(address, request_data(staked, token.address))
    for data in (b"", request_data(staked, ALICE), bytes.fromhex("4bf69206") + bytes(32)):
        with boa.reverts("storage: only LINK"):
            token.transferAndCall(address, link(9), data, sender=ALICE)
    with boa.reverts("storage: only LINK"):
        store.onTokenTransfer(ALICE, link(9), b"", sender=ALICE)


def test_p11_the_frame_that_parses_leaves_nothing_behind(staked: Suite) -> None:
    """A request and, in the same transaction, the same call without LINK."""
    consumer = mock("hostile_consumer")
    staked.fund(consumer.address, link(2))
    request = request_data(staked, consumer.address)
    call = staked.link.transferAndCall.prepare_calldata(staked.store.address, link(1), request)
    direct = request_data(staked, consumer.address, 2)
    consumer.behave(4, [(staked.link.address, call), (staked.store.address, direct)])
    boa.env.raw_call(consumer.address, data=CALLBACK + bytes(64))
    assert consumer.succeeded() == 0b01
    assert staked.store.escrowed() == link(1)


@pytest.mark.parametrize("cut", [4, 36, 100, 227])
def test_p11_a_request_cut_short_is_refused(staked: Suite, cut: int) -> None:
    staked.fund(ALICE, link(1))
    request = request_data(staked, ALICE)[:cut]
    with boa.reverts():
        staked.link.transferAndCall(staked.store.address, link(1), request, sender=ALICE)


@pytest.mark.parametrize("of", ["store", "implementation", "registry", "data"])
def test_p16_nobody_initialises_anything_again(staked: Suite, of: str) -> None:
    factory = staked.factory
    address = {
        "store": staked.store.address,
        "implementation": factory.implementation(),
        "registry": factory.poolStorage(),
        "data": factory.poolData(),
    }[of]
    terms = (ALICE, ALICE, ALICE, False, 10**27, 0, 0, 0, 0, 0)
    for caller in (ALICE, staked.actors.owner, staked.actors.deployer):
        with boa.reverts("storage: only the factory"):
            staked.store_at(address).initialise(terms, sender=caller)
    with boa.reverts("storage: already initialised"):
        staked.store_at(address).initialise(terms, sender=factory.address)


def test_p1_the_implementation_takes_nothing(staked: Suite) -> None:
    """It is nobody's storage: no stake, no request, no penalty."""
    address: str = staked.factory.implementation()
    staked.fund(ALICE, link(3))
    for data in (b"", request_data(staked, ALICE), bytes.fromhex("4bf69206") + bytes(32)):
        with boa.reverts():
            staked.link.transferAndCall(address, link(1), data, sender=ALICE)
    assert staked.link.balanceOf(address) == 0
