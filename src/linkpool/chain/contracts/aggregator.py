# SPDX-License-Identifier: MIT
"""Aggregator: asks the oracles of an agreement, keeps their answers and their median."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import ResultState


class Aggregator(Contract):
    """Oracles and ServiceAgreements call it; anyone may fetch back what an oracle still owes."""

    NAME = "Aggregator"

    def reclaim(self, number: int, index: int) -> Call:
        """Once more what the oracle at `index` did not pay back at settling, for the consumer."""
        return self._call("reclaim", number, index)

    async def complete(self, number: int, oracles: int, *, block: int | None = None) -> bool:
        """Whether all `oracles` of an agreement have answered, in time or late."""
        return bool(await self._read("complete", number, oracles, block=block))

    async def answer_of(self, number: int, *, block: int | None = None) -> ResultState:
        """The result of a settled agreement."""
        known, answer, time = await self._read("answerOf", number, block=block)
        return ResultState(known=known, answer=answer, time=time)

    async def request_id_of(self, number: int, index: int, *, block: int | None = None) -> bytes:
        """The id of the request to the oracle at `index` of an agreement, from 0."""
        return bytes(await self._read("requestIdOf", number, index, block=block))

    async def agreements(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("agreements", block=block)
        return address

    async def link(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("getChainlinkToken", block=block)
        return address
