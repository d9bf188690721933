# SPDX-License-Identifier: MIT
"""Parameters that belong together, by name. What is not said is as in the paper."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`values` by the fields of Parameters."""

    what: str
    values: dict[str, Any]


_MARKET: Final[dict[str, Any]] = {
    "rounding": "exact",
    "backend": "ecs",
    "distributions": Decimal(1),
    "deduction": "quoted",
    "ceiling": Decimal("0.5"),
    "reprice_months": Decimal(1),
    "gas_volatility": Decimal("0.30"),
    "eth_volatility": Decimal("0.20"),
    "link_volatility": Decimal("0.25"),
    "missed": Decimal("0.002"),
    "late": Decimal("0.002"),
    "wrong": Decimal("0.0005"),
    "outage": Decimal("0.05"),
    "outage_hours": Decimal(4),
}
"""Volatility, faults and outages are assumptions; ceiling and deduction are the contracts'."""

SCENARIOS: Final[dict[str, Scenario]] = {
    "paper": Scenario(what="the whitepaper's example, figure by figure", values={}),
    "exact": Scenario(
        what="the same without its roundings, and with hardware",
        values={"rounding": "exact", "backend": "ecs"},
    ),
    "direct": Scenario(
        what="this project's contracts as measured: requests without agreements",
        values={**_MARKET, "flow": "direct"},
    ),
    "agreements": Scenario(
        what="the same with service agreements: bids, collateral, penalties, settling",
        values={
            **_MARKET,
            "flow": "agreements",
            "deposits": Decimal(3),
            "bids_won": Decimal("0.8"),
            "penalty": Decimal("0.5"),
        },
    ),
    "aggregated": Scenario(
        what="agreements whose answers are computed off chain, sixteen to a transaction",
        values={
            **_MARKET,
            "flow": "agreements",
            "deposits": Decimal(3),
            "nodes_per_request": Decimal(16),
            "aggregated": Decimal(16),
            "bid_gas": Decimal(0),
            "round_gas": Decimal(0),
            "penalty": Decimal("0.5"),
        },
    ),
}
DEFAULT: Final = "paper"
