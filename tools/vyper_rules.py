# SPDX-License-Identifier: MIT
"""House rules for Vyper sources, most around bugs of compiler 0.4.3 without a fixed release.

Each rule is a function from a parsed file to complaints; its docstring says why it is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vyper.ast import nodes as vy
from vyper.ast import parse_to_ast

from tools.sources import CONTRACTS, name_of, vyper_sources

BIT_OPERATORS = (vy.BitAnd, vy.BitOr, vy.BitXor, vy.LShift, vy.RShift, vy.Invert)
ORDERED_BUILTINS = {
    "concat",
    "slice",
    "extract32",
    "min",
    "max",
    "uint256_addmod",
    "uint256_mulmod",
    "ecmul",
    "ecadd",
}
LINE_MAX = 160
REASON_MAX = 64  # bytes; 32 cost least
PRAGMAS = ("# pragma version 0.4.3", "# pragma evm-version prague", "# pragma optimize gas")


@dataclass(frozen=True)
class Parsed:
    """One source with its syntax tree; `line` numbers count from 1."""

    path: Path
    text: str
    tree: vy.Module
    lines: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Parsed:
        text = path.read_bytes().decode("utf-8", errors="surrogateescape")
        ascii_text = text.encode("ascii", errors="replace").decode()
        name = name_of(path)
        is_interface = path.suffix == ".vyi"
        tree = parse_to_ast(
            ascii_text, module_path=name, resolved_path=name, is_interface=is_interface
        )
        return cls(path, text, tree, text.split("\n"))

    @property
    def is_ours_to_ship(self) -> bool:
        return self.path.is_relative_to(CONTRACTS)

    @property
    def is_deployable(self) -> bool:
        return self.path.suffix == ".vy" and self.path.stem[:1].isupper()


Complaint = tuple[int, str]
Rule = Callable[[Parsed], Iterator[Complaint]]


def uses_message(node: vy.VyperNode) -> bool:
    return any(
        attribute.attr in {"value", "data"} and getattr(attribute.value, "id", "") == "msg"
        for attribute in node.get_descendants(vy.Attribute, include_self=True)
    )


def plain_ascii(file: Parsed) -> Iterator[Complaint]:
    """CVE-2026-114114, -114116: a BOM, a form feed and the like shift where literals are read."""
    for number, line in enumerate(file.lines, 1):
        if any(not " " <= character <= "~" for character in line):
            yield number, "only printable ASCII, no tabs, no carriage returns"


def no_risky_ternary(file: Parsed) -> Iterator[Complaint]:
    """CVE-2026-114117: `(msg.value | K) if c else d` compiles to 1, `len(msg.data) | K` too."""
    for node in file.tree.get_descendants(vy.IfExp):
        if uses_message(node) or node.get_descendants(BIT_OPERATORS):
            yield node.lineno, "no msg.value, msg.data or bit operation in a ternary: use if/else"


def no_array_ternary(file: Parsed) -> Iterator[Complaint]:
    """CVE-2026-114115: a ternary over nested arrays with different inner bounds reads garbage."""
    arrays = {
        node.target.id
        for kind in (vy.AnnAssign, vy.VariableDecl)
        for node in file.tree.get_descendants(kind)
        if isinstance(node.target, vy.Name) and is_array(node.annotation)
    } | {
        argument.arg
        for argument in file.tree.get_descendants(vy.arg)
        if is_array(argument.annotation)
    }
    for node in file.tree.get_descendants(vy.IfExp):
        for branch in (node.body, node.orelse):
            named = getattr(branch, "id", getattr(branch, "attr", None))
            if isinstance(branch, vy.List) or named in arrays:
                yield node.lineno, "no arrays in a ternary: use if/else"
                break


def is_array(annotation: vy.VyperNode) -> bool:
    return any(
        isinstance(node.value, vy.Name) and node.value.id not in {"Bytes", "String", "HashMap"}
        for node in annotation.get_descendants(vy.Subscript, include_self=True)
    )


def no_code_offset(file: Parsed) -> Iterator[Complaint]:
    """CVE-2026-114118: create_from_blueprint with a large code_offset deploys an empty contract."""
    for call in file.tree.get_descendants(vy.Call):
        named = {keyword.arg for keyword in call.keywords}
        if getattr(call.func, "id", "") == "create_from_blueprint" and "code_offset" in named:
            yield call.lineno, "create_from_blueprint without code_offset"


def no_calls_in_arguments(file: Parsed) -> Iterator[Complaint]:
    """GHSA-g2xh-c426-v8mf: arguments of builtins and events are evaluated in no defined order."""
    for event in file.tree.get_descendants(vy.Log):
        if event.get_descendants(vy.ExtCall):
            yield event.lineno, "no extcall inside a log: take its result first"
    for call in file.tree.get_descendants(vy.Call):
        if getattr(call.func, "id", "") in ORDERED_BUILTINS and call.get_descendants(vy.ExtCall):
            yield call.lineno, f"no extcall among the arguments of {call.func.id}"


def no_changes_in_append(file: Parsed) -> Iterator[Complaint]:
    """Vyper #3515: `a.append(a.pop())` keeps the length of before; #5058: no fixed order."""
    for call in file.tree.get_descendants(vy.Call):
        if getattr(call.func, "attr", "") != "append" or not call.args:
            continue
        inside = call.args[0].get_descendants(vy.Call, include_self=True)
        changes = any(getattr(one.func, "attr", "") in {"pop", "append"} for one in inside)
        if changes or call.get_descendants(vy.ExtCall):
            yield call.lineno, "nothing that changes state inside append(): take it first"


