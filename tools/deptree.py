# SPDX-License-Identifier: MIT
"""The dependency tree of the contracts (the whitepaper's Figure 6), read from the sources.

Writes docs/reference/contracts-tree.md; `--check` fails when the page is stale. Either way it fails
when a contract imports another contract's body: as in the paper, contracts know each other by their
interfaces only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vyper.ast import nodes as vy
from vyper.ast import parse_to_ast

from tools.sources import CONTRACTS, INTERFACES, ROOT, deployables, name_of

PAGE = ROOT / "docs" / "reference" / "contracts-tree.md"
OUTSIDE = {"ILinkToken": "LINK (Chainlink's token)"}  # interfaces of contracts that are not ours


@dataclass
class Needs:
    """What a contract is made of and whom it knows, over all its modules."""

    interfaces: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names, as written."""
    name = name_of(path)
    text, is_interface = path.read_text(encoding="utf-8"), path.suffix == ".vyi"
    tree = parse_to_ast(text, module_path=name, resolved_path=name, is_interface=is_interface)
    for node in tree.get_children((vy.Import, vy.ImportFrom)):
        module = getattr(node, "module", None)
        yield f"{module}.{node.name}" if module else node.name


def collect(path: Path, needs: Needs) -> Needs:
    """Adds what `path` imports, following modules into what they import."""
    for dotted in imports_of(path):
        body = CONTRACTS / (dotted.replace(".", "/") + ".vy")
        last = dotted.rpartition(".")[2]
        if (INTERFACES / f"{last}.vyi").exists():
            needs.interfaces.add(last)
        elif body.exists() and last[:1].isupper():
            needs.bodies.add(last)
        elif body.exists():
            if last not in needs.modules:
                needs.modules.add(last)
                collect(body, needs)
        else:
            needs.packages.add(dotted)
    return needs


def tree() -> dict[str, Needs]:
    return {path.stem: collect(path, Needs()) for path in deployables()}


def bodies_imported(needs_of: dict[str, Needs]) -> list[str]:
    return [
        f"contracts/{name}.vy imports the body of {body}: use interfaces/I{body}.vyi"
        for name, needs in needs_of.items()
        for body in sorted(needs.bodies)
    ]


def edges(needs_of: dict[str, Needs]) -> list[tuple[str, str]]:
    """(contract, interface) for every interface of another contract that it uses."""
    names = sorted(needs_of)
    return [(name, interface) for name in names for interface in foreign(name, needs_of[name])]


def foreign(name: str, needs: Needs) -> list[str]:
    return sorted(needs.interfaces - {f"I{name}"})


def mermaid(needs_of: dict[str, Needs]) -> Iterator[str]:
    yield "graph TD"
    outside = {interface for _, interface in edges(needs_of) if interface[1:] not in needs_of}
    for interface in sorted(outside):
        yield f'    {interface[1:]}(["{OUTSIDE.get(interface, interface)}"])'
    for name, interface in edges(needs_of):
        yield f"    {name} -->|{interface}| {interface[1:]}"


def text_tree(needs_of: dict[str, Needs]) -> Iterator[str]:
    for name in sorted(needs_of):
        yield name
        needs = needs_of[name]
        rows = [f"calls {', '.join(foreign(name, needs))}"] if foreign(name, needs) else []
        rows += [f"made of {module}" for module in sorted(needs.modules)]
        rows += [f"from {package}" for package in sorted(needs.packages)]
        for number, row in enumerate(rows, 1):
            yield ("└── " if number == len(rows) else "├── ") + row


def page() -> str:
    needs_of = tree()
    lines = [
        "# Contract dependency tree",
        "",
        "Figure 6 of the whitepaper, generated from the imports in `contracts/` by `make docs`.",
        "An arrow means: the contract at its tail calls the one at its head, and knows it only by",
        "the interface on the arrow. No contract imports another one's body; `make lint` fails if",
        "one does.",
        "",
        "```mermaid",
        *mermaid(needs_of),
        "```",
        "",
        "The same with what each contract is made of: modules have no address of their own.",
        "",
        "```text",
        *text_tree(needs_of),
        "```",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    problems = bodies_imported(tree())
    if not check:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        problems.append(f"{name_of(PAGE)} is stale: make docs")
    for problem in problems:
        print(f"deptree: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
