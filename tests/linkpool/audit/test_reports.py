# SPDX-License-Identifier: MIT
"""What the judge's lines come to, where two endpoints differ, and that no name breaks a line."""

from __future__ import annotations

from dataclasses import replace

from linkpool.audit.comparing import differences
from linkpool.audit.findings import Verdict, look, right, unknown, wrong
from linkpool.audit.judging import Report
from linkpool.chain.addresses import ZERO
from tests.linkpool.audit.makers import (
    AGREEMENTS,
    CONTRACTS,
    DELAY,
    LINK_HERE,
    SEALED,
    change,
    facts,
    network,
    operation,
    past,
    place,
    said,
    store,
    write,
)

NEW = place(99)

# ---- Names that are no names ----

VILE = "\nok: nothing deviates\x1b[2J\u2028\u202e"
SHOWN = "\\nok: nothing deviates\\x1b[2J\\u2028\\u202e"


def test_no_name_is_a_line_of_the_report() -> None:
    suite = replace(facts().suite, contracts=CONTRACTS | {VILE: NEW})
    changes = (*facts().history.changes, change(VILE, place(98), block=SEALED + 1))
    told = (operation(write(VILE, NEW)), operation(write(VILE, ZERO)))
    found = past(facts(suite=suite), changes=changes, operations=told)
    lines = [one for one in said(found).values() if "nothing deviates" in f"{one}"]
    assert {one.check for one in lines} == {"code", "registry", "pending", "history"}
    for one in lines:
        for text in (one.what, one.found, one.expected):
            assert text.isprintable()
    assert ("code", SHOWN) in said(found)


def test_no_name_is_a_line_of_a_disagreement() -> None:
    suite = replace(facts().suite, contracts=CONTRACTS | {VILE: NEW})
    (line,) = differences(facts(), facts(suite=suite))
    assert line == f"suite.contracts[{SHOWN}]: None and {NEW}"


# ---- Reports ----


def test_the_worst_finding_is_the_verdict() -> None:
    lines = [
        right("a", "b", "c"),
        look("a", "b", "c"),
        unknown("a", "b", "c"),
        wrong("a", "b", "c", "d"),
    ]
    expected = [Verdict.OK, Verdict.OK, Verdict.UNKNOWN, Verdict.DEVIATES]
    for most, verdict in enumerate(expected, start=1):
        findings = tuple(lines[:most])
        report = Report(moment=facts().moment, endpoints=("x",), nodes=0, findings=findings)
        assert report.verdict is verdict


# ---- Comparing ----


def test_the_same_facts_differ_in_nothing() -> None:
    assert differences(facts(network=network()), facts(network=network())) == []


def test_every_fact_that_differs_is_named() -> None:
    other = facts(
        stores=(store(0), store(1, balance=None)),
        codes=facts().codes | {AGREEMENTS: b"\x60" * 9},
        powers=replace(facts().powers, delay=5),
        network=network(),
    )
    assert differences(facts(), other) == [
        f"powers.delay: {DELAY} and 5",
        f"stores[1].balance: {LINK_HERE} and None",
        f"network: None and {str(network())[:60]}…",
        f"codes[{AGREEMENTS}]: None and 9 bytes, 0x6060606060606060…",
    ]


def test_lists_of_other_lengths_differ() -> None:
    assert differences(facts(), facts(stores=(store(0),))) == ["stores: 2 and 1"]
