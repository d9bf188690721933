# SPDX-License-Identifier: MIT
"""Signed bytes: made without a key, and read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import rlp
from eth_account import Account
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from linkpool.errors import ChainUnavailable

REVERTS: Final = b"\xfe"  # calldata that starts so reverts when it is mined
_SIMULATED: Final = 1  # the y parity of a simulated signature; its r is the sender, s counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Signed bytes, read."""

    raw: bytes
    hash: str
    chain_id: int
    sender: ChecksumAddress
    nonce: int
    to: ChecksumAddress | None
    data: bytes
    value: int
    gas: int
    ceiling: int
    tip: int

    @property
    def slot(self) -> tuple[str, int]:
        return self.sender, self.nonce

    @property
    def intrinsic(self) -> int:
        return 21_000 + 16 * len(self.data)

    @property
    def succeeds(self) -> bool:
        return not self.data.startswith(REVERTS)

    def price(self, base: int) -> int:
        """Wei per gas it pays at a base fee."""
        return min(self.ceiling, base + self.tip)

    @property
    def cost(self) -> int:
        """The most it can take from its sender."""
        return self.value + self.gas * self.ceiling


class SimulatedSigner:
    """Signs for any address without its key. Two signatures of the same fields differ, as those of
    a hardware key may; with `repeats` they are the same, as those of a key in memory are.
    """

    def __init__(self, address: ChecksumAddress, *, repeats: bool = False) -> None:
        self.address = address
        self.failing = False
        self._count = itertools.repeat(1) if repeats else itertools.count(1)

    @classmethod
    def named(cls, name: str, *, repeats: bool = False) -> Self:
        return cls(to_checksum_address(keccak(name.encode())[-20:]), repeats=repeats)

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        if self.failing:
            raise ChainUnavailable("the simulated signer is away")
        to = transaction.get("to")
        numbers = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
        fields = [
            *(octets(transaction[name]) for name in numbers),
            bytes.fromhex(to[2:]) if to else b"",
            octets(transaction["value"]),
            bytes(transaction["data"]),
            [],
            octets(_SIMULATED),
            bytes.fromhex(self.address[2:]),
            octets(next(self._count)),
        ]
        encoded: bytes = rlp.encode(fields)
        return b"\x02" + encoded


def read(raw: bytes) -> Transaction:
    """What signed bytes of type 2 say."""
    fields = rlp.decode(raw[1:])
    numbers = [int.from_bytes(fields[place], "big") for place in (0, 1, 2, 3, 4, 6)]
    chain_id, nonce, tip, ceiling, gas, value = numbers
    simulated = fields[9] == octets(_SIMULATED) and len(fields[10]) == 20
    return Transaction(
        raw=raw,
        hash="0x" + keccak(raw).hex(),
        chain_id=chain_id,
        sender=to_checksum_address(fields[10] if simulated else Account.recover_transaction(raw)),
        nonce=nonce,
        to=to_checksum_address(fields[5]) if fields[5] else None,
        data=fields[7],
        value=value,
        gas=gas,
        ceiling=ceiling,
        tip=tip,
    )


def octets(number: int) -> bytes:
    """Big-endian without zeros in front."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
