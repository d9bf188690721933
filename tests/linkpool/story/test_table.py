# SPDX-License-Identifier: MIT
"""Tables that fit: what gives way first, and the legend of what is left."""

from __future__ import annotations

from rich.text import Text

from linkpool.story import table
from linkpool.story.columns import Fitted, column, fitted
from linkpool.story.words import wrapped
from tests.linkpool.story.sights import full

COLUMNS = [
    column("who", (0, ["Ada", "Bo"]), left=True),
    column("earned", (30, ["1.000001", "22.000002"]), (0, ["1.0", "22.0"]), meaning="so far"),
    column("spare", (10, [Text("x"), "×"]), meaning="whatever"),
]


def lines(made: Fitted) -> list[str]:
    return [line.plain for line in (made.head, *made.rows, *made.legend)]


def test_a_wide_one_has_the_longest_form_of_every_column() -> None:
    assert lines(fitted(COLUMNS, 40)) == [
        "who      earned   spare",
        "Ada    1.000001       x",
        "Bo    22.000002       ×",
        "earned: so far · spare: whatever",
    ]


def test_what_is_wanted_on_wider_ones_only_is_left_out() -> None:
    assert lines(fitted(COLUMNS, 29))[1] == "Ada      1.0       x"
    assert lines(fitted(COLUMNS, 9))[0] == "who  earned"


def test_what_is_wanted_latest_gives_way_where_it_is_too_wide() -> None:
    wide = [column("who", (0, ["Ada", "a long name that needs room"]), left=True), *COLUMNS[1:]]
    assert lines(fitted(wide, 40))[::2] == [
        "who                           earned",
        "a long name that needs room     22.0",
    ]


def test_columns_move_together_before_one_is_lost() -> None:
    assert lines(fitted(COLUMNS, 18))[0] == "who  earned  spare"


def test_what_is_always_shown_stays_however_narrow() -> None:
    assert lines(fitted(COLUMNS, 4))[0] == "who  earned"


def test_a_note_begins_the_legend_and_plain_words_need_none() -> None:
    assert lines(fitted(COLUMNS[:1], 40, note="people"))[-1] == "people"
    assert fitted(COLUMNS[:1], 40).legend == []


def test_an_empty_table_is_its_head() -> None:
    assert lines(table.agreements([], ["alder"], 80))[0].startswith("Agreements")
    assert list(table.stakers([], 80).rows) == []


def test_words_are_wrapped_whole() -> None:
    assert wrapped("some words that are many", 12, "  ") == [
        "  some words",
        "    that are",
        "    many",
    ]
    assert wrapped("", 10) == []


def test_a_question_with_too_few_answers_has_no_answer() -> None:
    [row, *_] = full().agreements
    failed = table.agreements([row], [], 80)
    assert "240,000" in failed.rows[0].plain
