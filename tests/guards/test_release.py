# SPDX-License-Identifier: MIT
"""Anybody who compiles the sources gets the byte code of the release manifest."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import reproduce
from tools.compile import SIZE_LIMIT
from tools.doors import present
from tools.release import RELEASE, clone_of, contract_of, hashed, parts_of
from tools.sources import ARTEFACTS, ROOT, deployables, name_of, vyper_sources


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RELEASE.read_text())
    return found


def contracts() -> dict[str, Any]:
    found: dict[str, Any] = manifest()["contracts"]
    return found


# With and without modules of others, immutables, clones of it.
SOME = ("NodeFactory", "NodeStaking", "Timelock")


def test_another_user_elsewhere_gets_the_same_byte_code() -> None:
    """`make test` compiles all of them so."""
    assert reproduce.reproduced(SOME) == []


def test_a_trace_of_the_place_would_be_seen(tmp_path: Path) -> None:
    """One byte more in a file, and one file less, are told by name."""
    for name in SOME:
        theirs = tmp_path / name_of(ARTEFACTS / f"{name}.json")
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.write_bytes((ARTEFACTS / f"{name}.json").read_bytes())
    release = tmp_path / name_of(RELEASE)
    release.write_text(json.dumps({"contracts": {name: contracts()[name] for name in SOME}}))
    assert list(reproduce.differences(tmp_path, SOME)) == []
    (tmp_path / name_of(ARTEFACTS / "Timelock.json")).write_text("{}\n")
    changed = {**contracts()["NodeFactory"], "init_hash": "0x00"}
    release.write_text(json.dumps({"contracts": {"NodeFactory": changed}}))
    told = list(reproduce.differences(tmp_path, SOME))
    assert [line.rpartition("/")[2] for line in told] == [
        "Timelock.json is stale: make compile",
        "release.json: NodeFactory is stale: make compile",
    ]


def test_a_copy_that_does_not_compile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "compile: ", "no such opcode")

    monkeypatch.setattr(reproduce, "compiled", failed)
    assert reproduce.reproduced(()) == ["compile: no such opcode"]


def test_every_shipped_source_is_in_the_manifest() -> None:
    found = set(manifest()["sources"])
    shipped = {path.relative_to(ROOT / "contracts") for path in vyper_sources() if is_shipped(path)}
    compiled = {path.as_posix() for path in shipped if path.parts[0] != "interfaces"}
    assert compiled <= found
    assert all(set(one["sources"]) <= found for one in manifest()["contracts"].values())


def is_shipped(path: Path) -> bool:
    return path.is_relative_to(ROOT / "contracts")


def test_sizes_leave_room_and_add_up() -> None:
    for name, one in manifest()["contracts"].items():
        artefact = json.loads((ARTEFACTS / f"{name}.json").read_text())
        assert one["immutables_size"] == 32 * len(one["immutables"])
        assert one["runtime_size"] + one["immutables_size"] == artefact["runtime_size"] < SIZE_LIMIT


def test_what_is_copied_is_named_by_contracts_that_copy() -> None:
    """A new `create_…` in the sources needs a line in tools.release."""
    copies = {"create_minimal_proxy_to": "clones", "raw_create": "parts"}
    for call, kind in copies.items():
        creators = {path.stem for path in deployables() if f"{call}(" in path.read_text()}
        assert {one["creator"] for one in manifest()[kind]} == creators
    called = {door.call.partition("(")[0] for door in present()}
    assert {call for call in called if "create" in call and " " not in call} == set(copies)


def test_a_record_is_of_the_code_given() -> None:
    artefact = {
        "name": "One",
        "source": "contracts/One.vy",
        "source_hash": "s",
        "sources": ["b", "a"],
        "bytecode": "0x6001",
        "runtime_hash": "0x12",
        "runtime_size": 100,
        "immutables": [{"name": "m.LINK", "type": "address", "offset": 0}],
    }
    found = contract_of(artefact)
    assert (found["init_hash"], found["init_size"]) == (hashed(b"\x60\x01"), 2)
    assert (found["runtime_size"], found["immutables_size"]) == (68, 32)
    assert found["immutables"] == [{"name": "m.LINK", "type": "address"}]


def test_a_clone_is_eip_1167() -> None:
    clone = clone_of("One", "Other")
    assert clone["prefix"] == "0x363d3d373d3d3d363d73"
    assert clone["suffix"] == "0x5af43d82803e903d91602b57fd5bf3"


def test_parts_count_from_one() -> None:
    assert [one["nonce"] for one in parts_of("One", ("A", "B"))] == [1, 2]
