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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What a consumer posts. Amounts in juels for each oracle, deadlines in unix seconds."""

    job: bytes
    data: bytes
    """The request's parameters, CBOR."""
    oracles: int
    minimum_answers: int
    payment: Juels
    penalty: Juels
    bid_deadline: int
    answer_deadline: int
    tolerance: Ppm
    provider: ChecksumAddress
    """The Reputation it trusts; 0x0: bids rank by their order alone."""
    beneficiary: ChecksumAddress
    """Gets slashed collateral; 0x0: the consumer."""

    @property
    def cost(self) -> Juels:
        """All that is paid when it is posted."""
        return Juels(self.oracles * self.payment)

    @property
    def words(self) -> tuple[bytes | int | str, ...]:
        """The members in the order of the contract's Terms."""
        return (
            self.job,
            self.data,
            self.oracles,
            self.minimum_answers,
            self.payment,
            self.penalty,
            self.bid_deadline,
            self.answer_deadline,
            self.tolerance,
            self.provider,
            self.beneficiary,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementState:
    """One agreement at `block`. `state`: 0 unknown, 1 open, 2 started, 3 settled with a result,
    4 settled without one, 5 cancelled. Deadlines in unix seconds.
    """

    block: int
    number: int
    state: int
    consumer: ChecksumAddress
    provider: ChecksumAddress
    beneficiary: ChecksumAddress
    digest: bytes
    """Of who posted it and its terms: what bids have to name."""
    oracles: int
    minimum_answers: int
    payment: Juels
    penalty: Juels
    tolerance: Ppm
    bid_deadline: int
    answer_deadline: int
    started_at: int
    """0 before it was started."""
    bids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BidState:
    """One bid; `score` is the oracle's when it bid, `order` 0 the first that came."""

    oracle: ChecksumAddress
    reference: int
    score: Ppm
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultState:
    """What became of an agreement: the median where it is `known`, settled at `time`."""

    known: bool
    answer: int
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTerms:
    """What holds for every agreement of one ServiceAgreements. Seconds, juels, ppm."""

    answer_time: int
    """An oracle has so long at least between being asked and the answer deadline."""
    late_time: int
    """After the answer deadline; an answer in it is late rather than missing."""
    minimum_payment: Juels
    late_share: Ppm
    """Of the penalty, lost by a late answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositState:
    """Collateral in Penalties at `block`; `reserved` of it backs agreements."""

    block: int
    balance: Juels
    reserved: Juels
    deadline: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingState:
    """What a provider knows of one oracle at `block`; `elapsed` seconds summed over its answers."""

    block: int
    oracle: ChecksumAddress
    member: bool
    assigned: int
    completed: int
    missed: int
    late: int
    wrong: int
    lost: Juels
    elapsed: int
    score: Ppm
