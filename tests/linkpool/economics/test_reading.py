# SPDX-License-Identifier: MIT
"""Parameters from a file and from the command line; what is wrong is named in one line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from linkpool.economics.parameters import Parameters, specs
from linkpool.economics.reading import parameters
from linkpool.economics.scenarios import SCENARIOS
from linkpool.economics.specs import shown
from linkpool.errors import UsageError


def complaint(*settings: str, source: str = "paper") -> str:
    with pytest.raises(UsageError) as found:
        parameters(source, settings)
    text = str(found.value)
    assert "\n" not in text
    assert len(text) < 200
    return text


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_a_question(name: str) -> None:
    assert parameters(name) == Parameters(**SCENARIOS[name].values)


def test_the_paper_s_is_what_nothing_says() -> None:
    assert parameters() == Parameters()


def test_shares_are_percentages_with_or_without_their_sign() -> None:
    assert parameters("paper", ["makers=30 %"]) == parameters("paper", ["makers=30"])
    assert parameters("paper", ["makers=30%"]).makers == Decimal("0.3")


def test_the_last_of_two_settings_counts() -> None:
    assert parameters("paper", ["gas-price=2", "gas-price=3"]).gas_price == 3


def test_a_file_starts_from_a_scenario_and_has_headings(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'scenario = "agreements"\nmargin = 150\n[market]\ngas-price = 0.7\nlink-price = "12.5"\n'
        '[pool]\nmakers = "20 %"\nnodes = 10\n'
    )
    found = parameters(str(file), ["gas-price=0.8"])
    assert (found.flow, found.margin) == ("agreements", Decimal("1.5"))
    assert (found.gas_price, found.link_price) == (Decimal("0.8"), Decimal("12.5"))
    assert (found.makers, found.nodes) == (Decimal("0.2"), 10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gas-price = -1", "gas-price: more than 0, at most 1,000,000 gwei; not -1"),
        ("gas-price = nan", "gas-price: 'NaN' is no number"),
        ("gas-price = inf", "gas-price: 'Infinity' is no number"),
        ("gas-price = 1e400", "gas-price: more than 0, at most 1,000,000 gwei; not 1E+400"),
        ("gas-price = true", "gas-price: a number is needed"),
        ("gas-price = [1]", "gas-price: a number is needed"),
        ("gas-price = 2020-01-01", "gas-price: a number is needed"),
        ("gaz-price = 1", "gaz-price: no parameter; did you mean gas-price?"),
        ("[market.gas]\nprice = 1", "gas: no parameter"),
        ("flow = 1", "flow: one of paper, direct, agreements, not '1'"),
        ("gas-price = 1\n[market]\ngas-price = 2", "gas-price: given twice"),
        (
            "gas-price = 1\nmakers = 2\ngas-price = 2",
            "the parameters are not TOML: gas-price is",
        ),
        ("[a]\nmakers = 1\n[b]\ngas-price 2", "the parameters are not TOML: Expected '='"),
        ("gas-price = nan", "gas-price: 'NaN' is no number"),
        ("gas-price = -inf", "gas-price: '-Infinity' is no number"),
        ("gas-price = 1e999999", "gas-price: '1E+999999' is no number"),
        ("[gas-price]\nx = 1", "x: no parameter"),
        ("gas-price 1", "the parameters are not TOML"),
        ("scenario = 'papper'", "scenario: no scenario, did you mean paper?"),
        ("scenario = 7", "scenario: no scenario (paper, exact"),
        ("a = " + "[" * 5_000, "the parameters are not TOML"),
        ("api-calls = " + "9" * 5_000, "the parameters are not TOML"),
        ("api-calls = " + "9" * 4_000, "api-calls: '99999999999999999999…' is no number"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    assert complaint(source=str(file)).startswith(said)


def test_a_mark_at_the_beginning_is_none_of_the_file(tmp_path: Path) -> None:
    marked = tmp_path / "marked.toml"
    marked.write_bytes("\ufeffgas-price = 3".encode())
    assert parameters(str(marked)).gas_price == 3


def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert "no such file" in complaint(source=str(tmp_path / "none.toml"))
    assert "cannot be read: is a directory" in complaint(source=str(tmp_path))
    binary = tmp_path / "x.toml"
    binary.write_bytes(b"\xff\xfe")
    assert "not UTF-8 at byte 0" in complaint(source=str(binary))
    assert complaint(source="agreement") == (
        "agreement: no scenario, did you mean agreements?, and no file"
    )


@pytest.mark.parametrize("name", [name for name, one in specs().items() if not one.choices])
@pytest.mark.parametrize(
    "value", ["-101", "nan", "-inf", "1e400", "1e-400", "1e99999", "x", "1,5", "٣"]
)
def test_every_number_is_bounded(name: str, value: str) -> None:
    assert complaint(f"{shown(name)}={value}").startswith(f"{shown(name)}: ")


@pytest.mark.parametrize("name", [name for name, one in specs().items() if one.is_open])
def test_zero_is_refused_where_nothing_would_be_left(name: str) -> None:
    assert complaint(f"{shown(name)}=0").startswith(f"{shown(name)}: more than 0")


@pytest.mark.parametrize(
    "name", [name for name, one in specs().items() if one.unit == "%" and one.high == 100]
)
def test_no_share_is_above_the_whole(name: str) -> None:
    assert "not 100.1" in complaint(f"{shown(name)}=100.1 %")


@pytest.mark.parametrize("name", [name for name, one in specs().items() if not one.choices])
def test_every_bound_itself_is_allowed(name: str) -> None:
    spec = specs()[name]
    for bound in (spec.high, *([] if spec.is_open else [spec.low])):
        found = getattr(parameters("paper", [f"{shown(name)}={bound:f}"]), name)
        assert found * spec.scale == bound


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("gas-price", "'gas-price': write gas-price=VALUE"),
        ("gas-price=", "'gas-price=': write gas-price=VALUE"),
        ("=2", "'=2': write NAME=VALUE"),
        ("", "'': write NAME=VALUE"),
        ("makers=1x", "makers: '1x' is no number"),
        ("nodes=1.5", "nodes: a whole number, not 1.5"),
        ("flow=fast", "flow: one of paper, direct, agreements, not 'fast'"),
        ("__class__=1", "__class__: no parameter"),
        ("gas_price=1", "gas_price: no parameter; did you mean gas-price?"),
    ],
)
def test_what_is_wrong_with_a_setting(setting: str, said: str) -> None:
    assert complaint(setting).startswith(said)


@pytest.mark.parametrize(
    ("setting", "write"),
    [
        ("link-price=12 USD", "12"),
        ("link-price=$12.50", "12.50"),
        ("gas-price=0.8gwei", "0.8"),
        ("interest=1,200,000 LINK", "1200000"),
        ("minimum-price=0.05 USD/answer", "0.05"),
    ],
)
def test_a_unit_beside_a_number_is_answered_with_what_to_write(setting: str, write: str) -> None:
    name, _, value = setting.partition("=")
    said = complaint(setting)
    assert said.startswith(f"{name}: {value!r} is no number; write {write}; ")
    assert getattr(parameters("paper", [f"{name}={write}"]), name.replace("-", "_"))


def test_another_unit_is_not_taken_off() -> None:
    assert complaint("gas-price=1 ETH").startswith("gas-price: '1 ETH' is no number; more than 0")


def test_a_name_that_no_file_can_have_is_no_scenario() -> None:
    assert complaint(source="x" * 500).startswith("x" * 60 + ": no scenario (paper")


def test_what_does_not_fit_together() -> None:
    assert complaint("late=60", "wrong=41").startswith("late and wrong: more than 100 %")
    assert complaint("margin=1", "minimum-price=1").startswith("minimum-price and margin")
    assert "31 oracles at most" in complaint("nodes-per-request=32", source="agreements")


def test_a_program_is_refused_the_same() -> None:
    for wrong in (Decimal("NaN"), Decimal(-1), Decimal("1e400"), 1.5, "1"):
        with pytest.raises(UsageError, match="gas-price: "):
            Parameters(gas_price=wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="flow: one of"):
        Parameters(flow="fast")  # type: ignore[arg-type]
