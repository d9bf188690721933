# SPDX-License-Identifier: MIT
"""What is done with each unmined intent."""

from __future__ import annotations

from typing import Any

import pytest

from linkpool.chain.sending import SendOutcome, Sent
from linkpool.transactions.decide import (
    Attempt,
    Position,
    Unmined,
    holes,
    stuck_blocks,
    to_resend,
    to_sign,
    verdict,
)
from linkpool.transactions.fees import Price
from linkpool.transactions.limits import TransactionLimits

LIMITS = TransactionLimits(
    in_flight=3, replace_after=3, replace_together=2, resend_after=2, max_fee=1000
)
PRICE = Price(ceiling=100, tip=10)


def at(**changes: int) -> Position:
    return Position(**{"head": 10, "count": 0, "pending": 0, "progress": 0} | changes)


def attempt(**changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "id": 1,
        "kind": "call",
        "hash": "0x1",
        "price": PRICE,
        "since": 10,
        "error": None,
        "given": True,
    }
    return Attempt(**fields | changes)


def unmined(nonce: int = 0, *attempts: Attempt, **changes: Any) -> Unmined:
    fields: dict[str, Any] = {
        "id": nonce + 1,
        "key": f"key-{nonce}",
        "nonce": nonce,
        "state": "sent" if attempts else "queued",
        "cancel": False,
        "replace": False,
        "reason": None,
        "attempts": attempts,
    }
    return Unmined(**fields | changes)


def signed(*given: Unmined, **changes: int) -> list[tuple[int, str, int]]:
    drafts = to_sign(given, at(**changes), PRICE, LIMITS).new
    return [(one.intent.nonce, one.kind, one.price.ceiling) for one in drafts]


# ---- Signing ----


def test_what_is_queued_is_signed_in_the_window_only() -> None:
    waiting = [unmined(nonce) for nonce in range(5, 10)]
    assert signed(*waiting, count=5) == [(5, "call", 100), (6, "call", 100), (7, "call", 100)]


def test_a_nonce_that_the_chain_has_used_is_never_signed_for() -> None:
    assert signed(unmined(4), unmined(5), count=5) == [(5, "call", 100)]


def test_a_cancelled_one_that_was_never_signed_becomes_an_empty_transfer() -> None:
    assert signed(unmined(0, cancel=True)) == [(0, "cancel", 100)]


def test_who_waits_too_long_offers_more() -> None:
    assert signed(unmined(0, attempt(since=8))) == []
    assert signed(unmined(0, attempt(since=7))) == [(0, "call", 120)]


def test_waiting_behind_others_is_no_reason_to_pay_more() -> None:
    assert signed(unmined(0, attempt(since=1)), progress=9) == []
    assert stuck_blocks(1, at(progress=9)) == 1


def test_only_the_lowest_are_replaced() -> None:
    waiting = [unmined(nonce, attempt(since=1)) for nonce in range(3)]
    assert signed(*waiting) == [(0, "call", 120), (1, "call", 120)]


def test_a_replacement_outbids_the_highest_of_all_attempts() -> None:
    one = unmined(0, attempt(price=Price(ceiling=500, tip=10)), attempt(id=2), replace=True)
    assert signed(one) == [(0, "call", 600)]


def test_what_no_rpc_has_is_not_replaced_but_sent_again() -> None:
    assert signed(unmined(0, attempt(since=None))) == []


def test_a_cancellation_replaces_what_was_sent() -> None:
    assert signed(unmined(0, attempt(), cancel=True)) == [(0, "cancel", 120)]


def test_a_cancellation_at_the_limit_waits_unless_nothing_was_ever_taken() -> None:
    highest = Price(ceiling=1000, tip=10)
    assert signed(unmined(0, attempt(price=highest), cancel=True)) == []
    refused = attempt(price=highest, since=None)
    assert signed(unmined(0, refused, cancel=True)) == [(0, "cancel", 100)]


def test_an_offer_above_the_limit_is_counted() -> None:
    one = unmined(0, attempt(since=1, price=Price(ceiling=950, tip=10)))
    drafts = to_sign([one], at(), PRICE, LIMITS)
    assert (drafts.new, drafts.over_limit) == ((), 1)


# ---- Sending again ----


def again(one: Unmined, sent_at: int | None, **changes: int) -> bool:
    return to_resend(one, at(**changes), sent_at=sent_at, limits=LIMITS)


def test_after_a_restart_everything_is_sent_again() -> None:
    assert again(unmined(0, attempt()), None, pending=1)


def test_what_no_pool_has_is_sent_again_after_some_blocks() -> None:
    one = unmined(0, attempt())
    assert not again(one, 9, pending=0)
    assert again(one, 8, pending=0)
    assert not again(one, 8, pending=1)
    assert again(unmined(0, attempt(since=None)), 8, pending=1)


def test_what_the_operator_asks_for_is_sent_again() -> None:
    assert again(unmined(0, attempt(given=False)), 10, pending=1)


def test_what_is_used_or_not_signed_is_not_sent() -> None:
    assert not again(unmined(0, attempt()), None, count=1)
    assert not again(unmined(0), None)


# ---- After sending ----


def test_known_is_known_whoever_took_it_first() -> None:
    for outcome in (SendOutcome.ACCEPTED, SendOutcome.ALREADY_KNOWN):
        meant = verdict(unmined(0, attempt()), attempt(), Sent(outcome))
        assert (meant.known, meant.replace, meant.give_up, meant.error) == (
            True,
            False,
            False,
            None,
        )


def test_underpriced_is_replaced() -> None:
    sent = Sent(SendOutcome.UNDERPRICED, "replacement transaction underpriced")
    meant = verdict(unmined(0, attempt()), attempt(), sent)
    assert meant.replace
    assert meant.error == "underpriced: replacement transaction underpriced"


@pytest.mark.parametrize("outcome", [SendOutcome.FATAL, SendOutcome.REVERTED])
def test_given_up_is_what_was_refused_twice_and_never_taken(outcome: SendOutcome) -> None:
    sent = Sent(outcome, "no")
    first = attempt(since=None)
    assert not verdict(unmined(0, first), first, sent).give_up
    second = attempt(since=None, error=f"{outcome}: no")
    assert verdict(unmined(0, second), second, sent).give_up
    taken = attempt(id=2, since=4)
    assert not verdict(unmined(0, taken, second), second, sent).give_up
    other = attempt(since=None, error="unavailable: no")
    assert not verdict(unmined(0, other), other, sent).give_up


@pytest.mark.parametrize(
    "outcome",
    [
        SendOutcome.NONCE_TOO_LOW,
        SendOutcome.INSUFFICIENT_FUNDS,
        SendOutcome.UNAVAILABLE,
        SendOutcome.UNKNOWN,
    ],
)
def test_everything_else_is_waited_for(outcome: SendOutcome) -> None:
    one = attempt(since=None, error=f"{outcome}: no")
    meant = verdict(unmined(0, one), one, Sent(outcome, "no"))
    assert (meant.known, meant.replace, meant.give_up) == (False, False, False)


# ---- Holes ----


def test_the_nonces_below_the_first_that_waits_are_holes() -> None:
    assert holes([7, 8], at(count=5), LIMITS) == [5, 6]
    assert holes([5, 8], at(count=5), LIMITS) == []
    assert holes([], at(count=5), LIMITS) == []
    assert holes([3], at(count=5), LIMITS) == []
    assert holes([50], at(count=5), LIMITS) == [5, 6, 7]
