# SPDX-License-Identifier: MIT
"""Agreements as the canonical logs have them, and what else a decision starts from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from eth_typing import ChecksumAddress

from linkpool.units import Juels, Ppm


class Stage(StrEnum):
    OPEN = "open"
    """For bids, or waiting to be started."""
    STARTED = "started"
    SETTLED = "settled"
    FAILED = "failed"
    """Settled with too few answers."""
    CANCELLED = "cancelled"


LIVE = (Stage.OPEN, Stage.STARTED)


class Result(IntEnum):
    """What became of one oracle, as the contract numbers it."""

    COMPLETED = 1
    MISSED = 2
    LATE = 3
    WRONG = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One bid of anybody. `order` 0 is the first."""

    oracle: ChecksumAddress
    reference: int
    score: Ppm
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of one oracle that was asked. `elapsed` seconds from request to answer."""

    oracle: ChecksumAddress
    result: Result
    elapsed: int
    slashed: Juels


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One agreement. Deadlines in unix seconds, `payment` and `penalty` for each oracle."""

    contract: ChecksumAddress
    id: int
    consumer: ChecksumAddress
    provider: ChecksumAddress
    job: bytes
    data: bytes
    oracles: int
    minimum_answers: int
    payment: Juels
    penalty: Juels
    tolerance: Ppm
    bid_deadline: int
    answer_deadline: int
    posted: str
    """The digest that a bid names: tells it from another one that gets its number when a block is
    replaced. 0x and 64 digits.
    """
    block: int
    """In which it was posted."""
    changed: int
    """Block of its last log."""
    stage: Stage
    bids: tuple[Placed, ...] = ()
    """In their order."""
    asked: tuple[ChecksumAddress, ...] = ()
    answered: tuple[ChecksumAddress, ...] = ()
    ended: tuple[Ended, ...] = ()

    @property
    def bidders(self) -> tuple[ChecksumAddress, ...]:
        return tuple(bid.oracle for bid in self.bids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the contracts say of all agreements, in seconds."""

    answer_time: int
    """Between the last start and the answers' deadline."""
    late_time: int
    margin: int
    """Before a deposit's deadline, in which it backs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Collateral at the Penalties contract. `reserved` counts bids that are on their way too."""

    reference: int
    balance: Juels
    reserved: Juels
    deadline: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of this process. Its oracle is its PoolStorage."""

    oracle: ChecksumAddress
    account: ChecksumAddress
    enabled: bool
    minimum_payment: Juels
    deposits: tuple[Deposit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """An agreement that a node could bid for. `unserved`: why the node would not run the job for
    this consumer, empty where it would. `waits`: seconds for which it waits for confirmations of
    the request. `member`: of the agreement's provider, where it has one.
    """

    agreement: Agreement
    unserved: str
    waits: int
    member: bool
