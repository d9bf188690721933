# SPDX-License-Identifier: MIT
"""The independent ledger of PoolOwners (P14): who holds which shares, who is owed what of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.contracts.evil.report import demand
from tests.contracts.suite import ZERO


class OwnersBook:
    """Kept from PoolOwners' own logs and LINK's; owed in juels (or wei) times all shares."""

    def __init__(self, address: str, link: str, rest_receiver: str, whole: int) -> None:
        self.address, self.link, self.rest_receiver, self.whole = (
            address,
            link,
            rest_receiver,
            whole,
        )
        self.balance = 0
        self.owner = rest_receiver
        self.held: Counter[str] = Counter({address: whole})
        self.locked: Counter[str] = Counter()
        self.stakes: Counter[tuple[str, str]] = Counter()
        self.owed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.reserved: Counter[str] = Counter()
        self.leaving: Counter[tuple[str, int]] = Counter()
        self.claimed: Counter[tuple[str, int]] = Counter()

    # ---- LINK ----

    def came(self, sender: str, amount: int) -> None:
        self.balance += amount

    def left(self, to: str, amount: int) -> None:
        self.balance -= amount
        self.leaving[to, amount] += 1

    def finished(self, ether: int) -> None:
        """Every juel that left was claimed by who is owed it; what is owed is here."""
        demand(self.leaving == self.claimed, "P14", f"left {self.leaving}, claimed {self.claimed}")
        self.leaving.clear()
        self.claimed.clear()
        for token, here in ((self.link, self.balance), (ZERO, ether)):
            demand(here >= self.reserved[token], "P14", f"{here} of {token}, owed more")

    # ---- Logs ----

    def on_transfer(self, said: dict[str, Any]) -> None:
        sender, receiver, amount = said["sender"], said["receiver"], said["value"]
        if amount == 0 or sender == receiver:
            return
        free = self.held[sender] - self.locked[sender]
        demand(amount <= free, "P14", f"{sender} moved {amount} shares of {free}")
        self.held[sender] -= amount
        self.held[receiver] += amount

    def on_distributed(self, said: dict[str, Any]) -> None:
        token, amount = said["token"], said["amount"]
        if token == self.link:
            came = self.balance - self.reserved[token]
            demand(amount <= came, "P14", f"{amount} distributed, {came} had come")
        self.reserved[token] += amount
        owed = self.owed[token]
        for holder, shares in self.held.items():
            owed[holder] += shares * amount

    def on_claimed(self, said: dict[str, Any]) -> None:
        token, owner, amount = said["token"], said["owner"], said["amount"]
        due = self.owed[token][owner] // self.whole
        demand(amount == due, "P14", f"{owner} was paid {amount}, is owed {due}")
        self.owed[token][owner] -= amount * self.whole
        self.reserved[token] -= amount
        if token == self.link:
            payee = self.rest_receiver if owner == self.address else owner
            self.claimed[payee, amount] += 1

    def on_owner(self, said: dict[str, Any]) -> None:
        self.owner = said["new_owner"]

    def on_stake(self, said: dict[str, Any]) -> None:
        owner, amount = said["owner"], said["amount"]
        free = self.held[owner] - self.locked[owner]
        demand(amount <= free, "P14", f"{owner} locked {amount} of {free}")
        self.locked[owner] += amount
        self.stakes[owner, said["receiver"]] += amount

    def on_unstake(self, said: dict[str, Any]) -> None:
        owner, amount, receiver = said["owner"], said["amount"], said["receiver"]
        locked = self.stakes[owner, receiver]
        demand(amount <= locked, "P14", f"{owner} freed {amount} of {locked}")
        self.locked[owner] -= amount
        self.stakes[owner, receiver] -= amount

    HANDLERS: ClassVar[Mapping[str, Callable[..., None]]] = {
        "OwnershipTransferred": on_owner,
        "Transfer": on_transfer,
        "TokensDistributed": on_distributed,
        "Claimed": on_claimed,
        "OwnershipStakeAdded": on_stake,
        "OwnershipStakeRemoved": on_unstake,
    }
