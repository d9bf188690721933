# SPDX-License-Identifier: MIT
"""A destination that is an EIP-7702 delegation, or becomes one, or changes its code (P5)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import penalty
from tests.contracts.suite import Contract, Suite, actor, link


def delegation(to: str) -> bytes:
    """The code of an account that delegated to `to`."""
    return bytes.fromhex("ef0100" + to[2:])


def test_p5_a_delegated_account_is_no_destination(suite: Suite, box: Contract) -> None:
    account = actor("delegated")
    boa.env.set_code(account, delegation(box.address))
    with boa.reverts("factory: delegated account"):
        suite.factory.announceDestination(account, sender=suite.actors.owner)


def test_p5_an_account_that_delegates_while_it_waits_is_not_activated(
    suite: Suite, box: Contract
) -> None:
    """The key of a future destination decides what it is: its code must be what was announced."""
    suite.factory.announceDestination(box.address, sender=suite.actors.owner)
    boa.env.time_travel(suite.factory.delay())
    boa.env.set_code(box.address, delegation(suite.actors.stranger))
    with boa.reverts("factory: code changed"):
        suite.factory.activateDestination(box.address)


@pytest.mark.parametrize("code", ["delegation", "other", "nothing"])
def test_p5_the_code_is_compared_at_every_send(staked: Suite, listed: Contract, code: str) -> None:
    penalty(staked, listed, link(1), 1)
    new = {"delegation": delegation(staked.actors.stranger), "other": b"\x60\x00", "nothing": b""}
    boa.env.set_code(listed.address, new[code])
    with boa.reverts("storage: not a destination"):
        penalty(staked, listed, link(1), 2)
