# SPDX-License-Identifier: MIT
"""What the chain does to runs: answers, cancellations, blocks that go and come back. Pure.

An id may be used again once its request is closed: an answer or a cancellation closes the last
request before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from linkpool.oracle.runs.states import State

Place = tuple[str, int]  # block hash, log index
ELSEWHERE: Final = "answered by a transaction that is not this run's"


@dataclass(frozen=True, slots=True)
class Known:
    """A run as it is in the database."""

    id: int
    state: State
    block: int
    place: Place
    intent: str | None
    answer_tx: str | None
    shadow: bool = False
    """Another node answers: its answer ends nothing here."""


@dataclass(frozen=True, slots=True)
class Closing:
    """An answer or a cancellation that is part of the chain; `position` is block, log index."""

    position: tuple[int, int]
    tx: str
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """What the chain says about one run now."""

    orphaned: bool = False
    returned: bool = False
    """Its block is back."""
    closing: Closing | None = None

    @property
    def answer_tx(self) -> str | None:
        if self.closing is None or self.closing.cancelled:
            return None
        return self.closing.tx


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of the run."""

    state: State
    reason: str | None = None
    answer_tx: str | None = None


def closings(found: Iterable[Closing]) -> list[Closing]:
    """In the order of the chain."""
    return sorted(found, key=lambda closing: closing.position)


def fates(
    same: Sequence[Known], closed: Iterable[Closing], *, removed: set[Place], added: set[Place]
) -> Iterator[tuple[Known, Fate]]:
    """All runs of one request id, each with what the chain says about it."""
    gone = {
        run.id
        for run in same
        if run.place in removed or (run.state is State.ORPHANED and run.place not in added)
    }
    standing = sorted(
        (run for run in same if run.id not in gone), key=lambda run: (run.block, run.place[1])
    )
    ordered = closings(closed)
    for run in same:
        if run.id in gone:
            yield run, Fate(orphaned=True)
            continue
        later = [o for o in standing if (o.block, o.place[1]) > (run.block, run.place[1])]
        end = (later[0].block, later[0].place[1]) if later else (1 << 63, 0)
        here = (run.block, run.place[1])
        closing = next((c for c in ordered if here < c.position < end), None)
        yield run, Fate(returned=run.state is State.ORPHANED, closing=closing)


def after(run: Known, fate: Fate) -> Next:
    """The run's next state; the same where nothing changes."""
    if fate.orphaned:
        return Next(State.ORPHANED, "its block was replaced")
    if run.state in (State.REFUSED, State.ERRORED) or (run.shadow and fate.answer_tx is not None):
        return Next(run.state, None, fate.answer_tx)
    if fate.closing is not None and fate.closing.cancelled:
        return Next(State.CANCELLED, "its requester took the payment back")
    if fate.closing is not None:
        return _answered(run, fate.closing.tx)
    if run.shadow and run.state is State.COMPLETED:
        return Next(run.state)
    if fate.returned or run.state is State.CANCELLED or _reopened(run):
        return Next(State.SENDING if run.intent else State.WAITING)
    return Next(run.state, None, run.answer_tx)


def _answered(run: Known, tx: str) -> Next:
    """An answer counts as this run's where it has sent one: which transaction it was is the
    transaction manager's business.
    """
    if run.state is State.COMPLETED or run.intent is None:
        return Next(State.COMPLETED, ELSEWHERE if run.intent is None else None, tx)
    if run.state is State.SUSPENDED:
        return Next(State.SUSPENDED, None, tx)
    return Next(State.SENDING, None, tx)


def _reopened(run: Known) -> bool:
    """Whether an answer that was seen is gone with its block."""
    return run.state is State.COMPLETED and run.answer_tx is not None
