# SPDX-License-Identifier: MIT
"""What the figures depend on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from bench.oracle.lab import BLOCK_GAS, Lab


def conditions(lab: Lab, source: str, *, seconds: float, quick: bool) -> dict[str, Any]:
    """Machine, chain and job of one run."""
    return {
        "machine": f"{os.cpu_count()} CPUs, {_processor()}",
        "python": platform.python_version(),
        "chain": lab.rpc("web3_clientVersion"),
        "blocks": f"every second, {BLOCK_GAS:,} gas",
        "database": "SQLite, synchronous=FULL",
        "job": "get-uint256-local: decode, CBOR, HTTP GET, JSON, multiply, encode, send",
        "source": f"a process of its own at {source}, kept connections",
        "load": "a contract that asks many times in one transaction, sent as each block arrives",
        "seconds": seconds,
        "quick": quick,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
