# SPDX-License-Identifier: MIT
"""What is fixed per network, and what a deployment may choose within it."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.connection import LOCAL_CHAIN_ID
from linkpool.errors import UsageError
from linkpool.units import Juels, Ppm, Wei, ether, link

DAY = 86_400
HOUR = 3_600
LOSS_CAP = Ppm(50_000)
AGREEMENT_PAYMENT = link("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One network. Times in seconds."""

    name: str
    chain_id: int
    link: ChecksumAddress | None
    """None: the deployment brings its own LINK and Multicall3."""
    confirmations: int
    delay: int
    shortest_delay: int
    penalty_life: int
    answer_time: int
    late_time: int
    penalty_margin: int
    loss_cap: Ppm = LOSS_CAP
    owner_required: bool = False
    """Whether the suite's owner has to be named, instead of being the deployer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTerms:
    """What PoolOwners is made with. Shares: 10**18 = 1 ETH of the valuation."""

    valuation: Wei
    hard_cap: Wei
    days: int
    minimum_cap: Juels
    """A distribution minimum may not be set above this."""
    link_minimum: Juels


SALE = SaleTerms(
    valuation=ether("4000"),
    hard_cap=ether("1000"),
    days=365,
    minimum_cap=link("1000"),
    link_minimum=link("0"),
)

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="local",
            chain_id=LOCAL_CHAIN_ID,
            link=None,
            confirmations=1,
            delay=HOUR,
            shortest_delay=2,
            penalty_life=HOUR // 2,
            answer_time=10,
            late_time=10,
            penalty_margin=60,
        ),
        Profile(
            name="sepolia",
            chain_id=11155111,
            link=address("0x779877A7B0D9E8603169DdbD7836e478b4624789"),
            confirmations=3,
            delay=2 * DAY,
            shortest_delay=HOUR,
            penalty_life=DAY,
            answer_time=300,
            late_time=300,
            penalty_margin=HOUR,
        ),
        Profile(
            name="mainnet",
            chain_id=1,
            link=address("0x514910771AF9Ca656af840dff83E8264EcF986CA"),
            confirmations=12,
            delay=14 * DAY,
            shortest_delay=14 * DAY,
            penalty_life=7 * DAY,
            answer_time=300,
            late_time=300,
            penalty_margin=DAY,
            owner_required=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one deployment is made with; kept in its manifest, the same for every resumption."""

    owner: ChecksumAddress
    """Of the Timelock at once; PoolOwners is offered to it, it accepts (two steps)."""
    wallet: ChecksumAddress
    """Gets the ETH of contributions, and the unsold shares at the end."""
    link: ChecksumAddress | None
    delay: int
    penalty_life: int
    loss_cap: Ppm
    valuation: Wei
    hard_cap: Wei
    sale_end: int
    minimum_cap: Juels
    link_minimum: Juels
    answer_time: int
    """Of agreements: what an oracle has at least between being asked and the answer deadline."""
    late_time: int
    """After the answer deadline; an answer in it is late rather than missing."""
    penalty_margin: int
    """Before a penalty's deadline; in it, collateral backs no agreement."""
    agreement_payment: Juels
    """The least that an agreement pays for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the caller said; None leaves it to the profile, or to what was begun."""

    owner: ChecksumAddress | None = None
    wallet: ChecksumAddress | None = None
    link: ChecksumAddress | None = None
    delay: int | None = None
    penalty_life: int | None = None


NOTHING_CHOSEN = Choice()


def choose(profile: Profile, choice: Choice, *, deployer: ChecksumAddress, now: int) -> Terms:
    """The profile's terms with what the caller chose; UsageError where a profile forbids it."""
    owner, link, sale = choice.owner, choice.link, SALE
    if profile.owner_required and owner in (None, ZERO):
        raise UsageError(
            f"on {profile.name} the owner has to be named: --owner ADDRESS, a cold key or a Safe"
        )
    if profile.link is not None and link not in (None, profile.link):
        raise UsageError(f"LINK on {profile.name} is {profile.link}: --link cannot be another")
    waits = profile.delay if choice.delay is None else choice.delay
    if waits < profile.shortest_delay:
        raise UsageError(
            f"a delay of {waits} s is too short for {profile.name}: "
            f"{profile.shortest_delay} s at least"
        )
    life = choice.penalty_life or min(profile.penalty_life, waits // 2)
    if not 0 < life < waits:
        raise UsageError(f"a penalty's life has to be shorter than the delay: below {waits} s")
    return Terms(
        owner=owner or deployer,
        wallet=choice.wallet or owner or deployer,
        link=profile.link or link,
        delay=waits,
        penalty_life=life,
        loss_cap=profile.loss_cap,
        valuation=sale.valuation,
        hard_cap=sale.hard_cap,
        sale_end=now + sale.days * DAY,
        minimum_cap=sale.minimum_cap,
        link_minimum=sale.link_minimum,
        answer_time=profile.answer_time,
        late_time=profile.late_time,
        penalty_margin=min(profile.penalty_margin, life // 4),
        agreement_payment=AGREEMENT_PAYMENT,
    )
