# SPDX-License-Identifier: MIT
"""The tutorial notebook runs, and prints what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.notebook import FOLDER, executed

NOTEBOOK = FOLDER / "economics.ipynb"


def written(path: Path, *cells: str) -> Path:
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"cells": code}))
    return path


def outputs(text: str) -> list[str]:
    found = []
    for cell in json.loads(text)["cells"]:
        for one in cell.get("outputs", []):
            found.append("".join(one.get("text") or one["data"]["text/plain"]))
    return found


def test_every_output_is_what_its_cell_prints() -> None:
    assert executed(NOTEBOOK) == NOTEBOOK.read_text(encoding="utf-8"), "run: make docs"


def test_it_has_the_paper_and_both_answers() -> None:
    printed = "\n".join(outputs(NOTEBOOK.read_text(encoding="utf-8")))
    for text in ("$46.20896", "$16,173.136", "$12,129.852", "$4,043.284", "you earn", "a year at"):
        assert text in printed


def test_cells_share_their_names_and_show_their_last_value(tmp_path: Path) -> None:
    path = written(tmp_path / "x.ipynb", "a = 1\nprint('one')", "b = a + 1\nb", "None", "")
    assert outputs(executed(path)) == ["one\n", "2"]


def test_a_cell_that_fails_fails_the_notebook(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="wrong digit"):
        executed(written(tmp_path / "x.ipynb", "assert False, 'wrong digit'"))
