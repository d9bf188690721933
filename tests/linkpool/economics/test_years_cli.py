# SPDX-License-Identifier: MIT
"""`linkpool economics years`: rows for people, juels for programs, one clear line for nonsense."""

from __future__ import annotations

import builtins
import json
from typing import Any

import pytest

from linkpool.cli import run

FEW = ["economics", "years", "--years", "2", "--stakers", "40", "--set", "interest=60000"]


def test_a_line_for_each_year_and_money_as_strings(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FEW) == 0
    said = capsys.readouterr().out
    assert "2 years of the pool, seed 1 (agreements, interest=60000)" in said
    assert run([*FEW, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["years"]
    assert [year["number"] for year in found] == [1, 2]
    assert all(isinstance(year[name], str) for year in found for name in ("staked", "lost"))
    assert f"{int(found[0]['staked']) // 10**18:,}" in said
    assert run([*FEW, "--json", "--seed", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["years"] != found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--years", "0"], "years: 1 to 100, not 0"),
        (["--stakers", "-3"], "stakers: 1 to 1,000,000, not -3"),
        (["--nodes", "0"], "nodes: 1 to 100,000, not 0"),
        (["--set", "interest=0", "--nodes", "1"], "nobody has LINK to stake"),
    ],
)
def test_nonsense_is_named_and_refused(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["economics", "years", *given]) == 2
    assert said in capsys.readouterr().err


def test_without_numpy_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without(name: str, *given: Any, **named: Any) -> Any:
        if name.startswith("linkpool.economics.world"):
            raise ImportError(name)
        return real(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert run(FEW) != 0
    said = capsys.readouterr().err
    assert said.startswith("error: `years` needs numpy: ") and said.count("\n") == 1
    assert "pip install 'numpy>=2.3' (the extra linkpool[simulation])" in said
