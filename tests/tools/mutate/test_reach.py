# SPDX-License-Identifier: MIT
"""Tests are chosen and ordered by what they run through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate import reach as module
from tools.mutate.reach import Reach


@pytest.fixture
def reach() -> Reach:
    found = Reach()
    found.add("broad", 1.0, {("A", "f", 1), ("A", "f", 2), ("B", "h", 1)})
    found.add("slow", 9.0, {("A", "f", 1), ("A", "f", 2), ("B", "h", 1)})
    found.add("rare", 2.0, {("A", "f", 1), ("A", "g", 1)})
    found.add("other", 0.1, {("B", "h", 1)})
    return found


def test_only_tests_through_the_function_can_notice(reach: Reach) -> None:
    assert reach.tests("A", "g") == {"rare"}
    assert reach.tests("A", "f") == {"broad", "slow", "rare"}


@pytest.mark.parametrize("function", ["", "__init__", "never traced"])
def test_without_a_function_any_test_through_the_source_may_notice(
    reach: Reach, function: str
) -> None:
    assert reach.tests("B", function) == {"broad", "slow", "other"}
    assert reach.tests("C", function) == set()


def test_all_kinds_of_tests_come_early_and_none_is_left_out(reach: Reach) -> None:
    assert reach.varied({"broad", "slow", "rare", "other"}) == ["other", "broad", "rare", "slow"]


def test_what_was_measured_is_known_until_the_test_file_changes(
    reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROOT", tmp_path)
    file = tmp_path / "test_it.py"
    file.write_text("one")
    reach.add("test_it.py::test_one", 0.5, {("A", "f", 3)})
    reach.save(file, tmp_path / "cache")
    again = Reach()
    assert again.load(file, tmp_path / "cache")
    assert again.places == {"test_it.py::test_one": {("A", "f", 3)}}
    file.write_text("two")
    assert not Reach().load(file, tmp_path / "cache")
