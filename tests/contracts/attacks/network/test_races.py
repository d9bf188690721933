# SPDX-License-Identifier: MIT
"""Two transactions in one block: a release against a slash, a bid or a start against a release."""

from __future__ import annotations

import boa

from tests.contracts.attacks.network.league import act, call, impostor
from tests.contracts.suite import link, travel
from tests.contracts.unit.chainlink.support import (
    BID_TIME,
    COLLATERAL,
    CONSUMER,
    LATE_TIME,
    MARGIN,
    PAYMENT,
    PENALTY,
    SETTLED,
    STARTED,
    UNANSWERED,
    WORK_TIME,
    Network,
)

# From the posting to the second in which an agreement with the usual terms can be settled.
LASTS = BID_TIME + WORK_TIME + LATE_TIME


def test_no_bid_is_backed_by_what_can_leave_when_the_slash_can_come(backed: Network) -> None:
    """The bidder chooses a deposit of the latest second; being first in the block gains nothing."""
    boa.env.timestamp = backed.collateral(0).deadline - MARGIN - LASTS
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(id, 0)
    backed.start(id)
    backed.expire(id)
    store = backed.stores[0].address
    free = backed.penalties.release(store, 1, sender=backed.sender(0))
    assert free == COLLATERAL - PENALTY
    # Whoever settles has half of the margin for it.
    travel(MARGIN // 2 - 1)
    with boa.reverts("penalties: all of it is reserved"):
        backed.penalties.release(store, 1, sender=backed.sender(0))
    backed.settle(id)
    assert backed.collateral(0).balance == 0
    assert backed.balance(CONSUMER) == PENALTY + PAYMENT


def test_collateral_goes_home_before_its_deadline_even_if_nobody_settles(backed: Network) -> None:
    """P17: whoever keeps an agreement unsettled keeps no LINK of a node."""
    id = backed.running(1, penalty=COLLATERAL)
    store = backed.stores[0]
    travel(backed.collateral(0).deadline - 1 - boa.env.timestamp)
    assert backed.penalties.release(store.address, 1, sender=CONSUMER) == COLLATERAL
    assert store.penaltyById(1).returned == COLLATERAL
    assert store.penaltyById(1).state == 2
    backed.settle(id)
    assert backed.balance(CONSUMER) < PENALTY


def test_a_bid_after_the_release_of_its_block_has_no_collateral(backed: Network) -> None:
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.penalties.release(backed.stores[0].address, 1, sender=backed.sender(0))
    with boa.reverts("penalties: no such deposit"):
        backed.bid(id, 0)
    # The other way round the release leaves what was reserved.
    backed.bid(id, 1)
    released = backed.penalties.release(backed.stores[1].address, 1, sender=backed.sender(1))
    assert released == COLLATERAL - PENALTY
    assert backed.collateral(1).reserved == backed.collateral(1).balance == PENALTY
    with boa.reverts("penalties: all of it is reserved"):
        backed.penalties.release(backed.stores[1].address, 1, sender=backed.sender(1))
    with boa.reverts("penalties: penalty above the collateral"):
        backed.bid(backed.post(oracles=1, minimumAnswers=1), 1)


def test_who_looks_while_it_is_settled_sees_no_false_end(network: Network) -> None:
    """A hostile oracle, asked to cancel, has somebody act on what the agreement says of itself."""
    liar, reader = impostor(network, link(5)), impostor(network)
    network.deposit(0)
    id = network.post(oracles=2, minimumAnswers=1)
    network.bid(id, 0)
    act(liar, network.agreements, "bid", id, liar.address, 0, network.digest(id))
    network.start(id)
    assert network.answer(id, 0, 42)
    network.expire(id)
    states = (STARTED, SETTLED, UNANSWERED)
    liar.behave(
        0, [call(reader, "believe", network.agreements.address, id, state) for state in states]
    )
    network.settle(id)
    assert liar.calls() == 2
    assert liar.succeeded() == 0b001
    assert network.agreements.agreement(id).state == SETTLED
