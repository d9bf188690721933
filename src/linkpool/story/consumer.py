# SPDX-License-Identifier: MIT
"""The example consumer (contracts/examples/Consumer.vy), bound."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts import Contract
from linkpool.units import Juels


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The number that came, and when (unix seconds; 0: none yet)."""

    number: int
    time: int


class Consumer(Contract):
    """Asks oracles and keeps their answers; only its owner spends its LINK."""

    NAME = "Consumer"

    def ask(self, oracle: ChecksumAddress, job: bytes, payment: Juels, data: bytes) -> Call:
        return self._call("ask", oracle, job, payment, data)

    def ask_single_word(
        self, oracle: ChecksumAddress, job: bytes, payment: Juels, data: bytes
    ) -> Call:
        return self._call("askSingleWord", oracle, job, payment, data)

    def cancel(self, request: bytes) -> Call:
        """Five minutes after the request at the earliest."""
        return self._call("cancel", request)

    async def answer(self, request: bytes, *, block: int | None = None) -> Answer:
        number, time = await self._read("answers", request, block=block)
        return Answer(number=number, time=time)

    async def latest(self, *, block: int | None = None) -> bytes:
        """The request that was answered last; zeros before the first."""
        return bytes(await self._read("latest", block=block))

    async def pending(self, *, block: int | None = None) -> int:
        return int(await self._read("pending", block=block))
