# SPDX-License-Identifier: MIT
"""What the host counts, for health and metrics. All since the process started."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class HostCounters:
    """Plain numbers; whoever exposes them gives them their names."""

    received: int = 0
    """Requests that became runs, refused ones included."""
    refused: Counter[str] = field(default_factory=Counter)
    """By kind of reason: no_job, payment, requester, unprofitable, malformed."""
    runs: Counter[tuple[int, str]] = field(default_factory=Counter)
    """By job and state in which a run ended."""
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind of task and its state."""
    answered: int = 0
    """Answers seen on chain to requests of ours."""
    missed: int = 0
    """Requests that had no run until the reconciler took them up."""
    reread: int = 0
    """Logs that an RPC had not told, found by asking again."""
    again: int = 0
    """Answers that came to nothing and were started anew."""


def kind_of(reason: str) -> str:
    """The kind of a refusal, for a label with few values."""
    if reason.startswith("no such job"):
        return "no_job"
    if reason.startswith("pays "):
        return "payment"
    if "requesters" in reason:
        return "requester"
    return "unprofitable" if reason.startswith("unprofitable") else "malformed"
