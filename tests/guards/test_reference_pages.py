# SPDX-License-Identifier: MIT
"""The generated pages of docs/reference say what the code says."""

import pytest

from tools import natspec
from tools.docs import PAGES, REFERENCE
from tools.sources import deployables


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fresh(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_every_command_and_contract_has_its_section() -> None:
    command_line = PAGES["cli.md"]()
    for words in ("linkpool up", "linkpool demo", "linkpool stake", "linkpool node create"):
        assert f"## {words}\n" in command_line
    contracts = PAGES["contracts.md"]()
    assert all(f"## {path.stem}\n" in contracts for path in deployables())


def test_a_docstring_is_taken_apart() -> None:
    class Literal:
        value = "\n@notice Pays\n        twice.\n@param n juels\n@return 1 @ most\n"

    class Node:
        doc_string = Literal

    text = natspec.Text.of(Node)
    assert text.parts == (("notice", "Pays twice."), ("param", "n juels"), ("return", "1 @ most"))
