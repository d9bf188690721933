# SPDX-License-Identifier: MIT
"""Penalties: collateral of oracles, a destination for what a PoolStorage's sendPenalty sends."""

from __future__ import annotations

from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import DepositState
from linkpool.units import Juels

REFERENCES: Final = 2**40
"""A deposit's reference is a number below it."""


class Penalties(Contract):
    """Amounts in juels. A depositor is a PoolStorage; a reference names one of its deposits."""

    NAME = "Penalties"

    def release(self, depositor: ChecksumAddress, reference: int) -> Call:
        """Back to the depositor: what is not reserved; near the deadline everything, by anyone."""
        return self._call("release", depositor, reference)

    async def simulate_release(
        self, depositor: ChecksumAddress, reference: int, sender: ChecksumAddress
    ) -> Juels:
        """What this release would send back in the next block; TxReverted where it would fail."""
        call = self.release(depositor, reference)
        raw = await self.connection.simulate(call, sender=sender)
        return Juels(self.codec.decode("release", raw))

    async def deposit(
        self, depositor: ChecksumAddress, reference: int, *, block: int | None = None
    ) -> DepositState:
        """All zero where there is none."""
        at = await self._height(block)
        balance, reserved, deadline, closed = await self._read(
            "deposit", depositor, reference, block=at
        )
        return DepositState(
            block=at,
            balance=Juels(balance),
            reserved=Juels(reserved),
            deadline=deadline,
            closed=closed,
        )

    async def margin(self, *, block: int | None = None) -> int:
        """Seconds before a deposit's deadline in which it backs nothing."""
        return int(await self._read("MARGIN", block=block))

    async def agreements(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("agreements", block=block)
        return address

    async def link(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("getChainlinkToken", block=block)
        return address
