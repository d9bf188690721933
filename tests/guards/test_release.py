# SPDX-License-Identifier: MIT
"""Anybody who compiles the sources gets the byte code of the release manifest."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tools.compile import SIZE_LIMIT
from tools.release import BLUEPRINT_PREFIX, blueprint_of, clone_of, contract_of, hashed
from tools.sources import ARTEFACTS, ROOT, deployables, vyper_sources

NEEDED = ("contracts", "tools", "src/linkpool/chain/abi", "src/linkpool/chain/release.json")
# Nothing of these may leave a trace; the locale is one whose letters are not those of ASCII.
ELSEWHERE = {
    "LC_ALL": "tr_TR.ISO-8859-9",
    "TZ": "Pacific/Kiritimati",
    "PYTHONHASHSEED": "4711",
    "PYTHONUTF8": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "40",
}
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "src/linkpool/chain/release.json").read_text())
    return found


def another_user() -> list[str]:
    """What goes before a command to run it as nobody; nothing where only root could."""
    if os.geteuid() != 0 or shutil.which(NOBODY[0]) is None:
        return []
    tried = subprocess.run([*NOBODY, sys.executable, "-c", "import vyper"], capture_output=True)
    return NOBODY if tried.returncode == 0 else []


def compiled_in(folder: Path) -> subprocess.CompletedProcess[str]:
    """`make compile` in a copy without any compiled file."""
    for name in NEEDED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.json")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for path in (folder.parent, folder, *folder.rglob("*")):
        os.chmod(path, 0o777 if path.is_dir() else 0o644)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **ELSEWHERE}
    command = [*another_user(), sys.executable, "-m", "tools.compile"]
    return subprocess.run(
        command, cwd=folder, env=environment, umask=0o077, capture_output=True, text=True
    )


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Not under tmp_path, where nobody but its owner may look."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "an Öther place"
        folder.mkdir()
        yield folder


def test_another_user_elsewhere_gets_the_same_byte_code(elsewhere: Path) -> None:
    """Another folder, user, locale, time zone, hash seed and umask: every file byte by byte."""
    folder = elsewhere
    done = compiled_in(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    ours = {path: path.read_bytes() for path in ARTEFACTS.glob("*.json")}
    for path, content in ours.items():
        assert (folder / path.relative_to(ROOT)).read_bytes() == content, path.name
    written = folder / "src/linkpool/chain/release.json"
    assert not another_user() or written.stat().st_uid != os.geteuid()
    theirs = json.loads(written.read_text())
    assert theirs == manifest()
    assert len(ours) == len(theirs["contracts"]) == len(deployables())


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
    copies = {"create_minimal_proxy_to(": "clones", "create_from_blueprint(": "blueprints"}
    for call, kind in copies.items():
        creators = {path.stem for path in deployables() if call in path.read_text()}
        assert {one["creator"] for one in manifest()[kind]} == creators


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
    pattern = blueprint_of(artefact, "Other")
    assert pattern["code_hash"] == hashed(BLUEPRINT_PREFIX + b"\x60\x01")
    assert pattern["code_size"] == 5


def test_a_clone_is_eip_1167() -> None:
    clone = clone_of("One", "Other")
    assert clone["prefix"] == "0x363d3d373d3d3d363d73"
    assert clone["suffix"] == "0x5af43d82803e903d91602b57fd5bf3"
