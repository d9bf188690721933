# SPDX-License-Identifier: MIT
"""What the independent ledger remembers of one node. Juels, weights in ppm, seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

PPM = 1_000_000
# Finer than any share, so that rounding of the ledger itself never counts.
FINE = 80
GRAIN = 50


@dataclass(slots=True)
class Position:
    """A staker's shares, and what they would be without any rounding (in shares / 2**FINE)."""

    shares: int = 0
    exact: int = 0
    block: int = -1
    # Of the shares: credited in that block, as coarsely as the contract keeps it.
    credit: int = 0

    def credited(self, block: int) -> int:
        return self.credit << GRAIN if self.block == block else 0


@dataclass(slots=True)
class Loss:
    """Who bears a closed record's loss."""

    owners: int = 0
    claims: int = 0
    stakers: int = 0


@dataclass(slots=True)
class Claim:
    """A leaver's claim on one record; `exact` in juels / 2**FINE."""

    face: int = 0
    exact: int = 0
    # How often rounding may have come in.
    parts: int = 0


@dataclass(slots=True, kw_only=True)
class Record:
    """A penalty: `exposure` is borne by stakers and leavers, `pledge` by the owners first."""

    id: int
    target: str
    reference: bytes
    exposure: int
    pledge: int
    weight: int
    deadline: int
    present: int
    returned: int = 0
    open: bool = True
    epoch: int = -1
    sum: int = 0
    loss: Loss = field(default_factory=Loss)
    claims: dict[str, Claim] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        return self.exposure + self.pledge

    @property
    def claimed(self) -> int:
        return self.exposure - self.present

    def outcome(self) -> Loss:
        """Of the total returned alone (P10): the pledge bears first, the rest is in proportion."""
        kept = min(self.returned, self.exposure)
        by_claims = self.claimed - (self.claimed * kept // self.exposure if self.exposure else 0)
        return Loss(
            owners=min(self.pledge, self.amount - self.returned),
            claims=by_claims,
            stakers=self.exposure - kept - by_claims,
        )

    def payable(self, staker: str) -> int:
        """What the claim comes to, paid or not."""
        claim = self.claims.get(staker)
        if claim is None or self.open or not self.exposure:
            return 0
        return claim.face * min(self.returned, self.exposure) // self.exposure


@dataclass(frozen=True, slots=True)
class Request:
    """A paid request that waits for its answer."""

    requester: str
    payment: int
    expiration: int
    function: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """LINK that has just come with data, not booked yet."""

    sender: str
    amount: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Announced:
    """A term that waits since `since`."""

    value: int
    since: int


@dataclass(slots=True)
class Terms:
    """Money parameters; ppm, juels, an address."""

    makers: int
    ceiling: int
    wallet: str
    cost: int
    payment: int
    waiting: dict[int, Announced] = field(default_factory=dict)
