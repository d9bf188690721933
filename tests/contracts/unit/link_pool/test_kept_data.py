# SPDX-License-Identifier: MIT
"""What LinkPool keeps in the pool's own PoolStorage, word for word: a successor reads just that."""

from __future__ import annotations

import boa
import pytest
from eth_utils.address import to_checksum_address

from tests.contracts.suite import DAY, DELAY, ZERO, Contract, Suite, actor, key, link, travel
from tests.contracts.unit.link_pool.figures import DAILY, LIMIT

FRESH = actor("fresh node")
COMPANY = actor("company")


@pytest.fixture
def data(suite: Suite) -> Contract:
    """The pool's own data."""
    return suite.store_at(suite.factory.poolData())


def _creator(account: str, daily: int, day: int, used: int) -> int:
    return int(account, 16) | daily << 160 | day << 176 | used << 208


def test_the_creator_is_one_word(suite: Suite, data: Contract, keeper: str, listed: str) -> None:
    assert data.getUint(key("creator")) == _creator(keeper, DAILY, 0, 0)
    assert data.getUint(key("creator.limit")) == LIMIT
    today = boa.env.timestamp // DAY
    for number in (1, 2):
        suite.pool.createNode(actor(f"n {number}"), listed, LIMIT, False, sender=keeper)
        assert data.getUint(key("creator")) == _creator(keeper, DAILY, today, number)
    travel(DAY)
    suite.pool.createNode(actor("n 3"), listed, LIMIT, False, sender=keeper)
    assert data.getUint(key("creator")) == _creator(keeper, DAILY, today + 1, 1)
    suite.pool.setCreator(listed, 9, sender=suite.actors.owner)
    assert data.getUint(key("creator")) == _creator(listed, 9, 0, 0)


@pytest.mark.parametrize("number", [1, 2**159, 2**160 - 1])
def test_the_creators_word_is_read_field_by_field(
    suite: Suite, data: Contract, number: int
) -> None:
    """Every field next to full ones."""
    account = to_checksum_address(f"0x{number:040x}")
    today = boa.env.timestamp // DAY
    for daily, day, used, left in (
        (2**16 - 1, today, 3, 2**16 - 4),
        (2**16 - 1, today, 2**15, 2**15 - 1),
        (2**15, 2**32 - 1, 2**40, 2**15),
        (5, today, 5, 0),
        (0, 2**32 - 1, 2**48 - 1, 0),
    ):
        data.setUint(key("creator"), _creator(account, daily, day, used), sender=suite.node.address)
        assert (suite.pool.creator(), suite.pool.creatorAllowance()) == (account, left)


def test_an_approval_is_an_address_and_a_word(suite: Suite, data: Contract, owner: str) -> None:
    for limit, private in ((link(70), True), (2**90 - 1, False), (0, True)):
        suite.pool.approveNode(FRESH, COMPANY, limit, private, sender=owner)
        assert data.getAddress(key("approval.operator", FRESH)) == COMPANY
        assert data.getUint(key("approval.terms", FRESH)) == 2 * limit + private
        assert tuple(suite.pool.approvalOf(FRESH)) == (COMPANY, limit, private)
    suite.pool.revokeApproval(FRESH, sender=owner)
    assert data.getAddress(key("approval.operator", FRESH)) == ZERO
    assert data.getUint(key("approval.terms", FRESH)) == 0


def test_terms_without_an_operator_are_no_approval(suite: Suite, data: Contract) -> None:
    data.setUint(key("approval.terms", FRESH), 2 * link(7) + 1, sender=suite.node.address)
    assert tuple(suite.pool.approvalOf(FRESH)) == (ZERO, 0, False)
    with boa.reverts("pool: not approved"):
        suite.pool.registerNode(sender=FRESH)


def test_an_operator_is_a_time_until_it_is_one(suite: Suite, data: Contract, owner: str) -> None:
    suite.pool.announceOperator(COMPANY, sender=owner)
    assert data.getUint(key("operator", COMPANY)) == boa.env.timestamp + DELAY
    travel(DELAY)
    suite.pool.activateOperator(COMPANY)
    assert data.getUint(key("operator", COMPANY)) == 1
    suite.pool.removeOperator(COMPANY, sender=owner)
    assert data.getUint(key("operator", COMPANY)) == 0
    assert not suite.pool.isOperator(COMPANY)
