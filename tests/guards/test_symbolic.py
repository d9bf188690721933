# SPDX-License-Identifier: MIT
"""What `make symbolic` claims covers every function, and its record says what came of it."""

import json
import re
from typing import Any

import pytest

from tests.symbolic.roles import EXAMPLES, OPEN, RESTRICTED
from tools.sources import ARTEFACTS, ROOT, deployables

RECORD: dict[str, Any] = json.loads((ROOT / "docs/explain/symbolic.json").read_text())
PAGE = (ROOT / "docs/explain/symbolic.md").read_text()
CONTRACTS = sorted({path.stem for path in deployables()} - set(EXAMPLES))


def changing(contract: str) -> set[str]:
    abi = json.loads((ARTEFACTS / f"{contract}.json").read_text())["abi"]
    functions = [one for one in abi if one["type"] == "function"]
    return {one["name"] for one in functions if one["stateMutability"] not in {"view", "pure"}}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_function_that_changes_state_has_a_row(contract: str) -> None:
    """A new one is restricted, or open for a reason."""
    restricted, free = RESTRICTED[contract], OPEN.get(contract, {})
    assert set(restricted) | set(free) == changing(contract)
    assert not set(restricted) & set(free)
    assert all(restricted.values())
    assert all(free.values())


def test_every_restriction_is_proven() -> None:
    for contract, rows in RESTRICTED.items():
        for function, roles in rows.items():
            text = f"{contract}.{function}: nobody but {' or '.join(roles)}"
            assert RECORD["claims"][text].startswith("proved, "), text


def test_nothing_is_refuted_and_what_is_not_finished_is_on_the_page() -> None:
    verdicts = {text.partition(",")[0] for text in RECORD["claims"].values()}
    assert verdicts <= {"proved", "not finished"}
    for text, outcome in RECORD["claims"].items():
        if outcome.startswith("not finished"):
            assert f"`{text}`" in PAGE, text


def test_the_page_says_how_many() -> None:
    proved = sum(outcome.startswith("proved") for outcome in RECORD["claims"].values())
    (told,) = re.findall(r"\*\*(\d+) of (\d+) claims\*\*", PAGE)
    assert tuple(map(int, told)) == (proved, len(RECORD["claims"]))
