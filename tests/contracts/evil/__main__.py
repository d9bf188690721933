# SPDX-License-Identifier: MIT
"""`python -m tests.contracts.evil`: the evil pool for as long as asked; `make fuzz` calls it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tests.contracts.evil.chunk import STEPS, Bug, Found, Played, play, replay
from tests.contracts.evil.corpus import save
from tests.contracts.evil.page import coverage, written
from tests.contracts.evil.planted import BUGS
from tests.contracts.evil.run import STATE, State, code, go_on, progress
from tests.contracts.evil.shrink import shrunk

DEFAULT_SEED = 1
# A planted bug has to be found within this many transitions: far less than five minutes.
MOST_CHUNKS = 100
SHRINKING = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.contracts.evil", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="go on with a run until it has so many transitions")
    running.add_argument("--steps", type=int, required=True)
    running.add_argument("--seed", type=int, default=DEFAULT_SEED)
    running.add_argument("--record", action="store_true", help="write docs/explain/fuzz.md, too")
    again = commands.add_parser("chunk", help="one chunk of a run once more")
    again.add_argument("seed", type=int)
    again.add_argument("chunk", type=int)
    planted = commands.add_parser("bugs", help="find every planted bug; its sequence is written")
    planted.add_argument("--seed", type=int, default=DEFAULT_SEED)
    planted.add_argument("--corpus", type=Path, default=STATE / "corpus")
    asked = parser.parse_args()
    if asked.command == "run":
        return _run(asked.steps, asked.seed, asked.record)
    if asked.command == "chunk":
        return _chunk(asked.seed, asked.chunk)
    return _bugs(asked.seed, asked.corpus)


def _run(steps: int, seed: int, record: bool) -> int:
    state = State.read(seed, code())
    _say(f"evil pool: seed {seed}, chunks of {STEPS:,}; so far {progress(state)}")
    go_on(state, steps, _say)
    _say(progress(state))
    for line in coverage(state.reached):
        _say(line)
    for violation in state.violations:
        _say(f"VIOLATION {violation}")
    if record:
        written(state)
    return 1 if state.violations else 0


def _chunk(seed: int, chunk: int) -> int:
    played = play(seed, chunk)
    _say(f"chunk {chunk} of seed {seed}: {played.steps} steps")
    if played.found is not None:
        _say(f"step {len(played.found.steps)}: {played.found.said}")
    return 1 if played.found is not None else 0


def _bugs(seed: int, corpus: Path) -> int:
    """Each bug by itself; its shortest sequence becomes a file of the corpus."""
    missed = 0
    for name, bug in BUGS.items():
        began, transitions, played = time.monotonic(), 0, Played()
        for chunk in range(MOST_CHUNKS):
            played = play(seed, chunk, bug)
            transitions += played.steps
            if played.found is not None:
                break
        seconds = time.monotonic() - began
        if played.found is None:
            missed += 1
            _say(f"NOT FOUND | {name} | {transitions:,} | {seconds:.1f} s")
            continue
        short = _kept(corpus, name, bug, played.found)
        row = (name, f"{transitions:,}", f"{seconds:.1f} s", played.found.said.split(":")[0], short)
        _say(" | ".join(map(str, row)))
    return 1 if missed else 0


def _kept(corpus: Path, name: str, bug: Bug, found: Found) -> int:
    short = shrunk(found.steps, lambda s: replay(found.world, s, bug) is not None, SHRINKING)
    broken = replay(found.world, short, bug)
    assert broken is not None, "a sequence no longer breaks anything"
    file = corpus / f"{name.replace(' ', '-')}.json".replace("'", "")
    kept = Found(found.world, broken.promise, str(broken), short)
    save(file, kept, name, found.world.stage().names)
    return len(short)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
