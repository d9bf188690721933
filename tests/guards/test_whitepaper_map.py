# SPDX-License-Identifier: MIT
"""Files and tests that docs/explain/whitepaper-map.md names exist, and no figure is left out."""

import ast
import re
from pathlib import Path

import pytest

from tools.sources import ROOT

PAGE = ROOT / "docs" / "explain" / "whitepaper-map.md"
TOPS = {path.name for path in ROOT.iterdir()}
FIGURES = range(1, 11)


def places(text: str) -> list[str]:
    """Code spans that name a path of this repository, perhaps with `::test`."""
    spans = re.findall(r"`([^`\n]+)`", text)
    return [s for s in spans if re.fullmatch(r"[\w./-]+(::[\w\[\]-]+)*", s) and is_path(s)]


def is_path(span: str) -> bool:
    return "/" in span and span.split("/")[0] in TOPS


def definitions(path: Path) -> set[str]:
    """Names of the functions and classes of a Python file, methods as `Class::method`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (n for n in node.body if isinstance(n, ast.FunctionDef))
            names.update(f"{node.name}::{method.name}" for method in methods)
    return names


def exists(place: str) -> bool:
    name, _, inside = place.partition("::")
    path = ROOT / name
    if not inside:
        return path.exists()
    return path.is_file() and inside.partition("[")[0] in definitions(path)


def rows(text: str) -> list[str]:
    """Table rows without the heads and the lines below them."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    rules = {number for number, line in enumerate(table) if re.fullmatch(r"[|\s:-]+", line)}
    heads = {number - 1 for number in rules}
    return [line for number, line in enumerate(table) if number not in rules | heads]


def test_every_place_that_the_map_names_exists() -> None:
    named = places(PAGE.read_text(encoding="utf-8"))
    assert [place for place in named if not exists(place)] == []


def test_every_row_names_a_place() -> None:
    table = rows(PAGE.read_text(encoding="utf-8"))
    assert len(table) >= 20
    assert [row for row in table if not places(row)] == []


def test_no_figure_is_left_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [n for n in FIGURES if not re.search(rf"\b(Figure|Fig\.) {n}\b", text)] == []


@pytest.mark.parametrize(
    "place",
    [
        "tests/guards/test_whitepaper_map.py::test_no_such_thing",
        "tests/guards/no_such_file.py",
        "contracts/NoSuchContract.vy",
        "tests/guards::test_a_folder",
    ],
)
def test_a_wrong_place_is_seen(place: str) -> None:
    assert places(f"| 6.1 | `{place}` |") == [place]
    assert not exists(place)


def test_a_right_place_passes() -> None:
    here = "tests/guards/test_whitepaper_map.py"
    assert all(map(exists, [here, f"{here}::exists", f"{here}::test_a_wrong_place_is_seen[x]"]))
    assert places("`stake`, `a / b`, `make up`, `Node.withdrawStake`") == []
