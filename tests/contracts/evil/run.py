# SPDX-License-Identifier: MIT
"""A run of many chunks that can be interrupted and continued; its state is one small file."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.contracts.evil.chunk import STEPS, Found, play
from tests.contracts.evil.corpus import save
from tests.contracts.evil.shrink import shortest
from tests.contracts.evil.stage import ARTEFACTS, PUPPET
from tests.contracts.suite import ROOT

STATE = ROOT / "bench/out/fuzz"
PATIENCE = 60.0


@dataclass
class State:
    """How far a run has come, and what it saw; seconds of the processor."""

    seed: int
    code: str
    chunk_steps: int = STEPS
    chunks: int = 0
    transitions: int = 0
    seconds: float = 0.0
    reached: dict[str, int] = field(default_factory=dict)
    violations: list[dict[str, object]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return STATE / f"seed-{self.seed}-{self.code[:12]}.json"

    @classmethod
    def read(cls, seed: int, code: str) -> State:
        """The run of this seed on this code, as far as it is; another code begins anew."""
        state = cls(seed, code)
        if state.path.exists():
            state = cls(**json.loads(state.path.read_text()))
        return state

    @classmethod
    def longest(cls, seed: int) -> State:
        """The longest run of this seed, be its code that of today or not."""
        found = [json.loads(path.read_text()) for path in STATE.glob(f"seed-{seed}-*.json")]
        states = [cls(**one) for one in found]
        return max(states, key=lambda state: state.transitions, default=cls(seed, code()))

    def write(self) -> None:
        """All or nothing: an interrupted run loses its last chunk at most."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(asdict(self), indent=1, sort_keys=True))
        part.replace(self.path)


@cache
def code() -> str:
    """Names what is tested: the contracts' bytecode and the adversary's own sources."""
    found = sha256()
    for path in sorted(ARTEFACTS.glob("*.json")):
        found.update(json.loads(path.read_text())["bytecode"].encode())
    for path in sorted(PUPPET.parent.glob("*.py")):
        if path.name not in OUTSIDE and not path.name.startswith("test_"):
            found.update(path.read_bytes())
    found.update(PUPPET.read_bytes())
    return found.hexdigest()


# Nothing in these changes what a chunk does.
OUTSIDE = frozenset(
    f"{name}.py" for name in ("run", "__main__", "page", "planted", "bugs", "corpus", "shrink")
)


def go_on(state: State, transitions: int, say: Callable[[str], None]) -> State:
    """Runs chunk after chunk until so many transitions are done in all."""
    while state.transitions < transitions:
        began = time.process_time()
        played = play(state.seed, state.chunks)
        state.transitions += played.steps
        state.seconds += time.process_time() - began
        state.reached = dict(Counter(state.reached) + played.reached)
        if played.found is not None:
            _keep(state, played.found, say)
        state.chunks += 1
        state.write()
        if state.chunks % 20 == 0:
            say(progress(state))
    return state


def progress(state: State) -> str:
    speed = state.transitions / max(state.seconds, 0.001)
    found = len(state.violations)
    return f"{state.transitions:,} transitions, {speed:,.0f} a second, {found} violations"


def _keep(state: State, found: Found, say: Callable[[str], None]) -> None:
    """Writes down what broke, as short as it goes."""
    step = len(found.steps)
    say(f"seed {state.seed}, chunk {state.chunks}, step {step}: {found.said}")
    kept = shortest(found, None, PATIENCE)
    path = STATE / f"found-{state.seed}-{state.chunks}.json"
    save(path, kept, "", found.world.stage().names)
    state.violations.append(
        {
            "seed": state.seed,
            "chunk": state.chunks,
            "step": step,
            "said": found.said,
            "steps": len(kept.steps),
            "file": path.name,
        }
    )
    say(f"  {len(kept.steps)} steps are left of it: {path.relative_to(ROOT)}")
