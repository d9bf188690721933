# SPDX-License-Identifier: MIT
"""Every promise that a contract's header makes is executed; no promise is without a header.

A header says `@custom:invariant-p4 ...`; a check is a test or an invariant whose name starts with
`p4_` or contains `_p4_`, anywhere under tests/contracts.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.sources import CONTRACTS, ROOT

TESTS = ROOT / "tests" / "contracts"
TAG = re.compile(r"@custom:invariant-p(\d+)\b")
IN_NAME = re.compile(r"(?:^|_)p(\d+)_")
# P13 is a promise about the service: no contract can keep it.
OF_CONTRACTS = {*range(1, 13), *range(14, 18)}


def promised() -> dict[int, set[str]]:
    """Number of the promise -> contracts and modules whose header makes it."""
    found: dict[int, set[str]] = {}
    for path in CONTRACTS.rglob("*.vy*"):
        for number in TAG.findall(path.read_text(encoding="utf-8")):
            found.setdefault(int(number), set()).add(path.name)
    return found


def checks_in(text: str) -> Iterator[int]:
    """Numbers of the promises that the functions of one test file check."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and is_executed(node):
            yield from map(int, IN_NAME.findall(node.name))


def is_executed(function: ast.FunctionDef) -> bool:
    """Called by pytest or hypothesis, or a check that a machine collects by its name."""
    decorators = {ast.unparse(decorator).split("(")[0] for decorator in function.decorator_list}
    collected = function.name.startswith("test_") or re.match(r"p\d+_", function.name) is not None
    empty = all(isinstance(line, ast.Pass | ast.Expr) for line in function.body) and not any(
        isinstance(node, ast.Call | ast.Assert) for node in ast.walk(function)
    )
    return (collected or any("invariant" in name for name in decorators)) and not empty


def checked() -> set[int]:
    paths: list[Path] = sorted(TESTS.rglob("*.py"))
    return {number for path in paths for number in checks_in(path.read_text(encoding="utf-8"))}


def test_every_promise_of_a_header_is_checked() -> None:
    proven = checked()
    assert {number: names for number, names in promised().items() if number not in proven} == {}


def test_every_promise_that_a_contract_can_keep_stands_in_a_header() -> None:
    assert set(promised()) >= OF_CONTRACTS


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("def test_p4_nobody_pays_twice(pool):\n    assert pool.ok()", {4}),
        ("@invariant()\ndef p12_sum(self):\n    assert self.ok()", {12}),
        ("def p3_sum(self):\n    self.model.check()", {3}),
        ("def test_all(pool):\n    assert pool.p4_done", set()),
        ("def test_p4_later():\n    pass", set()),
        ('def test_p4_later():\n    """Only words."""', set()),
        ("def helper_p4_(x):\n    return x()", set()),
    ],
)
def test_what_counts_as_a_check(text: str, numbers: set[int]) -> None:
    assert set(checks_in(text)) == numbers


ROW = re.compile(r"^\| P(\d+) \|.*$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#]+)\)")


def rows_of_the_security_page() -> dict[int, list[Path]]:
    """Number of the promise -> what the page says proves it."""
    page = ROOT / "docs" / "explain" / "security.md"
    return {
        int(row[1]): [(page.parent / link).resolve() for link in LINK.findall(row[0])]
        for row in ROW.finditer(page.read_text(encoding="utf-8"))
    }


def test_the_security_page_has_a_row_for_each_promise() -> None:
    assert list(rows_of_the_security_page()) == list(range(1, 18))


@pytest.mark.parametrize("number", sorted(OF_CONTRACTS))
def test_what_the_security_page_names_proves_that_promise(number: int) -> None:
    named = [path for path in rows_of_the_security_page()[number] if TESTS in path.parents]
    assert named
    for path in named:
        assert number in checks_in(path.read_text(encoding="utf-8")), path.name
