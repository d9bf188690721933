# SPDX-License-Identifier: MIT
"""What every floor asks of the chain's RPC, and how it says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from linkpool.chain.sending import Sent
from linkpool.errors import ChainUnavailable

Ask = tuple[str, Sequence[Any]]
"""Method and parameters of one JSON-RPC request."""


class Rpc(Protocol):
    """JSON-RPC of one chain."""

    @property
    def chain_id(self) -> int: ...

    async def rpc(self, method: str, *params: Any) -> Any:
        """The result, from the healthy endpoint with the highest head; ChainUnavailable where none
        answers.
        """
        ...

    async def batch(self, calls: Sequence[Ask]) -> list[Any | Exception]:
        """Each request's result or its exception (TxReverted, RpcRefused …), in order."""
        ...

    async def broadcast(self, raws: Sequence[bytes]) -> list[Sent]:
        """Each raw transaction to every healthy endpoint; the best outcome of each."""
        ...


class RpcRefused(ChainUnavailable):
    """An endpoint answered one request with an error that is no contract's refusal."""

    def __init__(self, text: str, *, code: int = 0, message: str = "", elsewhere: bool = False):
        super().__init__(text)
        self.code = code
        self.message = message
        self.elsewhere = elsewhere
        """Another endpoint may do better: this one is behind, has no such state, or is busy."""


class Standing(StrEnum):
    """How the pool sees an endpoint."""

    UNKNOWN = "unknown"  # not asked yet
    HEALTHY = "healthy"
    LAGGING = "lagging"  # behind: takes transactions, answers no reads
    BENCHED = "benched"  # failed: tried again after a pause
    WRONG_CHAIN = "wrong_chain"  # never used, looked at again in case it changes


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """One endpoint as health and metrics show it. No part of its address but the host."""

    name: str
    standing: Standing
    head: int
    """Its highest block; 0 where it was not asked."""
    failures: int
    """In a row."""
    error: str
    """The last failure, one line."""
    requests: int
    errors: int
    batch: int
    """How many requests it takes in one message."""
    subscribed: bool
    """It tells new heads by itself."""
