# SPDX-License-Identifier: MIT
"""Chainlink's own contracts from npm, compiled by solcjs 0.8.19, kept in a cache that git ignores.

Optimised for cheap calls as far as solc goes: a comparison flatters Chainlink, not us.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from linkpool.chain.artefacts import Artefact
from linkpool.errors import SetupMissing

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
CACHE = ROOT / ".cache" / "solidity"
CHAINLINK = "@chainlink/contracts/src/v0.8"

_SETTINGS = {
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "evmVersion": "paris",
    "metadata": {"bytecodeHash": "none"},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
}
_IMPORT = re.compile(r'^\s*import\b[^;"]*"([^"]+)"', re.MULTILINE)
_INSIDE = "@chainlink/contracts/node_modules/"
_NODE = ROOT / ".venv" / "bin" / "node"


class SolidityError(Exception):
    """What the compiler said."""


@cache
def operator() -> Artefact:
    """Chainlink's Operator 1.0.0."""
    return compiled("Operator", f"{CHAINLINK}/operatorforwarder/Operator.sol")


@cache
def forwarder() -> Artefact:
    """Chainlink's AuthorizedForwarder 1.1.0."""
    return compiled("AuthorizedForwarder", f"{CHAINLINK}/operatorforwarder/AuthorizedForwarder.sol")


def compiled(name: str, unit: str, text: str | None = None) -> Artefact:
    """Contract `name` of a source: a file of node_modules, or `text` under the name `unit`.

    Raises:
        SolidityError: it does not compile.
        SetupMissing: the packages are not installed.
    """
    sources = _sources(unit, text)
    wanted = {
        "language": "Solidity",
        "sources": {found: {"content": content} for found, content in sorted(sources.items())},
        "settings": _SETTINGS,
    }
    question = json.dumps(wanted, sort_keys=True)
    kept = CACHE / f"{name}-{hashlib.sha256(question.encode()).hexdigest()[:16]}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        # Tests run in several processes: the second waits for what the first compiles.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            fresh = kept.with_suffix(".new")
            fresh.write_text(json.dumps(_compile(name, unit, question)), encoding="utf-8")
            fresh.replace(kept)
    answer = json.loads(kept.read_text(encoding="utf-8"))
    return Artefact(name, tuple(answer["abi"]), bytes.fromhex(answer["bytecode"]))


def _compile(name: str, unit: str, question: str) -> dict[str, Any]:
    program = PACKAGES / "solc" / "solc.js"
    if not program.is_file():
        raise SetupMissing("node_modules/solc is not installed: run `make setup-dev`")
    node = str(_NODE) if _NODE.exists() else "node"
    # A file, not a pipe: the program reads at once, and an empty pipe is an error to it.
    with tempfile.TemporaryFile() as asked:
        asked.write(question.encode())
        asked.seek(0)
        done = subprocess.run(
            [node, str(program), "--standard-json"],
            stdin=asked,
            capture_output=True,
            text=True,
            timeout=300,
        )
    if done.returncode:
        raise SolidityError(f"solcjs: {done.stderr.strip() or done.stdout.strip()}")
    # The program greets with a line of its own before the answer.
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    wrong = [e["formattedMessage"] for e in answer.get("errors", ()) if e["severity"] == "error"]
    if wrong:
        raise SolidityError("\n".join(wrong))
    found = answer["contracts"][unit][name]
    return {"abi": found["abi"], "bytecode": found["evm"]["bytecode"]["object"]}


def _sources(unit: str, text: str | None) -> dict[str, str]:
    """Every source that the compiler will ask for, under the name it will ask by."""
    found: dict[str, str] = {}
    waiting = [(unit, text)]
    while waiting:
        name, content = waiting.pop()
        if name in found:
            continue
        found[name] = _file(name) if content is None else content
        waiting += [(_resolved(name, target), None) for target in _IMPORT.findall(found[name])]
    return found


def _resolved(importer: str, target: str) -> str:
    if not target.startswith("."):
        return target
    parts = importer.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _file(name: str) -> str:
    for folder in (PACKAGES / _INSIDE, PACKAGES):
        path = folder / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise SetupMissing(f"node_modules/{name} is not installed: run `make setup-dev`")
