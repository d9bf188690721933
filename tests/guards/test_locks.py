# SPDX-License-Identifier: MIT
"""What is installed is fixed: exact versions, hashes, every platform, a reason for each package."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.sources import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKS = ["build", "node", "runtime", "dev", "symbolic"]
PACKAGE_LOCK: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def pins(name: str) -> dict[str, str]:
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_direct_requirement_has_a_reason_and_a_pin(name: str) -> None:
    for line in lines(REQUIREMENTS / f"{name}.in"):
        if line.startswith(("-r ", "-c ")):
            continue
        requirement, _, reason = line.partition(" #")
        assert len(reason.split()) >= 2, f"{name}.in: why {requirement}?"
        package = re.split(r"[\[<>=; ]", requirement)[0].lower()
        assert package in pins(name), f"{package}: run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (REQUIREMENTS / f"{name}.txt").read_text())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_tests_run_with_the_versions_that_users_get() -> None:
    runtime, dev = pins("runtime"), pins("dev")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_npm_versions_are_exact() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    asked = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values()), asked
    for name, version in asked.items():
        assert PACKAGE_LOCK["packages"][f"node_modules/{name}"]["version"] == version


def test_the_npm_lock_names_every_platform_and_no_address() -> None:
    """npm leaves out what does not fit the machine that writes the lock, then `npm ci` refuses."""
    packages = PACKAGE_LOCK["packages"]
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        for optional in entry.get("optionalDependencies", {}):
            assert any(key.endswith(f"node_modules/{optional}") for key in packages), optional
