# SPDX-License-Identifier: MIT
"""One chunk of a run: a fresh deployment, a fixed number of steps from its seed, then the farewell.

Whatever a chunk does follows from (seed, chunk) alone, so that a violation is named by those two
and the number of its step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.contracts.evil.adversary import Adversary
from tests.contracts.evil.farewell import Farewell, can_leave
from tests.contracts.evil.records_network import OUTCOMES
from tests.contracts.evil.report import Violation
from tests.contracts.evil.stage import CAPS, SCENARIOS, Stage, build
from tests.contracts.evil.step import Step, call_of
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import Patch

STEPS = 1_000
# Every so many steps everybody tries to leave.
LEAVES = 8


@dataclass(frozen=True, slots=True)
class World:
    """Where a sequence starts."""

    scenario: str
    loss_cap: int

    def stage(self, bug: Bug | None = None) -> Stage:
        if bug is None:
            return build(self.scenario, self.loss_cap)
        return build(self.scenario, self.loss_cap, bug.patch, bug.contract)


@dataclass(frozen=True)
class Bug:
    """A bug planted in one contract; `contract` is its path below contracts/, without .vy."""

    patch: Patch
    contract: str = "PoolStorage"


@dataclass(frozen=True, slots=True)
class Found:
    """A broken promise: the steps up to it."""

    world: World
    promise: str
    said: str
    steps: tuple[Step, ...]


@dataclass
class Played:
    """What one chunk did."""

    steps: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    found: Found | None = None


def world_of(chunk: int) -> World:
    """Each scenario with each cap in turn."""
    return World(SCENARIOS[chunk % len(SCENARIOS)], CAPS[chunk // len(SCENARIOS) % len(CAPS)])


def play(seed: int, chunk: int, bug: Bug | None = None, steps: int = STEPS) -> Played:
    """Runs a chunk until its end, or until a promise is broken."""
    world, played, done = world_of(chunk), Played(), list[Step]()
    stage = world.stage(bug)
    try:
        watch = Watch(stage)
        adversary = Adversary(f"{seed}/{chunk}", watch)
        for number in range(steps):
            step = adversary.next()
            done.append(step)
            played.steps += 1
            _count(played.reached, watch, step, watch.step(step).ok)
            if number % LEAVES == 0:
                can_leave(watch)
        can_leave(watch)
        Farewell(watch, played.reached).all_leave()
    except Violation as broken:
        played.found = Found(world, broken.promise, str(broken), tuple(done))
    return played


def _count(reached: Counter[str], watch: Watch, step: Step, ok: bool) -> None:
    """Which function was reached, and whether it went through: what a run can be judged by."""
    call = call_of(step, watch.puppets)
    name = watch.function(call)
    what = "other" if name is None else f"{watch.kinds[call.to].rstrip('0123456789')}.{name}"
    reached[f"{'ok' if ok else 'no'} {what}"] += 1
    for _, event, said in watch.said:
        reached[f"event {event.name}"] += 1
        if event.name == "OutcomeRecorded":
            reached[f"outcome {OUTCOMES[said['outcome']]}"] += 1


def replay(world: World, steps: Sequence[Step], bug: Bug | None = None) -> Violation | None:
    """The same steps again, everybody trying to leave after each: the promise broken, if one is."""
    stage = world.stage(bug)
    try:
        watch = Watch(stage)
        for step in steps:
            watch.step(step)
            can_leave(watch)
        Farewell(watch, Counter()).all_leave()
    except Violation as broken:
        return broken
    return None


def still_breaks(found: Found, steps: Sequence[Step], bug: Bug | None = None) -> bool:
    """Whether other steps break the same promise: the measure of what can be left out."""
    broken = replay(found.world, steps, bug)
    return broken is not None and broken.promise == found.promise
