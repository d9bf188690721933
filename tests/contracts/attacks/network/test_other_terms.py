# SPDX-License-Identifier: MIT
"""A bid that arrives after its block was replaced: the number belongs to somebody else's terms."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import actor, link
from tests.contracts.unit.chainlink.support import (
    CONSUMER,
    DATA,
    JOB,
    OPEN,
    PAYMENT,
    PENALTY,
    Network,
    digest_of,
    encoded,
    terms,
)

OTHER = actor("a worse consumer")
WORSE: list[dict[str, Any]] = [
    {"penalty": link(20)},
    {"payment": PAYMENT - 1},
    {"jobId": JOB[:-1] + b"\0"},
    {"data": DATA + b"\0"},
    {"data": b""},
    {"oracles": 2},
    {"minimumAnswers": 1},
    {"tolerance": 0},
    {"beneficiary": OTHER},
    {"beneficiary": CONSUMER},
]


@pytest.mark.parametrize("change", WORSE)
def test_a_bid_reserves_nothing_for_other_terms(backed: Network, change: dict[str, Any]) -> None:
    """The bidder has signed for number 1 as it was; now number 1 is another agreement."""
    seen = digest_of(CONSUMER, terms())
    assert backed.post(**change) == 1
    _refused(backed, seen)


def test_a_bid_reserves_nothing_for_other_times(backed: Network) -> None:
    asked = terms()
    for name in ("bidDeadline", "answerDeadline"):
        with boa.env.anchor():
            assert backed.post(**{name: asked[name] + 1}) == 1
            _refused(backed, digest_of(CONSUMER, asked))


def test_a_bid_is_for_one_consumer(backed: Network) -> None:
    """The same terms of somebody else: a slash would be theirs."""
    seen = digest_of(CONSUMER, terms())
    assert backed.post(consumer=OTHER) == 1
    _refused(backed, seen)


def test_a_bid_is_for_one_provider(backed: Network) -> None:
    backed.join(0)
    seen = digest_of(CONSUMER, terms())
    assert backed.post(provider=backed.reputation.address) == 1
    _refused(backed, seen)


def test_the_same_terms_under_the_same_number_are_taken(backed: Network) -> None:
    """What was bid for is what is there: it may have been posted again."""
    seen = digest_of(CONSUMER, terms())
    assert backed.post() == 1
    _bid(backed, seen)
    assert backed.collateral(0).reserved == PENALTY


def test_terms_in_another_encoding_are_the_same(backed: Network) -> None:
    """An encoding with room to spare says the same, and only what it says counts."""
    backed.suite.fund(CONSUMER, 3 * PAYMENT)
    asked = terms()
    loose = encoded(asked) + bytes(64)
    place = backed.agreements.address
    backed.link.transferAndCall(place, 3 * PAYMENT, loose, sender=CONSUMER)
    _bid(backed, digest_of(CONSUMER, asked))
    assert backed.agreements.agreement(1).bids == 1


def _refused(network: Network, digest: bytes) -> None:
    with boa.reverts("agreements: other terms"):
        _bid(network, digest)
    found = network.agreements.agreement(1)
    assert (found.state, found.bids) == (OPEN, 0)
    assert network.collateral(0).reserved == 0


def _bid(network: Network, digest: bytes) -> None:
    store = network.stores[0].address
    network.agreements.bid(1, store, 1, digest, sender=network.sender(0))
