# SPDX-License-Identifier: MIT
"""docs/explain/scale.md says what the model says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from linkpool.economics.gas import bill
from linkpool.economics.parameters import changed
from linkpool.economics.pool import pool_month, size
from linkpool.economics.reading import parameters
from linkpool.economics.scale import batch, index_bytes, kept_from, limits, loads, logs_of_request
from linkpool.economics.text import digits, figures_of, percent
from tools.sources import ROOT

PAGE = (ROOT / "docs" / "explain" / "scale.md").read_text(encoding="utf-8")
P = parameters("agreements")


def test_the_table_of_limits_is_the_model_s_in_its_order() -> None:
    found = list(limits(P))
    said = [line.split("|") for line in PAGE.splitlines() if line.endswith(" % |")][: len(found)]
    assert [row[2].strip() for row in said] == [digits(one.requests, 0) for one in found]
    parts = [f"{figures_of(one.requests / P.api_calls * 100, 3)} %" for one in found]
    assert [row[3].strip() for row in said] == parts


def test_the_sentences_are_the_model_s() -> None:
    blocks = {name: next(limits(parameters(name))).requests for name in ("direct", "aggregated")}
    nodes = size(P).nodes
    cost = bill(P).monthly * nodes * P.gas_price * P.eth_price / 10**9
    least = kept_from(P)
    assert least is not None
    said = (
        f"fill the blocks at {digits(blocks['direct'], 0)} a month",
        f"to a transaction at {digits(blocks['aggregated'], 0)}.",
        f"need {digits(loads(P)[-1].chains, 0)} such chains",
        f"that settle {figures_of(batch(P))} requests each",
        f"from {figures_of(least)} requests a month on",
        f"they are {percent(cost / pool_month(P).owners, 1)} of it",
        f"deposits and distributions of {nodes} nodes",
        f"a request leaves {digits(logs_of_request(P), 0)} logs",
        f"{digits(index_bytes(P) / 10**9, 0)} GB a year",
        f"{digits(index_bytes(changed(P, 'share', Decimal(1))) / 10**12, 0)} TB",
    )
    for text in said:
        assert text in PAGE
    (link,) = (one for one in limits(replace(P)) if "LINK" in one.what)
    assert P.api_calls / link.requests > 1_000
