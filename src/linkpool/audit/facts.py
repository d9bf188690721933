# SPDX-License-Identifier: MIT
"""What the chain said of one deployment, at one block. Nothing here is a judgement.

A value is None where a contract gave no answer that this release understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from linkpool.chain.facts import Announcement, PenaltyState
from linkpool.units import Juels, Ppm


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The block that everything was read at; `time` in unix seconds."""

    chain_id: int
    genesis: str
    number: int
    hash: str
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What the factory says, and the contracts that it names."""

    factory: ChecksumAddress
    link: ChecksumAddress
    pool_owners: ChecksumAddress
    timelock: ChecksumAddress
    implementation: ChecksumAddress
    registry: ChecksumAddress
    data: ChecksumAddress
    delay: int
    sealed: bool
    contracts: Mapping[str, ChecksumAddress]
    """Every name that the registry ever knew; 0x0 where it is empty now."""
    logic: Mapping[ChecksumAddress, bool]
    """Whether the factory takes it for logic: those of today and of the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """Who rules. 0x0: nobody."""

    owner: ChecksumAddress | None
    """Of the Timelock, and so of the suite."""
    pending_owner: ChecksumAddress | None
    delay: int | None
    """Seconds, as the Timelock says."""
    owners_owner: ChecksumAddress | None
    """Of PoolOwners."""
    owners_pending: ChecksumAddress | None
    creator: ChecksumAddress | None
    """May create nodes, besides the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """LINK of PoolOwners."""

    is_distributed: bool | None
    reserved: Juels | None
    balance: Juels | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One PoolStorage as it tells it. Amounts in juels, ratios in ppm."""

    node: ChecksumAddress
    factory: ChecksumAddress
    operator: ChecksumAddress
    proposed: ChecksumAddress
    wallet: ChecksumAddress
    staked: Juels
    owners_due: Juels
    pledged: Juels
    operations_due: Juels
    escrowed: Juels
    claims: Juels
    at_risk: Juels
    stakers_at_risk: Juels
    makers: Ppm
    ceiling: Ppm
    allowance: Ppm
    records: int
    """Penalties ever sent."""
    overdue: tuple[Juels, int]
    """What overdue penalties may still give back to stakers, and until when (unix seconds)."""
    waiting: tuple[Announcement, ...]
    """Of makers' percentage, cost ceiling, operations wallet."""
    open: tuple[PenaltyState, ...]

    @property
    def owed(self) -> Juels:
        """What this storage has to hold (P3)."""
        everything = self.staked + self.owners_due + self.operations_due + self.escrowed
        return Juels(everything + self.claims - self.at_risk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A penalty that did not come back: ppm of the node's stake, and when (unix seconds)."""

    weight: Ppm
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One PoolStorage from outside. `found`: the one that the factory has for its node."""

    index: int
    place: ChecksumAddress
    balance: Juels | None
    is_storage: bool | None
    found: ChecksumAddress | None
    books: Books | None
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One entry of the whitelist. `state`: 0 removed, 1 announced, 2 active."""

    target: ChecksumAddress
    state: int
    code_hash: str
    ready: int
    lapse: int
    active: bool | None
    """As the factory answers when a penalty is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write of the registry, in order; `time` of its block."""

    name: str
    old: ChecksumAddress
    new: ChecksumAddress
    block: int
    time: int
    tx: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One announcement of the Timelock. Unix seconds."""

    id: bytes
    target: ChecksumAddress
    data: bytes
    ready: int
    lapse: int
    announced: int
    """When."""
    ended: str
    """"", executed, cancelled, announced again."""
    tx: str
    """Of the execution."""
    waits: bool | None
    """The Timelock still knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Factory and Timelock since block `first`. `sealed`: the seal's block, where it was seen."""

    first: int
    sealed: int | None
    changes: tuple[Change, ...]
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The ChainLink network around the pool: wiring and money, in juels."""

    agreements: ChecksumAddress
    penalties: ChecksumAddress
    aggregator: ChecksumAddress
    penalties_agreements: ChecksumAddress | None
    aggregator_agreements: ChecksumAddress | None
    posted: int | None
    """Agreements ever."""
    open_cost: Juels | None
    """All that open agreements were paid with."""
    agreements_balance: Juels | None
    deposits: int
    deposited: Juels | None
    penalties_balance: Juels | None
    refused: Juels | None
    """Payments of requests that oracles refused, of agreements not settled."""
    aggregator_balance: Juels | None
    reputation: ChecksumAddress | None
    """The one that came with the pool, where the manifest names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """The transaction that made a contract: creation code and arguments."""

    tx: str
    block: int
    code: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One deployment, read whole."""

    moment: Moment
    suite: Suite
    powers: Powers
    shares: Shares
    stores: tuple[Store, ...]
    destinations: tuple[Destination, ...]
    history: History
    network: Network | None
    codes: Mapping[ChecksumAddress, bytes]
    """Of every contract that plays a part, and that may come to play one."""
    creations: Mapping[ChecksumAddress, Creation | None]
    """Of every contract that serves; None: its transaction was not found."""
    unread: tuple[str, ...]
    """Logs that no contract of this release writes: whose, and in which transactions."""
