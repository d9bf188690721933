# SPDX-License-Identifier: MIT
"""What comes out of node_modules at run time: anvil's binary, LinkToken, Multicall3."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path
from typing import Any

from linkpool.errors import SetupMissing

_ANVIL = "@foundry-rs/anvil"
_LINK_TOKEN = "@chainlink/abi/v0.4/LinkToken.json"
_MULTICALL3 = "viem/constants/contracts.ts"
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "win32"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def anvil_binary() -> Path:
    """The local chain's program for this machine."""
    system = _SYSTEMS.get(platform.system().lower(), platform.system().lower())
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    binary = "anvil.exe" if system == "win32" else "anvil"
    return _package_file(f"{_ANVIL}-{system}-{machine}/bin/{binary}")


def link_token() -> dict[str, Any]:
    """ABI and creation bytecode of Chainlink's LinkToken v0.4."""
    artefact: dict[str, Any] = json.loads(_package_file(_LINK_TOKEN).read_text())
    return artefact


def multicall3_bytecode() -> bytes:
    """Creation bytecode of Multicall3 as viem carries it."""
    path = _package_file(_MULTICALL3)
    found = re.search(r"multicall3Bytecode\s*=\s*['\"]0x([0-9a-fA-F]+)['\"]", path.read_text())
    if found is None:
        raise SetupMissing(f"{path.name} of viem holds no Multicall3: run `make setup`")
    return bytes.fromhex(found[1])


def _package_file(name: str) -> Path:
    """A file of an installed npm package, looked for upwards from here and from the work folder."""
    starts = (Path(__file__).resolve().parent, Path.cwd())
    for start in starts:
        for folder in (start, *start.parents):
            path = folder / "node_modules" / name
            if path.is_file():
                return path
    raise SetupMissing(f"node_modules/{name} is not installed: run `make setup`")
