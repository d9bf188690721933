# SPDX-License-Identifier: MIT
"""What the contracts said, and at which block. Facts only: what follows from them is decided
elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from linkpool.units import Juels, Ppm, Wei


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """One node, read whole at `block`."""

    block: int
    node: ChecksumAddress
    storage: ChecksumAddress
    operator: ChecksumAddress
    operations_wallet: ChecksumAddress
    enabled: bool
    private: bool
    limit: Juels
    minimum_stake: Juels
    staked: Juels
    liquid: Juels
    at_risk: Juels
    stakers: int
    pending_income: Juels
    owners_due: Juels
    operations_due: Juels
    escrowed: Juels
    makers: Ppm
    operational_cost: Juels
    minimum_payment: Juels
    open_penalties: int
    loss_allowance: Ppm


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeState:
    """One staker at one node at `block`."""

    block: int
    node: ChecksumAddress
    storage: ChecksumAddress
    staker: ChecksumAddress
    stake: Juels
    shares: int
    withdrawable: Juels
    allowed: bool
    """On the list of a private node."""
    wallet: Juels
    """LINK in the staker's own account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A value that waits; `ready` 0 means that nothing does. Unix seconds."""

    value: int
    ready: int
    lapse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyState:
    """One penalty record. `state`: 0 unknown, 1 open, 2 closed; the deadline in unix seconds."""

    block: int
    id: int
    state: int
    amount: Juels
    pledge: Juels
    returned: Juels
    claims: Juels
    weight: Ppm
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationState:
    """One entry of the whitelist. `state`: 0 removed, 1 announced, 2 active."""

    block: int
    target: ChecksumAddress
    state: int
    code_hash: str
    ready: int
    lapse: int
    valid: bool
    """Active, and its code is still what was announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The terms a node may register with; no operator means no approval."""

    operator: ChecksumAddress
    limit: Juels
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A Timelock operation; `ready` 0 means unknown, executed or cancelled. Unix seconds."""

    ready: int
    lapse: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersState:
    """The share sale and one token's income at `block`. Shares: 10**18 = 1 ETH of the valuation."""

    block: int
    owner: ChecksumAddress
    valuation: Wei
    hard_cap: Wei
    contributed: Wei
    sale_end: int
    started: bool
    finished: bool
    owners: int
    token: ChecksumAddress
    minimum: int
    pending: int
    reserved: int
    distributed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderState:
    """One holder of shares at `block`; `staked` of them are locked by himself."""

    block: int
    holder: ChecksumAddress
    shares: Wei
    staked: Wei
    percentage: int
    """100_000 = 100 %."""
    claimable: int
    whitelisted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteState:
    """Who rules the suite at `block`."""

    block: int
    sealed: bool
    owner: ChecksumAddress
    delay: int
    implementation: ChecksumAddress
    registry: ChecksumAddress
    data: ChecksumAddress
    storages: int
