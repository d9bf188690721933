# SPDX-License-Identifier: MIT
"""From what a consumer wrote to the terms of an agreement."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.facts import ExchangeTerms
from linkpool.cli.agreement_terms import (
    backed_until,
    drafted,
    job_id,
    moment,
    shown_job,
    written,
)
from linkpool.errors import UsageError
from linkpool.oracle.cbor import decode_request
from linkpool.units import Ppm, link

RULES = ExchangeTerms(
    answer_time=300,
    late_time=600,
    minimum_payment=link("0.01"),
    late_share=Ppm(500_000),
)
PROVIDER = address("0x00000000000000000000000000000000000000e2")
JOB = "6bd6398e-a13e-4cb8-adc7-9f56ecfd3146"
NOW = 1_900_000_000
LEAST: dict[str, Any] = {
    "job": JOB,
    "oracles": 4,
    "payment": "0.5",
    "bids-until": "10m",
    "answers-until": "15m",
    "tolerance": "1 %",
}


def test_what_is_not_said_has_a_careful_default() -> None:
    terms = drafted(LEAST, RULES, now=NOW, provider=PROVIDER)
    assert (terms.minimum_answers, terms.penalty, terms.data) == (3, 0, b"")
    assert (terms.provider, terms.beneficiary) == (PROVIDER, ZERO)
    assert (terms.bid_deadline, terms.answer_deadline) == (NOW + 600, NOW + 900)
    assert terms.cost == link("2")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("1h30m", NOW + 5_400),
        ("500ms", NOW),
        ("1900000001", NOW + 1),
        (NOW + 1, NOW + 1),
        ("2030-03-17T17:46:40Z", NOW),
        ("2030-03-17T18:46:40+01:00", NOW),
        ("2030-03-17 17:46:40", NOW),  # UTC where nothing is said
        (datetime(2030, 3, 17, 17, 46, 40), NOW),
        (datetime(2030, 3, 17, 17, 46, 40, tzinfo=UTC), NOW),
    ],
)
def test_times_and_durations(given: object, seconds: int) -> None:
    assert moment(given, NOW) == seconds


@pytest.mark.parametrize("given", [True, 1.5, -1, "", "2030-02-30", "11h11", None, "0001-01-01"])
def test_what_is_no_time(given: object) -> None:
    with pytest.raises(UsageError):
        moment(given, NOW)


def test_a_job_is_its_uuid_or_any_word() -> None:
    assert job_id(JOB) == job_id(JOB.replace("-", "")) == JOB.replace("-", "").encode()
    assert shown_job(job_id(JOB)) == JOB
    word = "0x" + "ab" * 32
    assert (job_id(word), shown_job(job_id(word))) == (b"\xab" * 32, word)


def test_a_table_of_the_file_becomes_the_requests_parameters() -> None:
    fields = written(
        'payment = 0.25\n[data]\nget = "https://example.org"\nfactor = 2.5\nat = 2030-01-31\n'
        "list = [1, -2, true]\n"
    )
    terms = drafted(LEAST | fields, RULES, now=NOW, provider=PROVIDER)
    assert terms.payment == link("0.25")
    assert decode_request(terms.data) == {
        "get": "https://example.org",
        "factor": 2.5,
        "at": "2030-01-31",
        "list": [1, -2, True],
    }


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"payment": 10**9 + 0.5}, "payment: 1000000000.5 should be text"),
        ({"data": 5}, "data: an object is needed"),
        ({"data": "[" * 200}, "data: not JSON: nested deeper than 100"),
        ({"job": 5}, "job: 5 should be text"),
        ({"tolerance": True}, "tolerance: True should be text"),
        ({"tolerance": "0.05"}, "tolerance: 0.05 of a hundred, or of one? write 0.05% or 5 %"),
        ({"tolerance": Decimal("0.5")}, "tolerance: 0.5 of a hundred, or of one? write 0.5% or"),
        ({"bids-until": "15"}, "bids-until: 15 has no unit: write 15s, 15m, or a time like"),
        ({"answers-until": 0}, "answers-until: 0 has no unit"),
        ({"provider": 0}, "provider: 0 should be text"),
        ({"payment": "9" * 5_000}, "payment: '99999999999999999999'… has 5,000 characters"),
        ({"tolerance": "9" * 5_000}, "tolerance: '99999999999999999999'… has 5,000 characters"),
        ({"bids-until": "9" * 5_000}, "bids-until: '99999999999999999999' is no unix second"),
        ({"answers-until": "9999-12-31"}, "answers-until: too long after bids-until"),
        ({"data": '{"a": ' + "9" * 5_000 + "}"}, "data: not JSON: Exceeds the limit (4300 digits)"),
    ],
)
def test_values_of_the_wrong_kind_name_their_field(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        drafted(LEAST | fields, RULES, now=NOW, provider=PROVIDER)
    assert str(caught.value).startswith(complaint)


def test_a_file_with_a_number_that_nobody_can_read() -> None:
    with pytest.raises(UsageError, match="the agreement is not TOML: Exceeds the limit") as caught:
        written("oracles = " + "9" * 5_000)
    assert "sys." not in str(caught.value)


def test_collateral_has_to_last_until_it_can_be_settled() -> None:
    terms = drafted(LEAST, RULES, now=NOW, provider=PROVIDER)
    assert backed_until(terms, RULES) == terms.answer_deadline + 600
