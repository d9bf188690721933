# SPDX-License-Identifier: MIT
"""The story once, with a verdict that can fail."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from linkpool.chain.suite import Suite
from linkpool.cli import run
from linkpool.story import run as story
from linkpool.story.books import Books
from linkpool.story.observation import Seen
from linkpool.story.observation import observe as really_observe
from linkpool.story.plot import SCRIPT, Kind


def demo(*more: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["demo", *more])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    began = time.monotonic()
    code, out, err = demo("--json")
    assert code == 0, err
    assert time.monotonic() - began < 60
    found: dict[str, Any] = json.loads(out)
    return found


def test_every_amount_is_right_to_the_juel(told: dict[str, Any]) -> None:
    assert told["verdict"]["right"]
    assert told["verdict"]["problems"] == []
    for row in (*told["stakers"], *told["owners"]):
        assert -1 <= Fraction(row["difference"]) <= 0


def test_the_stakers_sum_is_conserved(told: dict[str, Any]) -> None:
    """What came in went to operations, owners and stakers, and nothing is left to settle."""
    totals = {name: int(text) for name, text in told["totals"].items()}
    assert totals["income"] == totals["operations"] + totals["owners"] + totals["stakers"]
    assert (totals["pending"], totals["income"] > 0) == (0, True)
    profit = totals["income"] - totals["operations"]
    assert abs(totals["owners"] * 4 - profit) < 4 * 100


def test_everything_in_the_script_happened(told: dict[str, Any]) -> None:
    rows = {(row["name"], row["node"]): row for row in told["stakers"]}
    for _, act in SCRIPT:
        row = rows[act.who, act.node]
        if act.kind is Kind.STAKE:
            assert int(row["staked"]) >= act.amount
        if act.kind is Kind.WITHDRAW:
            assert int(row["paid"]) == act.amount
        if act.kind is Kind.LEAVE:
            assert row["left"]
            assert int(row["paid"]) > int(row["staked"])
    assert all(node["answered"] == node["asked"] > 0 for node in told["nodes"])


def test_the_owners_have_claimed_their_part(told: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in told["owners"]}
    assert int(rows["Fay"]["claimed"]) == int(rows["Gus"]["claimed"]) > 0
    claimed = sum(int(row["claimed"]) + int(row["claimable"]) for row in told["owners"])
    assert 0 <= int(told["totals"]["owners"]) - claimed <= len(rows)


@pytest.mark.parametrize("spoil", [1, -2])
def test_one_juel_too_much_or_two_too_few_fail_it(
    monkeypatch: pytest.MonkeyPatch, spoil: int
) -> None:
    async def observe(suite: Suite, books: Books, block: int) -> Seen:
        seen = await really_observe(suite, books, block)
        if not seen.stakes:
            return seen
        place = next(iter(seen.stakes))
        return replace(seen, stakes={**seen.stakes, place: seen.stakes[place] + spoil})

    monkeypatch.setattr(story, "observe", observe)
    monkeypatch.setattr(story, "REQUESTS", 3)
    monkeypatch.setattr(story, "script_left", _first_stakes_only(story.script_left))
    code, _, err = demo()
    assert code == 9
    assert "WRONG: " in err


def _first_stakes_only(script_left: Callable[..., int]) -> Callable[..., int]:
    """A shorter story: what comes after the first stakes is left out."""
    late = sum(after > 0 for after, _ in SCRIPT)
    return lambda books, places: max(0, script_left(books, places) - late)


def test_a_story_that_takes_too_long_is_one_line() -> None:
    code, _, err = demo("--seconds", "1")
    assert code == 1
    assert err.strip().splitlines()[-1] == "error: the story did not end within 1 s"
