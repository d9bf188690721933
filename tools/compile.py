# SPDX-License-Identifier: MIT
"""Compiles every deployable contract into src/linkpool/chain/abi/<Name>.json.

The release manifest, src/linkpool/chain/release.json, says what that gave.

`--check` writes nothing and fails when one of these files is stale.

They are committed: a deployment and every test of the package run without a compiler.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.compiler import CompileError, Source
from tools.interfaces import broken_promises
from tools.release import RELEASE, release
from tools.release import text_of as release_text
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


@dataclass(frozen=True, slots=True)
class Compiled:
    """One contract: nothing but problems where it does not compile."""

    artefact: dict[str, Any] | None = None
    sources: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def compile_all() -> tuple[dict[Path, str], list[str]]:
    """The texts by file, and what is wrong with the contracts.

    Where one does not compile its artefact and the manifest are left out.
    """
    texts: dict[Path, str] = {}
    problems: list[str] = []
    artefacts: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}
    contracts = deployables()
    with ProcessPoolExecutor(WORKERS) as pool:
        for contract, done in zip(contracts, pool.map(compile_one, contracts), strict=True):
            problems += done.problems
            if done.artefact is None:
                continue
            if contract.stem in artefacts:
                problems.append(f"{name_of(contract)}: the name {contract.stem} is taken")
            artefacts[contract.stem] = done.artefact
            problems += [
                f"{name_of(contract)}: another file is imported as {name}, too"
                for name, text in done.sources.items()
                if sources.setdefault(name, text) != text
            ]
            texts[ARTEFACTS / f"{contract.stem}.json"] = text_of(done.artefact)
    if len(artefacts) == len(contracts):
        texts[RELEASE] = release_text(release(artefacts, sources))
    return texts, problems


def compile_one(contract: Path) -> Compiled:
    source = Source(contract)
    try:
        artefact = source.artefact()
    except CompileError as error:
        return Compiled(problems=[str(error)])
    return Compiled(artefact, source.texts(), problems_of(contract, artefact))


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
        wanted = {RELEASE, *(ARTEFACTS / f"{path.stem}.json" for path in deployables())}
        failed = wanted - set(texts)
        write(texts | {path: path.read_text(encoding="utf-8") for path in failed if path.exists()})
    for problem in problems:
        print(f"compile: {problem}", file=sys.stderr)
    if not problems:
        print(f"compile: {len(deployables())} contracts, all below {SIZE_LIMIT:,} bytes")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
