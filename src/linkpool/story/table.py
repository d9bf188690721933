# SPDX-License-Identifier: MIT
"""The table that a person sees, and the same as JSON. Amounts rounded for people only."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from linkpool.story.view import NodeRow, OwnerRow, StakerRow, View

LINK = 10**18
WIDE = 120


def render(
    view: View, *, width: int, height: int = 100, lines: int = 6, hint: str = ""
) -> RenderableType:
    """The whole picture for a screen; a low one shows less, and always the verdict."""
    wide = width >= WIDE
    told = [Text(f"  {line}", style="dim") for line in view.told[-lines:]]
    extras: list[tuple[int, RenderableType]] = [
        (len(view.owners) + 4, _owners(view.owners)),
        (len(told) + 1, Group(Text("What happened", style="bold"), *told)),
    ]
    left = height - len(view.nodes) - len(view.stakers) - 15
    parts: list[RenderableType] = [_verdict(view), _nodes(view.nodes, wide=wide)]
    parts += [_stakers(view.stakers, wide=wide), _totals(view)]
    for rows, extra in extras:
        if left >= rows:
            parts += [Text(), extra]
            left -= rows + 1
    if hint:
        parts.append(Text(hint, style="dim"))
    return Group(*parts)


def amount(juels: int, digits: int = 4) -> str:
    """LINK with thousands apart, rounded to `digits` decimals: 18 are exact.

    >>> amount(1_234_599_960_000_000_000_000), amount(-1), amount(-1, 18)
    ('1,234.6000', '0.0000', '-0.000000000000000001')
    """
    unit = 10 ** (18 - digits)
    whole, rest = divmod((abs(juels) + unit // 2) // unit, 10**digits)
    sign = "-" if juels < 0 and (whole or rest) else ""
    return f"{sign}{whole:,}.{str(rest).rjust(digits, '0')}"


def fraction(juels: Fraction) -> str:
    """A difference of less than a juel or of many, with its sign.

    >>> fraction(Fraction(-1, 3)), fraction(Fraction(0)), fraction(Fraction(12))
    ('-0.333', '0', '+12')
    """
    if juels.denominator == 1:
        return f"{int(juels):+d}" if juels else "0"
    thousandths = abs(juels * 1000)
    shown = max(1, int(thousandths))
    whole, rest = divmod(shown, 1000)
    return f"{'-' if juels < 0 else '+'}{whole}.{rest:03d}"


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name, style in columns:
        left = style.startswith("left")
        table.add_column(
            name,
            justify="left" if left else "right",
            style=style.removeprefix("left").strip(),
            no_wrap=True,
        )
    return table


def _nodes(rows: Sequence[NodeRow], *, wide: bool) -> Table:
    table = _table(
        "Nodes",
        ("node", "left bold cyan"),
        *([("storage", "left dim")] if wide else []),
        ("state", "left"),
        ("staked", ""),
        ("stakers", ""),
        ("asked", ""),
        ("answered", ""),
        ("income", "green"),
        ("pending", ""),
        ("owners due", ""),
        *([("owners paid", ""), ("costs paid", "")] if wide else []),
    )
    for row in rows:
        table.add_row(
            row.name,
            *([_short(row.storage)] if wide else []),
            row.state,
            amount(row.staked),
            str(row.stakers),
            str(row.asked),
            str(row.answered),
            amount(row.income),
            amount(row.pending),
            amount(row.owners_due),
            *([amount(row.owners_paid), amount(row.operations_paid)] if wide else []),
        )
    return table


def _stakers(rows: Sequence[StakerRow], *, wide: bool) -> Table:
    table = _table(
        "Stakers: what they earned, on chain and by exact arithmetic",
        ("staker", "left bold cyan"),
        ("node", "left"),
        *([("put in", "")] if wide else []),
        ("stake", ""),
        ("paid out", ""),
        ("earned on chain" if wide else "on chain", "green"),
        ("by exact arithmetic" if wide else "exact", ""),
        ("off by (juels)", "yellow"),
    )
    digits = 18 if wide else 9
    for row in rows:
        table.add_row(
            row.name,
            row.node,
            *([amount(row.staked)] if wide else []),
            "left" if row.left else amount(row.stake),
            amount(row.paid),
            amount(row.earned, digits),
            amount(int(row.exact), digits),
            fraction(row.difference),
        )
    return table


def _owners(rows: Sequence[OwnerRow]) -> Table:
    table = _table(
        "Owners: their part of the makers' fees",
        ("owner", "left bold cyan"),
        ("share", ""),
        ("claimed", ""),
        ("claimable", ""),
        ("exactly", ""),
        ("off by (juels)", "yellow"),
    )
    for row in rows:
        table.add_row(
            row.name,
            f"{float(row.share):.3%}",
            amount(row.claimed),
            amount(row.claimable),
            amount(int(row.exact)),
            fraction(row.difference),
        )
    return table


def _totals(view: View) -> Text:
    parts = [
        ("income ", "dim"),
        (amount(view.income), "bold green"),
        (" LINK = operations ", "dim"),
        (amount(view.operations), "bold"),
        (" + owners ", "dim"),
        (amount(view.owners_part), "bold"),
        (" + stakers ", "dim"),
        (amount(view.stakers_part), "bold"),
        (" + not yet settled ", "dim"),
        (amount(view.pending), "bold"),
    ]
    return Text.assemble("  ", *parts, "\n  ", ("last answer ", "dim"), view.answer)


def _verdict(view: View) -> Panel:
    good = view.verdict.right
    mark = "✓" if good else "✗"
    text = f"{mark} block {view.block:,}: {view.verdict.line}"
    return Panel(
        Text(text, style="bold green" if good else "bold red"),
        box=box.ROUNDED,
        title=f"LinkPool at http://{view.rpc}",
        title_align="left",
    )


def _short(address: str) -> str:
    return f"{address[:8]}…{address[-4:]}"


def document(view: View) -> dict[str, Any]:
    """For programs: amounts as decimal strings of juels, exact values as fractions."""
    return {
        "block": view.block,
        "nodes": [_fields(row) for row in view.nodes],
        "stakers": [_fields(row) | {"difference": str(row.difference)} for row in view.stakers],
        "owners": [_fields(row) | {"difference": str(row.difference)} for row in view.owners],
        "totals": {
            "income": str(view.income),
            "operations": str(view.operations),
            "owners": str(view.owners_part),
            "stakers": str(view.stakers_part),
            "pending": str(view.pending),
        },
        "rpc": f"http://{view.rpc}",
        "answer": view.answer,
        "told": list(view.told),
        "verdict": {
            "right": view.verdict.right,
            "line": view.verdict.line,
            "checked": view.verdict.checked,
            "problems": list(view.verdict.problems),
            "unjudged": list(view.verdict.unjudged),
        },
    }


COUNTS = ("stakers", "asked", "answered")


def _fields(row: NodeRow | StakerRow | OwnerRow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in row.__slots__:
        value = getattr(row, name)
        plain = isinstance(value, str | bool) or name in COUNTS
        found[name] = value if plain else str(value)
    return found
