# SPDX-License-Identifier: MIT
"""Slots, selectors and events are those agreed on; a change is seen and has to be meant."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tools import surface
from tools.compile import text_of
from tools.sources import ARTEFACTS, deployables


def test_every_contract_has_the_surface_agreed_on() -> None:
    agreed = surface.agreed(surface.SNAPSHOTS)
    assert list(surface.complaints(agreed, surface.present())) == []
    assert set(agreed) == {path.stem for path in deployables()}
    for name, content in agreed.items():
        assert (surface.SNAPSHOTS / f"{name}.json").read_text() == text_of(content), name


def test_selectors_are_those_of_the_compiler() -> None:
    for path in ARTEFACTS.glob("*.json"):
        artefact = json.loads(path.read_text())
        ours = surface.surface(artefact)["functions"]
        found = {name: text.split()[0] for name, text in ours.items() if text[0] == "0"}
        assert found == artefact["method_ids"], path.stem


def moved(one: dict[str, Any]) -> None:
    one["storage"][1]["slot"] += 1


def widened(one: dict[str, Any]) -> None:
    one["storage"][1]["slots"] += 1


def retyped(one: dict[str, Any]) -> None:
    one["storage"][1]["type"] = "int256"


def swapped(one: dict[str, Any]) -> None:
    first, second = one["immutables"][:2]
    first["offset"], second["offset"] = second["offset"], first["offset"]


def function(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        entry for entry in one["abi"] if entry["type"] == "function" and entry["inputs"]
    )
    return found


def event(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in one["abi"] if entry["type"] == "event")
    return found


def renamed(one: dict[str, Any]) -> None:
    function(one)["name"] += "Too"


def payable(one: dict[str, Any]) -> None:
    function(one)["stateMutability"] = "payable"


def returning(one: dict[str, Any]) -> None:
    function(one)["outputs"] = [{"name": "", "type": "bytes32"}]


def silent(one: dict[str, Any]) -> None:
    one["abi"].remove(event(one))


def unindexed(one: dict[str, Any]) -> None:
    indexed = next(
        field
        for entry in one["abi"]
        if entry["type"] == "event"
        for field in entry["inputs"]
        if field["indexed"]
    )
    indexed["indexed"] = False


@pytest.mark.parametrize(
    "change",
    [moved, widened, retyped, swapped, renamed, payable, returning, silent, unindexed],
    ids=lambda change: change.__name__,
)
def test_a_planted_change_is_seen(change: Callable[[dict[str, Any]], None]) -> None:
    artefact = json.loads((ARTEFACTS / "PoolStorage.json").read_text())
    agreed = {"PoolStorage": surface.surface(artefact)}
    planted = copy.deepcopy(artefact)
    change(planted)
    assert list(surface.complaints(agreed, {"PoolStorage": surface.surface(planted)}))
    assert list(surface.complaints(agreed, agreed)) == []


def test_contracts_that_come_and_go_are_seen() -> None:
    artefact = json.loads((ARTEFACTS / "Node.json").read_text())
    ours = {"Node": surface.surface(artefact)}
    assert "Node: gone" in list(surface.complaints(ours, {}))
    assert list(surface.complaints({}, ours))
