# SPDX-License-Identifier: MIT
"""Tables fit the terminal, and say what they leave out; elsewhere nothing is left out."""

from __future__ import annotations

import re

import pytest

from linkpool.cli.fitting import FOLDED, Fitted, fitted, folds
from linkpool.cli.output import Answer, show

WHO = "0x514910771AF9Ca656af840dff83E8264EcF986CA"
SHORT = "0x514910…86CA"
COLUMNS = ("id", "oracle", "job", "until")
ROW = ("1", WHO, "6bd6398e-a13e-4cb8-adc7-9f56ecfd3146", "2026-01-31 18:00:00 UTC")
LESS = ("1", SHORT, "6bd6398e…", "01-31 18:00")


def at(width: int) -> Fitted | None:
    return fitted(COLUMNS, [ROW], width, spare=("until", "job"))


def test_what_fits_is_whole() -> None:
    width = sum(map(len, ROW)) + 1 + 3 * 4 + 1  # the heading "id" is wider than its column
    assert at(width) == Fitted(COLUMNS, [ROW])
    narrower = at(width - 1)
    assert narrower is not None and [*narrower.rows[0]] == [*LESS]
    assert narrower.note == "names and times (UTC) in short (a wider terminal, or --json)"


def test_columns_go_one_after_the_other_and_then_the_table() -> None:
    shown = [found.columns if (found := at(width)) else None for width in (48, 47, 34, 33, 22, 21)]
    without = [[*COLUMNS], ["id", "oracle", "job"], ["id", "oracle"]]
    assert shown == [without[0], without[1], without[1], without[2], without[2], None]
    least = at(22)
    assert least is not None
    assert least.note.startswith("not shown: until, job; names and times (UTC) in short (")


def test_sentences_take_several_lines_and_names_do_not() -> None:
    reason = "puts 20 LINK at risk, more than bidding.maximum_penalty, 10 LINK"
    found = fitted(("name", "reason"), [("x" * 40, reason)], 40 + FOLDED + 7, spare=())
    assert found is not None
    assert [folds(found, place) for place in (0, 1)] == [False, True]
    assert fitted(("name", "reason"), [("x" * 40, reason)], 40 + FOLDED + 6, spare=()) is None


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


ANSWER = Answer(
    title="one", data={}, columns=COLUMNS, rows=[ROW, ROW], spare=("until",), note="the end"
)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    terminal.setenv("COLUMNS", str(width))
    show(ANSWER, as_json=False)
    lines = printed(capsys).splitlines()
    assert all(len(line) <= width for line in lines if "│" in line or "━" in line)
    assert lines[-1] == "the end"


def test_what_no_table_can_show_is_a_list(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "20")
    show(ANSWER, as_json=False)
    shown = printed(capsys)
    assert shown.count(f"  oracle  {WHO}\n") == 2
    assert "━" not in shown


def test_without_a_terminal_everything_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=False)
    shown = capsys.readouterr().out
    assert all(shown.count(cell) == 2 for cell in ROW[1:])
