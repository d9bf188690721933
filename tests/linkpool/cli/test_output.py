# SPDX-License-Identifier: MIT
"""Money crosses JSON as decimal strings; addresses are never cut off."""

from __future__ import annotations

import doctest
import errno
import io
import json
import os
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from linkpool.cli import output, run
from linkpool.cli.app import _complain
from linkpool.cli.output import Answer, plain, progress_line, show, show_preview, when
from linkpool.errors import CheckFailed
from linkpool.units import Juels, Wei

WHO = "0x514910771AF9Ca656af840dff83E8264EcF986CA"


@dataclass(frozen=True, kw_only=True)
class Fact:
    block: int
    stake: Juels
    fee: Wei
    raw: bytes


def test_money_is_text_however_small() -> None:
    fact = Fact(block=7, stake=Juels(5), fee=Wei(10**30), raw=b"\1\2")
    assert plain(
        {"facts": [fact], "path": Path("a"), "big": 2**60, "yes": True, "rate": Decimal("1.50")}
    ) == {
        "facts": [{"block": 7, "stake": "5", "fee": str(10**30), "raw": "0x0102"}],
        "path": "a",
        "big": str(2**60),
        "yes": True,
        "rate": "1.50",
    }


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    show(Answer(title="t", data={"a": 1}, facts=[("x", "y")], note="n"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_people_get_title_facts_table_and_note(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer(
        title="nodes [1]",
        data={},
        facts=[("staked", "5 LINK"), ("at", WHO)],
        columns=("node", "storage", "operator"),
        rows=[(WHO, WHO, WHO)],
        note="see [docs]",
    )
    show(answer, as_json=False)
    shown = capsys.readouterr().out
    assert "nodes [1]" in shown
    assert "  staked  5 LINK" in shown
    assert shown.count(WHO) == 4
    assert "see [docs]" in shown


def test_times_are_utc() -> None:
    assert when(0) == "1970-01-01 00:00:00 UTC"
    assert when(2**256 - 1) == "9999-12-31 23:59:59 UTC"  # a contract may say so


WILD = "a\x1b[2J\rb\u202e\udc80"
TAME = "a\\x1b[2J\\rb\\u202e\\udc80"


def test_what_others_wrote_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer(
        title=WILD,
        data={},
        facts=[("fact", WILD)],
        columns=("one",),
        rows=[(WILD,)],
        note=f"{WILD}\n\tnext line",
    )
    show(answer, as_json=False)
    show_preview([("fact", WILD)], [WILD], title=WILD)
    shown, told = capsys.readouterr()
    assert (shown.count(TAME), told.count(TAME)) == (4, 3)
    assert not {"\x1b", "\r", "\u202e"} & {*shown, *told}
    assert "\n        next line" in shown


def test_what_others_wrote_is_no_line_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """A name with a line break in it, which looks like a verdict or another address."""
    more = "x\nok: all is well\n  to  0x00"
    show(Answer(title=more, data={}, facts=[("fact", more)]), as_json=False)
    show_preview([("fact", more)], [more], title=more)
    progress_line(more)
    _complain(CheckFailed(more, [more]), as_json=False)
    shown, told = capsys.readouterr()
    lines = (shown + told).splitlines()
    assert not [one for one in lines if one.startswith(("ok", "  to"))]


def test_a_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sys, "stdout", Full())
    assert run(["wallet", "list"]) == 2
    told = capsys.readouterr().err
    assert "what it prints cannot be written: no space left on device" in told
    assert told.count("\n") == 1


def test_the_examples_are_right() -> None:
    done = doctest.testmod(output)
    assert done.attempted
    assert not done.failed


def test_an_error_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["node", "show", WILD]) == 2
    assert run(["job", "validate", f"/nowhere/{WILD}"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 2 and "error: " in told
    assert not {"\x1b", "\r", "\u202e", "\udc80"} & {*told}


def test_one_is_no_plural(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'state = "{tmp_path}"\nwallets = "{tmp_path}"\n')
    (tmp_path / "one.json").write_text("{}")
    assert run(["--settings", str(settings), "wallet", "list"]) == 0
    assert capsys.readouterr().out.startswith("1 wallet in")


def test_a_wrong_choice_is_told_in_the_programs_own_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["job", "template", "none"]) == 2
    told = "'none' is not one of 'get-uint256', 'get-uint256-local' (see `linkpool job template"
    assert capsys.readouterr().err.startswith(f"error: Invalid value for 'NAME': {told}")
