# SPDX-License-Identifier: MIT
"""How far the node goes for an answer of somebody else's server."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class HttpLimits(BaseModel):
    """Bounds of requests to data sources and external adapters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(
        default=15,
        gt=0,
        le=600,
        description="deadline of one request, where the task has no timeout",
    )
    max_bytes: int = Field(
        default=32_768, gt=0, le=16 * 2**20, description="longest answer in bytes, unpacked"
    )
    redirects: int = Field(default=5, ge=0, le=20, description="how many redirects are followed")
    parallel: int = Field(
        default=512,
        gt=0,
        le=10_000,
        description="connections at a time; strangers' hosts count apart",
    )
    parallel_per_host: int = Field(
        default=256, gt=0, le=1_000, description="connections at a time to one host"
    )
    per_host_per_second: float = Field(
        default=500, gt=0, le=10_000, description="requests per second to one host, after a burst"
    )
    burst: int = Field(default=1_000, gt=0, le=10_000, description="requests to one host at once")
    private_hosts: tuple[str, ...] = Field(
        default=(),
        description="hosts (name, address, with or without :port) that every job may reach "
        "although their addresses are private",
    )
