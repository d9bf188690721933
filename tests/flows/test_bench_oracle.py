# SPDX-License-Identifier: MIT
"""The oracle's bench in small: a node process under a little load, every figure of the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os import getpid
from typing import Any

import pytest

from bench.oracle import report
from bench.oracle.bare import bare
from bench.oracle.count import Count
from bench.oracle.figures import spread
from bench.oracle.lab import Lab, lab
from bench.oracle.latency import latency
from bench.oracle.phase import Phase, measure
from bench.oracle.processes import data_source, node_process
from bench.oracle.state import booked, findings, first_sent
from bench.oracle.usage import cpu_seconds, memory, thread_seconds
from tests.flows.processes import PATIENCE

NODES = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("bench"), nodes=NODES) as found:
        found.blocks_every(1)
        yield found


@pytest.fixture(scope="module")
def phase(made: Lab) -> Phase:
    """A few seconds over all nodes of one process, final at the end."""
    with data_source() as (url, pid), node_process(made) as node:
        pids = {"node": node.pid, "anvil": made.anvil.pid, "source": pid}
        found = measure(made, url, pids, rate=6, seconds=5, nodes=NODES)
        booked(made, seconds=PATIENCE)
        return found


def test_every_request_is_counted_and_answered_once(phase: Phase, made: Lab) -> None:
    count = phase.count
    assert len(count.requests) == phase.load.asked > 20
    assert (count.answered, count.missed, count.doubled) == (phase.load.asked, [], 0)
    assert all(waited > 0 for waited in count.blocks_waited)
    assert made.told("answered") == phase.load.asked
    assert made.told("wrong") == 0


def test_a_phase_is_one_line_of_the_report(phase: Phase) -> None:
    line = phase.as_json()
    assert line["nodes"] == NODES
    assert 0 < line["answers_per_second"] <= 6.5
    assert set(line["cpu_ms_per_answer"]) == {"node", "anvil", "source"}
    assert line["rss_mb"] > line["pss_mb"] > 10


def test_latency_joins_the_chain_and_the_database(phase: Phase, made: Lab) -> None:
    found = latency(phase, first_sent(made))
    assert found["answers"] == phase.load.asked
    assert 0 < found["block_to_sent"]["median"] <= found["timestamp_to_sent"]["median"] + 1000


def test_the_database_agrees_with_the_chain_and_a_lie_is_seen(phase: Phase, made: Lab) -> None:
    assert findings(made) == []
    head = int(made.rpc("eth_blockNumber"), 16)
    # However slow the machine is: from before the first answer on.
    made.rpc("anvil_reorg", head - min(min(blocks) for blocks in phase.count.answers.values()), [])
    found = findings(made)
    assert any("which is not on chain" in line for line in found)
    assert any("next nonce" in line for line in found)


def test_bare_transactions_are_sent_by_the_same_manager(made: Lab) -> None:
    sent = bare(made, count=60)
    assert sent["transactions"] == 60
    assert sent["per_second"] > 0
    assert sent["cpu_ms_each"] > 0


def test_what_is_missed_doubled_or_in_vain_is_counted() -> None:
    count = Count(
        requests={"a": 1, "b": 1, "c": 2, "d": 2},
        answers={"a": [2], "b": [2, 3], "x": [3]},
        cancelled={"c"},
        failed=["0x1"],
    )
    assert count.answered == 2
    assert count.missed == ["d"]
    assert count.doubled == 3  # b's second, x that nobody asked for, one that reverted
    assert count.blocks_waited == [1, 1]


GOOD: dict[str, Any] = {
    "answers_per_second": 60.0,
    "missed": 0,
    "doubled": 0,
    "latency_ms": {"block_to_sent": {"median": 1299.9}},
    "rss_mb": {"idle": 100.0, "nodes_100": 250.0},
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answers_per_second": 59.9}, "at least 60 answers a second: 59.9"),
        ({"missed": 1}, "nothing missed: 1"),
        ({"doubled": 1}, "nothing doubled: 1"),
        ({"latency_ms": {"block_to_sent": {"median": 1300.0}}}, "median from block"),
        ({"latency_ms": {}}, "median from block"),
        ({"rss_mb": {"idle": 100.1, "nodes_100": 1.0}}, "an idle node at most 100 MB"),
        ({"rss_mb": {"idle": 1.0}}, "100 nodes at most 250 MB RSS: None"),
    ],
)
def test_a_goal_that_is_missed_or_not_measured_is_named(change: dict[str, Any], said: str) -> None:
    assert report.missed(GOOD) == []
    (line,) = report.missed(GOOD | change)
    assert line.startswith(said)


def test_a_spread_has_its_median_its_percentile_and_its_largest() -> None:
    assert spread([]) == {}
    assert spread([float(n) for n in range(101, 0, -1)]) == {
        "median": 51.0,
        "p95": 96.0,
        "max": 101.0,
    }


def test_a_phase_that_ends_with_a_backlog_has_not_kept_up(phase: Phase) -> None:
    assert replace(phase, drained=1.0).kept_up
    assert not replace(phase, drained=10.0).kept_up


def test_what_this_process_uses_is_read_from_linux() -> None:
    size = memory(getpid())
    assert size.rss >= size.pss > 10
    assert cpu_seconds(getpid()) >= max(thread_seconds(getpid()).values()) > 0
