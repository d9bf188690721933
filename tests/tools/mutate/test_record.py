# SPDX-License-Identifier: MIT
"""A later run goes on from what an earlier one wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate.record import Fate, Outcome, Record, Source


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.json")
    source = record.source("contracts/A.vy", {"a", "b", "c"})
    source.add(Outcome("a", Fate.KILLED, "test_x", "code a"))
    source.add(Outcome("b", Fate.SURVIVED, "", "code b"))
    record.save()
    loaded = Record.load(record.path).sources["contracts/A.vy"]
    assert loaded.fates == {"a": Fate.KILLED, "b": Fate.SURVIVED}
    assert loaded.killers == {"test_x": 1}
    assert not list(tmp_path.glob("*.draft"))


def test_a_record_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert Record.load(tmp_path / "none.json").sources == {}


def test_mutants_that_are_no_more_are_forgotten() -> None:
    record = Record(Path("unused"), {"contracts/A.vy": Source({"a": Fate.KILLED, "b": Fate.SAME})})
    assert record.source("contracts/A.vy", {"b", "c"}).fates == {"b": Fate.SAME}


def test_the_second_mutant_with_the_same_code_is_a_repetition() -> None:
    source = Source()
    source.add(Outcome("a", Fate.SURVIVED, "", "code"))
    source.add(Outcome("b", Fate.SURVIVED, "", "code"))
    assert source.fates == {"a": Fate.SURVIVED, "b": Fate.REPEATED}


def test_a_survivor_that_is_run_again_may_die() -> None:
    source = Source()
    source.add(Outcome("a", Fate.SURVIVED, "", "code"))
    source.add(Outcome("a", Fate.KILLED, "test_new", "code"))
    assert source.fates == {"a": Fate.KILLED}


@pytest.mark.parametrize("fate", list(Fate))
def test_every_fate_has_its_own_list_in_the_file(fate: Fate) -> None:
    text = Source({f"id{number}": fate for number in range(9)}).text()
    assert [len(line.split()) for line in text[fate]] == [8, 1]
