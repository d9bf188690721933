# SPDX-License-Identifier: MIT
"""`linkpool economics …`: the two questions, in a terminal of 100 columns, as JSON, as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from linkpool.cli import run
from linkpool.economics.scenarios import SCENARIOS

Economics = Callable[..., tuple[int, str, str]]
WIDTH = 100


@pytest.fixture
def economics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Economics:
    settings = tmp_path / "settings.toml"
    settings.write_text("")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--settings", str(settings), "economics", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def data(economics: Economics, *arguments: str) -> Any:
    code, out, err = economics(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_an_operator_and_a_staker_have_their_answers(economics: Economics) -> None:
    code, out, _ = economics("report")
    assert code == 0
    for answer in (
        "you earn nothing above your costs with 700 nodes",
        "$16,173 come off the",
        "nothing of the owners' $4,043 is yours (owned 0 %)",
        "where you own the pool and run its nodes, you earn $4,043 a month",
        "842 answers at $0.05488 = $46.21, less $23.10 gas",
        "your costs are covered up to 2 gwei while the minimum price stays (now 1 gwei)",
        "together you earn from $0.02744 an answer (now $0.05488)",
        "pays from 1 node on",
        "3.47 % a year at $0.30 a LINK: 346.57 LINK ($103.97) on 10,000 LINK",
        "5 % a year with LINK at $0.2079 or less",
        "at most 5 % of a node's stake within 14 days",
        "$16,173.136",
        "$12,129.852",
        "$4,043.284",
        "$23.10448",
    ):
        assert answer in out


def test_who_owns_no_part_of_the_pool_reads_what_an_operator_has(economics: Economics) -> None:
    """The owners' quarter is theirs; with three quarters of it and a stake there is more."""
    _, out, _ = economics("report", "agreements")
    assert "you lose $6,670 a month with 699 nodes" in out
    assert "from 34.78 % on you earn" in out
    whole = data(economics, "report", "agreements")["pool"]
    parts = [Decimal(whole[name]) for name in ("operator", "owners", "stakers")]
    assert abs(sum(parts) + Decimal("332.866") - Decimal(whole["profit"])) < 1
    _, out, _ = economics("report", "agreements", "--set", "owned=75", "--set", "own-stake=10000")
    assert "75 % of the pool are yours: $14,382 of the owners' $19,176" in out
    assert "your 10,000.00 LINK earn $40.94 of it" in out
    assert "you earn $7,753 a month with 699 nodes" in out


def test_what_is_assumed_is_said_with_every_figure(economics: Economics) -> None:
    _, out, _ = economics("report")
    assert "ETH $392, LINK $0.30, gas 1 gwei: chosen, not read from a market" in out
    assert "pay $0.21952 a request (4 answers at $0.05488); what asking costs them is not in" in out
    assert "is fixed: 4,000,000 requests a month whatever they cost" in out
    assert "plus $0.09253 of gas to ask" in economics("report", "agreements")[1]
    for command in ("break-even", "simulate", "scale"):
        cheap = ("--paths", "2") if command == "simulate" else ()
        assert "assumed: ETH $392, LINK $0.30, gas 1 gwei" in economics(command, "paper", *cheap)[1]
    _, out, _ = economics("compare")
    assert "prices are assumed, demand is fixed" in out and "a request, to its consumer" in out


def test_who_loses_is_told_so(economics: Economics) -> None:
    _, out, _ = economics("report", "--set", "minimum-price=0.02", "--set", "backend=ecs")
    assert "you lose $" in out
    assert "every node loses" in out


def test_running_cost_above_the_ceiling_is_named(economics: Economics) -> None:
    """A direct answer at twice its gas: the ceiling of a half leaves nothing for hardware."""
    _, out, _ = economics("report", "direct")
    assert "you or the pool's owner set what comes off, at most 50 % of a payment, $9,530" in out
    assert "you lose $6,316" in out
    _, out, _ = economics("report", "direct", "--set", "margin=300")
    assert "the operator sets the running cost, up to 50 % of a payment: 4.09 % a year then" in out
    assert "at most" not in economics("report")[1].partition("owning")[0]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(
    "command",
    [
        ("report",),
        ("scale",),
        ("break-even",),
        ("break-even", "--for", "pool"),
        ("break-even", "--for", "staker"),
        ("simulate", "--paths", "5"),
    ],
    ids=" ".join,
)
def test_every_table_fits_a_hundred_columns(
    economics: Economics, scenario: str, command: tuple[str, ...]
) -> None:
    code, out, _ = economics(*command, scenario)
    assert code == 0
    assert max(map(len, out.splitlines())) <= WIDTH


@pytest.mark.parametrize("command", ["figures", "compare"])
def test_the_tables_beside_each_other_fit_too(economics: Economics, command: str) -> None:
    code, out, _ = economics(command)
    assert code == 0
    assert max(map(len, out.splitlines())) <= WIDTH


def test_the_figures_of_the_paper_stand_beside_the_exact_ones(economics: Economics) -> None:
    _, out, _ = economics("figures")
    for cell in ("842 answers", "842.10526", "$46.20896", "$46.21474", "13,969,252.36", "699"):
        assert f" {cell} " in out


def test_json_has_what_the_model_says(economics: Economics) -> None:
    found = data(economics, "report")
    assert found["pool"]["node"]["profit"] == "23.10448"
    assert found["pool"]["size"] == {"nodes": "700", "stake": "14000000"}
    assert found["operator"]["gas_price"]["value"] == "2"
    assert found["parameters"]["gas_price"] == "1"
    assert found["pool"]["operator"] == "0"
    assert (found["pool"]["owners"], found["pool"]["stakers"]) == ("4043.284", "12129.852")
    assert found["answers"]["operator"][0] == "you earn nothing above your costs with 700 nodes"
    assert found["answers"]["owners"][0].startswith("$4,043 a month: 25 % of the $16,173")
    assert "LINK $0.30" in found["answers"]["assumed"][0]


