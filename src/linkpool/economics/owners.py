# SPDX-License-Identifier: MIT
"""What each owner should have of the makers' fees: their part of the whole, of each distribution
(section 6.1.4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from linkpool.economics.errors import ModelError

NOBODY = "0x" + "0" * 40


@dataclass(slots=True)
class OwnersBook:
    """Shares and entitlements of one paid token. `owed` is everything ever earned, `paid` what was
    claimed of it.
    """

    shares: dict[str, int] = field(default_factory=dict)
    owed: dict[str, Fraction] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    distributed: int = 0

    def move(self, sender: str, receiver: str, shares: int) -> None:
        """A transfer of shares; from or to the zero address it is a mint or a burn."""
        if sender != NOBODY:
            if self.shares.get(sender, 0) < shares:
                raise ModelError(
                    f"{sender} gave away {shares} shares of {self.shares.get(sender, 0)}"
                )
            self.shares[sender] -= shares
        if receiver != NOBODY:
            self.shares[receiver] = self.shares.get(receiver, 0) + shares

    def distribute(self, amount: int) -> None:
        whole = sum(self.shares.values())
        if not whole:
            raise ModelError(f"{amount} distributed, and nobody owns a share")
        for owner, shares in self.shares.items():
            self.owed[owner] = self.owed.get(owner, Fraction(0)) + Fraction(shares * amount, whole)
        self.distributed += amount

    def claim(self, owner: str, amount: int) -> None:
        paid = self.paid.get(owner, 0) + amount
        if paid > self.owed.get(owner, 0):
            raise ModelError(
                f"{owner} was paid {paid} and is owed {float(self.owed.get(owner, 0)):.3f}"
            )
        self.paid[owner] = paid

    def due(self, owner: str) -> Fraction:
        """Exact and unpaid; the contract owes this rounded down to a juel."""
        return self.owed.get(owner, Fraction(0)) - self.paid.get(owner, 0)
