# SPDX-License-Identifier: MIT
"""Writes the generated pages of docs/reference; `--check` fails when one of them is stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer

from linkpool.cli.app import app
from tools import deptree, natspec
from tools.sources import ROOT, name_of

REFERENCE = ROOT / "docs" / "reference"
WIDTH = 80


def helps(command: Any, parent: Any, name: str) -> Iterator[str]:
    """The help of a command and of everything below it, as a terminal of 80 columns shows it."""
    context = command.context_class(command, parent=parent, info_name=name, terminal_width=WIDTH)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).strip()}\n```\n"
    below = getattr(command, "commands", {})
    for name_below in sorted(below):
        if not below[name_below].hidden:
            yield from helps(below[name_below], context, name_below)


def command_line() -> str:
    head = "# Command line\n\nGenerated from the commands' own help by `make docs`.\n"
    return "\n".join([head, *helps(typer.main.get_command(app), None, "linkpool")])


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": command_line,
    "contracts.md": natspec.page,
    "contracts-tree.md": deptree.page,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    stale = []
    for name, text in ((name, page()) for name, page in PAGES.items()):
        path = REFERENCE / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name_of(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for name in stale:
        print(f"docs: {name} is stale: make docs" if check else f"docs: wrote {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
