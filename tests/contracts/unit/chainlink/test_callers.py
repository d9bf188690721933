# SPDX-License-Identifier: MIT
"""Who calls counts and not who signed: contracts as senders, operators and owners of providers."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import PENALTY_LIFE, Contract, actor, mock, travel
from tests.contracts.unit.chainlink.support import (
    COLLATERAL,
    MARGIN,
    PENALTY,
    Network,
    chainlink,
)

ANYBODY = actor("anybody who signs")


@pytest.fixture
def wallet(_fresh_chain: None, _clock: None) -> Contract:
    """A contract that calls what it is told to."""
    return mock("logic_target")


def test_what_a_nodes_key_calls_has_none_of_its_rights(backed: Network, wallet: Contract) -> None:
    key, store = backed.sender(0), backed.stores[0].address
    id = backed.post()
    agreements, penalties = backed.agreements, backed.penalties
    calls = (
        (agreements, agreements.bid.prepare_calldata(id, store, 1, backed.digest(id))),
        (penalties, penalties.release.prepare_calldata(store, 1)),
        (backed.reputation, backed.reputation.join.prepare_calldata(store)),
    )
    for signer in (key, backed.suite.actors.operator):
        for target, data in calls:
            with boa.reverts():
                wallet.act(target.address, data, sender=signer)
    backed.join(0)
    backed.bid(id, 0)


def test_a_contract_among_the_senders_bids_joins_and_fetches(
    backed: Network, wallet: Contract
) -> None:
    store, agreements = backed.stores[0], backed.agreements
    store.setAuthorizedSenders([wallet.address], sender=backed.suite.actors.operator)
    id = backed.post(oracles=1, minimumAnswers=1)
    bidding = agreements.bid.prepare_calldata(id, store.address, 1, backed.digest(id))
    wallet.act(agreements.address, bidding, sender=ANYBODY)
    assert agreements.agreement(id).bids == 1
    joining = backed.reputation.join.prepare_calldata(store.address)
    wallet.act(backed.reputation.address, joining, sender=ANYBODY)
    assert backed.reputation.memberAt(0) == store.address
    backed.start(id)
    backed.expire(id)
    backed.settle(id)
    fetching = backed.penalties.release.prepare_calldata(store.address, 1)
    wallet.act(backed.penalties.address, fetching, sender=ANYBODY)
    assert store.penaltyById(1).returned == COLLATERAL - PENALTY


def test_a_contract_that_operates_a_node_joins_and_fetches(
    backed: Network, wallet: Contract
) -> None:
    store = backed.stores[0]
    store.transferOperator(wallet.address, sender=backed.suite.actors.operator)
    wallet.act(store.address, store.acceptOperator.prepare_calldata(), sender=ANYBODY)
    joining = backed.reputation.join.prepare_calldata(store.address)
    wallet.act(backed.reputation.address, joining, sender=ANYBODY)
    fetching = backed.penalties.release.prepare_calldata(store.address, 1)
    wallet.act(backed.penalties.address, fetching, sender=ANYBODY)
    assert backed.reputation.memberCount() == 1
    assert backed.balance(backed.penalties) == 3 * COLLATERAL


def test_a_contract_owns_a_provider(backed: Network, wallet: Contract) -> None:
    store, owner = backed.stores[0].address, actor("owner of a provider")
    for holder, signer, works in (
        (wallet.address, ANYBODY, True),
        (wallet.address, owner, True),
        (owner, owner, False),
    ):
        provider = chainlink("Reputation").deploy(backed.agreements.address, holder, False)
        admitting = provider.admit.prepare_calldata(store)
        if works:
            wallet.act(provider.address, admitting, sender=signer)
        else:
            with boa.reverts():
                wallet.act(provider.address, admitting, sender=signer)


def test_a_stranger_fetches_from_the_margin_on(backed: Network, wallet: Contract) -> None:
    fetching = backed.penalties.release.prepare_calldata(backed.stores[0].address, 1)
    travel(PENALTY_LIFE - MARGIN - 1)
    with boa.reverts():
        wallet.act(backed.penalties.address, fetching, sender=ANYBODY)
    travel(1)
    wallet.act(backed.penalties.address, fetching, sender=ANYBODY)
    assert backed.stores[0].penaltyById(1).returned == COLLATERAL
