# SPDX-License-Identifier: MIT
"""Compiles every deployable contract into src/linkpool/chain/abi/<Name>.json.

`--check` writes nothing and fails when an artefact is stale.

The artefacts are committed: a deployment and every test of the package run without a compiler.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from tools.compiler import CompileError, Source
from tools.interfaces import broken_promises
from tools.sources import ARTEFACTS, deployables, name_of

SIZE_LIMIT = 24_000  # bytes; EIP-170 allows 24,576
WORKERS = 2


def text_of(artefact: dict[str, Any]) -> str:
    """JSON that diffs well: sorted keys, each member of a list or an object on its own line."""
    members = []
    for key in sorted(artefact):
        content = artefact[key]
        if isinstance(content, list):
            lines = [json.dumps(item, sort_keys=True) for item in content]
            text = "[\n  " + ",\n  ".join(lines) + "\n ]"
        elif isinstance(content, dict) and content:
            lines = [
                f'"{name}": {json.dumps(content[name], sort_keys=True)}' for name in sorted(content)
            ]
            text = "{\n  " + ",\n  ".join(lines) + "\n }"
        else:
            text = json.dumps(content)
        members.append(f' "{key}": {text}')
    return "{\n" + ",\n".join(members) + "\n}\n"


def problems_of(contract: Path, artefact: dict[str, Any]) -> list[str]:
    found = broken_promises(contract, artefact["abi"])
    if artefact["runtime_size"] >= SIZE_LIMIT:
        found.append(f"{artefact['runtime_size']:,} bytes of code, below {SIZE_LIMIT:,} wanted")
    return [f"{name_of(contract)}: {problem}" for problem in found]


def compile_all() -> tuple[dict[Path, str], list[str]]:
    """The artefact texts by file, and what is wrong with the contracts."""
    texts: dict[Path, str] = {}
    problems: list[str] = []
    contracts = deployables()
    with ProcessPoolExecutor(WORKERS) as pool:
        results = pool.map(compile_one, contracts)
        for contract, (text, found) in zip(contracts, results, strict=True):
            target = ARTEFACTS / f"{contract.stem}.json"
            if target in texts:
                problems.append(f"{name_of(contract)}: the name {contract.stem} is taken")
            if text:
                texts[target] = text
            problems += found
    return texts, problems


def compile_one(contract: Path) -> tuple[str, list[str]]:
    """The artefact's text, empty when it does not compile, and what is wrong with the contract."""
    try:
        artefact = Source(contract).artefact()
    except CompileError as error:
        return "", [str(error)]
    return text_of(artefact), problems_of(contract, artefact)


def stale(texts: dict[Path, str]) -> list[str]:
    """Artefacts that differ from what the sources give, are missing, or have no source."""
    found = []
    for target, text in texts.items():
        if not target.exists():
            found.append(f"{name_of(target)} is missing: make compile")
        elif target.read_text(encoding="utf-8") != text:
            found.append(f"{name_of(target)} is stale: make compile")
    orphans = set(ARTEFACTS.glob("*.json")) - set(texts)
    return found + [f"{name_of(path)} has no source: make compile" for path in sorted(orphans)]


def write(texts: dict[Path, str]) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for target, text in texts.items():
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {name_of(target)}")
    for orphan in set(ARTEFACTS.glob("*.json")) - set(texts):
        orphan.unlink()
        print(f"removed {name_of(orphan)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    texts, problems = compile_all()
    if check:
        problems += stale(texts)
    else:
        failed = {ARTEFACTS / f"{path.stem}.json" for path in deployables()} - set(texts)
        write(texts | {path: path.read_text(encoding="utf-8") for path in failed if path.exists()})
    for problem in problems:
        print(f"compile: {problem}", file=sys.stderr)
    if not problems:
        print(f"compile: {len(texts)} contracts, all below {SIZE_LIMIT:,} bytes")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
