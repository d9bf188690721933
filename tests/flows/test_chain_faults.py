# SPDX-License-Identifier: MIT
"""P13 with a chain that misbehaves: lost, slow, behind, forgetful or rewritten under load.

`make chaos` runs the same with outages of a minute (CHAOS_SECONDS).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.oracle.count import Count, settle
from bench.oracle.lab import Lab, lab
from bench.oracle.load import Asking
from bench.oracle.processes import NodeProcess, data_source, node_process
from bench.oracle.state import booked, findings
from tests.flows.faults import Endpoint, endpoint
from tests.flows.processes import PATIENCE

SECONDS = float(os.environ.get("CHAOS_SECONDS", "2.5"))
RATE = 5.0


@dataclass(frozen=True)
class Running:
    """A node under load behind two endpoints."""

    made: Lab
    node: NodeProcess
    first: Endpoint
    second: Endpoint

    def both(self, **how: Any) -> None:
        """Both endpoints misbehave like this."""
        self.first.set(**how)
        self.second.set(**how)

    def answered(self) -> int:
        return self.made.told("answered")

    def goes_on(self, seconds: float = PATIENCE) -> None:
        """Waits for an answer more than now."""
        before, end = self.answered(), time.monotonic() + seconds
        while self.answered() <= before:
            assert time.monotonic() < end, self.node.said()[-2000:]
            time.sleep(0.1)


@contextmanager
def running(folder: Path, found: list[Count]) -> Iterator[Running]:
    """The block is the story; afterwards everything is counted into `found`, and the database
    has to agree with the chain.
    """
    with (
        lab(folder) as made,
        endpoint(made.anvil.url) as first,
        endpoint(made.anvil.url) as second,
        data_source() as (source, _),
    ):
        made.blocks_every(1)
        settings = made.write_settings("faulty", f"{first.url},{second.url}")
        with node_process(made, settings=settings) as node:
            with Asking(made, source, RATE) as load:
                story = Running(made, node, first, second)
                story.goes_on()
                yield story
            count, _ = settle(made.rpc, made.nodes, load.first, seconds=PATIENCE)
            booked(made, seconds=PATIENCE)
        found.append(count)
        assert findings(made) == []


def require_once(found: list[Count]) -> None:
    """Everything was answered, nothing twice, no transaction in vain."""
    (count,) = found
    assert len(count.requests) > RATE
    assert (count.missed, count.doubled) == ([], 0)


def test_one_lost_endpoint_of_two_stops_nothing(tmp_path: Path) -> None:
    found: list[Count] = []
    with running(tmp_path, found) as story:
        for one in (story.first, story.second):
            one.set(down=True)
            story.goes_on()
            time.sleep(SECONDS)
            story.goes_on()
            one.set(down=False)
    require_once(found)


def test_all_endpoints_lost_is_waited_for(tmp_path: Path) -> None:
    found: list[Count] = []
    with running(tmp_path, found) as story:
        story.both(down=True)
        time.sleep(SECONDS)
        story.both(down=False)
        story.goes_on()
    require_once(found)


def test_an_endpoint_that_lags_misleads_nobody(tmp_path: Path) -> None:
    found: list[Count] = []
    with running(tmp_path, found) as story:
        for one in (story.first, story.second):
            one.set(lag=4)
            time.sleep(SECONDS)
            story.goes_on()
            one.set(lag=0)
    require_once(found)


def test_answers_that_are_lost_on_their_way_double_nothing(tmp_path: Path) -> None:
    """The transaction has been taken; the node cannot know."""
    found: list[Count] = []
    with running(tmp_path, found) as story:
        story.both(lose=0.3)
        time.sleep(SECONDS)
        story.both(lose=0, delay=0.3)
        story.goes_on()
    require_once(found)


@pytest.mark.parametrize("depths", [(1, 2, 3, 4), (5, 6, 7, 8)])
def test_rewritten_blocks_leave_every_remaining_request_answered(
    tmp_path: Path, depths: tuple[int, ...]
) -> None:
    """Requests of blocks that went may come again, with the same id, in others."""
    found: list[Count] = []
    with running(tmp_path, found) as story:
        for depth in depths:
            story.made.rpc("anvil_reorg", depth, [])
            story.goes_on()
    (count,) = found
    assert count.missed == []
    assert all(len(blocks) == 1 for blocks in count.answers.values())
    assert count.answers.keys() == count.requests.keys()


def test_a_second_process_on_the_same_state_refuses_to_start(tmp_path: Path) -> None:
    found: list[Count] = []
    with running(tmp_path, found) as story:
        second = NodeProcess(story.made)
        code = second.ended(PATIENCE)
        assert code != 0
        complaint = second.said().strip().splitlines()[-1]
        assert complaint.startswith("error: ")
        assert str(story.node.pid) in complaint
        story.goes_on()
    require_once(found)
