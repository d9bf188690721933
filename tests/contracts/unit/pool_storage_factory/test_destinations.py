# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, GRACE, Contract, Suite, actor, logs, mock, travel

UNKNOWN, ANNOUNCED, ACTIVE = range(3)


def _state(suite: Suite, target: Contract) -> int:
    return int(suite.factory.destination(target.address).state)


def test_p4_an_announced_destination_is_active_after_the_delay(
    suite: Suite, box: Contract, owner: str, stranger: str
) -> None:
    now, factory = boa.env.timestamp, suite.factory
    factory.announceDestination(box.address, sender=owner)
    (event,) = logs(factory, "DestinationAnnounced")
    assert (event.target, event.ready, event.lapse) == (
        box.address,
        now + DELAY,
        now + DELAY + GRACE,
    )
    found = factory.destination(box.address)
    assert (found.state, found.ready, found.lapse) == (ANNOUNCED, event.ready, event.lapse)
    assert not factory.isDestination(box.address)

    travel(DELAY - 1)
    with boa.reverts("factory: not ready"):
        factory.activateDestination(box.address, sender=owner)
    travel(1)
    factory.activateDestination(box.address, sender=stranger)
    (activated,) = logs(factory, "DestinationActivated")
    assert (activated.target, activated.codeHash) == (box.address, event.codeHash)
    assert factory.isDestination(box.address) and _state(suite, box) == ACTIVE


def test_p4_only_the_owner_widens_and_narrows_the_whitelist(
    suite: Suite, box: Contract, stranger: str, operator: str
) -> None:
    for outsider in (stranger, operator, suite.timelock.address, suite.node.address):
        with boa.reverts("factory: caller is not owner"):
            suite.factory.announceDestination(box.address, sender=outsider)
        with boa.reverts("factory: caller is not owner"):
            suite.factory.removeDestination(box.address, sender=outsider)


def test_p4_an_announcement_kept_for_years_lapses_and_may_be_repeated(
    suite: Suite, box: Contract, owner: str
) -> None:
    factory = suite.factory
    factory.announceDestination(box.address, sender=owner)
    travel(DELAY + GRACE)
    with boa.reverts("factory: already announced"):
        factory.announceDestination(box.address, sender=owner)
    travel(1)
    with boa.reverts("factory: announcement lapsed"):
        factory.activateDestination(box.address)
    travel(3 * 365 * 86_400)
    with boa.reverts("factory: announcement lapsed"):
        factory.activateDestination(box.address)
    factory.announceDestination(box.address, sender=owner)
    with boa.reverts("factory: not ready"):
        factory.activateDestination(box.address)
    travel(DELAY + GRACE)
    factory.activateDestination(box.address)
    assert factory.destinationCount() == 1


def test_p4_nothing_is_activated_after_the_owner_renounced(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.factory.announceDestination(box.address, sender=owner)
    travel(DELAY)
    suite.timelock.renounce_ownership(sender=owner)
    with boa.reverts("factory: no owner"):
        suite.factory.activateDestination(box.address)


def test_p4_what_an_owner_removed_stays_removed_after_renouncing(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.whitelist(box.address)
    suite.factory.removeDestination(box.address, sender=owner)
    suite.timelock.renounce_ownership(sender=owner)
    travel(DELAY)
    with boa.reverts("factory: no owner"):
        suite.factory.activateDestination(box.address)
    assert not suite.factory.isDestination(box.address)


def test_p4_an_active_destination_is_removed_at_once(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.whitelist(box.address)
    suite.factory.removeDestination(box.address, sender=owner)
    (event,) = logs(suite.factory, "DestinationRemoved")
    assert event.target == box.address
    assert not suite.factory.isDestination(box.address)
    assert _state(suite, box) == UNKNOWN
    with boa.reverts("factory: unknown destination"):
        suite.factory.removeDestination(box.address, sender=owner)


def test_p4_a_removed_announcement_cannot_be_activated(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.factory.announceDestination(box.address, sender=owner)
    suite.factory.removeDestination(box.address, sender=owner)
    travel(DELAY)
    with boa.reverts("factory: not announced"):
        suite.factory.activateDestination(box.address)


def test_an_active_destination_is_not_announced_again(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.whitelist(box.address)
    with boa.reverts("factory: already a destination"):
        suite.factory.announceDestination(box.address, sender=owner)


def test_a_removed_destination_waits_the_whole_delay_again(
    suite: Suite, box: Contract, owner: str
) -> None:
    suite.whitelist(box.address)
    suite.factory.removeDestination(box.address, sender=owner)
    suite.factory.announceDestination(box.address, sender=owner)
    assert not suite.factory.isDestination(box.address)
    travel(DELAY)
    suite.factory.activateDestination(box.address)
    assert suite.factory.isDestination(box.address)


def test_an_address_that_was_ever_a_destination_is_barred_for_good(
    suite: Suite, box: Contract, owner: str
) -> None:
    """It may still hold LINK of a PoolStorage, whose calls are taken as returns."""
    assert not suite.factory.isBarred(box.address)
    suite.factory.announceDestination(box.address, sender=owner)
    assert not suite.factory.isBarred(box.address)
    travel(DELAY)
    suite.factory.activateDestination(box.address)
    suite.factory.removeDestination(box.address, sender=owner)
    assert suite.factory.isBarred(box.address)


def test_p5_every_target_ever_announced_is_listed_once(suite: Suite, owner: str) -> None:
    boxes = [mock("penalty_box", suite.link.address) for _ in range(3)]
    for target in boxes:
        suite.factory.announceDestination(target.address, sender=owner)
    travel(DELAY)
    suite.factory.activateDestination(boxes[0].address)
    suite.factory.removeDestination(boxes[1].address, sender=owner)
    suite.factory.announceDestination(boxes[1].address, sender=owner)
    suite.factory.removeDestination(boxes[2].address, sender=owner)

    found = [suite.factory.destinationAt(i) for i in range(suite.factory.destinationCount())]
    assert [entry.target for entry in found] == [target.address for target in boxes]
    assert [entry.state for entry in found] == [ACTIVE, ANNOUNCED, UNKNOWN]
    with boa.reverts("factory: index out of range"):
        suite.factory.destinationAt(3)


@pytest.mark.parametrize("known", [True, False])
def test_an_unknown_target_is_no_destination(suite: Suite, box: Contract, known: bool) -> None:
    target = box.address if known else actor("nobody")
    found = suite.factory.destination(target)
    assert tuple(found) == (target, UNKNOWN, bytes(32), 0, 0)
    with boa.reverts("factory: not announced"):
        suite.factory.activateDestination(target)
