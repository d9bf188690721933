# SPDX-License-Identifier: MIT
"""What others rely on in each contract: storage slots, immutables, selectors, topics of events.

tools/snapshots/<Name>.json holds what was agreed; a difference fails until `--accept` writes it
anew. Clones share one template and tools read slots, so a moved slot is never an accident.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vyper.utils import keccak256

from tools.compile import text_of
from tools.interfaces import type_of
from tools.sources import ARTEFACTS, ROOT, name_of

SNAPSHOTS = ROOT / "tools" / "snapshots"
OTHERS = {"doors.json"}


def surface(artefact: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By part, then by name: what lies there, or which number or hash calls it."""
    functions = [one for one in artefact["abi"] if one["type"] in {"function", "fallback"}]
    events = [one for one in artefact["abi"] if one["type"] == "event"]
    return {
        "storage": {
            f"{one['slot']:03}+{one['slots']}": f"{one['name']}: {one['type']}"
            for one in artefact["storage"]
        },
        "immutables": {
            f"{one['offset']:03}": f"{one['name']}: {one['type']}" for one in artefact["immutables"]
        },
        "functions": {signature(one): called(one) for one in functions},
        "events": {
            f"{signature(one)} indexed {sum(field['indexed'] for field in one['inputs'])}": hashed(
                signature(one)
            )
            for one in events
        },
    }


def signature(entry: Mapping[str, Any]) -> str:
    types = ",".join(type_of(field) for field in entry.get("inputs", ()))
    return f"{entry.get('name', entry['type'])}({types})"


def hashed(text: str) -> str:
    return f"0x{keccak256(text.encode()).hex()}"


def called(entry: Mapping[str, Any]) -> str:
    """Selector, mutability and what comes back."""
    results = ",".join(type_of(field) for field in entry.get("outputs", ()))
    number = hashed(signature(entry))[:10] if entry["type"] == "function" else "-"
    return f"{number} {entry['stateMutability']} -> ({results})"


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for part in now:
        before, after = was.get(part, {}), now[part]
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield f"{part}: {name}: {before.get(name)} -> {after.get(name)}"


def present() -> dict[str, dict[str, dict[str, str]]]:
    """Of all committed artefacts, which `make compile` keeps true to the sources."""
    return {
        path.stem: surface(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(ARTEFACTS.glob("*.json"))
    }


def agreed(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.name not in OTHERS
    }


def complaints(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*was, *now}):
        if name not in now:
            yield f"{name}: gone"
        for line in differences(was.get(name, {}), now.get(name, {})):
            yield f"{name}: {line}"


def accept(now: Mapping[str, Any]) -> None:
    for name in set(agreed(SNAPSHOTS)) - set(now):
        (SNAPSHOTS / f"{name}.json").unlink()
    for name, content in now.items():
        path = SNAPSHOTS / f"{name}.json"
        text = text_of(content)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {name_of(path)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="today's surface is meant")
    now = present()
    if parser.parse_args().accept:
        accept(now)
    wrong = list(complaints(agreed(SNAPSHOTS), now))
    for line in wrong:
        print(f"surface: {line}")
    if wrong:
        print("surface: if this is meant, `python -m tools.surface --accept`")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
