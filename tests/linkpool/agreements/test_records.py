# SPDX-License-Identifier: MIT
"""Under which key a step is tried next, and when not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linkpool.agreements import records
from linkpool.transactions import IntentState, Outcome
from linkpool.transactions.withdrawal import WITHDRAWN

POSTED = "0x" + "d1" * 32
FIRST = records.base(1, "0xa", 1, POSTED, "bid", "0xb")
SENT = Outcome(
    key=FIRST,
    state=IntentState.SENT,
    nonce=1,
    tx=None,
    block=None,
    block_hash=None,
    succeeded=None,
    reason=None,
    gas_used=None,
    price=None,
)
FAILED = replace(SENT, state=IntentState.FAILED, reason="agreements: bids are full")


def test_a_key_names_the_step_of_one_oracle_and_what_was_posted() -> None:
    assert FIRST == "agreement:1:0xa:1:d1d1d1d1d1d1d1d1:bid:0xb"


def test_what_a_key_is_about_whichever_attempt_it_names() -> None:
    about = ("0xa", 1, records.shortened(POSTED))
    assert [records.about(key) for key in records.keys(FIRST)] == [about] * 3
    assert records.about("fulfil:1:0xa:0xb") is None


def test_the_first_attempt_then_the_next_after_each_that_came_to_nothing() -> None:
    assert records.following(FIRST, {}) == FIRST
    assert records.following(FIRST, {FIRST: FAILED}) == f"{FIRST}:1"
    lost = {key: FAILED for key in records.keys(FIRST)}
    assert records.following(FIRST, lost) is None
    assert len(lost) == records.ATTEMPTS


@pytest.mark.parametrize(
    "sent",
    [
        replace(SENT, state=IntentState.QUEUED),
        SENT,
        replace(SENT, state=IntentState.MINED, succeeded=True),
        replace(SENT, state=IntentState.MINED, succeeded=False, reason="agreements: not open"),
        replace(SENT, state=IntentState.FINAL, succeeded=True),
        replace(SENT, state=IntentState.CANCELLED, reason="cancelled by the operator"),
        replace(SENT, state=IntentState.MINED, succeeded=False, reason="by ann"),
        replace(SENT, state=IntentState.FAILED, reason="reverted: agreements: other terms"),
    ],
)
def test_not_while_one_is_on_its_way_nor_after_its_work_or_an_operators_word(
    sent: Outcome,
) -> None:
    assert records.following(FIRST, {FIRST: sent}) is None


@pytest.mark.parametrize(
    "sent",
    [
        replace(SENT, state=IntentState.CANCELLED, reason=WITHDRAWN),
        replace(SENT, state=IntentState.MINED, succeeded=False, reason=WITHDRAWN),
        replace(SENT, state=IntentState.CANCELLED, reason="fatal: intrinsic gas too low"),
    ],
)
def test_again_where_its_cause_was_gone_or_no_rpc_took_it(sent: Outcome) -> None:
    assert records.lost(sent)
    assert records.following(FIRST, {FIRST: sent}) == f"{FIRST}:1"
