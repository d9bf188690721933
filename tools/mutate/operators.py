# SPDX-License-Identifier: MIT
"""The faults that are planted: each operator turns one syntax node into wrong ones.

The list joins those of the mutators for Solidity and Vyper that are in use (docs/explain/mutants.md
compares them); what the compiler refuses and what gives the same code is sorted out afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from vyper.ast import nodes as vy

from tools.mutate.text import Document, Span


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of the source and what comes in its place."""

    span: Span
    text: str


Operator = Callable[[Document, vy.VyperNode], Iterator[Change]]

ARITHMETIC: dict[type, str] = {
    vy.Add: "-",
    vy.Sub: "+",
    vy.Mult: "//",
    vy.FloorDiv: "*",
    vy.Mod: "*",
    vy.Pow: "*",
    vy.LShift: ">>",
    vy.RShift: "<<",
    vy.BitAnd: "|",
    vy.BitOr: "&",
    vy.BitXor: "&",
}
COMMUTATIVE = (vy.Add, vy.Mult, vy.BitAnd, vy.BitOr, vy.BitXor)
BUILTINS = {
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
    "unsafe_mul": "unsafe_div",
    "unsafe_div": "unsafe_mul",
    "min": "max",
    "max": "min",
}
COMMUTATIVE_BUILTINS = {"unsafe_add", "unsafe_mul", "min", "max"}
# Boundary first, then the opposite.
COMPARISONS: dict[type, tuple[str, ...]] = {
    vy.Lt: ("<=", ">="),
    vy.LtE: ("<", ">"),
    vy.Gt: (">=", "<="),
    vy.GtE: (">", "<"),
    vy.Eq: ("!=",),
    vy.NotEq: ("==",),
    vy.In: ("not in",),
    vy.NotIn: ("in",),
}
STATEMENTS = (vy.Assign, vy.AugAssign, vy.Expr, vy.Log, vy.Raise, vy.Assert, vy.For)


def between(document: Document, left: vy.VyperNode, right: vy.VyperNode) -> Span | None:
    """The operator between two operands; their brackets, if any, left out."""
    first, second = document.span(left), document.span(right)
    if first is None or second is None:
        return None
    start, end = first.end, second.start
    while document.text[start] in " )\n":
        start += 1
    while document.text[end - 1] in " (\n":
        end -= 1
    return Span(start, end) if start < end else None


def swapped(document: Document, left: vy.VyperNode, right: vy.VyperNode) -> Iterator[Change]:
    """Both in each other's place; nothing where they are the same."""
    first, second = document.span(left), document.span(right)
    if first is None or second is None:
        return
    one, other = document.of(left), document.of(right)
    if one != other:
        middle = document.text[first.end : second.start]
        yield Change(Span(first.start, second.end), f"{other}{middle}{one}")


def replaced(document: Document, node: vy.VyperNode, *texts: str) -> Iterator[Change]:
    span = document.span(node)
    if span is not None:
        for text in texts:
            yield Change(span, text)


