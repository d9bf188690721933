# SPDX-License-Identifier: MIT
"""Which endpoint is asked next, and why none can be."""

from __future__ import annotations

import time
from collections.abc import Sequence, Set
from typing import Final

from linkpool.chain.endpoint import Endpoint
from linkpool.chain.limits import RpcLimits
from linkpool.chain.networks import chain_name
from linkpool.errors import ChainUnavailable, WrongNetwork

_ADVICE: Final = {
    "no connection": "is it running? `make up` starts a local chain; or set --rpc",
    "HTTP 401": "it wants another key in its address",
    "HTTP 403": "it wants another key in its address, or does not serve you",
    "HTTP 404": "it has nothing at this path, look at its address",
    "HTTP 429": "it had too many requests, wait; or set --rpc",
}


def _advice(error: str) -> str:
    return _ADVICE.get(error, "try again, or set another --rpc")


class Choice:
    """Among the endpoints of one pool."""

    def __init__(self, endpoints: Sequence[Endpoint], limits: RpcLimits) -> None:
        self._endpoints = endpoints
        self._limits = limits

    @property
    def head(self) -> int:
        """The highest head of the endpoints that can be asked; 0 where none can."""
        return max((one.head for one in self._endpoints if one.usable), default=0)

    def next(self, tried: Set[Endpoint], at: int | None) -> Endpoint | None:
        """The best that was not tried and may have block `at`: the highest head, then the order
        given. Where all are benched, the one whose pause ends first, once.
        """
        fit = [one for one in self._endpoints if one not in tried and self._reads(one, at)]
        if fit:
            return max(fit, key=lambda one: one.head)
        if tried or any(one.usable for one in self._endpoints):
            return None
        now = time.monotonic()
        late = [
            one
            for one in self._endpoints
            if not one.busy and (one.wrong_chain is None or now >= one.resumes())
        ]
        return min(late, key=lambda one: one.resumes(), default=None)

    def lags(self, endpoint: Endpoint) -> bool:
        """Further behind than allowed. A benched endpoint's head counts for a while too: what was
        read there shall not be followed by older state from elsewhere.
        """
        since = time.monotonic() - self._limits.pause_most_seconds
        highest = max(
            (one.head for one in self._endpoints if one.usable or one.head_time > since), default=0
        )
        return len(self._endpoints) > 1 and endpoint.head < highest - self._limits.lag_blocks

    def nobody(self, chain_id: int | None, at: int | None = None) -> Exception:
        """Why no endpoint could be asked."""
        if all(one.wrong_chain is not None for one in self._endpoints):
            first = self._endpoints[0]
            return WrongNetwork(
                f"{first.name} is {chain_name(first.wrong_chain or 0)}, "
                f"not {chain_name(chain_id or 0)}: choose another --rpc or --network"
            )
        if len(self._endpoints) == 1:
            only = self._endpoints[0]
            return ChainUnavailable(
                f"RPC down at {only.name} ({only.error}): {_advice(only.error)}"
            )
        reasons = ", ".join(f"{one.name}: {self._why(one, at)}" for one in self._endpoints)
        return ChainUnavailable(f"no RPC endpoint can be asked ({reasons}): see --rpc")

    def _reads(self, endpoint: Endpoint, at: int | None) -> bool:
        if not endpoint.usable:
            return False
        return not self.lags(endpoint) or (at is not None and endpoint.head >= at)

    def _why(self, endpoint: Endpoint, at: int | None) -> str:
        if not endpoint.usable:
            return endpoint.error
        if at is not None and endpoint.head < at:
            return f"has no block {at} yet"
        return f"behind at block {endpoint.head}" if self.lags(endpoint) else endpoint.error
