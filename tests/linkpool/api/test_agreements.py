# SPDX-License-Identifier: MIT
"""Agreements over HTTP: what the nodes decided, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from linkpool.agreements import records, rows
from linkpool.agreements.facts import Agreement, Ended, Result, Stage
from linkpool.agreements.records import Bidding, Verdict
from linkpool.store.database import Database
from linkpool.units import link
from tests.linkpool.agreements.makers import CONTRACT, ORACLES, agreement
from tests.linkpool.api.worlds import operator, play

NEAR, FAR = ORACLES[:2]


def keep(database: Database, one: Agreement, *decided: Bidding) -> None:
    database.write_now(lambda c: rows.put(c, [one]))
    database.write_now(lambda c: records.put(c, CONTRACT, decided, now=1_000.0))


def decision(number: int, oracle: str, verdict: Verdict, **changes: str) -> Bidding:
    made = Bidding(
        agreement=number,
        oracle=oracle,  # type: ignore[arg-type]
        verdict=verdict,
        posted="0x",
        amount=link("5"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_agreements_show_why_nodes_bid_or_do_not(database: Database, tmp_path: Path) -> None:
    refusal = decision(1, NEAR, Verdict.REFUSED, kind="job", reason="no such job here")
    keep(database, agreement(1), refusal)
    ended = (Ended(oracle=NEAR, result=Result.LATE, elapsed=9, slashed=link("2.5")),)
    settled = agreement(2, stage=Stage.SETTLED, asked=(NEAR,), ended=ended)
    keep(
        database,
        settled,
        decision(2, NEAR, Verdict.PLACED, intent="agreement:1"),
        decision(2, FAR, Verdict.MISSED, reason="it was in no block in time"),
    )

    async def story(web: httpx.AsyncClient) -> None:
        answer = (await web.get("/v2/agreements")).json()
        assert answer["meta"] == {"count": 2}
        newest, oldest = (one["attributes"] for one in answer["data"])
        assert (oldest["state"], newest["state"]) == ("open", "settled")
        assert oldest["payment"] == str(link("0.2"))
        [refused] = oldest["decisions"]
        assert (refused["verdict"], refused["kind"]) == ("refused", "job")
        assert refused["reason"] == "no such job here"
        placed, missed = newest["decisions"]
        assert (placed["outcome"], placed["slashed"]) == ("late", str(link("2.5")))
        assert placed["transactionKey"] == "agreement:1"
        assert (missed["verdict"], missed["outcome"]) == ("missed", None)

    play(operator(database, tmp_path), story)


def test_they_are_found_by_state_and_by_decision(database: Database, tmp_path: Path) -> None:
    keep(database, agreement(1), decision(1, NEAR, Verdict.REFUSED))
    keep(database, agreement(2, stage=Stage.SETTLED), decision(2, NEAR, Verdict.PLACED))
    keep(database, agreement(3))

    async def story(web: httpx.AsyncClient) -> None:
        for query, numbers in (
            ("state=open", ["3", "1"]),
            ("verdict=placed", ["2"]),
            ("state=open&verdict=refused", ["1"]),
            ("state=cancelled", []),
            ("size=1&page=2", ["2"]),
        ):
            found = (await web.get(f"/v2/agreements?{query}")).json()["data"]
            assert [one["id"] for one in found] == numbers
        assert (await web.get("/v2/agreements?verdict=maybe")).status_code == 422

    play(operator(database, tmp_path, host=None), story)