def arithmetic(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """Another operator: + for -, >> for <<, & for |, unsafe_add for unsafe_sub, min for max."""
    if isinstance(node, vy.BinOp):
        span = between(document, node.left, node.right)
        if span is not None:
            yield Change(span, ARITHMETIC[type(node.op)])
    elif isinstance(node, vy.AugAssign):
        span = between(document, node.target, node.value)
        if span is not None:
            yield Change(span, ARITHMETIC[type(node.op)] + "=")
    elif isinstance(node, vy.Call) and getattr(node.func, "id", "") in BUILTINS:
        yield from replaced(document, node.func, BUILTINS[node.func.id])


def order(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """Operands or arguments that are neighbours change places, where that is no symmetry."""
    if isinstance(node, vy.BinOp) and not isinstance(node.op, COMMUTATIVE):
        yield from swapped(document, node.left, node.right)
    elif isinstance(node, vy.Call) and getattr(node.func, "id", "") not in COMMUTATIVE_BUILTINS:
        for left, right in pairwise(node.args):
            yield from swapped(document, left, right)
        values = [keyword.value for keyword in node.keywords]
        for left, right in pairwise(values):
            yield from swapped(document, left, right)


def operand(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """One operand in place of the operation: of `and`, `or`, min, max; the left one of a sum."""
    operands: list[vy.VyperNode] = []
    if isinstance(node, vy.BoolOp):
        operands = list(node.values)
    elif isinstance(node, vy.Call) and getattr(node.func, "id", "") in {"min", "max"}:
        operands = list(node.args)
    elif isinstance(node, vy.BinOp) and not isinstance(node.op, vy.Pow):
        operands = [node.left]
    for one in operands:
        text = document.of(one)
        if text is not None:
            yield from replaced(document, node, f"({text})")


def comparison(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """< becomes <= and >=; == becomes !=."""
    if isinstance(node, vy.Compare):
        span = between(document, node.left, node.right)
        if span is not None:
            for text in COMPARISONS[type(node.op)]:
                yield Change(span, text)


def logic(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """`and` for `or`; a `not` taken away; True for False."""
    if isinstance(node, vy.BoolOp):
        other = "or" if isinstance(node.op, vy.And) else "and"
        for left, right in pairwise(node.values):
            span = between(document, left, right)
            if span is not None:
                yield Change(span, other)
    elif isinstance(node, vy.UnaryOp) and isinstance(node.op, vy.Not):
        text = document.of(node.operand)
        if text is not None:
            yield from replaced(document, node, f"({text})")
    elif isinstance(node, vy.NameConstant) and isinstance(node.value, bool):
        # skip_contract_check and the like say how a call is compiled, not what is wanted.
        if not isinstance(node.get_ancestor(), vy.keyword):
            yield from replaced(document, node, str(not node.value))


def condition(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """A condition of if, of assert or of a conditional expression: always, never, the contrary."""
    if isinstance(node, (vy.If, vy.IfExp)):
        yield from replaced(document, node.test, "True", "False")
    if isinstance(node, (vy.If, vy.IfExp, vy.Assert)) and not isinstance(node.test, vy.Compare):
        text = document.of(node.test)
        yield from replaced(document, node.test, f"not ({text})")


def number(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """A literal, one more and one less."""
    if isinstance(node, vy.Int):
        texts = [str(node.value + 1)] + ([str(node.value - 1)] if node.value else [])
        yield from replaced(document, node, *texts)


def deletion(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """A statement is left out: a check, a write, a call, a log, a loop; or a local starts empty."""
    if isinstance(node, STATEMENTS) and not is_docstring(node):
        yield from replaced(document, node, "pass")
    elif isinstance(node, vy.AnnAssign) and node.value is not None:
        kind = document.of(node.annotation)
        yield from replaced(document, node.value, f"empty({kind})")
    elif isinstance(node, vy.Continue):
        yield from replaced(document, node, "break")
    elif isinstance(node, vy.Break):
        yield from replaced(document, node, "continue")


def result(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """What is returned: nothing, one more, the contrary."""
    if not isinstance(node, vy.Return) or node.value is None:
        return
    function = node.get_ancestor(vy.FunctionDef)
    parts, kinds = [node.value], [function.returns]
    if isinstance(function.returns, vy.Tuple):
        kinds = list(function.returns.elements)
        parts = list(node.value.elements) if isinstance(node.value, vy.Tuple) else []
    for part, kind in zip(parts, kinds, strict=False):
        name, text = document.of(kind), document.of(part)
        if isinstance(part, (vy.NameConstant, vy.Int)):
            continue  # `logic` and `number` have those
        if name == "bool":
            yield from replaced(document, part, "True", "False")
        else:
            yield from replaced(document, part, f"empty({name})")
        if name is not None and name.startswith("uint"):
            yield from replaced(document, part, f"unsafe_add({text}, 1)")


def decorator(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """nonreentrant, view, pure or payable is taken away; an external function becomes payable."""
    if not isinstance(node, vy.FunctionDef):
        return
    for item in node.decorator_list:
        if getattr(item, "id", "") in {"nonreentrant", "view", "pure", "payable"}:
            yield from replaced(document, item, "nonpayable")


def caller(document: Document, node: vy.VyperNode) -> Iterator[Change]:
    """Who signed the transaction is taken for who calls."""
    if document.of(node) == "msg.sender" and isinstance(node, vy.Attribute):
        yield from replaced(document, node, "tx.origin")


OPERATORS: dict[str, Operator] = {
    "arithmetic": arithmetic,
    "order": order,
    "operand": operand,
    "comparison": comparison,
    "logic": logic,
    "condition": condition,
    "number": number,
    "deletion": deletion,
    "result": result,
    "decorator": decorator,
    "caller": caller,
}


def is_docstring(node: vy.VyperNode) -> bool:
    return isinstance(node, vy.Expr) and isinstance(node.value, (vy.Str, vy.DocStr))
