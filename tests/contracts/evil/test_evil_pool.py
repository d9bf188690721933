# SPDX-License-Identifier: MIT
"""The evil pool, for as long as a test may take; `make fuzz` runs it for as long as asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.contracts.evil.chunk import play, replay
from tests.contracts.evil.corpus import CORPUS, load
from tests.contracts.evil.page import BEGIN, END, REFUSED, functions, never, written
from tests.contracts.evil.planted import BUGS
from tests.contracts.evil.records_network import OUTCOMES
from tests.contracts.evil.run import State, go_on
from tests.contracts.evil.stage import CAPS, SCENARIOS

SEED = 1
CHUNKS = len(SCENARIOS) * len(CAPS)
STEPS = 500
# Chunks that have a bit of everything that can become of an agreement.
DEEP = (37, 38)
KEPT = sorted(CORPUS.glob("*.json"))
# One for each contract that can break a promise, found anew by their sequences.
QUICK = (
    "a request is refunded twice",
    "an operation is executed twice",
    "a destination does not wait",
    "locked shares move",
    "others pay what an oracle owes",
    "collateral goes back half a day early",
    "an agreement waits for collateral that is gone",
)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_promise_is_broken(chunk: int) -> None:
    """Each scenario with each cap; what is found is named by (seed, chunk, step)."""
    played = play(SEED, chunk, steps=STEPS)
    assert played.found is None, f"step {len(played.found.steps)}: {played.found.said}"
    assert played.steps == STEPS
    assert played.reached["out: withdraw"] > 0


def test_a_chunk_follows_from_its_seed_alone() -> None:
    assert play(SEED, 1, steps=100).reached == play(SEED, 1, steps=100).reached
    assert play(SEED, 1, steps=100).reached != play(SEED, 7, steps=100).reached


def test_agreements_are_played_to_their_end() -> None:
    """Answered, missed, late and wrong; slashed, paid back late; also at the end of a chunk."""
    reached = sum((play(SEED, chunk, steps=STEPS).reached for chunk in DEEP), Counter[str]())
    events = ("AgreementSettled", "AgreementCancelled", "Slashed", "Reclaimed", "Reported")
    for what in (
        *(f"event {name}" for name in events),
        *(f"outcome {o}" for o in OUTCOMES.values()),
    ):
        assert reached[what] > 0, what
    assert reached["out: Penalties.release"] > 0


def test_a_run_goes_on_where_it_was_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.contracts.evil.run.STATE", tmp_path)
    monkeypatch.setattr("tests.contracts.evil.run.play", lambda s, c: play(s, c, steps=40))
    whole = go_on(State(SEED, "a"), 120, print)
    go_on(State(SEED, "b"), 40, print)
    rest = go_on(State.read(SEED, "b"), 120, print)
    assert (rest.chunks, rest.transitions) == (whole.chunks, whole.transitions) == (3, 120)
    assert rest.reached == whole.reached


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_once_broke_something_breaks_nothing(path: Path) -> None:
    kept = load(path)
    broken = replay(kept.world, kept.at(kept.world.stage().names))
    assert broken is None, str(broken)


def test_every_planted_bug_has_its_sequence() -> None:
    assert len(BUGS) >= 20
    assert {load(path).bug for path in KEPT} == set(BUGS)


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found_again(name: str) -> None:
    """By the sequence that found it; `make fuzz` finds all of them from nothing."""
    kept = next(kept for kept in map(load, KEPT) if kept.bug == name)
    broken = replay(kept.world, kept.at(kept.world.stage().names), BUGS[name])
    assert broken is not None
    assert broken.promise == kept.promise


def test_a_planted_bug_is_found_from_nothing() -> None:
    bug = BUGS["a request is refunded twice"]
    assert any(play(SEED, chunk, bug).found is not None for chunk in range(8))


def test_the_list_of_what_nobody_may_call_names_functions() -> None:
    """Everything else has to succeed in a long run; nothing has in none."""
    known = {kind for kind, _ in functions()}
    assert {(kind, name) for kind, name in REFUSED if kind in known} <= functions()
    assert len(never({})) == len(functions() - REFUSED)


def test_the_page_of_a_run_replaces_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "fuzz.md"
    page.write_text(f"before\n{BEGIN}old\n{END}after\n")
    monkeypatch.setattr("tests.contracts.evil.page.PAGE", page)
    monkeypatch.setattr("tests.contracts.evil.bugs.STATE", tmp_path)
    written(State(SEED, "a", transitions=1_234, reached={"ok Timelock.execute": 5}))
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}")
    assert text.endswith(f"{END}after\n")
    assert "| transitions | 1,234 |" in text
    assert "old" not in text
    assert "never: Timelock.execute" not in text
    assert "never: store.withdraw" in text
