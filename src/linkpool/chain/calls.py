# SPDX-License-Identifier: MIT
"""What could be sent to the chain: the bindings make calls, a sender signs them, or they are
printed unsigned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.units import Wei

NO_ETHER = Wei(0)
GAS_LIMIT = 16_777_216  # of one transaction (EIP-7825)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One transaction without sender, nonce and fee. `to` None creates a contract."""

    to: ChecksumAddress | None
    data: bytes
    value: Wei = NO_ETHER
    what: str
    """For people: `Node.setStakeLimit`."""
    method: dict[str, Any] | None = None
    """The ABI entry, for tools that show arguments (Safe)."""
    arguments: tuple[tuple[str, Any], ...] = ()
    """Name and value of each argument, in order."""
    gas: int | None = None
    """A gas limit that replaces the estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One decoded log."""

    contract: ChecksumAddress
    name: str
    fields: dict[str, Any]
    block: int
    block_hash: bytes
    tx: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One raw log as a node gives it."""

    address: ChecksumAddress
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    block_hash: bytes
    tx: str
    index: int

    def event(self, name: str, fields: dict[str, Any]) -> Event:
        """What it says, once decoded."""
        return Event(
            contract=self.address,
            name=name,
            fields=fields,
            block=self.block,
            block_hash=self.block_hash,
            tx=self.tx,
            index=self.index,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A mined transaction. A reverted one never becomes a Receipt: it raises TxReverted."""

    tx: str
    block: int
    block_hash: bytes
    gas: int
    price: Wei
    """Wei per gas really paid."""
    created: ChecksumAddress | None
    logs: tuple[Log, ...] = field(repr=False)

    @property
    def cost(self) -> Wei:
        return Wei(self.gas * self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFact:
    """A mined transaction, whether it succeeded or not."""

    tx: str
    block: int
    block_hash: bytes
    succeeded: bool
    gas: int
    price: Wei
    """Wei per gas really paid."""
    created: ChecksumAddress | None
    logs: tuple[Log, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """EIP-1559 fees in wei per gas."""

    base: Wei
    tip: Wei
    ceiling: Wei

    @property
    def expected(self) -> Wei:
        """What a unit of gas will most likely cost."""
        return Wei(min(self.base + self.tip, self.ceiling))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A simulated call: it would succeed now, with this gas, at this price."""

    call: Call
    sender: ChecksumAddress
    gas: int
    fees: Fees

    @property
    def cost(self) -> Wei:
        """What it will most likely cost, without the ether it sends."""
        return Wei(self.gas * self.fees.expected)

    @property
    def limit(self) -> int:
        """Gas limit to sign: the call's own, or a quarter above the estimate."""
        return self.call.gas or min(self.gas * 5 // 4, GAS_LIMIT)

    @property
    def reserve(self) -> Wei:
        """What a node wants to see in the sender's account before it takes the transaction."""
        return Wei(self.call.value + self.limit * self.fees.ceiling)