def old_code_generator(file: Parsed) -> Iterator[Complaint]:
    """Venom of 0.4.3 compiles wrongly in many ways (#5049, #5051, #5054, #5057, #5125)."""
    for number, line in enumerate(file.lines, 1):
        words = line.split()
        if words[:2] == ["#", "pragma"] and {"experimental-codegen", "venom"} & set(words):
            yield number, "no experimental code generator"


def layout(file: Parsed) -> Iterator[Complaint]:
    """What a formatter would do to every file alike; see decisions.md about mamushi."""
    for number, line in enumerate(file.lines, 1):
        is_text = line.lstrip().startswith(("#", "@"))  # header tags are one line each
        if len(line) > LINE_MAX and not is_text:
            yield number, f"{len(line)} characters, at most {LINE_MAX}"
        if line.endswith(" "):
            yield number, "spaces at the end"
        if (len(line) - len(line.lstrip())) % 4 and line.lstrip().startswith(("def ", "return")):
            yield number, "four spaces a level"
        if number > 2 and not any(file.lines[number - 3 : number]) and number < len(file.lines):
            yield number, "at most two empty lines"
    if file.lines[-1] or not any(file.lines[-2:]):
        yield len(file.lines), "one line end at the end"


def absolute_imports(file: Parsed) -> Iterator[Complaint]:
    """Vyper #4838: one file under two relative paths is two modules, each with its own storage."""
    for node in file.tree.get_descendants(vy.ImportFrom):
        if node.level and file.is_ours_to_ship:
            yield node.lineno, "absolute imports only"


def reasons(file: Parsed) -> Iterator[Complaint]:
    """A revert tells whose it is: a reason with a noun, or `# dev:` where no user can get."""
    if not file.is_ours_to_ship:
        return
    for node in file.tree.get_descendants((vy.Assert, vy.Raise)):
        reason = node.msg if isinstance(node, vy.Assert) else node.exc
        statement = file.lines[node.lineno - 1 : node.end_lineno]
        if reason is None:
            if not any("# dev:" in line for line in statement):
                yield node.lineno, "a reason string, or a `# dev:` comment where no user can get"
        elif isinstance(reason, vy.Str):
            noun, _, what = reason.value.partition(": ")
            if not noun.isidentifier() or not what or len(reason.value) > REASON_MAX:
                yield node.lineno, f'a reason reads "noun: what", at most {REASON_MAX} characters'


