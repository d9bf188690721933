# SPDX-License-Identifier: MIT
"""The tables that a person sees. What does not fit a narrow terminal is left out or has fewer
digits; a wide one has everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from linkpool.story.numbers import amount, fraction
from linkpool.story.view import AgreementRow, AnswerRow, NodeRow, OwnerRow, StakerRow, View

HEAD: Final = 3  # lines of a table that are no rows


class Size(IntEnum):
    """Of a terminal, by its columns."""

    NARROW = 0
    MIDDLE = 100
    WIDE = 120
    WIDER = 140
    WIDEST = 160

    @classmethod
    def of(cls, width: int) -> Size:
        return max(size for size in cls if size <= width)


def _money(size: Size) -> int:
    """Digits after the point."""
    return 4 if size >= Size.MIDDLE else 2


def _earned(size: Size) -> int:
    return 18 if size >= Size.WIDE else 9 if size >= Size.MIDDLE else 6


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for name, style in columns:
        left = style.startswith("left")
        table.add_column(
            name,
            justify="left" if left else "right",
            style=style.removeprefix("left").strip(),
            no_wrap=True,
        )
    return table


def nodes(rows: Sequence[NodeRow], size: Size) -> Table:
    wide, roomy = size >= Size.WIDE, size >= Size.MIDDLE
    table = _table(
        "Nodes",
        ("node", "left bold cyan"),
        *([("storage", "left dim")] if size >= Size.WIDER else []),
        ("state", "left"),
        ("staked", ""),
        *([("stakers", "")] if size >= Size.WIDEST else []),
        ("answered", ""),
        ("income", "green"),
        *([("pending", "")] if wide else []),
        ("owners due", ""),
        *([("paid", "")] if roomy else []),
        *([("costs", "")] if wide else []),
        ("at risk", "yellow"),
        ("lost", "red"),
    )
    digits = _money(size)
    for row in rows:
        table.add_row(
            row.name,
            *([_short(row.storage)] if size >= Size.WIDER else []),
            row.state,
            amount(row.staked, digits),
            *([str(row.stakers)] if size >= Size.WIDEST else []),
            _answered(row),
            amount(row.income, digits),
            *([amount(row.pending)] if wide else []),
            amount(row.owners_due),
            *([amount(row.owners_paid)] if roomy else []),
            *([amount(row.operations_paid)] if wide else []),
            amount(row.at_risk, digits),
            amount(row.lost),
        )
    return table


def _answered(row: NodeRow) -> str:
    """With how many more are waiting."""
    waiting = row.asked - row.answered
    return f"{row.answered} +{waiting}" if waiting else str(row.answered)


def stakers(rows: Sequence[StakerRow], size: Size, *, of: int) -> Table:
    """`of`: how many there are, where not all are shown."""
    wide, roomy = size >= Size.WIDE, size >= Size.MIDDLE
    shown = f" ({len(rows)} of {of})" if len(rows) < of else ""
    title = (
        ": what they earned, on chain and by exact arithmetic" if roomy else ": what they earned"
    )
    table = _table(
        f"Stakers{shown}{title}",
        ("staker", "left bold cyan"),
        ("node", "left"),
        *([("put in", "")] if wide else []),
        ("stake", ""),
        *([("paid out", "")] if roomy else []),
        ("earned on chain" if wide else "on chain", "green"),
        ("by exact arithmetic" if wide else "exact", ""),
        ("off by (juels)" if roomy else "off, juels", "yellow"),
    )
    digits, earned = _money(size), _earned(size)
    for row in rows:
        table.add_row(
            row.name,
            row.node,
            *([amount(row.staked)] if wide else []),
            "left" if row.left else amount(row.stake, digits),
            *([amount(row.paid + row.claims)] if roomy else []),
            amount(row.earned, earned),
            amount(int(row.exact), earned),
            fraction(row.difference),
        )
    return table


def owners(rows: Sequence[OwnerRow]) -> Table:
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


def agreements(rows: Sequence[AgreementRow], names: Sequence[str], size: Size) -> Table:
    """One line each, with a column for every node in `names` that bid; the newest first."""
    roomy = size >= Size.MIDDLE
    bidders = [name for name in names if any(name in row.bids for row in rows)]
    table = _table(
        "Agreements: one question to several nodes, with collateral",
        ("no", ""),
        ("question", "left bold cyan"),
        *([("bids", "")] if roomy else []),
        *((name, "left") for name in bidders),
        ("median", "green"),
        *([("each paid", "")] if size >= Size.WIDER else []),
        ("lost", "red"),
        ("to", "left"),
    )
    for row in reversed(rows):
        said = {one.node: one for one in row.answers}
        table.add_row(
            str(row.number),
            row.question if roomy else row.question.partition(" ")[0],
            *([str(len(row.bids))] if roomy else []),
            *(_cell(row, said.get(name), name, size) for name in bidders),
            f"{row.median:,}" if row.median is not None else row.state,
            *([amount(row.payment)] if size >= Size.WIDER else []),
            amount(row.lost) if row.lost else "",
            row.receiver if row.lost else "",
        )
    return table


STYLES: Final = {"right": "green", "late": "yellow", "wrong": "red", "missing": "red"}


def _cell(row: AgreementRow, one: AnswerRow | None, name: str, size: Size) -> Text:
    """What a node said, and what came of it."""
    if one is None:
        return Text("bid" if name in row.bids else "", style="dim")
    text = one.outcome
    if size >= Size.MIDDLE and one.answer is not None:
        text = f"{one.answer:,} {text}"
    if size >= Size.WIDE and one.lost:
        text += f" -{amount(one.lost, 2)}"
    return Text(text, style=STYLES.get(one.outcome, ""))


def totals(view: View, size: Size) -> Text:
    """Where the income went, and who bore the penalties."""
    digits = _money(size) if view.income < 10**21 else 2
    lines = [
        _sum(
            "income",
            view.income,
            digits,
            operations=view.operations,
            owners=view.owners_part,
            stakers=view.stakers_part,
            unsettled=view.pending,
        )
    ]
    if view.received or view.lost.total:
        lines.append(
            _sum(
                "penalties",
                view.received,
                max(digits, 3),
                owners=view.lost.owners,
                leavers=view.lost.claims,
                stakers=view.lost.stakers,
                unbooked=view.unbooked,
            )
        )
    lines.append(Text.assemble(("last answer ", "dim"), view.answer))
    return Text("\n").join(lines)


def _sum(name: str, whole: int, digits: int, **parts: int) -> Text:
    text = Text.assemble((f"{name} ", "dim"), (amount(whole, digits), "bold green"))
    for mark, (part, juels) in zip("=+++", parts.items(), strict=True):
        text.append(f" {mark} {part} ", style="dim")
        text.append(amount(juels, digits), style="bold")
    return text


def verdict(view: View) -> Panel:
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
