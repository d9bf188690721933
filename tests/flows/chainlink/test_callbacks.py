# SPDX-License-Identifier: MIT
"""P12: what a consumer can do from inside its callback: send a request, and nothing to custody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from eth_abi.abi import encode

from linkpool.chain.calls import Call
from linkpool.units import Juels, link
from tests.flows.chainlink.stage import EXPIRY, PAYMENT, Request, Stage

ERROR = bytes.fromhex("08c379a0")
LOCKED = ERROR + encode(["string"], ["storage: locked by a callback"])

Plan = Callable[[Stage, Request], Call]
FORBIDDEN: dict[str, Plan] = {
    "withdraw": lambda stage, _: stage.world.storage.withdraw(link("1")),
    "stake": lambda stage, _: stage.world.link.stake(stage.ours, link("1")),
    "stake for another": lambda stage, _: stage.world.link.stake_for(
        stage.ours, stage.user, link("1")
    ),
    "distribute": lambda stage, _: stage.world.storage.distribute(),
    "claim an exit": lambda stage, _: stage.world.storage.claim_exit(stage.asker, [1]),
    "resolve": lambda stage, _: stage.world.storage.resolve_overdue(stage.asker, bytes(32)),
    "cancel another request": lambda stage, other: stage.call(
        stage.ours, "cancelOracleRequest", *other.refund
    ),
    "answer another request": lambda stage, other: stage.answering(other, 666),
}


def asked_twice(stage: Stage) -> tuple[Request, Request]:
    """Two requests, both expired; the consumer has a stake too."""
    stage.world.act(stage.world.link.stake_for(stage.ours, stage.asker, link("5")), stage.user)
    first = stage.request(stage.ask_word(stage.ours), stage.ours)
    second = stage.request(stage.ask_word(stage.ours), stage.ours)
    stage.chain.advance(EXPIRY)
    return first, second


@pytest.mark.parametrize("what", FORBIDDEN)
def test_p12_custody_is_closed_inside_a_callback(stage: Stage, what: str) -> None:
    first, second = asked_twice(stage)
    plan = FORBIDDEN[what](stage, second)
    held = stage.link_of(stage.ours)
    stage.tell("planInside", plan.to, plan.data)
    stage.answer(first, 5)
    assert stage.seen("word") == 5
    assert not stage.seen("insideDone")
    assert stage.seen("insideResult") == LOCKED
    assert stage.link_of(stage.ours) == held
    assert stage.ask_ours("escrowed") == PAYMENT


def test_p12_custody_is_open_again_after_the_callback(stage: Stage) -> None:
    first, second = asked_twice(stage)
    plan = stage.world.storage.withdraw(link("1"))
    stage.tell("planInside", plan.to, plan.data)
    stage.answer(first, 5)
    before = stage.link_of(stage.asker)
    stage.tell("act", plan.to, plan.data)
    stage.tell("cancel", *second.refund)
    assert stage.link_of(stage.asker) == before + link("1") + PAYMENT


def test_p12_views_answer_inside_a_callback(stage: Stage) -> None:
    first, _ = asked_twice(stage)
    data = stage.world.storage.codec.encode("stakeOf", [stage.staker])
    stage.tell("planInside", stage.ours, data)
    stage.answer(first, 5)
    assert stage.seen("insideDone")
    assert int.from_bytes(stage.seen("insideResult"), "big") == Juels(link("100"))


def test_p12_a_plain_transfer_from_inside_is_income_and_harms_nobody(stage: Stage) -> None:
    first, _ = asked_twice(stage)
    before = stage.ask_ours("pendingIncome")
    gift = stage.world.link.transfer(stage.ours, link("2"))
    stage.tell("planInside", gift.to, gift.data)
    stage.answer(first, 5)
    assert stage.seen("insideDone")
    assert stage.ask_ours("pendingIncome") == before + link("2") + PAYMENT - link("0.05")
