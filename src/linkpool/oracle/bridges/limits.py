# SPDX-License-Identifier: MIT
"""Settings of bridges."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

LONGEST_CACHE: Final = 1_800.0


class BridgeLimits(BaseModel):
    """What jobs may leave out; requests themselves are bounded as all HTTP is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cache_seconds: float = Field(
        default=0,
        ge=0,
        le=LONGEST_CACHE,
        description="seconds for which an adapter's last good answer stands in for a failed one, "
        "where the task has no cacheTTL",
    )
