# SPDX-License-Identifier: MIT
"""The [runs] group of the settings."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class RunLimits(BaseModel):
    """How requests are admitted and run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parallel: int = Field(default=1024, ge=1, le=10_000, description="runs at the same time")
    parallel_per_job: int = Field(default=512, ge=1, le=10_000, description="of one job")
    minimum_confirmations: int | None = Field(
        default=None,
        ge=0,
        le=1_000,
        description="blocks on a request, its own included; a job may ask for more"
        " [default: the network's]",
    )
    minimum_payment: int = Field(
        default=0,
        ge=0,
        description="juels below which no job runs; the contract has its own minimum",
    )
    backfill: int = Field(
        default=10_000, ge=0, description="blocks looked back where the database knows nothing yet"
    )
    reap_hours: float = Field(
        default=24, gt=0, description="hours after which the details of finished runs are removed"
    )
    reconcile_seconds: float = Field(
        default=300,
        ge=1,
        description="how often the chain is asked again for requests without a run",
    )
    reconcile_blocks: int = Field(
        default=5_000, ge=1, le=100_000, description="how many blocks back it is asked for"
    )
    late_seconds: float = Field(
        default=120, gt=0, description="an open request older than this counts as late"
    )
    gate: bool = Field(
        default=False,
        description="refuse requests that pay less than their answer's gas would cost",
    )
    gate_gas: int = Field(
        default=500_000,
        ge=21_000,
        description="gas that an answer may use: its transaction's limit, as the requester's "
        "callback can use all of it; less only where all requesters are known",
    )
    gate_margin: Decimal = Field(
        default=Decimal(1), gt=0, description="payment has to be this many times the cost"
    )
    link_per_ether: Decimal | None = Field(
        default=None, gt=0, description="price of 1 ETH in LINK, where it is fixed"
    )
    price_url: str | None = Field(
        default=None, description="where that price is found as JSON instead"
    )
    price_path: str = Field(default="", description="place of the price in that JSON: A,B")
    price_seconds: float = Field(default=60, ge=1, description="how often it is asked for")
