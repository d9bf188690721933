# SPDX-License-Identifier: MIT
"""Every way out of the contracts: calls to others, payments, sent ETH, created contracts.

Each is in tools/snapshots/doors.json with what it leads to and why that is safe; a new or changed
one fails until it is there. `--accept` takes today's calls over: reasons of unchanged calls stay,
a new call has none yet, and that fails as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from token import COMMENT, DEDENT, ENDMARKER, INDENT, NAME, NEWLINE, NL
from tokenize import TokenInfo, generate_tokens
from typing import Any

from vyper.ast import nodes as vy

from tools.sources import ROOT, name_of, vyper_sources
from tools.vyper_rules import Parsed

LIST = ROOT / "tools" / "snapshots" / "doors.json"
BUILTINS = {
    "raw_call",
    "raw_create",
    "send",
    "selfdestruct",
    "create_copy_of",
    "create_from_blueprint",
    "create_minimal_proxy_to",
}
CALLS = {"extcall", "staticcall"}
PAYING = "_pay"  # modules that pay do so in a function of that name: who is paid is its caller's


@dataclass(frozen=True, slots=True, order=True)
class Door:
    """One call, its text on one line without comments."""

    file: str
    function: str
    call: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the list says: who is called, by the name of a target there, and why this is safe.

    A view that is read needs no reason of its own: its target's is enough.
    """

    to: str = ""
    why: str = ""


def tokens_of(file: Parsed) -> list[TokenInfo]:
    """Without comments and line ends: a call may go over several lines."""
    layout = {COMMENT, NL, NEWLINE, INDENT, DEDENT, ENDMARKER}
    found = generate_tokens(StringIO(file.text).readline)
    return [token for token in found if token.type not in layout]


def call_at(tokens: list[TokenInfo], start: int) -> str:
    """From `extcall`, `staticcall` or a builtin to the last bracket of the call."""
    text = tokens[start].string
    text += " " if text in CALLS else ""
    depth, at = 0, start + 1
    while at < len(tokens):
        one = tokens[at].string
        follows_name = tokens[at - 1].type == NAME and at - 1 != start
        if depth == 0 and one not in {".", "("} and (follows_name or tokens[at - 1].string == ")"):
            break
        depth += (one in {"(", "[", "{"}) - (one in {")", "]", "}"})
        text += one + " " * (one in {",", "and", "or", "if", "else"})
        at += 1
    return text.replace(", )", ")")


def calls_of(file: Parsed) -> Iterator[tuple[int, str]]:
    """The line where each call begins, and its text."""
    tokens = tokens_of(file)
    for index, token in enumerate(tokens[:-1]):
        is_called = tokens[index + 1].string == "("
        if token.type != NAME:
            continue
        if token.string in CALLS or (token.string in BUILTINS and is_called):
            yield token.start[0], call_at(tokens, index)
        elif token.string == PAYING and is_called and tokens[index - 1].string == ".":
            yield token.start[0], call_at(tokens, index - 2)


def is_door(node: vy.VyperNode) -> bool:
    if not isinstance(node, vy.Call):
        return True
    return getattr(node.func, "id", "") in BUILTINS or getattr(node.func, "attr", "") == PAYING


def doors_in(file: Parsed) -> list[Door]:
    """The same call twice where it stands twice.

    Raises:
        ValueError: The syntax tree has more or fewer calls than the text.
    """
    functions = file.tree.get_children(vy.FunctionDef)
    found = [
        Door(name_of(file.path), function.name, text)
        for line, text in calls_of(file)
        for function in functions
        if function.lineno <= line <= function.end_lineno
    ]
    nodes = file.tree.get_descendants((vy.ExtCall, vy.StaticCall, vy.Call))
    known = [node for node in nodes if is_door(node)]
    if len(known) != len(found):
        raise ValueError(f"{name_of(file.path)}: {len(known)} calls, {len(found)} of them read")
    return found


def present() -> list[Door]:
    shipped = (path for path in vyper_sources() if path.suffix == ".vy")
    files = (Parsed.read(path) for path in shipped)
    return sorted(door for file in files if file.is_ours_to_ship for door in doors_in(file))


def read() -> tuple[dict[str, str], list[tuple[Door, Known]]]:
    """The targets and the doors of the list."""
    content: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8"))
    doors = [
        (Door(one["file"], one["function"], one["call"]), Known(one["to"], one["why"]))
        for one in content["doors"]
    ]
    return content["targets"], doors


def written(targets: dict[str, str], doors: Iterable[tuple[Door, Known]]) -> str:
    """One line a door."""
    lines = [
        json.dumps(
            {
                "file": door.file,
                "function": door.function,
                "call": door.call,
                "to": known.to,
                "why": known.why,
            }
        )
        for door, known in doors
    ]
    places = [f"  {json.dumps(name)}: {json.dumps(targets[name])}" for name in sorted(targets)]
    return (
        '{\n "targets": {\n' + ",\n".join(places) + "\n },\n"
        ' "doors": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
    )


def complaints(
    found: list[Door], targets: dict[str, str], listed: list[tuple[Door, Known]]
) -> Iterator[str]:
    """What the list lacks, what it has too much, and what it does not explain."""
    left = list(found)
    for door, known in listed:
        place = f"{door.file}: {door.function}: {door.call}"
        if door not in left:
            yield f"{place} is gone"
            continue
        left.remove(door)
        if known.to not in targets:
            yield f"{place} leads to {known.to!r}, which is none of the targets"
        if not known.why and not door.call.startswith("staticcall "):
            yield f"{place} has no reason why it is safe"
    for door in left:
        yield f"{door.file}: {door.function}: {door.call} is new"
    for name in set(targets) - {known.to for _, known in listed}:
        yield f"target {name!r} is not used"


def accepted(found: list[Door], listed: list[tuple[Door, Known]]) -> Iterator[tuple[Door, Known]]:
    """Reasons stay with their calls, also where a function has moved to another file."""
    reasons = dict(listed)
    moved = {(door.function, door.call): known for door, known in listed if door not in found}
    for door in found:
        yield door, reasons.get(door) or moved.get((door.function, door.call)) or Known()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="take today's calls over")
    accept = parser.parse_args().accept
    targets, listed = read()
    found = present()
    if accept:
        listed = list(accepted(found, listed))
        LIST.write_text(written(targets, listed), encoding="utf-8", newline="\n")
    wrong = list(complaints(found, targets, listed))
    for line in wrong:
        print(f"doors: {line}")
    if wrong:
        print("doors: look at each; then `python -m tools.doors --accept`, and write its reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
