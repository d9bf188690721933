# SPDX-License-Identifier: MIT
"""The network's two tills, from LINK's logs and their own: collateral, and what agreements cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.contracts.evil.report import demand


class Till:
    """A contract that holds LINK for others; what leaves in one transaction goes where it said."""

    promise = ""

    def __init__(self) -> None:
        self.balance = 0
        self.left_for: Counter[str] = Counter()
        self.meant_for: Counter[str] = Counter()

    def came(self, sender: str, amount: int) -> None:
        self.balance += amount

    def left(self, to: str, amount: int) -> None:
        self.balance -= amount
        self.left_for[to] += amount

    def finished(self) -> None:
        left, meant = +self.left_for, +self.meant_for
        demand(left == meant, self.promise, f"{left} left, said was {meant}")
        self.left_for.clear()
        self.meant_for.clear()
        owed = self.owed()
        demand(self.balance >= owed, self.promise, f"{self.balance} here, {owed} owed")

    def owed(self) -> int:
        raise NotImplementedError


class Collateral(Till):
    """Penalties: a deposit goes back to its depositor, or its slashed part to a beneficiary."""

    promise = "P9"

    def __init__(self) -> None:
        super().__init__()
        self.deposits: Counter[tuple[str, int]] = Counter()

    def owed(self) -> int:
        return sum(self.deposits.values())

    def on_deposited(self, said: dict[str, Any]) -> None:
        self.deposits[said["depositor"], said["reference"]] += said["amount"]

    def _take(self, said: dict[str, Any], to: str) -> None:
        key, amount = (said["depositor"], said["reference"]), said["amount"]
        demand(amount <= self.deposits[key], self.promise, f"{amount} taken of {key}")
        self.deposits[key] -= amount
        self.meant_for[to] += amount

    def on_slashed(self, said: dict[str, Any]) -> None:
        self._take(said, said["beneficiary"])

    def on_released(self, said: dict[str, Any]) -> None:
        self._take(said, said["depositor"])

    HANDLERS: ClassVar[Mapping[str, Callable[..., None]]] = {
        "Deposited": on_deposited,
        "Slashed": on_slashed,
        "Released": on_released,
    }


class Agreements(Till):
    """ServiceAgreements: what was posted goes to the aggregator at the start, or back."""

    promise = "P1"

    def __init__(self, aggregator: str) -> None:
        super().__init__()
        self.aggregator = aggregator
        self.posted: dict[int, tuple[str, int]] = {}

    def owed(self) -> int:
        return sum(amount for _, amount in self.posted.values())

    def on_created(self, said: dict[str, Any]) -> None:
        terms = said["terms"]
        self.posted[said["id"]] = (said["consumer"], terms[2] * terms[4])

    def on_started(self, said: dict[str, Any]) -> None:
        self.meant_for[self.aggregator] += self.posted.pop(said["id"])[1]

    def on_cancelled(self, said: dict[str, Any]) -> None:
        consumer, amount = self.posted.pop(said["id"])
        demand(said["refund"] == amount, self.promise, f"refund {said['refund']} of {amount}")
        self.meant_for[consumer] += amount

    HANDLERS: ClassVar[Mapping[str, Callable[..., None]]] = {
        "AgreementCreated": on_created,
        "AgreementStarted": on_started,
        "AgreementCancelled": on_cancelled,
    }
