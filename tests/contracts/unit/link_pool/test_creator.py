# SPDX-License-Identifier: MIT
"""setCreator(), setCreatorLimit(): what the owner lets the keeper do."""

from __future__ import annotations

import boa

from tests.contracts.suite import ZERO, Suite, actor, code_hash, contract, logs
from tests.contracts.unit.link_pool.figures import DAILY, LIMIT

NEW = actor("new node")


def test_the_owner_names_the_creator(suite: Suite, owner: str, creator: str) -> None:
    suite.pool.setCreator(creator, 5, sender=owner)
    (event,) = logs(suite.pool, "CreatorChanged")
    assert (event.old, event.new, event.daily) == (ZERO, creator, 5)
    assert (suite.pool.creator(), suite.pool.creatorAllowance()) == (creator, 5)


def test_the_owner_sets_the_creators_limit(suite: Suite, owner: str) -> None:
    assert suite.pool.creatorLimit() == 0
    suite.pool.setCreatorLimit(LIMIT, sender=owner)
    (event,) = logs(suite.pool, "CreatorLimitChanged")
    assert (event.old, event.new) == (0, LIMIT)
    assert suite.pool.creatorLimit() == LIMIT


def test_nobody_else_does(suite: Suite, keeper: str, stranger: str) -> None:
    for outsider in (keeper, stranger, suite.actors.operator, suite.actors.deployer):
        with boa.reverts("pool: caller is not owner"):
            suite.pool.setCreator(outsider, 1000, sender=outsider)
        with boa.reverts("pool: caller is not owner"):
            suite.pool.setCreatorLimit(1, sender=outsider)


def test_a_creator_is_dismissed_at_once(suite: Suite, keeper: str, listed: str, owner: str) -> None:
    suite.pool.setCreator(ZERO, 0, sender=owner)
    with boa.reverts("pool: not owner or creator"):
        suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)


def test_numbers_have_bounds(suite: Suite, owner: str, creator: str) -> None:
    suite.pool.setCreator(creator, 1000, sender=owner)
    with boa.reverts("pool: daily number too high"):
        suite.pool.setCreator(creator, 1001, sender=owner)
    suite.pool.setCreatorLimit(2**90 - 1, sender=owner)
    with boa.reverts("pool: limit too high"):
        suite.pool.setCreatorLimit(2**90, sender=owner)


def test_a_new_daily_number_counts_from_nothing(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)
    suite.pool.setCreator(keeper, 1, sender=owner)
    assert suite.pool.creatorAllowance() == 1


def test_a_new_linkpool_finds_everything_as_it_was(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    """Whitepaper 6.1.2: replacing the logic re-maps nothing."""
    suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)
    suite.pool.approveNode(actor("approved"), listed, LIMIT, True, sender=owner)
    successor = contract("LinkPool").deploy(suite.factory.address)
    suite.factory.setContract(
        "LinkPool", successor.address, code_hash(successor.address), sender=suite.timelock.address
    )
    assert (successor.creator(), successor.creatorLimit()) == (keeper, LIMIT)
    assert successor.creatorAllowance() == DAILY - 1
    assert successor.isOperator(listed)
    assert tuple(successor.approvalOf(actor("approved"))) == (listed, LIMIT, True)
    successor.registerNode(sender=actor("approved"))
    with boa.reverts("creation: caller is not LinkPool"):
        suite.pool.createNode(actor("other"), listed, LIMIT, False, sender=owner)
