# SPDX-License-Identifier: MIT
"""Agreements, and what the nodes decided about them, as an operator looks at them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from linkpool.agreements.facts import Stage
from linkpool.store.tables import agreements, biddings


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One node's; `amount` juels, `updated` seconds since 1970."""

    oracle: str
    verdict: str
    kind: str
    reason: str
    reference: int | None
    amount: str
    intent: str | None
    updated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """`content`: its terms, bids and outcomes as they are stored."""

    contract: str
    id: int
    state: Stage
    content: Mapping[str, Any]
    decisions: tuple[DecisionRow, ...]


def page(
    connection: Connection,
    *,
    offset: int,
    limit: int,
    state: Stage | None = None,
    verdict: str | None = None,
) -> list[AgreementRow]:
    """Newest first; `verdict` keeps those about which some node decided so."""
    query = _filtered(select(agreements), state, verdict).order_by(agreements.c.id.desc())
    rows = connection.execute(query.offset(offset).limit(limit)).all()
    return [
        AgreementRow(
            contract=row.contract,
            id=row.id,
            state=Stage(row.state),
            content=json.loads(row.content),
            decisions=_decisions(connection, row.contract, row.id),
        )
        for row in rows
    ]


def count(connection: Connection, *, state: Stage | None = None, verdict: str | None = None) -> int:
    """Of the same."""
    query = _filtered(select(agreements.c.id), state, verdict)
    counted = select(func.count()).select_from(query.subquery())
    return int(connection.execute(counted).scalar_one())


def state_counts(connection: Connection) -> dict[Stage, int]:
    """How many agreements are in each state."""
    query = select(agreements.c.state, func.count()).group_by(agreements.c.state)
    found = {Stage(state): int(number) for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in Stage}


def _filtered(query: Select[Any], state: Stage | None, verdict: str | None) -> Select[Any]:
    if state is not None:
        query = query.where(agreements.c.state == state)
    if verdict is None:
        return query
    decided = exists().where(
        biddings.c.contract == agreements.c.contract,
        biddings.c.agreement == agreements.c.id,
        biddings.c.verdict == verdict,
    )
    return query.where(decided)


def _decisions(connection: Connection, contract: str, number: int) -> tuple[DecisionRow, ...]:
    columns = (
        biddings.c.oracle, biddings.c.verdict, biddings.c.kind, biddings.c.reason,
        biddings.c.reference, biddings.c.amount, biddings.c.intent, biddings.c.updated,
    )  # fmt: skip
    query = select(*columns).where(biddings.c.contract == contract, biddings.c.agreement == number)
    rows = connection.execute(query.order_by(biddings.c.oracle))
    return tuple(DecisionRow(**row._mapping) for row in rows)
