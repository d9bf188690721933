# SPDX-License-Identifier: MIT
"""One look at the pool for programs: amounts as decimal strings of juels, fractions exact."""

from __future__ import annotations

from typing import Any

from linkpool.story.view import AgreementRow, NodeRow, OwnerRow, StakerRow, View


def document(view: View) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "block": view.block,
        "nodes": [_fields(row) for row in view.nodes],
        "stakers": [_fields(row) | {"difference": str(row.difference)} for row in view.stakers],
        "owners": [_fields(row) | {"difference": str(row.difference)} for row in view.owners],
        "agreements": [_agreement(row) for row in view.agreements],
        "totals": {
            "income": str(view.income),
            "operations": str(view.operations),
            "owners": str(view.owners_part),
            "stakers": str(view.stakers_part),
            "pending": str(view.pending),
        },
        "penalties": {
            "received": str(view.received),
            "owners": str(view.lost.owners),
            "leavers": str(view.lost.claims),
            "stakers": str(view.lost.stakers),
            "unbooked": str(view.unbooked),
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


def _agreement(row: AgreementRow) -> dict[str, Any]:
    """`answer` and `median` are None where there is none."""
    answers = [
        {
            "node": one.node,
            "answer": one.answer,
            "outcome": one.outcome,
            "paid": str(one.paid),
            "lost": str(one.lost),
        }
        for one in row.answers
    ]
    amounts = {name: str(getattr(row, name)) for name in AMOUNTS}
    plain = {name: getattr(row, name) for name in PLAIN}
    return plain | amounts | {"bids": list(row.bids), "answers": answers}


PLAIN = ("number", "question", "state", "median", "consumer", "receiver")
AMOUNTS = ("payment", "penalty", "lost", "refund")
COUNTS = ("stakers", "asked", "answered")


def _fields(row: NodeRow | StakerRow | OwnerRow) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in row.__slots__:
        value = getattr(row, name)
        plain = isinstance(value, str | bool) or name in COUNTS
        found[name] = value if plain else str(value)
    return found
