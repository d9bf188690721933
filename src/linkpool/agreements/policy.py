# SPDX-License-Identifier: MIT
"""Whether a node bids for an agreement, and with which deposit. Pure: no clock, no chain.

A refusal has a kind, for counting, and a reason that its operator understands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.agreements.facts import Agreement, Chance, Deposit, Network, Node
from linkpool.chain.addresses import ZERO
from linkpool.units import WHOLE_PPM, Juels, Ppm, share, show_link, show_percent

MOST_BIDS: Final = 62
NOTHING: Final = Juels(0)
EXPIRY: Final = 300  # seconds after which a request can be taken back


class Why(StrEnum):
    """Kinds of refusals."""

    LATE = "late"
    FULL = "full"
    PAYMENT = "payment"
    PENALTY = "penalty"
    ANSWER_TIME = "answer_time"
    PROVIDER = "provider"
    JOB = "job"
    DISABLED = "disabled"
    MEMBER = "member"
    COLLATERAL = "collateral"
    DEADLINE = "deadline"
    CONTRACT = "contract"
    """The contract says no."""
    TRANSACTION = "transaction"
    """The bid was sent and came to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator wants; see the settings."""

    jobs: frozenset[bytes] = frozenset()
    minimum_payment: Juels = NOTHING
    maximum_penalty: Juels = NOTHING
    collateral_share: Ppm = WHOLE_PPM
    shortest_answer_time: int = 0
    lead: int = 0
    providers: frozenset[ChecksumAddress] = frozenset()


@dataclass(frozen=True, slots=True)
class Bid:
    """With collateral of this deposit."""

    reference: int


@dataclass(frozen=True, slots=True)
class Refusal:
    kind: Why
    reason: str


Decision = Bid | Refusal


def decide(
    chances: Iterable[Chance], node: Node, policy: Policy, network: Network, *, now: int
) -> Iterator[tuple[Agreement, Decision]]:
    """One decision for each, those whose bids end first going first: what a bid reserves is no
    longer there for the next one. `now` is the time of the newest block.
    """
    deposits = {deposit.reference: deposit for deposit in node.deposits}
    order = sorted(chances, key=lambda c: (c.agreement.bid_deadline, c.agreement.id))
    for chance in order:
        agreement = chance.agreement
        decision = (
            screened(chance, policy, network, now=now)
            or _not_by(node, chance)
            or _backed(agreement, deposits, policy, network)
        )
        if isinstance(decision, Bid) and agreement.penalty:
            chosen = deposits[decision.reference]
            reserved = Juels(chosen.reserved + agreement.penalty)
            deposits[decision.reference] = replace(chosen, reserved=reserved)
        yield agreement, decision


def screened(chance: Chance, policy: Policy, network: Network, *, now: int) -> Refusal | None:
    """What is refused whatever the chain says of the node."""
    if (refusal := _unwanted(chance.agreement, policy, network, now)) is not None:
        return refusal
    if chance.unserved:
        return Refusal(Why.JOB, chance.unserved)
    return _slow(chance, policy)


def _slow(chance: Chance, policy: Policy) -> Refusal | None:
    """Where an answer that waits for confirmations would be late as a rule: the start and the
    answer need a transaction's time each.
    """
    agreement = chance.agreement
    answer_time = agreement.answer_deadline - agreement.bid_deadline
    needed = chance.waits + 2 * policy.lead
    if not chance.waits or needed <= answer_time:
        return None
    return Refusal(
        Why.ANSWER_TIME,
        f"leaves {answer_time} s for the answer; {chance.waits} s of confirmations and two "
        f"transactions take {needed} s",
    )


def _unwanted(agreement: Agreement, policy: Policy, network: Network, now: int) -> Refusal | None:
    last_start = agreement.answer_deadline - network.answer_time
    answer_time = agreement.answer_deadline - agreement.bid_deadline
    if now + policy.lead >= agreement.bid_deadline:
        return Refusal(Why.LATE, "too late for a bid to arrive before its deadline")
    if len(agreement.bids) >= MOST_BIDS:
        return Refusal(Why.FULL, f"{MOST_BIDS} oracles have bid, the contract takes no more")
    if agreement.payment < policy.minimum_payment:
        return _below(agreement.payment, "bidding.minimum_payment", policy.minimum_payment)
    if agreement.penalty > policy.maximum_penalty:
        return Refusal(
            Why.PENALTY,
            f"puts {show_link(agreement.penalty)} at risk, more than bidding.maximum_penalty, "
            f"{show_link(policy.maximum_penalty)}",
        )
    if answer_time < policy.shortest_answer_time:
        return Refusal(
            Why.ANSWER_TIME,
            f"leaves {answer_time} s for the answer, less than bidding.shortest_answer_time, "
            f"{policy.shortest_answer_time} s",
        )
    if last_start < agreement.bid_deadline + policy.lead:
        return Refusal(Why.ANSWER_TIME, "leaves no time to start it once bidding is over")
    if policy.providers and agreement.provider not in policy.providers:
        named = "no provider" if agreement.provider == ZERO else f"provider {agreement.provider}"
        return Refusal(Why.PROVIDER, f"names {named}, which is not among bidding.providers")
    if policy.jobs and agreement.job not in policy.jobs:
        return Refusal(Why.JOB, "its job is not among bidding.jobs")
    return None


def settled_by(agreement: Agreement, network: Network) -> int:
    """When it can be settled at the latest, however late it is started."""
    last_start = agreement.answer_deadline - network.answer_time
    return max(agreement.answer_deadline + network.late_time, last_start + EXPIRY)


def _not_by(node: Node, chance: Chance) -> Refusal | None:
    agreement = chance.agreement
    if not node.enabled:
        return Refusal(Why.DISABLED, "the node is disabled: `linkpool node enable`")
    if agreement.payment < node.minimum_payment:
        return _below(agreement.payment, "the node's minimum on chain", node.minimum_payment)
    if agreement.provider != ZERO and not chance.member:
        return Refusal(
            Why.MEMBER,
            f"the node is no member of provider {agreement.provider}: `linkpool reputation join`",
        )
    return None


def _backed(
    agreement: Agreement, deposits: Mapping[int, Deposit], policy: Policy, network: Network
) -> Decision:
    """The deposit that ends first among those that suffice: the others are good for longer. Where
    nothing is at risk none is needed.
    """
    if not agreement.penalty:
        return Bid(0)
    there = [deposit for deposit in deposits.values() if not deposit.closed]
    if not there:
        return Refusal(Why.COLLATERAL, "the node has no deposit: `linkpool penalty send`")
    needed = settled_by(agreement, network) + network.margin
    long_enough = [deposit for deposit in there if deposit.deadline >= needed]
    if not long_enough:
        last = max(deposit.deadline for deposit in there)
        return Refusal(
            Why.DEADLINE,
            f"may be settled {needed - last} s too late for the node's longest deposit: "
            "`linkpool penalty send` a new one",
        )
    free = {
        deposit.reference: share(deposit.balance, policy.collateral_share) - deposit.reserved
        for deposit in long_enough
    }
    enough = [deposit for deposit in long_enough if free[deposit.reference] >= agreement.penalty]
    if not enough:
        most = Juels(max(0, *free.values()))
        return Refusal(
            Why.COLLATERAL,
            f"puts {show_link(agreement.penalty)} at risk, {show_link(most)} are free within "
            f"{show_percent(policy.collateral_share)} of a deposit",
        )
    return Bid(min(enough, key=lambda one: (one.deadline, one.reference)).reference)


def _below(payment: Juels, whose: str, minimum: Juels) -> Refusal:
    return Refusal(
        Why.PAYMENT, f"pays {show_link(payment)}, less than {whose}, {show_link(minimum)}"
    )
