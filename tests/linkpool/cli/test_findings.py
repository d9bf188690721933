# SPDX-License-Identifier: MIT
"""What a check says about what it found."""

from __future__ import annotations

import pytest

from linkpool.cli import findings
from linkpool.cli.findings import Level, Probe
from linkpool.oracle.runs.limits import RunLimits
from linkpool.units import Wei

GOOD = Probe("a", 1, 100, 1_000)


@pytest.mark.parametrize(
    ("probes", "levels"),
    [
        ([GOOD], [Level.OK]),
        ([GOOD, Probe("b", error="no answer")], [Level.OK, Level.WARNING]),
        ([GOOD, Probe("b", 5)], [Level.OK, Level.FATAL]),
        ([Probe("b", error="no answer")], [Level.FATAL]),
        ([Probe("b", 5), Probe("c")], [Level.FATAL, Level.FATAL]),
    ],
)
def test_one_good_endpoint_is_enough_and_one_of_another_chain_too_many(
    probes: list[Probe], levels: list[Level]
) -> None:
    assert [one.level for one in findings.endpoints(probes, chain_id=1)] == levels


def test_heads_are_compared_where_there_are_two() -> None:
    assert findings.heads([GOOD, Probe("b")], lag=3) is None
    behind = findings.heads([GOOD, Probe("b", 1, 96, 1_000)], lag=3)
    assert behind is not None
    assert (behind.level, "b is 4 blocks behind" in behind.text) == (Level.WARNING, True)
    level = findings.heads([GOOD, Probe("b", 1, 97, 1_000)], lag=3)
    assert level is not None and level.level is Level.OK


@pytest.mark.parametrize(
    ("now", "local", "level", "said"),
    [
        (1_010.0, False, Level.OK, "10 s from"),
        (980.0, False, Level.WARNING, "20 s in the future"),
        (1_601.0, False, Level.WARNING, "10 minutes old"),
        (9_000.0, True, Level.OK, ""),
    ],
)
def test_the_clock_is_held_against_the_newest_block(
    now: float, local: bool, level: Level, said: str
) -> None:
    found = findings.clock(1_000, now, local=local)
    assert found is not None
    assert (found.level, said in found.text) == (level, True)


def test_without_a_block_there_is_nothing_to_say_about_the_clock() -> None:
    assert findings.clock(None, 1.0, local=False) is None


@pytest.mark.parametrize(
    ("free", "level"),
    [(2**33, Level.OK), (2**29, Level.WARNING), (2**20, Level.FATAL)],
)
def test_disk(free: int, level: Level) -> None:
    assert findings.disk(free, "/state").level is level


@pytest.mark.parametrize(
    ("most", "level"),
    [(1_423, Level.WARNING), (1_424, Level.OK), (-1, Level.OK)],  # -1: no limit
)
def test_too_few_descriptors_are_worth_a_warning(most: int, level: Level) -> None:
    assert findings.descriptors(most, 1_424).level is level


@pytest.mark.parametrize(
    ("wei", "level"),
    [(10**18, Level.OK), (10**16, Level.WARNING), (0, Level.WARNING)],
)
def test_an_account_without_ether_is_worth_a_warning(wei: int, level: Level) -> None:
    assert findings.balance("hot", "0x1", Wei(wei)).level is level


def test_jobs_that_cannot_run_are_named() -> None:
    found = findings.jobs(3, {1: "type: expected"}, {2: ["slow"]})
    assert [one.what for one in found] == ["job 1", "job 2"]
    assert "no bridge slow" in found[1].text
    assert findings.jobs(3, {}, {})[0].level is Level.OK


@pytest.mark.parametrize(
    ("runs", "local", "level", "said"),
    [
        ({}, False, Level.WARNING, "0.015 ETH at today's fee and a request need not pay"),
        ({}, True, Level.OK, "0.015 ETH"),
        ({"minimum_payment": 1}, False, Level.OK, "has to pay"),
        ({"link_per_ether": "200"}, True, Level.WARNING, "which is 3 LINK; a request has to pay 0"),
        (
            {"link_per_ether": "200", "minimum_payment": 3 * 10**18 - 1},
            False,
            Level.WARNING,
            "gate",
        ),
        ({"link_per_ether": "200", "minimum_payment": 3 * 10**18}, False, Level.OK, "pay 3 LINK"),
        ({"gate": True}, False, Level.WARNING, "runs.gate has no price"),
        ({"gate": True, "link_per_ether": "200"}, False, Level.OK, "are refused"),
        ({"gate": True, "price_url": "https://prices.example"}, False, Level.OK, "are refused"),
        ({"gate_gas": 100_000}, False, Level.WARNING, "0.003 ETH"),
    ],
)
def test_requests_that_pay_less_than_their_answers_cost_are_worth_a_warning(
    runs: dict[str, object], local: bool, level: Level, said: str
) -> None:
    """500,000 gas at 30 gwei."""
    found = findings.payment(RunLimits.model_validate(runs), Wei(30 * 10**9), local=local)
    assert (found.level, said in found.text) == (level, True), found.text
