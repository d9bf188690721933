# SPDX-License-Identifier: MIT
"""`python -m tests.contracts.evil`: the evil pool for as long as asked; `make fuzz` calls it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.contracts.evil.bugs import hunt
from tests.contracts.evil.chunk import STEPS, play
from tests.contracts.evil.page import coverage, written
from tests.contracts.evil.run import STATE, State, code, go_on, progress

DEFAULT_SEED = 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.contracts.evil", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="go on with a run until it has so many transitions")
    running.add_argument("--steps", type=int, required=True)
    running.add_argument("--seed", type=int, default=DEFAULT_SEED)
    again = commands.add_parser("chunk", help="one chunk of a run once more")
    again.add_argument("seed", type=int)
    again.add_argument("chunk", type=int)
    planted = commands.add_parser("bugs", help="find every planted bug; its sequence is written")
    planted.add_argument("--seed", type=int, default=DEFAULT_SEED)
    planted.add_argument("--corpus", type=Path, default=STATE / "corpus")
    record = commands.add_parser("record", help="write what was found into docs/explain/fuzz.md")
    record.add_argument("--seed", type=int, default=DEFAULT_SEED)
    asked = parser.parse_args()
    if asked.command == "run":
        return _run(asked.steps, asked.seed)
    if asked.command == "chunk":
        return _chunk(asked.seed, asked.chunk)
    if asked.command == "bugs":
        return 1 if hunt(asked.seed, asked.corpus, _say) else 0
    written(State.longest(asked.seed))
    return 0


def _run(steps: int, seed: int) -> int:
    state = State.read(seed, code())
    _say(f"evil pool: seed {seed}, chunks of {STEPS:,}; so far {progress(state)}")
    go_on(state, steps, _say)
    _say(progress(state))
    for line in coverage(state.reached):
        _say(line)
    for violation in state.violations:
        _say(f"VIOLATION {violation}")
    return 1 if state.violations else 0


def _chunk(seed: int, chunk: int) -> int:
    played = play(seed, chunk)
    _say(f"chunk {chunk} of seed {seed}: {played.steps} steps")
    if played.found is not None:
        _say(f"step {len(played.found.steps)}: {played.found.said}")
    return 1 if played.found is not None else 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
