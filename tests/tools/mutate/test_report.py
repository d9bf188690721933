# SPDX-License-Identifier: MIT
"""The page's figures, and the verdicts that are committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate.record import Fate, Record
from tools.mutate.report import BEGIN, COLUMNS, END, HEAD, figures, page, refuted
from tools.mutate.verdicts import by_mutant, load

FATES = [
    *[Fate.KILLED] * 18,
    *[Fate.SURVIVED] * 2,
    Fate.PAUSED,
    Fate.SAME,
    Fate.REPEATED,
    Fate.STILLBORN,
    None,
]


def test_what_does_not_compile_or_differ_is_not_counted() -> None:
    found = figures("x", FATES, [Fate.SURVIVED])
    assert (found.mutants, found.counted, found.killed) == (25, 20, 18)
    assert (found.equivalent, found.open, found.paused, found.not_run) == (1, 1, 1, 1)
    assert (found.same, found.repeated, found.stillborn) == (1, 1, 1)


def test_an_argument_holds_for_what_was_not_run_to_the_end_too() -> None:
    found = figures("x", FATES, [Fate.SURVIVED, Fate.PAUSED])
    assert (found.equivalent, found.open, found.paused, found.counted) == (2, 1, 0, 19)


@pytest.mark.parametrize("judged", [[], [Fate.SURVIVED], [Fate.PAUSED, Fate.SURVIVED]])
def test_each_row_adds_up(judged: list[Fate]) -> None:
    cells = figures("x", FATES, judged).row().strip("| ").split(" | ")
    assert len(cells) == len(COLUMNS) + 2 == HEAD.split("\n")[1].count("|") - 1
    mutants, *fates = [int(cell) for cell in cells[1:-1]]
    assert sum(fates) == mutants == len(FATES)


def test_who_is_killed_is_not_equivalent() -> None:
    fates = {"a": Fate.KILLED, "b": Fate.SURVIVED, "c": Fate.KILLED, "d": None}
    assert refuted(fates, ["a", "b", "d", "unknown"]) == ["a"]


def test_a_score_is_given_of_what_was_run_to_the_end() -> None:
    done = [fate for fate in FATES if fate not in (None, Fate.PAUSED)]
    assert figures("x", done, [Fate.SURVIVED]).score == "94.7 %"
    assert figures("x", FATES, [Fate.SURVIVED]).score == "-"


def test_a_source_that_was_not_run_has_no_score() -> None:
    assert figures("x", [None, None]).score == "-"


def test_only_the_generated_part_of_the_page_changes() -> None:
    text = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    assert page(text, ["new"]) == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"


def test_verdicts_have_sentences_and_are_at_most_a_twentieth() -> None:
    """Of those that were run: the verdict on another says nothing before it has survived."""
    judged = by_mutant(load())
    fates = [pair for source in Record.load().sources.values() for pair in source.fates.items()]
    compiled = [id for id, fate in fates if fate in (Fate.KILLED, Fate.SURVIVED, Fate.PAUSED)]
    assert compiled
    assert sum(id in judged for id in compiled) * 20 <= len(compiled)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[equivalent]]\nsource = "a"\nwhy = "because"\nmutants = ["x"]', "no sentence"),
        ('[[equivalent]]\nsource = "a"\nwhy = "So."\nmutants = ["x"]\n' * 2, "judged twice: x"),
    ],
)
def test_a_verdict_needs_a_reason_and_is_given_once(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "verdicts.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        load(path)
