# SPDX-License-Identifier: MIT
"""Reputation: what one provider knows of the oracles that joined it."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import StandingState
from linkpool.units import Juels, Ppm


class Reputation(Contract):
    """Amounts in juels, ratios in ppm. An oracle is a PoolStorage."""

    NAME = "Reputation"

    def join(self, oracle: ChecksumAddress) -> Call:
        """By a sender or the operator of `oracle`."""
        return self._call("join", oracle)

    def admit(self, oracle: ChecksumAddress) -> Call:
        """By the provider's owner, where it is not open."""
        return self._call("admit", oracle)

    async def standing(self, oracle: ChecksumAddress, *, block: int | None = None) -> StandingState:
        """All zero, and no member, for a stranger."""
        at = await self._height(block)
        member, assigned, completed, missed, late, wrong, lost, elapsed, score = await self._read(
            "standing", oracle, block=at
        )
        return StandingState(
            block=at,
            oracle=oracle,
            member=member,
            assigned=assigned,
            completed=completed,
            missed=missed,
            late=late,
            wrong=wrong,
            lost=Juels(lost),
            elapsed=elapsed,
            score=Ppm(score),
        )

    async def members(self, *, block: int | None = None) -> list[ChecksumAddress]:
        """In the order they joined."""
        at = await self._height(block)
        count = await self.member_count(block=at)
        return [await self._read("memberAt", index, block=at) for index in range(count)]

    async def member_count(self, *, block: int | None = None) -> int:
        return int(await self._read("memberCount", block=block))

    async def is_open(self, *, block: int | None = None) -> bool:
        """Whether every oracle may join without being admitted."""
        return bool(await self._read("isOpen", block=block))

    async def owner(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("owner", block=block)
        return address

    async def agreements(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("agreements", block=block)
        return address
