# SPDX-License-Identifier: MIT
"""Every mutant has an id that is its own, and keeps it while its function stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate import mutants as module
from tools.mutate.mutants import Mutant, document, mutants, sources
from tools.mutate.text import Document

FIRST = "@external\ndef first() -> uint256:\n    return 1 + 2\n"
SECOND = "\n\n@external\ndef second() -> uint256:\n    return 3\n"


@pytest.fixture
def of(monkeypatch: pytest.MonkeyPatch) -> object:
    """The mutants of a text, as if it were a contract."""

    def found(text: str) -> list[Mutant]:
        path = module.ROOT / "contracts" / "Imagined.vy"
        monkeypatch.setattr(module, "document", lambda _: Document(path, text))
        return mutants(path)

    return found


def test_ids_are_unique_and_the_order_is_that_of_the_text() -> None:
    path = next(path for path in sources() if path.stem == "NodeStaking")
    found = mutants(path)
    assert len({mutant.id for mutant in found}) == len(found) > 100
    starts = [mutant.change.span.start for mutant in found]
    assert starts == sorted(starts)
    assert [mutant.id for mutant in mutants(path)] == [mutant.id for mutant in found]


def test_an_id_outlives_changes_of_other_functions_only(of: object) -> None:
    assert callable(of)
    before = {mutant.id for mutant in of(FIRST + SECOND) if mutant.function == "second"}
    moved = of("# a remark\n" + FIRST.replace("2", "20") + SECOND)
    assert {mutant.id for mutant in moved if mutant.function == "second"} == before
    changed = of(FIRST + SECOND.replace("return 3", "return 3 + 0"))
    assert not before & {mutant.id for mutant in changed if mutant.function == "second"}


def test_a_mutant_says_how_its_line_reads(of: object) -> None:
    assert callable(of)
    shown = [(mutant.line, mutant.before, mutant.after) for mutant in of(FIRST)]
    assert (3, "return 1 + 2", "return 1 - 2") in shown


def test_types_and_interfaces_are_left_alone() -> None:
    text = document(next(path for path in sources() if path.stem == "NodeStaking"))
    for mutant in mutants(text.path):
        assert not text.line(mutant.line).startswith(("import", "from", "implements"))


def test_only_what_is_deployed_and_its_modules_are_sources() -> None:
    names = {path.stem for path in sources()}
    assert {"PoolStorage", "custody", "ServiceAgreements"} <= names
    assert not any(Path(name).suffix == ".vyi" for name in names)