def test_break_even_says_the_side(economics: Economics) -> None:
    _, out, _ = economics("break-even", "--for", "node")
    assert "at most 2 gwei" in out
    assert "at most $784" in out
    found = data(economics, "break-even", "agreements", "--for", "staker", "--swing", "10")
    assert found["for"] == "staker"
    assert {one["name"] for one in found["breakEven"]} > {"gas_price", "oracles", "penalty"}
    assert {one["name"] for one in found["sensitivity"]} > {"oracles", "makers", "bids_won"}


def test_a_seed_repeats_its_futures(economics: Economics) -> None:
    same = ("simulate", "--paths", "10", "--months", "3", "--seed", "5")
    first = data(economics, *same)
    assert data(economics, *same) == first
    assert data(economics, *same[:-1], "6") != first
    assert len(first["operator_month"]) == 3


def test_no_chance_is_no_chance(economics: Economics) -> None:
    _, out, _ = economics("simulate", "paper", "--paths", "3")
    assert "every future is the same" in out


def test_what_is_full_first_is_said(economics: Economics) -> None:
    _, out, _ = economics("scale", "paper")
    assert "one chain's blocks are full at 28,157,143 requests a month, 0.00704 % of all" in out
    found = data(economics, "scale", "agreements")
    assert [one["requests"] for one in found["loads"]][::5] == ["4000000", "400000000000"]
    assert len(found["limits"]) == 4


def test_a_file_and_options_are_compared(economics: Economics, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('scenario = "agreements"\nmargin = 50\n')
    code, out, _ = economics("compare", "paper", str(mine), "--set", "gas-price=2")
    assert code == 0
    assert " mine " in out
    found = data(economics, "compare", "paper", str(mine))
    assert [one["parameters"]["margin"] for one in found["scenarios"]] == ["1", "0.5"]


def test_the_parameters_are_listed_with_their_bounds(economics: Economics) -> None:
    _, out, _ = economics("parameters", "agreements")
    assert "more than 0, at most 1,000,000 gwei" in out
    found = data(economics, "parameters", "agreements")
    assert found["parameters"]["bids-won"] == "0.8"
    assert found["parameters"]["minimum-price"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "papper"), "papper: no scenario, did you mean paper?, and no file"),
        (("report", "none.toml"), "the parameters none.toml cannot be read"),
        (("report", "--set", "gas-price=0"), "gas-price: more than 0"),
        (("report", "--set", "makers=101"), "makers: 0 to 50 %; not 101"),
        (("break-even", "--set", "eth-price=1e400"), "eth-price: more than 0"),
        (("break-even", "--set", "interest=0"), "no nodes or no stake: nothing is earned"),
        (("simulate", "--set", "nodes=0"), "nobody has staked, no node runs"),
        (("simulate", "--paths", "999999999"), "paths times months: "),
        (("compare", "paper"), "2 to 4 scenarios are compared, not 1"),
        (("report", "--set", "stake-limit=1"), "oracles: 19,000 in all, and the pool alone has"),
        (("report", "--html", "no/such/place.html"), "no/such/place.html: no such folder"),
    ],
)
def test_what_is_wrong_is_one_line(
    economics: Economics, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = economics(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("setting", ["interest=0", "nodes=0"])
def test_without_stake_the_answer_is_in_words(
    economics: Economics, setting: str, tmp_path: Path
) -> None:
    page = tmp_path / "empty.html"
    code, out, _ = economics("report", "--set", setting, "--html", str(page))
    assert code == 0
    assert out.count("there is nothing to earn, and no return") == 3
    assert "there is nothing to earn" in page.read_text()


def test_a_page_is_written_and_named(economics: Economics, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    code, out, _ = economics("report", "agreements", "--html", str(page), "--paths", "5")
    assert code == 0
    assert f"wrote {page}" in out
    assert page.stat().st_size > 1_000_000


def test_a_page_never_takes_the_place_of_the_question(economics: Economics, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('scenario = "agreements"\n')
    code, out, err = economics("report", str(mine), "--html", str(mine), "--paths", "1")
    assert (code, out) == (2, "")
    assert "is there and no page of this command; choose another name" in err
    assert mine.read_text() == 'scenario = "agreements"\n'
    code, out, err = economics("report", "--html", "/dev/full", "--paths", "1")
    assert (code, out) == (2, "")
    assert err == "error: /dev/full: cannot be written: no space left on device\n"


def test_a_long_run_says_how_far_it_is_to_who_watches(
    economics: Economics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkpool.cli.economics.LONG", 40)
    asked = ("simulate", "--paths", "20", "--months", "2")
    assert economics(*asked)[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    _, out, err = economics(*asked)
    assert err.splitlines() == [f"{done} of 20 futures" for done in range(2, 20, 2)]
    assert "futures" in out
    assert economics("simulate", "--paths", "19", "--months", "2")[2] == ""


def test_without_plotly_the_page_says_what_to_install(
    economics: Economics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    page = tmp_path / "report.html"
    code, _, err = economics("report", "--html", str(page), "--paths", "1")
    assert code == 7
    assert err.startswith("error: the page needs plotly: ") and err.count("\n") == 1
    assert "pip install 'plotly>=6.1' (the extra linkpool[charts])" in err
    assert not page.exists()
