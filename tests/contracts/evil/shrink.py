# SPDX-License-Identifier: MIT
"""A sequence that breaks a promise, made as short as it goes without ceasing to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from tests.contracts.evil.chunk import Bug, Found, replay, still_breaks
from tests.contracts.evil.step import Step

Breaks = Callable[[Sequence[Step]], bool]


def shrunk(steps: Sequence[Step], breaks: Breaks, seconds: float) -> tuple[Step, ...]:
    """Leaves out ever smaller parts, then waiting; stops after so many seconds at the latest."""
    ends = time.monotonic() + seconds
    kept = tuple(steps)
    size = max(1, len(kept) // 2)
    while time.monotonic() < ends:
        start, shorter = 0, False
        while start < len(kept) and time.monotonic() < ends:
            tried = without(kept, start, start + size)
            if breaks(tried):
                kept, shorter = tried, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return _in_haste(kept, breaks, ends)


def without(steps: Sequence[Step], start: int, end: int) -> tuple[Step, ...]:
    """A part left out; the time that it took passes all the same."""
    gone = sum(step.seconds for step in steps[start:end])
    rest = tuple(steps[end:])
    if rest and gone:
        rest = (replace(rest[0], seconds=rest[0].seconds + gone), *rest[1:])
    return (*steps[:start], *rest)


def _in_haste(steps: tuple[Step, ...], breaks: Breaks, ends: float) -> tuple[Step, ...]:
    """Without the pauses that do not matter."""
    for index, step in enumerate(steps):
        if step.seconds and time.monotonic() < ends:
            tried = (*steps[:index], replace(step, seconds=0), *steps[index + 1 :])
            if breaks(tried):
                steps = tried
    return steps


def shortest(found: Found, bug: Bug | None, seconds: float) -> Found:
    """What was found, as short as it goes, and what breaks when it is replayed.

    In a replay everybody tries to leave after each step, so that another promise may be the first
    to break. A sequence that only breaks at its chunk's own pace stays as it is.
    """
    broken = replay(found.world, found.steps, bug)
    if broken is None:
        return found
    first = Found(found.world, broken.promise, str(broken), found.steps)
    short = shrunk(found.steps, partial(still_breaks, first, bug=bug), seconds)
    last = replay(found.world, short, bug)
    return Found(found.world, first.promise, str(last), short)
