# SPDX-License-Identifier: MIT
"""P13: which requests are open, across restarts, replaced blocks and answers of others."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from linkpool.chain.calls import Log
from linkpool.errors import UsageError
from linkpool.oracle.journal import Journal, State
from linkpool.oracle.spec import JobSpec
from linkpool.oracle.watcher import look
from linkpool.units import Juels
from tests.linkpool.oracle.logs import (
    CONSUMER,
    REQUEST_ID,
    SPEC,
    STORAGE,
    answer_log,
    cancel_log,
    request_log,
)

ID = "0x" + REQUEST_ID.hex()


class Chain:
    """RequestLogs from a list; remembers what was asked."""

    def __init__(self, *logs: Log, head: int = 8) -> None:
        self.list = list(logs)
        self.at = head
        self.asked: list[tuple[int, int]] = []

    async def head(self) -> int:
        return self.at

    async def logs(self, first: int, last: int) -> list[Log]:
        self.asked.append((first, last))
        return [log for log in self.list if first <= log.block <= last]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "node.db", chain="0x1")
    yield opened
    opened.close()


def ids(chain: Chain, journal: Journal, spec: JobSpec = SPEC) -> list[str]:
    return [request.id for request in asyncio.run(look(chain, journal, spec))]


def state(journal: Journal) -> State:
    row = journal.get(ID)
    assert row is not None
    return row.state


def test_a_request_is_open_until_it_is_answered(journal: Journal) -> None:
    chain = Chain(request_log())
    assert ids(chain, journal) == [ID]
    assert ids(chain, journal) == [ID]
    chain.list.append(answer_log())
    assert ids(chain, journal) == []
    assert state(journal) == State.ANSWERED


def test_a_cancelled_request_is_not_answered(journal: Journal) -> None:
    assert ids(Chain(request_log(), cancel_log()), journal) == []
    assert state(journal) == State.CANCELLED


def test_an_answer_that_another_process_gave_is_seen_after_a_restart(journal: Journal) -> None:
    """The node was down: the chain, not its memory, says what is open."""
    journal.record([], cursor=4)
    assert ids(Chain(request_log(), answer_log(block=7)), journal) == []


def test_a_failed_run_is_not_repeated(journal: Journal) -> None:
    chain = Chain(request_log())
    ids(chain, journal)
    journal.finish(ID, State.FAILED, note="no such path")
    assert ids(chain, journal) == []


def test_a_request_in_a_replaced_block_is_open_again(journal: Journal) -> None:
    chain = Chain(request_log())
    ids(chain, journal)
    journal.finish(ID, State.FAILED, note="no such path")
    chain.list = [request_log(fork=1)]
    assert ids(chain, journal) == [ID]


def test_an_answer_in_a_replaced_block_is_given_again(journal: Journal) -> None:
    chain = Chain(request_log(), answer_log())
    assert ids(chain, journal) == []
    chain.list.pop()
    assert ids(chain, journal) == [ID]


def test_a_request_waits_for_its_confirmations(journal: Journal) -> None:
    patient = replace(SPEC, confirmations=5)
    chain = Chain(request_log(block=5), head=8)
    assert ids(chain, journal, patient) == []
    chain.at = 9
    assert ids(chain, journal, patient) == [ID]


def test_a_request_below_the_jobs_price_or_of_a_stranger_is_refused(journal: Journal) -> None:
    dear = replace(SPEC, minimum=Juels(10**18))
    assert ids(Chain(request_log()), journal, dear) == []
    assert state(journal) == State.REFUSED
    picky = replace(SPEC, requesters=frozenset([STORAGE]))
    assert ids(Chain(request_log(b"\2" * 32)), journal, picky) == []
    known = replace(SPEC, requesters=frozenset([CONSUMER]))
    assert ids(Chain(request_log(b"\3" * 32)), journal, known) == ["0x" + "03" * 32]


def test_both_forms_of_the_jobs_id_are_served_and_no_other(journal: Journal) -> None:
    chain = Chain(
        request_log(b"\1" * 32, spec_id=SPEC.spec_ids[0]),
        request_log(b"\2" * 32, spec_id=SPEC.spec_ids[1]),
        request_log(b"\3" * 32, spec_id=b"\7" * 32),
    )
    assert ids(chain, journal) == ["0x" + "01" * 32, "0x" + "02" * 32]


def test_looks_overlap_and_reach_back_to_the_oldest_open_request(journal: Journal) -> None:
    chain = Chain(request_log(block=5), head=8)
    ids(chain, journal)
    chain.at = 500
    ids(chain, journal)
    journal.finish(ID, State.FAILED)
    chain.at = 600
    ids(chain, journal)
    assert chain.asked == [(0, 8), (0, 500), (491, 600)]


def test_a_reset_chain_starts_a_new_journal(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    first = Journal.open(path, chain="0x1")
    ids(Chain(request_log()), first)
    with pytest.raises(UsageError, match="one writer"):
        Journal.open(path, chain="0x1")
    first.close()
    again = Journal.open(path, chain="0x1")
    assert (again.get(ID) is not None, again.cursor) == (True, 8)
    again.close()
    other = Journal.open(path, chain="0x2")
    assert (other.get(ID), other.cursor) == (None, -1)
    other.close()
