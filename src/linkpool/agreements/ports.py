# SPDX-License-Identifier: MIT
"""What a bidder is given, and what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from eth_typing import ChecksumAddress
from sqlalchemy import Connection

from linkpool.agreements.policy import Policy
from linkpool.follower import Head
from linkpool.transactions.intents import Intent

Nodes = Callable[[], Mapping[ChecksumAddress, ChecksumAddress]]
"""The nodes that serve now: account by PoolStorage."""


class Follower(Protocol):
    """What is asked of a Follower."""

    head: Head | None

    async def watch(self, address: ChecksumAddress, *, since: int) -> None: ...


class Manager(Protocol):
    """What is asked of a TransactionManager."""

    unwanted: list[Callable[[Sequence[str]], Awaitable[set[str]]]]

    def enqueue(self, connection: Connection, intent: Intent) -> bool: ...

    def wake(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a bidder is told once. `since`: no log of the contracts is older than this block.
    `kept`: seconds for which an agreement that is over is kept once its bidding has ended.
    `bid_gas`: what a payment has to cover beside the answer's, where that is asked for at all.
    """

    chain_id: int
    policy: Policy
    confirmations: int = 0
    since: int = 0
    kept: int = 30 * 86_400
    bid_gas: int = 0


@dataclass(slots=True)
class BiddingCounters:
    """Since the process started."""

    bids: Counter[str] = field(default_factory=Counter)
    """By result: sent, placed, missed, refused."""
    steps: Counter[str] = field(default_factory=Counter)
    """Sent, by kind: start, settle, cancel."""
    collateral: dict[str, int] = field(default_factory=dict)
    """Juels by state, as of the last look: free, reserved."""
