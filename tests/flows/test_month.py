# SPDX-License-Identifier: MIT
"""The paper's month on chain: 842 requests at the minimum price (sections 4.1, 4.2 and 5).

In LINK terms at the minimum payment: Figure 1 (revenue, cost and profit of one node) and Figure 4
(75/25 to stakers and owners) come out to the juel.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from linkpool.economics import month
from tests.contracts.suite import START, Actors, Suite, actor, deploy_suite, link, travel, word

REQUESTS = 842
PRICE = link("0.1")
COST = link("0.05")
FUNCTION = keccak(text="answer(bytes32,bytes32)")[:4]
CUSTOMER = actor("customer")
# The paper's node: 20,000 LINK, its limit in Figure 3.
STAKES = {actor("first"): 10_000, actor("second"): 6_000, actor("third"): 4_000}


@pytest.fixture
def suite() -> Iterator[Suite]:
    """The sealed suite, one node of 20,000 LINK, filled."""
    boa.env.timestamp = START
    with boa.env.anchor():
        boa.env.evm.patch.code_size_limit = 2**20
        suite = deploy_suite(Actors())
        node = suite.actors.node_address
        suite.node.setStakeLimit(node, link(20_000), sender=suite.actors.owner)
        for staker, stake in STAKES.items():
            suite.stake(staker, link(stake))
        yield suite


def _request(nonce: int) -> bytes:
    types = ["address", "uint256", "bytes32", "address", "bytes4", "uint256", "uint256", "bytes"]
    values = [CUSTOMER, PRICE, bytes(32), CUSTOMER, FUNCTION, nonce, 1, b"cbor"]
    return bytes.fromhex("40429946") + encode(types, values)


def _serve(suite: Suite, nonce: int) -> None:
    """One request at the minimum price, asked through LINK and answered by the node."""
    suite.link.transferAndCall(suite.store.address, PRICE, _request(nonce), sender=CUSTOMER)
    id_ = keccak(bytes.fromhex(CUSTOMER[2:]) + word(nonce))
    expiration = boa.env.timestamp + suite.store.EXPIRY_TIME()
    assert suite.store.fulfillOracleRequest(
        id_, PRICE, CUSTOMER, FUNCTION, expiration, word(7), sender=suite.actors.node_address
    )


def _month(
    suite: Suite, requests: int = REQUESTS, distribute_every: int | None = None
) -> tuple[int, int]:
    """Requests over thirty days; gives what owners and operations were paid."""
    store = suite.store
    suite.fund(CUSTOMER, requests * PRICE)
    for nonce in range(requests):
        _serve(suite, nonce)
        travel(30 * 86_400 // requests)
        if distribute_every and nonce % distribute_every == 0:
            suite.node.distribute(suite.actors.node_address)
    suite.node.distribute(suite.actors.node_address)
    paid = suite.link.balanceOf
    return paid(suite.pool_owners.address), paid(store.operationsWallet())


def test_842_requests_at_the_minimum_price_are_shared_to_the_juel(suite: Suite) -> None:
    assert (suite.store.minimumPayment(), suite.store.operationalCost()) == (PRICE, COST)
    model = month(price=PRICE, cost=COST)
    owners, operations = _month(suite)

    # Figure 1: revenue 84.2, cost 42.1, profit 42.1 LINK.
    assert model.income == link("84.2")
    assert operations == model.operations == link("42.1")
    assert model.profit == link("42.1")
    # Figure 4, for this node: 75 % to the stakers, 25 % to the owners.
    assert owners == model.owners == link("10.525")
    assert suite.store.totalStaked() - link(20_000) == model.stakers == link("31.575")

    for staker, stake in STAKES.items():
        exact = link(stake) + model.stakers * Fraction(stake, 20_000)
        assert suite.store.withdraw(2**256 - 1, sender=staker) == exact
    assert suite.link.balanceOf(suite.store.address) == 0
    assert suite.link.balanceOf(CUSTOMER) == 0


def test_distributing_every_day_changes_no_sum_and_no_share(suite: Suite) -> None:
    """The cut rounds down at each distribution; here every part is a whole number of juels."""
    model = month(requests=90, price=PRICE, cost=COST)
    owners, operations = _month(suite, requests=90, distribute_every=3)
    assert owners == model.owners
    assert operations == model.operations
    for staker, stake in STAKES.items():
        exact = link(stake) + model.stakers * Fraction(stake, 20_000)
        assert 0 <= exact - suite.store.stakeOf(staker) < 1
