# SPDX-License-Identifier: MIT
"""The story once, with a verdict that can fail."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from fractions import Fraction
from operator import itemgetter
from typing import Any

import pytest

from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.cli import run
from linkpool.story import run as story
from linkpool.story.bargain import PAYMENT, PENALTY
from linkpool.story.books import Books
from linkpool.story.cast import NODES
from linkpool.story.observation import Seen
from linkpool.story.observation import observe as really_observe
from linkpool.story.plot import SCRIPT, Kind
from linkpool.story.topics import TOPICS

PATIENCE = 900  # seconds for a whole story on a slow machine
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal(io.StringIO):
    """Standard output that is one; its size is in the environment."""

    def isatty(self) -> bool:
        return True


def demo(*more: str, out: io.StringIO | None = None) -> tuple[int, str, str]:
    out, err = out or io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["demo", *more])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    began = time.process_time()
    code, out, err = demo("--json", "--seconds", str(PATIENCE))
    assert code == 0, err
    assert time.process_time() - began < 60  # what it waits for apart: less than half a minute
    found: dict[str, Any] = json.loads(out)
    return found


def test_every_amount_is_right_to_the_juel(told: dict[str, Any]) -> None:
    assert told["verdict"]["right"]
    assert told["verdict"]["problems"] == []
    for row in told["owners"]:
        assert -1 <= Fraction(row["difference"]) <= 0
    for row in told["stakers"]:
        most = int(row["most"])
        assert -1 - most <= Fraction(row["difference"]) <= most
        assert most <= 2 * 2 * len(told["agreements"])  # each is backed by two penalties at most


def test_one_answers_late_and_one_wrong_and_both_lose_collateral(told: dict[str, Any]) -> None:
    for topic in TOPICS:
        odd = {name: oddity.outcome.name.lower() for name, oddity in topic.odd.items()}
        expected = dict.fromkeys(NODES, "right") | odd
        *slow, row = settled(told, topic.words)
        assert outcomes(row) == expected
        assert sorted(row["bids"]) == sorted(NODES)
        for one in slow:  # a machine that is slow makes others late; then it is asked again
            assert set(outcomes(one).items()) - set(expected.items()) <= SLOW
        lost = {name: PENALTY // 2 if what == "late" else PENALTY for name, what in odd.items()}
        assert {one["node"]: int(one["lost"]) for one in row["answers"] if int(one["lost"])} == lost
        assert int(row["lost"]) == sum(lost.values())
        assert (row["receiver"], row["refund"]) == ("Kim", "0")
        assert all(int(one["paid"]) == PAYMENT for one in row["answers"])


SLOW = {(node, outcome) for node in NODES for outcome in ("late", "missed")}


def settled(told: dict[str, Any], question: str) -> list[dict[str, Any]]:
    """Agreements about it, in their order."""
    rows = [row for row in told["agreements"] if row["state"] == "settled"]
    return sorted((row for row in rows if row["question"] == question), key=itemgetter("number"))


def outcomes(row: dict[str, Any]) -> dict[str, str]:
    return {one["node"]: one["outcome"] for one in row["answers"]}


def test_penalties_are_borne_by_owners_first_then_by_those_who_stay_and_who_left(
    told: dict[str, Any],
) -> None:
    found = {name: int(text) for name, text in told["penalties"].items()}
    assert found["received"] == sum(int(row["lost"]) for row in told["agreements"])
    assert found["received"] >= PENALTY // 2 + PENALTY
    assert found["received"] == found["owners"] + found["leavers"] + found["stakers"]
    assert (found["unbooked"], found["owners"] > 0, found["stakers"] > 0) == (0, True, True)
    assert sum(int(node["lost"]) for node in told["nodes"]) == found["received"]
    assert all(node["at_risk"] == "0" for node in told["nodes"])


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
            assert int(row["paid"]) + int(row["claims"]) > int(row["staked"])
            assert int(row["claims"]) > 0
    assert all(node["answered"] == node["asked"] > 0 for node in told["nodes"])


def test_the_owners_have_claimed_their_part(told: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in told["owners"]}
    assert int(rows["Fay"]["claimed"]) == int(rows["Gus"]["claimed"]) > 0
    claimed = sum(int(row["claimed"]) + int(row["claimable"]) for row in told["owners"])
    part = int(told["totals"]["owners"]) - int(told["penalties"]["owners"])
    assert 0 <= part - claimed <= len(rows)


@pytest.mark.parametrize("spoil", [1, -2])
def test_one_juel_too_much_or_two_too_few_fail_it(
    monkeypatch: pytest.MonkeyPatch, spoil: int
) -> None:
    async def observe(suite: Suite, network: AgreementSuite, books: Books, block: int) -> Seen:
        seen = await really_observe(suite, network, books, block)
        if not seen.stakes:
            return seen
        place = next(iter(seen.stakes))
        return replace(seen, stakes={**seen.stakes, place: seen.stakes[place] + spoil})

    monkeypatch.setattr(story, "observe", observe)
    monkeypatch.setattr(story, "REQUESTS", 3)
    monkeypatch.setattr(story, "script_left", _first_stakes_only(story.script_left))
    monkeypatch.setattr(story, "finished", lambda *_: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    code, out, err = demo("--seconds", str(PATIENCE), out=Terminal())
    assert code == 9
    assert "WRONG: " in err
    _, _, end = ESCAPES.sub("", out).rpartition("What happened\n")
    for word in ("  Ada stakes 1,000 LINK on alder", "Nodes", "Stakes (", "Owners", "✗ block"):
        assert word in end
    assert all(len(line) <= 80 for line in end.splitlines())
    assert "What just happened" in out


def _first_stakes_only(script_left: Callable[..., int]) -> Callable[..., int]:
    """A shorter story: what comes after the first stakes is left out."""
    late = sum(after > 0 for after, _ in SCRIPT)
    return lambda books, places: max(0, script_left(books, places) - late)


def test_a_story_that_takes_too_long_is_one_line() -> None:
    code, _, err = demo("--seconds", "1")
    assert code == 1
    assert err.strip().splitlines()[-1] == "error: the story did not end within 1 s"
