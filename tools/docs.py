# SPDX-License-Identifier: MIT
"""Writes the generated pages of docs/reference; `--check` fails when one of them is stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer
from pydantic import BaseModel

from linkpool import errors
from linkpool.api.operator.metrics import METRICS
from linkpool.api.operator.routes import served
from linkpool.cli.app import app
from linkpool.settings import Settings
from linkpool.settings.reading import groups
from linkpool.settings.sentences import kind
from tools import deptree, economics_page, natspec, scale_plot
from tools.sources import ROOT, name_of

REFERENCE = ROOT / "docs" / "reference"
WIDTH = 78  # what is left of a terminal of 80


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


def settings_page() -> str:
    """Every setting with its type and its default, group by group."""
    lines = [
        "# Settings\n\nGenerated from `linkpool.settings` by `make docs`.\n",
        "In `linkpool.toml`, a group as a `[table]`; or in the environment as `LINKPOOL_`, the",
        "group and the name in capitals (`LINKPOOL_API_PORT`; lists with commas): that goes first.",
        "An option of a command goes before both. An unknown name is refused.",
        "`linkpool config show` prints what is in force and where it comes from.\n",
        *_table_of(Settings),
    ]
    for group, model in groups(Settings).items():
        lines += [f"\n## `[{group}]`\n", f"{Settings.model_fields[group].description}\n"]
        lines += _table_of(model)
    return "\n".join(lines) + "\n"


def _table_of(model: type[BaseModel]) -> Iterator[str]:
    nested = groups(model)
    yield "| setting | type | default | what |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        if name not in nested:
            text = (field.description or "").replace("|", "\\|")
            yield f"| `{name}` | {kind(field)} | {_default(field.default)} | {text} |"


def _default(value: Any) -> str:
    if value in (None, ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def metrics_page() -> str:
    """Every metric of a node."""
    lines = [
        "# Metrics\n\nGenerated from `linkpool.api.operator.metrics` by `make docs`.\n",
        "`GET /metrics` of the operator API, in the text format of Prometheus. Names without",
        "`linkpool_` are those of a Chainlink node, with its labels: its dashboards find them.",
        "Amounts are in base units (seconds, bytes, blocks); `eth_balance` is ether. `process_*`",
        "are those of every Python process (memory, CPU, files).\n",
        "| metric | kind | labels | what |\n|---|---|---|---|",
    ]
    for one in METRICS:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        lines.append(f"| `{one.name}` | {one.kind} | {labels} | {one.help} |")
    return "\n".join(lines) + "\n"


def api_page() -> str:
    """Every route of the operator API with the role it needs."""
    lines = [
        "# Operator API\n\nGenerated from `linkpool.api.operator.routes` by `make docs`.\n",
        'Answers are JSON:API: `{"data": {"type", "id", "attributes"}}`, lists with `meta.count`',
        'and `links` (`?page=1&size=25`), errors `{"errors": [{"detail"}]}`. Roles: view, run,',
        "edit, admin; each may do what the ones before it may. Say who you are with the cookie of",
        '`POST /sessions` (`{"email", "password"}`), with `X-API-KEY` and `X-API-SECRET` (made by',
        "`POST /v2/user/token`), or, on the node's machine, with the token of `operator.json` in",
        "its state folder (`Authorization: Bearer`).\n",
        "| route | role | what |\n|---|---|---|",
    ]
    for one in sorted(served(), key=lambda one: (one.path, one.method)):
        role = "" if one.role is None else one.role.text
        what = " ".join(one.what.split()).replace("|", "\\|")
        lines.append(f"| `{one.method} {one.path}` | {role} | {what} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """The exception tree with the exit codes."""
    tree = (errors.__doc__ or "").partition("\n\n")[2].strip()
    head = "# Errors and exit codes\n\nGenerated from `linkpool.errors` by `make docs`."
    return f"{head}\n\n```text\n{tree}\n```\n"


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": command_line,
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "api.md": api_page,
    "errors.md": errors_page,
    "contracts.md": natspec.page,
    "contracts-tree.md": deptree.page,
    "economics.md": economics_page.page,
    "scale.svg": scale_plot.svg,
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
