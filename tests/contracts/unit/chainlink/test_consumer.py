# SPDX-License-Identifier: MIT
"""examples/AgreementConsumer: its owner posts from its own LINK, anyone reads the result."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, actor, link, logs
from tests.contracts.unit.chainlink.support import (
    PAYMENT,
    PENALTY,
    Network,
    agreement_consumer,
    terms,
)

OWNER = actor("owner of a consumer")


@pytest.fixture
def consumer(backed: Network) -> Contract:
    found = agreement_consumer(backed.agreements, OWNER)
    backed.suite.fund(found.address, link(1))
    return found


def test_the_owner_posts_and_reads_the_answer(backed: Network, consumer: Contract) -> None:
    id = consumer.post(tuple(terms(oracles=2).values()), sender=OWNER)
    (posted,) = logs(consumer, "Posted")
    assert (posted.id, posted.cost) == (id, 2 * PAYMENT) == (consumer.latest(), 2 * PAYMENT)
    assert backed.agreements.agreement(id).consumer == consumer.address
    backed.bid(id, 0, 1)
    backed.start(id)
    assert consumer.result() == (False, 0, 0)
    backed.answers(id, 30, 30)
    backed.settle(id)
    assert consumer.result() == consumer.resultOf(id) == (True, 30, boa.env.timestamp)


def test_refunds_and_slashed_collateral_come_to_it(backed: Network, consumer: Contract) -> None:
    id = consumer.post(tuple(terms(oracles=2, minimumAnswers=1).values()), sender=OWNER)
    backed.bid(id, 0, 1)
    backed.start(id)
    backed.answers(id, 30)
    backed.expire(id)
    backed.settle(id)
    left = link(1) - PAYMENT + PENALTY
    assert backed.balance(consumer) == left
    consumer.withdraw(OWNER, left, sender=OWNER)
    assert backed.balance(OWNER) == left


def test_nobody_else_spends_its_link(consumer: Contract) -> None:
    stranger = actor("stranger")
    with boa.reverts("consumer: not the owner"):
        consumer.post(tuple(terms().values()), sender=stranger)
    with boa.reverts("consumer: not the owner"):
        consumer.withdraw(stranger, 1, sender=stranger)


def test_what_agreements_refuse_is_refused(backed: Network, consumer: Contract) -> None:
    with boa.reverts("agreements: tolerance"):
        consumer.post(tuple(terms(tolerance=10**6 + 1).values()), sender=OWNER)
    assert backed.balance(consumer) == link(1)


def test_terms_with_the_longest_data_fit(consumer: Contract) -> None:
    assert consumer.post(tuple(terms(data=bytes(1024)).values()), sender=OWNER) == 1


def test_it_names_its_parts(backed: Network, consumer: Contract) -> None:
    assert consumer.agreements() == backed.agreements.address
    assert (consumer.link(), consumer.owner()) == (backed.link.address, OWNER)
