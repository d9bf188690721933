# SPDX-License-Identifier: MIT
"""Where a run is shown: on a terminal, in a file, as JSON for programs."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from linkpool.story.document import document
from linkpool.story.screen import HINT, JsonScreen, LiveScreen, PlainScreen, Quiet, screen
from linkpool.story.view import View
from tests.linkpool.story.sights import UNIT, full

RIGHT = "every amount right"


@pytest.fixture
def picture() -> View:
    return full()


def after(picture: View, *more: str, instead: str = "") -> View:
    """Some time later: `instead` is what became of the last line."""
    told = [*picture.told[: -1 if instead else None], *([instead] if instead else []), *more]
    return replace(picture, told=told, happened=picture.happened + len(more))


def terminal(width: int, height: int) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, highlight=False
    )


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


# ---- A terminal ----


def test_it_begins_with_what_this_is_and_who_plays() -> None:
    console = terminal(80, 24)
    with LiveScreen(HINT, whole=False, console=console) as live:
        live.introduce()
        live.say("starting the local chain")
    lines = plain(printed(console)).splitlines()
    assert lines[0].startswith("LinkPool: people stake LINK behind oracle nodes")
    assert any(line.startswith("  Kim: client's customer") for line in lines)
    assert "starting the local chain …" in lines


def test_a_low_terminal_has_all_of_the_story_at_its_end(picture: View) -> None:
    """`demo`: what was cropped while it ran is printed whole, and scrolls."""
    console = terminal(80, 24)
    with LiveScreen("", whole=True, console=console) as live:
        live.show(picture)
        during = plain(printed(console))
    text = plain(printed(console)).removeprefix(during)
    assert "line 0 of" not in during
    for number in range(20):
        assert f"line {number} of what happened" in text
    for word in ("S8 ", "Fay ", "1 LINK/USD", "Owners"):
        assert word not in during
        assert word in text
    assert text.splitlines()[-1].startswith("✓ block 12,345")


def test_up_leaves_the_last_picture(picture: View) -> None:
    console = terminal(80, 24)
    with LiveScreen(HINT, whole=False, console=console) as live:
        live.show(picture)
        live.show(replace(picture, block=12_346))
    lines = plain(printed(console)).splitlines()
    [_, *last] = [line for line in lines if RIGHT in line]
    assert all(line.startswith("✓ block 12,346") for line in last)
    assert lines[-1] == HINT


def test_a_terminal_that_changes_its_size_is_cleared(picture: View) -> None:
    """What it has broken into more lines would stay above the picture."""
    console = terminal(160, 50)
    with LiveScreen(HINT, whole=False, console=console) as live:
        live.show(picture)
        live.show(picture)
        assert "\x1b[2J" not in printed(console)
        console.size = (80, 24)
        live.show(picture)
        assert "\x1b[2J" in printed(console)
        last = plain(printed(console).rpartition("\x1b[2J")[2]).strip().splitlines()
    assert len(last) < 24
    assert max(map(len, last)) <= 80


# ---- A file ----


def test_a_file_has_everything_that_happened_once(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    first = after(picture, "agreement 9: client asks 3 nodes", "Dana shares out: alder")
    longer = after(first, "Bo leaves", instead="Dana shares out: alder, birch")
    with PlainScreen(60) as shown:
        for look in (picture, picture, first, first, longer, longer):
            shown.show(look)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    at = lines.index("line 19 of what happened")
    assert lines[at - 19 : at] == [f"line {number} of what happened" for number in range(19)]
    story = ("agreement 9", "Dana", "Bo")
    assert [line for line in lines[at:] if line.startswith(story)] == [
        "agreement 9: client asks 3 nodes",
        "Dana shares out: alder",
        "Dana shares out: alder, birch",
        "Bo leaves",
    ]
    assert sum("line 19" in line for line in lines) == 1


def test_a_file_says_who_is_who_and_ends_with_the_verdict(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    with PlainScreen(None) as shown:
        shown.introduce()
        shown.say("starting")
        for _ in range(5):
            shown.show(picture)
        shown.say("stopping")
    text = capsys.readouterr().out
    assert text.index("Kim: client's customer") < text.index("starting ...") < text.index("Nodes")
    assert text.count(RIGHT) == 1
    assert text.strip().splitlines()[-1].startswith("✓ block 12,345")


def test_tables_come_at_intervals_and_at_the_end(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    with PlainScreen(60) as shown:
        for _ in range(5):
            shown.show(picture)
    assert capsys.readouterr().out.count(RIGHT) == 2


# ---- Programs ----


def test_json_lines_are_alone_on_standard_output(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    with JsonScreen() as shown:
        shown.introduce()
        shown.say("starting")
        shown.show(picture)
    with Quiet() as quiet:
        quiet.show(picture)
    got = capsys.readouterr()
    assert json.loads(got.out)["block"] == 12_345
    assert got.err == "starting ...\n"


def test_the_screen_is_what_standard_output_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", terminal(80, 24).file)
    assert isinstance(screen(as_json=True, every=1), JsonScreen)
    assert isinstance(screen(as_json=False, every=1), PlainScreen)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert isinstance(screen(as_json=False, every=1), LiveScreen)


def test_programs_get_every_juel(picture: View) -> None:
    found = json.loads(json.dumps(document(picture)))
    last, *_, newest = found["agreements"]
    assert last["answers"][1] == {
        "node": "birch",
        "answer": 240_000,
        "outcome": "late",
        "paid": str(UNIT // 8),
        "lost": "100000000000000001",
    }
    assert (last["median"], last["lost"], last["receiver"]) == (
        240_000,
        "100000000000000001",
        "Kim",
    )
    assert (newest["median"], newest["answers"], len(newest["bids"])) == (None, [], 3)
    assert found["penalties"] == {
        "received": "250000000000000000",
        "owners": "50000000000000000",
        "leavers": "10000000000000000",
        "stakers": "90000000000000000",
        "unbooked": "100000000000000000",
    }
    assert (found["stakers"][0]["most"], found["stakers"][0]["left"]) == ("2", False)
    assert found["stakers"][0]["at_risk"] == str(UNIT // 4)
    assert (found["nodes"][0]["lost"], found["nodes"][0]["taken"]) == (
        str(UNIT // 10),
        str(UNIT // 20),
    )
    assert found["nodes"][0]["answered"] == 1_203
