# SPDX-License-Identifier: MIT
"""How patient, and how demanding, the pool of RPC endpoints is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RpcLimits(BaseModel):
    """Settings of the pool of RPC endpoints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="most requests in one message; halved where one is refused",
    )
    answer_bytes: int = Field(
        default=16 * 2**20, ge=2**16, le=2**30, description="largest answer that is read, in bytes"
    )
    pause_seconds: float = Field(
        default=1,
        gt=0,
        le=600,
        description="first pause of an endpoint that failed; doubles each time",
    )
    pause_most_seconds: float = Field(
        default=60, gt=0, le=3600, description="longest pause of an endpoint that failed"
    )
    lag_blocks: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="an endpoint further behind the highest head is not read from",
    )
    poll_seconds: float = Field(
        default=2, gt=0, le=600, description="longest time between two looks for a new head"
    )
    silence_seconds: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="a subscription silent for longer is doubted and polled",
    )
