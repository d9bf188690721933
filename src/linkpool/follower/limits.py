# SPDX-License-Identifier: MIT
"""How far back, and in how large portions, the follower reads."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class FollowerLimits(BaseModel):
    """Settings of the log follower."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(
        default=128,
        ge=8,
        le=10_000,
        description="blocks kept by their hash: how deep a block is replaced",
    )
    range_blocks: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000,
        description="first range of one eth_getLogs of history, in blocks",
    )
    range_most_blocks: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="largest range of one eth_getLogs, in blocks",
    )
    range_most_logs: int = Field(
        default=5_000,
        ge=1,
        le=1_000_000,
        description="logs in one answer above which ranges get smaller",
    )
    poll_seconds: float = Field(
        default=15, gt=0, le=600, description="a look at the chain at least this often, in seconds"
    )
