# SPDX-License-Identifier: MIT
"""Where things lie in this repository, and which contracts get an address."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
INTERFACES = CONTRACTS / "interfaces"
DEPLOYED = (CONTRACTS, CONTRACTS / "chainlink", CONTRACTS / "examples")
ARTEFACTS = ROOT / "src" / "linkpool" / "chain" / "abi"


def deployables() -> list[Path]:
    """Every contract that gets an address: in contracts/, chainlink/ or examples/ of it."""
    found = [path for folder in DEPLOYED for path in folder.glob("*.vy")]
    return sorted(found, key=lambda path: path.stem)


def vyper_sources() -> list[Path]:
    """Everything the compiler may read under contracts/ and tests/."""
    found = [path for top in (CONTRACTS, ROOT / "tests") for path in top.rglob("*.vy*")]
    return sorted(path for path in found if path.suffix in {".vy", ".vyi"})


def name_of(path: Path) -> str:
    """Relative to the repository, with forward slashes: what messages and generated files show."""
    return path.relative_to(ROOT).as_posix()


def repository_files() -> list[Path]:
    """What git knows or would add: no environments, caches or outputs."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return sorted(path for path in paths if path.is_file())
