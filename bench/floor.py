# SPDX-License-Identifier: MIT
"""The least that an action can cost on this EVM, whoever writes the contract.

Counted is what no implementation of the same observable effect can leave out: the transaction and
its calldata, each account and slot touched for the first time, each slot that ends up different,
each log, and the price of a call into another contract. Not counted is everything that a better
compiler could shave off: instructions, memory, hashing, dispatch, a second look at a warm slot,
locks, and the forwarding code of a clone. Prague prices (EIP-2929, 3529, 7623).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

TRANSACTION = 21_000
COLD_ACCOUNT = 2_600
COLD_SLOT = 2_100
WARM = 100
FILL = 20_000
CHANGE = 2_900
REFUND_CLEARED = 4_800
REFUND_RESTORED_EMPTY = 19_900
CREATE = 32_000
CODE_BYTE = 200

KINDS = ("transaction", "accounts", "reads", "writes", "logs", "calls", "creation")


def calldata(data: bytes) -> int:
    """4 gas for a zero byte, 16 for another."""
    zeros = data.count(0)
    return 4 * zeros + 16 * (len(data) - zeros)


def least(data: bytes) -> int:
    """What a transaction with this calldata costs at least (EIP-7623)."""
    zeros = data.count(0)
    return TRANSACTION + 10 * zeros + 40 * (len(data) - zeros)


def padded(size: int) -> int:
    """Bytes that dynamic data of this size takes in an ABI encoding."""
    return -(-size // 32) * 32


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be paid for."""

    kind: str
    name: str
    gas: int


@dataclass(slots=True)
class Floor:
    """A sum under construction: every method adds to it and returns it."""

    data: bytes
    items: list[Item] = field(default_factory=list)
    earned: int = 0
    inside: bool = False
    """Only a part of a transaction: neither its own gas nor its calldata's."""

    def __post_init__(self) -> None:
        if not self.inside:
            self._add("transaction", "transaction", TRANSACTION)
            self._add("transaction", "calldata", calldata(self.data))

    def accounts(self, *names: str) -> Self:
        """Accounts touched for the first time (not the sender, not the one called first)."""
        return self._each("accounts", names, COLD_ACCOUNT)

    def reads(self, *names: str) -> Self:
        """Slots read and not changed."""
        return self._each("reads", names, COLD_SLOT)

    def changes(self, *names: str) -> Self:
        """Slots that hold something before and something else after."""
        return self._each("writes", names, COLD_SLOT + CHANGE)

    def fills(self, *names: str) -> Self:
        """Slots that were empty."""
        return self._each("writes", names, COLD_SLOT + FILL)

    def clears(self, *names: str) -> Self:
        """Slots that end up empty."""
        self.earned += REFUND_CLEARED * len(names)
        return self._each("writes", names, COLD_SLOT + CHANGE)

    def passes(self, *names: str) -> Self:
        """Empty slots that are filled and emptied on the way, as a balance LINK passes through."""
        self.earned += REFUND_RESTORED_EMPTY * len(names)
        return self._each("writes", names, COLD_SLOT + FILL + WARM)

    def log(self, name: str, topics: int, size: int) -> Self:
        """An event with so many topics, its name's included, and bytes of data."""
        return self._add("logs", name, 375 + 375 * topics + 8 * size)

    def calls(self, *names: str) -> Self:
        """Calls into contracts touched before; the first touch is paid for as an account."""
        return self._each("calls", names, WARM)

    def creates(self, name: str, size: int) -> Self:
        """A contract with `size` bytes of code."""
        return self._add("creation", name, CREATE + CODE_BYTE * size)

    @property
    def refund(self) -> int:
        return min(self.earned, self._sum() // 5)

    @property
    def gas(self) -> int:
        spent = self._sum() - self.refund
        return spent if self.inside else max(spent, least(self.data))

    def of(self, kind: str) -> tuple[int, list[str]]:
        """Gas of one kind, and what for."""
        found = [item for item in self.items if item.kind == kind]
        return sum(item.gas for item in found), [item.name for item in found]

    def _sum(self) -> int:
        return sum(item.gas for item in self.items)

    def _each(self, kind: str, names: tuple[str, ...], gas: int) -> Self:
        for name in names:
            self._add(kind, name, gas)
        return self

    def _add(self, kind: str, name: str, gas: int) -> Self:
        self.items.append(Item(kind, name, gas))
        return self
