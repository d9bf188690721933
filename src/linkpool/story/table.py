# SPDX-License-Identifier: MIT
"""What a person sees, part by part: a head, rows, and a legend for every word that needs one.

The numbers before cells are the width from which on a terminal shows them, see `columns`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.text import Text

from linkpool.story.columns import Fitted, column, fitted
from linkpool.story.numbers import amount, fraction
from linkpool.story.view import AgreementRow, AnswerRow, NodeRow, OwnerRow, StakerRow, View
from linkpool.story.words import ASKING, OWNING, wrapped

ROOMY: Final = 100
WIDE: Final = 120
WIDEST: Final = 160
NAME: Final = "bold cyan"


def heading(view: View, width: int) -> list[Text]:
    """What this is, where it is, and whether all of it is right."""
    title = f"LinkPool at http://{view.rpc} · nodes earn play LINK for their stakers"
    if width >= WIDE:
        title += " · amounts in LINK"
    return [*(Text(line, style="bold") for line in wrapped(title, width)), *verdict(view, width)]


def verdict(view: View, width: int) -> list[Text]:
    good = view.verdict.right
    text = f"{'✓' if good else '✗'} block {view.block:,}: {view.verdict.line}"
    style = "bold green" if good else "bold red"
    return [Text(line, style=style) for line in wrapped(text, width)]


def nodes(rows: Sequence[NodeRow], width: int) -> Fitted:
    return fitted(
        [
            column("Nodes", (0, [row.name for row in rows]), style=NAME, left=True),
            column("storage", (140, [_short(row.storage) for row in rows]), style="dim", left=True),
            column("state", (60, [row.state for row in rows]), left=True),
            column("staked", *_money([row.staked for row in rows])),
            column("stakers", (WIDEST, [str(row.stakers) for row in rows])),
            column("answered", (50, [f"{row.answered:,} of {row.asked:,}" for row in rows])),
            column(
                "income",
                *_money([row.income for row in rows]),
                style="green",
                meaning="for answers",
            ),
            column(
                "to share",
                (WIDE, [amount(row.pending) for row in rows]),
                meaning="income until somebody distributes it",
            ),
            column(
                "costs paid",
                (140, [amount(row.operations_paid) for row in rows]),
                meaning="to who runs the node",
            ),
            column("owners paid", (140, [amount(row.owners_paid) for row in rows])),
            column(
                "owners due",
                (WIDE, [amount(row.owners_due) for row in rows]),
                meaning="their part, not sent yet",
            ),
            column(
                "at risk",
                *_money([row.at_risk for row in rows]),
                style="yellow",
                meaning="collateral not back yet",
            ),
            column(
                "lost",
                (30, [amount(row.lost + row.taken, 3) for row in rows]),
                style="red",
                meaning="for bad answers",
            ),
        ],
        width,
    )


def stakers(rows: Sequence[StakerRow], width: int) -> Fitted:
    title = f"Stakes ({len(rows)})"  # a low terminal shows the first of them only
    earned = [row.earned for row in rows]
    return fitted(
        [
            column(title, (0, [row.name for row in rows]), style=NAME, left=True),
            column("node", (40, [row.node for row in rows]), left=True),
            column("put in", *_money([row.staked for row in rows])),
            column("stake", (ROOMY, _stake(rows, 4)), (30, _stake(rows, 2))),
            column("paid out", *_money([row.paid + row.claims for row in rows])),
            column(
                "earned",
                (WIDE, [amount(juels, 18) for juels in earned]),
                (ROOMY, [amount(juels, 9) for juels in earned]),
                (40, [amount(juels, 6) for juels in earned]),
                style="green",
                meaning="stake + paid out - put in, after losses",
            ),
            column(
                "exactly",
                (WIDEST - 10, [amount(int(row.exact), 18) for row in rows]),
                meaning="what it should be",
            ),
            column(
                "off",
                (ROOMY, [fraction(row.difference) for row in rows]),
                style="yellow",
                meaning="juels (10⁻¹⁸ LINK) more than calculated",
            ),
            column(
                "allowed",
                (ROOMY, [_allowed(row) for row in rows]),
                style="dim",
                meaning="1 of rounding, 2 more for each penalty",
            ),
            column(
                "at risk",
                (60, [amount(row.at_risk, 3) for row in rows]),
                style="yellow",
                meaning="in collateral",
            ),
        ],
        width,
    )


def _stake(rows: Sequence[StakerRow], digits: int) -> list[str]:
    return ["left" if row.left else amount(row.stake, digits) for row in rows]


def _allowed(row: StakerRow) -> str:
    return f"-{1 + row.most} to {f'+{row.most}' if row.most else '0'}"


def owners(rows: Sequence[OwnerRow], width: int) -> Fitted:
    return fitted(
        [
            column("Owners", (0, [row.name for row in rows]), style=NAME, left=True),
            column("share", (30, [f"{float(row.share):.3%}" for row in rows])),
            column("claimed", (40, [amount(row.claimed) for row in rows]), style="green"),
            column("claimable", (50, [amount(row.claimable) for row in rows])),
            column("exactly", (60, [amount(int(row.exact)) for row in rows])),
            column("off", (70, [fraction(row.difference) for row in rows]), style="yellow"),
        ],
        width,
        note=OWNING,
    )


def agreements(rows: Sequence[AgreementRow], names: Sequence[str], width: int) -> Fitted:
    """One line each, with a column for every node in `names` that bid; the newest first."""
    newest = list(reversed(rows))
    bidders = [name for name in names if any(name in row.bids for row in rows)]
    questions = [f"{row.number} {row.question}" for row in newest]
    return fitted(
        [
            column("Agreements", (0, questions), style=NAME, left=True),
            *(
                column(
                    name,
                    *((least, [_cell(row, name, least) for row in newest]) for least in CELLS),
                    left=True,
                )
                for name in bidders
            ),
            column("answer", (30, [_median(row) for row in newest]), style="green"),
            column("each paid", (ROOMY, [amount(row.payment) for row in newest])),
            column("lost", (50, [_lost(row) for row in newest]), style="red"),
            column("to", (50, [row.receiver if row.lost else "" for row in newest]), left=True),
        ],
        width,
        note=ASKING,
    )


def _median(row: AgreementRow) -> str:
    return row.state if row.median is None else f"{row.median:,}"


def _lost(row: AgreementRow) -> str:
    return amount(row.lost, 3) if row.lost else ""


STYLES: Final = {"right": "green", "late": "yellow", "wrong": "red", "missing": "red"}
CELLS: Final = (WIDE, 70, 60)  # with the answer and the loss, with the loss, neither


def _cell(row: AgreementRow, name: str, least: int) -> Text:
    """What a node said, and what came of it."""
    one = next((one for one in row.answers if one.node == name), None)
    if one is None:
        return Text("bid" if name in row.bids else "", style="dim")
    return Text(_outcome(one, least), style=STYLES.get(one.outcome, ""))


def _outcome(one: AnswerRow, least: int) -> str:
    said = f"{one.answer:,} " if least >= WIDE and one.answer is not None else ""
    lost = f" -{amount(one.lost, 2)}" if least > CELLS[-1] and one.lost else ""
    return f"{said}{one.outcome}{lost}"


def totals(view: View, width: int) -> list[Text]:
    """Where the income went, and who bore the penalties."""
    income = {
        "costs": view.operations,
        "owners": view.owners_part,
        "stakers": view.stakers_part,
        REST: view.pending,
    }
    lost = {
        "owners": view.lost.owners,
        "leavers": view.lost.claims,
        "stakers": view.lost.stakers,
        REST: view.unbooked,
    }
    sums = _sum("income", view.income, income, width)
    if view.received or view.lost.total:
        sums += _sum("lost", view.received, lost, width)
    return sums


REST: Final = "still to be shared"
SHORTER: Final = "to share"


def _sum(name: str, whole: int, parts: Mapping[str, int], width: int) -> list[Text]:
    """As many digits as one line has room for; several lines where even two are too many."""
    for digits, rest in ((4, REST), (3, REST), (2, REST), (2, SHORTER)):
        text = Text.assemble((f"{name} ", "dim"), (amount(whole, digits), "bold green"))
        for mark, (part, juels) in zip("=+++", parts.items(), strict=True):
            text.append(f" {mark} {rest if part == REST else part} ", style="dim")
            text.append(amount(juels, digits), style="bold")
        if len(text) <= width:
            return [text]
    return [*map(Text, wrapped(text.plain, width))]


def last_answer(view: View, width: int) -> list[Text]:
    """To the consumer, who asks one node at a time."""
    return [Text(line) for line in wrapped(f"the consumer's last answer: {view.answer}", width)]


def _money(every: Sequence[int]) -> tuple[tuple[int, list[str]], tuple[int, list[str]]]:
    """With four digits where there is room, with two elsewhere."""
    return (ROOMY, [amount(one) for one in every]), (30, [amount(one, 2) for one in every])


def _short(address: str) -> str:
    return f"{address[:8]}…{address[-4:]}"
