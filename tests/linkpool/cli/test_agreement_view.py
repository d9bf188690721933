# SPDX-License-Identifier: MIT
"""What can be done with an agreement at each moment, to the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from linkpool.chain.addresses import ZERO
from linkpool.chain.facts import AgreementState, ExchangeTerms
from linkpool.cli.agreement_view import (
    phase,
    require_cancel,
    require_settle,
    require_start,
    shown_data,
)
from linkpool.errors import UsageError
from linkpool.oracle.cbor import encode_request
from linkpool.units import Juels, Ppm, link

RULES = ExchangeTerms(
    answer_time=10,
    late_time=10,
    minimum_payment=link("0.01"),
    late_share=Ppm(500_000),
)
OPEN = AgreementState(
    block=1,
    number=7,
    state=1,
    consumer=ZERO,
    provider=ZERO,
    beneficiary=ZERO,
    digest=b"\x01" * 32,
    oracles=2,
    minimum_answers=1,
    payment=link("1"),
    penalty=Juels(0),
    tolerance=Ppm(0),
    bid_deadline=100,
    answer_deadline=200,
    started_at=0,
    bids=2,
)
FEW = replace(OPEN, bids=1)
STARTED = replace(OPEN, state=2, started_at=100)


def said(one: AgreementState, now: int, *, complete: bool = False) -> str:
    return phase(one, RULES, now, settled_from=400, complete=complete)


def test_every_phase_begins_at_its_second() -> None:
    assert [said(OPEN, now) for now in (99, 100, 190, 191)] == [
        "takes bids",
        "can be started",
        "can be started",
        "too late to start: can be cancelled",
    ]
    assert [said(FEW, now) for now in (99, 100)] == [
        "takes bids",
        "too few bids: can be cancelled",
    ]
    assert [said(STARTED, now) for now in (399, 400)] == ["waits for answers", "can be settled"]
    assert said(STARTED, 101, complete=True) == "can be settled"
    assert said(replace(OPEN, state=4), 1) == "settled without a result"


def test_what_a_phase_offers_is_allowed_and_nothing_else() -> None:
    require_start(OPEN, RULES, 100)
    require_start(OPEN, RULES, 190)
    require_cancel(OPEN, RULES, 191)
    require_cancel(FEW, RULES, 100)
    require_settle(STARTED, 400, settled_from=400, complete=False)
    require_settle(STARTED, 101, settled_from=400, complete=True)
    refused: list[tuple[Callable[[], None], str]] = [
        (lambda: require_start(OPEN, RULES, 99), "takes bids for 1 s more"),
        (lambda: require_start(OPEN, RULES, 191), "too late to start"),
        (lambda: require_start(FEW, RULES, 100), "oracles: 2 are wanted, 1 bid"),
        (lambda: require_start(STARTED, RULES, 100), "agreement 7 is started already"),
        (lambda: require_cancel(OPEN, RULES, 190), "can still be started for 1 s"),
        (lambda: require_cancel(FEW, RULES, 99), "takes bids for 1 s more"),
        (
            lambda: require_settle(OPEN, 500, settled_from=0, complete=False),
            "not started: .* start 7",
        ),
        (
            lambda: require_settle(FEW, 100, settled_from=0, complete=False),
            "not started: .* cancel 7",
        ),
        (lambda: require_settle(STARTED, 399, settled_from=400, complete=False), "in 1 s, or"),
        (
            lambda: require_settle(replace(OPEN, state=5), 500, settled_from=0, complete=False),
            "agreement 7 is cancelled already",
        ),
        (lambda: require_start(replace(OPEN, state=0), RULES, 1), "there is no agreement 7"),
    ]
    for attempt, complaint in refused:
        with pytest.raises(UsageError, match=complaint):
            attempt()


def test_parameters_of_strangers_are_shown_whatever_they_are() -> None:
    assert shown_data(encode_request({"a": 1, "b": b"\x01"})) == '{"a": 1, "b": "0x01"}'
    assert shown_data(b"") == "{}"
    assert shown_data(b"\x1f") == "0x1f"  # no CBOR
    assert shown_data(bytes.fromhex("6161a141ff01")) == "0x6161a141ff01"  # bytes as a key