def pragmas(file: Parsed) -> Iterator[Complaint]:
    """The byte code must not depend on who compiles it, nor on how."""
    wanted = PRAGMAS if file.is_deployable and file.is_ours_to_ship else PRAGMAS[:1]
    head = file.lines[:12]
    for line in wanted:
        if line not in head:
            yield 1, f"`{line}` is missing"


def used_names(nodes: list[vy.VyperNode]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in nodes:
        name = node.id if isinstance(node, vy.Name) else node.attr
        counts[name] = counts.get(name, 0) + 1
    return counts


def nothing_unused(file: Parsed) -> Iterator[Complaint]:
    """What nothing reads is a question to every auditor. `ignored...` = unused on purpose."""
    everywhere = used_names(file.tree.get_descendants((vy.Name, vy.Attribute)))
    for node in file.tree.get_children((vy.Import, vy.ImportFrom)):
        alias = node.alias or node.name.rpartition(".")[2]
        if not everywhere.get(alias):
            yield node.lineno, f"import {alias} is unused"
    for function in file.tree.get_children(vy.FunctionDef):
        names = used_names(function.get_descendants(vy.Name))
        for variable in function.get_descendants(vy.AnnAssign):
            name = variable.target.id
            is_loop = isinstance(variable.get_ancestor(), vy.For)
            if names[name] == 1 and not is_loop and not name.startswith("ignored"):
                yield variable.lineno, f"variable {name} is unused"


def documented(file: Parsed) -> Iterator[Complaint]:
    """Who calls from outside reads NatSpec: what it does, each parameter, the result."""
    if file.path.suffix != ".vy" or not file.is_ours_to_ship:
        return
    for function in file.tree.get_children(vy.FunctionDef):
        decorators = {getattr(decorator, "id", "") for decorator in function.decorator_list}
        is_constructor = "deploy" in decorators and file.is_deployable
        if "external" not in decorators and not is_constructor:
            continue
        text = getattr(getattr(function, "doc_string", None), "value", "")
        wanted = [] if is_constructor else ["@notice"]
        wanted += [f"@param {argument.arg} " for argument in function.args.args]
        # The notice of a view without arguments says what it returns.
        is_plain_view = "view" in decorators and not function.args.args
        wanted += ["@return"] if function.returns and not is_plain_view else []
        missing = [tag.strip() for tag in wanted if tag not in text]
        if missing:
            yield function.lineno, f"{function.name} lacks {', '.join(missing)}"


RULES: tuple[Rule, ...] = (
    plain_ascii,
    no_risky_ternary,
    no_array_ternary,
    no_code_offset,
    no_calls_in_arguments,
    no_changes_in_append,
    old_code_generator,
    layout,
    absolute_imports,
    reasons,
    pragmas,
    nothing_unused,
    documented,
)


def unused_definitions(files: list[Parsed]) -> Iterator[str]:
    """Internal functions, constants and events of shipped sources that no source mentions."""
    shipped = [file for file in files if file.path.suffix == ".vy" and file.is_ours_to_ship]
    names = used_names(
        [node for file in shipped for node in file.tree.get_descendants((vy.Name, vy.Attribute))]
    )
    for file in shipped:
        for node in file.tree.get_children((vy.FunctionDef, vy.VariableDecl, vy.EventDef)):
            if isinstance(node, vy.FunctionDef):
                decorators = {getattr(decorator, "id", "") for decorator in node.decorator_list}
                unused = "internal" in decorators and not names.get(node.name)
                name = node.name
            elif isinstance(node, vy.EventDef):
                name, unused = node.name, not names.get(node.name)
            else:
                name = node.target.id
                unused = not node.is_public and names.get(name, 0) <= 1
            if unused:
                yield f"{name_of(file.path)}:{node.lineno}: {name} is unused"


def complaints() -> list[str]:
    """Of all rules about all sources, as `file:line: what`."""
    files = [Parsed.read(path) for path in vyper_sources()]
    found = [
        f"{name_of(file.path)}:{line}: {text}"
        for file in files
        for rule in RULES
        for line, text in rule(file)
    ]
    return found + list(unused_definitions(files))


def main() -> int:
    found = complaints()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
