# SPDX-License-Identifier: MIT
"""The picture on terminals of all sizes: what has to be understood without any other page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from linkpool.story.picture import render, whole
from linkpool.story.screen import HINT
from linkpool.story.verdict import Verdict
from linkpool.story.view import View
from tests.linkpool.story.sights import NAMES, UNIT, full, shown, staker

SIZES = [(80, 24), (100, 30), (120, 40), (140, 40), (160, 50), (200, 60), (80, 60)]
every_size = pytest.mark.parametrize(("width", "height"), SIZES)


@pytest.fixture
def picture() -> View:
    return full()


def drawn(picture: View, width: int, height: int) -> list[str]:
    return shown(render(picture, width=width, height=height, hint=HINT), width)


def uncut(lines: list[str]) -> bool:
    """Whether nothing but addresses is in short."""
    return "…" not in re.sub(r"0x\w+…\w{4}", "", "\n".join(lines))


def words(lines: list[str]) -> str:
    """As read: a legend may go on in the next line."""
    return " ".join(" ".join(lines).split())


@every_size
def test_everything_that_is_shown_fits(picture: View, width: int, height: int) -> None:
    lines = drawn(picture, width, height)
    assert len(lines) < height
    assert all(len(line) <= width for line in lines)
    assert uncut(lines)
    assert lines[-1] == HINT


@every_size
def test_every_size_says_what_it_is_whether_it_is_right_and_what_just_happened(
    picture: View, width: int, height: int
) -> None:
    lines = drawn(picture, width, height)
    assert lines[0].startswith("LinkPool at http://127.0.0.1:8545 · nodes earn play LINK for their")
    assert lines[1] == "✓ block 12,345: every amount right to the juel (77 amounts checked)"
    first = next(at for at, line in enumerate(lines) if line.startswith("Nodes ")) + 1
    assert [line.split()[0] for line in lines[first : first + 3]] == [*NAMES]
    at = lines.index("What just happened")
    told = [line.strip() for line in lines[at + 1 : -1]]
    assert len(told) >= 3
    assert told == list(picture.told)[-len(told) :]


@every_size
def test_every_size_says_what_a_staker_owns_was_paid_and_can_lose(
    picture: View, width: int, height: int
) -> None:
    lines = drawn(picture, width, height)
    [head] = [line for line in lines if line.startswith("Stakes (9)")]
    for name in ("put in", "stake", "paid out", "earned", "at risk"):
        assert name in head
    assert any(line.startswith("S2 ") for line in lines)
    text = words(lines)
    assert "earned: stake + paid out - put in, after losses" in text
    assert re.search(r"income 360.0+ = costs 180.0+ \+ owners 45.0+ \+ stakers 134.0+ \+ ", text)


@every_size
def test_every_size_says_who_client_and_kim_are(picture: View, width: int, height: int) -> None:
    lines = drawn(picture, width, height)
    legend = "client asks all, pays each; who is late or wrong pays client's customer, Kim"
    assert legend in lines
    assert any("wrong" in line and line.endswith("Kim") for line in drawn(picture, width, height))
    assert "bidding" in words(lines)


@every_size
def test_a_word_that_is_not_plain_has_its_legend(picture: View, width: int, height: int) -> None:
    text = words(drawn(picture, width, height))
    for name, meaning in {
        "income": "for answers",
        "to share": "income until somebody distributes it",
        "owners due": "their part, not sent yet",
        "costs paid": "to who runs the node",
        "lost": "for bad answers",
        "exactly": "what it should be",
        "off": "juels (10⁻¹⁸ LINK) more than calculated",
        "allowed": "1 of rounding, 2 more for each penalty",
    }.items():
        head = re.search(rf"(Nodes|Stakes \(9\)) [^:]* {name} ", text)
        assert bool(head) == (f"{name}: {meaning}" in text), name


@every_size
def test_a_higher_terminal_leaves_no_room_unused_while_there_is_more(
    picture: View, width: int, height: int
) -> None:
    assert len(drawn(picture, width, height)) >= min(height - 4, 50)


def test_a_loss_is_in_the_nodes_table_as_soon_as_in_the_agreement(picture: View) -> None:
    """0.1 is booked; 0.05 more is taken from collateral that is not back."""
    lines = drawn(picture, 80, 24)
    [row] = [line for line in lines if line.startswith("alder")]
    assert row.split()[-2:] == ["0.50", "0.150"]


def test_how_far_it_may_be_off_is_beside_how_far_it_is(picture: View) -> None:
    [row] = [line for line in drawn(picture, 120, 40) if line.startswith("S1 ")]
    assert "-1.294   -3 to +2" in row
    assert "-1 to 0" in words(
        drawn(replace(picture, stakers=[replace(staker(1), most=0)]), 120, 40)
    )


def test_your_own_stake_is_the_first(picture: View) -> None:
    mine = replace(staker(9), name="you")
    lines = drawn(replace(picture, stakers=[*picture.stakers, mine]), 80, 24)
    at = next(number for number, line in enumerate(lines) if line.startswith("Stakes (10)"))
    assert lines[at + 1].startswith("you ")


def test_every_digit_is_there_from_120_columns_on(picture: View) -> None:
    assert "12.000000000000000001" in words(drawn(picture, 120, 40))
    assert "12.000000 " in words(drawn(picture, 80, 24))


def test_high_terminals_say_who_is_who(picture: View) -> None:
    for width in (80, 160):
        text = words(drawn(picture, width, 60))
        assert "Kim: client's customer, whom bad answers harm: gets the collateral that" in text
        assert "you: the wallet dev:15, once it stakes" in text


@pytest.mark.parametrize("width", [20, 40, 60, 72])
def test_a_narrow_one_has_fewer_columns_instead_of_cut_ones(picture: View, width: int) -> None:
    lines = drawn(picture, width, 40)
    assert all(len(line) <= width for line in lines)
    assert uncut(lines)
    [head] = [line for line in lines if line.startswith("Nodes")]
    assert ("answered" in head) == (width >= 60)
    assert ("lost" in head) == (width >= 40)


def test_long_amounts_cost_a_column_and_no_letter(picture: View) -> None:
    rich = [replace(row, staked=row.staked * 10**6, income=UNIT * 10**9) for row in picture.nodes]
    lines = drawn(replace(picture, nodes=rich), 80, 24)
    assert all(len(line) <= 80 for line in lines)
    assert uncut(lines)
    assert "15,283,479,999.00" in words(lines)


def test_a_long_event_goes_on_in_the_next_line(picture: View) -> None:
    long = "agreement 12: " + "and so on " * 12
    lines = drawn(replace(picture, told=[*picture.told, long.strip()]), 80, 24)
    at = lines.index("What just happened")
    assert lines[at + 1].strip() == "line 19 of what happened"
    assert lines[at + 2].startswith("  agreement 12: and so on")
    assert lines[at + 3].startswith("    ")
    assert words(lines[at + 2 : at + 4]) == long.strip()


def test_the_last_event_is_there_in_part_where_it_is_longer_than_the_room(picture: View) -> None:
    lines = drawn(replace(picture, told=["word " * 200]), 80, 24)
    at = lines.index("What just happened")
    assert lines[at + 1 : -1] == ["  " + ("word " * 15).strip()] + 2 * [
        "    " + ("word " * 15).strip()
    ]


def test_parts_are_apart_where_there_is_room(picture: View) -> None:
    few = replace(picture, agreements=[], told=picture.told[:3], owners=[])
    lines = drawn(few, 80, 60)
    assert lines[2] == "" and lines[3].startswith("Nodes ")
    assert len(lines) < 60


def test_a_very_low_one_has_the_verdict_first(picture: View) -> None:
    first, second, *_ = drawn(picture, 80, 8)
    assert first.startswith("LinkPool at")
    assert second.startswith("✓")


def test_a_wrong_amount_is_shown_as_wrong(picture: View) -> None:
    wrong = replace(picture, verdict=Verdict(("Ada has 5 juels, 4 are due",), (), 1))
    assert drawn(wrong, 80, 24)[1] == "✗ block 12,345: WRONG: Ada has 5 juels, 4 are due"


def test_a_long_complaint_is_whole(picture: View) -> None:
    text = "0x" + "1" * 40 + " sent 0x" + "2" * 40 + " 123 juels, expected 122"
    lines = drawn(replace(picture, verdict=Verdict((text,), (), 1)), 80, 24)
    assert len(lines) < 24
    assert f"WRONG: {text}" in words(lines)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_on_paper_everything_is_there_and_the_verdict_is_the_last(
    picture: View, width: int
) -> None:
    lines = shown(whole(picture, width=width), width)
    assert lines[-1].startswith("✓ block 12,345")
    assert all(len(line) <= width for line in lines)
    assert uncut(lines)
    text = words(lines)
    for number in range(9):
        assert f" S{number} cedar" in text
    for number in range(1, 9):
        assert f" {number} LINK/USD" in text
    for name in (*NAMES, "Fay", "owner", "lost 0.25", "241,207"):
        assert name in text
