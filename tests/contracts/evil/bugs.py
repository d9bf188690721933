# SPDX-License-Identifier: MIT
"""Finds every planted bug from nothing and writes down how long it took; goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from tests.contracts.evil.chunk import Bug, Found, Played, play
from tests.contracts.evil.corpus import save
from tests.contracts.evil.planted import BUGS
from tests.contracts.evil.run import STATE, code
from tests.contracts.evil.shrink import shortest

# 100,000 transitions: less than five minutes.
MOST_CHUNKS = 100
SHRINKING = 60.0

Row = dict[str, object]


def table(of: str) -> Path:
    return STATE / f"bugs-{of[:12]}.json"


def rows(of: str) -> dict[str, Row]:
    """What is known of each bug on this code."""
    found: dict[str, Row] = json.loads(table(of).read_text()) if table(of).exists() else {}
    return found


def hunt(seed: int, corpus: Path, say: Callable[[str], None]) -> int:
    """Those not found yet; gives how many stay hidden."""
    of = code()
    known, missed = rows(of), 0
    for name, bug in BUGS.items():
        if name in known:
            say(f"{name}: {known[name]}")
            continue
        found, row = _found(seed, bug)
        if found is None:
            missed += 1
            say(f"NOT FOUND: {name}: {row}")
            continue
        row["steps"], row["promise"] = _kept(corpus, name, bug, found)
        known[name] = row
        table(of).parent.mkdir(parents=True, exist_ok=True)
        table(of).write_text(json.dumps(known, indent=1))
        say(f"{name}: {row}")
    return missed


def _found(seed: int, bug: Bug) -> tuple[Found | None, Row]:
    """The first chunk that breaks; a patched contract is compiled before the clock starts."""
    play(seed, 0, bug, 0)
    began, transitions, played = time.process_time(), 0, Played()
    for chunk in range(MOST_CHUNKS):
        played = play(seed, chunk, bug)
        transitions += played.steps
        if played.found is not None:
            break
    seconds = round(time.process_time() - began, 1)
    return played.found, {"transitions": transitions, "seconds": seconds}


def _kept(corpus: Path, name: str, bug: Bug, found: Found) -> tuple[int, str]:
    """The shortest sequence, as a file of the corpus."""
    kept = shortest(found, bug, SHRINKING)
    file = corpus / f"{name.replace(' ', '-')}.json".replace("'", "")
    save(file, kept, name, found.world.stage().names)
    return len(kept.steps), kept.promise
