# SPDX-License-Identifier: MIT
"""What a person sees, and what a program reads."""

import io
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from linkpool.story.cast import Cast
from linkpool.story.document import document
from linkpool.story.picture import render
from linkpool.story.screen import JsonScreen, PlainScreen, Quiet
from linkpool.story.verdict import Verdict, judge
from linkpool.story.view import View, view
from tests.linkpool.story.chronicle import NODE, books, seen


@pytest.fixture
def picture() -> View:
    kept = books()
    truth = seen(kept)
    return view(
        kept,
        truth,
        judge(kept, truth),
        cast=Cast.local(),
        states={NODE: "serving"},
        answer="ETH,USD × 100 = 241,207",
        rpc="127.0.0.1:8545",
        told=[f"line {number}" for number in range(9)],
    )


def drawn(picture: View, width: int, height: int = 100) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(render(picture, width=width, height=height, hint="Ctrl-C stops"))
    return console.export_text()


@pytest.mark.parametrize("width", [100, 140])
def test_nothing_is_cut_off(picture: View, width: int) -> None:
    text = drawn(picture, width)
    assert "…" not in re.sub(r"0x\w+…\w{4}", "", text)
    assert all(len(line) <= width for line in text.splitlines())
    for word in ("Nodes", "Stakers", "Owners", "serving", "off by (juels)", "241,207", "Ctrl-C"):
        assert word in text
    assert "line 3" in text
    assert "line 2" not in text


def test_a_low_screen_keeps_the_verdict_and_the_stakers(picture: View) -> None:
    text = drawn(picture, 100, height=16)
    assert len(text.splitlines()) < 16
    assert "every amount right" in text
    assert "Stakers" in text
    assert "Owners" not in text
    assert "What happened" not in text


def test_a_wrong_amount_is_shown_as_wrong(picture: View) -> None:
    wrong = replace(picture, verdict=Verdict(("Ada has 5 juels, 4 are due",), (), 1))
    assert "✗ block 10: WRONG: Ada has 5 juels, 4 are due" in drawn(wrong, 100)


def test_json_has_every_juel_as_text(picture: View) -> None:
    found = json.loads(json.dumps(document(picture)))
    assert found["verdict"]["right"] is True
    assert found["totals"]["income"] == str(10**17 + 8)
    [bo, ada] = found["stakers"]
    assert (bo["stake"], bo["left"]) == ("25000000000000020", False)
    assert (ada["stake"], ada["left"], ada["difference"]) == ("0", True, "0")
    assert found["nodes"][0]["answered"] == 1


def test_without_a_terminal_tables_come_at_intervals_and_at_the_end(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    with PlainScreen(60) as screen:
        for _ in range(5):
            screen.show(picture)
    assert capsys.readouterr().out.count("every amount right") == 2
    with PlainScreen(None) as screen:
        for _ in range(5):
            screen.show(picture)
    assert capsys.readouterr().out.count("every amount right") == 1


def test_json_lines_are_alone_on_standard_output(
    picture: View, capsys: pytest.CaptureFixture[str]
) -> None:
    with JsonScreen() as screen:
        screen.say("starting")
        screen.show(picture)
    with Quiet() as quiet:
        quiet.show(picture)
    printed = capsys.readouterr()
    assert json.loads(printed.out)["block"] == 10
    assert printed.err == "starting ...\n" * 1
