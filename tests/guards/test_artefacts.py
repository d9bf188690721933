# SPDX-License-Identifier: MIT
"""The committed ABIs and byte codes are of the present sources (`make test` compiles them too)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.compile import SIZE_LIMIT, text_of
from tools.compiler import COMPILER, Abi, Source
from tools.interfaces import differences
from tools.sources import ARTEFACTS, deployables


def artefact(contract: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ARTEFACTS / f"{contract.stem}.json").read_text())
    return found


def test_there_is_one_artefact_for_each_contract() -> None:
    assert {path.stem for path in ARTEFACTS.glob("*.json")} == {path.stem for path in deployables()}
    assert deployables()


@pytest.mark.parametrize("contract", deployables(), ids=lambda path: path.stem)
def test_an_artefact_is_of_the_present_sources(contract: Path) -> None:
    found = artefact(contract)
    assert found["source_hash"] == Source(contract).source_hash(), "run: make compile"
    assert found["compiler"] == COMPILER, "run: make compile"
    assert (ARTEFACTS / f"{contract.stem}.json").read_text() == text_of(found), "edited by hand"


@pytest.mark.parametrize("contract", deployables(), ids=lambda path: path.stem)
def test_a_contract_stays_below_the_size_limit(contract: Path) -> None:
    assert 0 < artefact(contract)["runtime_size"] < SIZE_LIMIT < 24_576


def test_the_source_hash_covers_modules_and_interfaces() -> None:
    """A changed comment in an imported file changes it; where the folder lies does not."""
    pool_owners = next(path for path in deployables() if path.stem == "PoolOwners")
    imported = Source(pool_owners).data.resolved_imports.compiler_inputs
    names = {file.path.as_posix() for file in imported}
    assert "interfaces/IPoolOwners.vyi" in names
    assert any(name.startswith("modules/") for name in names)
    assert not any(Path(name).is_absolute() for name in names)


def function(name: str, returns: str = "", mutability: str = "nonpayable") -> dict[str, Any]:
    outputs = [{"name": "", "type": returns}] if returns else []
    kind = {"type": "function", "stateMutability": mutability}
    return {"name": name, "inputs": [], "outputs": outputs} | kind


def event(indexed: bool) -> dict[str, Any]:
    inputs = [{"name": "amount", "type": "uint256", "indexed": indexed}]
    return {"type": "event", "name": "Paid", "inputs": inputs}


@pytest.mark.parametrize(
    ("contract", "interface"),
    [
        ([], [function("a")]),
        ([function("a")], [function("a", "bool")]),
        ([function("a", "uint256")], [function("a", "bool")]),
        ([function("a", "", "payable")], [function("a")]),
        ([function("a")], [function("a", "", "view")]),
        ([event(True)], [event(False)]),
        ([], [event(True)]),
    ],
)
def test_a_broken_promise_is_seen(contract: Abi, interface: Abi) -> None:
    assert len(list(differences(contract, interface))) == 1


def test_a_stricter_function_keeps_the_promise() -> None:
    assert list(differences([function("a", "", "pure")], [function("a", "", "view")])) == []


def test_struct_members_are_part_of_a_type() -> None:
    def returning(member: str) -> Abi:
        components = [{"name": "x", "type": member}]
        entry = function("a") | {"outputs": [{"type": "tuple[]", "components": components}]}
        return [entry]

    assert list(differences(returning("uint256"), returning("uint256"))) == []
    assert list(differences(returning("uint256"), returning("int256"))) == [
        "a() returns ((uint256)[]), declared ((int256)[])"
    ]
