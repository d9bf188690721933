# SPDX-License-Identifier: MIT
"""The network's agreements, and why the nodes bid for them or do not."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from linkpool.agreements import history
from linkpool.agreements.facts import Stage
from linkpool.agreements.history import AgreementRow, DecisionRow
from linkpool.api.operator.access import Node
from linkpool.api.operator.envelope import Json, Page, Resource, moment, paged
from linkpool.api.operator.routes.shown import moment_or_never

router = APIRouter()

Verdict = Literal["waiting", "refused", "bid", "placed", "missed"]


@router.get("/agreements")
async def listing(
    request: Request,
    operator: Node,
    page: Annotated[Page, Depends()],
    state: Annotated[Stage | None, Query()] = None,
    verdict: Annotated[Verdict | None, Query()] = None,
) -> Json:
    """Newest first; `state` keeps those in it, `verdict` those about which a node decided so."""
    rows, count = await operator.database.read(
        lambda c: (
            history.page(c, offset=page.offset, limit=page.size, state=state, verdict=verdict),
            history.count(c, state=state, verdict=verdict),
        )
    )
    return paged(request, page, [_resource(row) for row in rows], count)


def _resource(row: AgreementRow) -> Resource:
    terms = row.content
    shown: dict[str, Any] = {
        "contract": row.contract,
        "state": str(row.state),
        "consumer": terms["consumer"],
        "provider": terms["provider"],
        "jobID": "0x" + terms["job"],
        "oracles": terms["oracles"],
        "minimumAnswers": terms["minimum_answers"],
        "payment": str(terms["payment"]),
        "penalty": str(terms["penalty"]),
        "tolerance": terms["tolerance"],
        "bidsUntil": moment_or_never(terms["bid_deadline"]),
        "answersUntil": moment_or_never(terms["answer_deadline"]),
        "block": terms["block"],
        "bids": [bid["oracle"] for bid in terms["bids"]],
        "asked": terms["asked"],
        "answered": terms["answered"],
        "decisions": [_decision(one, terms["ended"]) for one in row.decisions],
    }
    return Resource("agreements", str(row.id), shown)


def _decision(one: DecisionRow, ended: list[dict[str, Any]]) -> dict[str, Any]:
    """With what became of it, where the node was asked."""
    outcome = next((each for each in ended if each["oracle"] == one.oracle), None)
    return {
        "oracle": one.oracle,
        "verdict": one.verdict,
        "kind": one.kind or None,
        "reason": one.reason or None,
        "reference": one.reference,
        "transactionKey": one.intent,
        "outcome": None if outcome is None else _RESULTS[outcome["result"]],
        "slashed": None if outcome is None else str(outcome["slashed"]),
        "decidedAt": moment(one.updated),
    }


_RESULTS = {1: "completed", 2: "missed", 3: "late", 4: "wrong"}
