# SPDX-License-Identifier: MIT
"""Timelock: the suite's owner, and what waits."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import Operation


class Timelock(Contract):
    NAME = "Timelock"

    def announce(self, call: Call, salt: bytes) -> Call:
        """Owner only: lets `call` wait. It runs with the Timelock as its sender."""
        return self._call("announce", call.to, call.data, salt)

    def execute(self, target: ChecksumAddress, data: bytes, salt: bytes) -> Call:
        """Anyone, from ready to lapse."""
        return self._call("execute", target, data, salt)

    def cancel(self, operation: bytes) -> Call:
        return self._call("cancel", operation)

    def transfer_ownership(self, new: ChecksumAddress) -> Call:
        return self._call("transfer_ownership", new)

    def accept_ownership(self) -> Call:
        return self._call("accept_ownership")

    async def operation(self, operation: bytes, *, block: int | None = None) -> Operation:
        ready, lapse = await self._read("operation", operation, block=block)
        return Operation(ready=ready, lapse=lapse)

    async def operation_id(self, call: Call, salt: bytes) -> bytes:
        return bytes(await self._read("operationId", call.to, call.data, salt))

    async def delay(self, *, block: int | None = None) -> int:
        """Seconds."""
        return int(await self._read("delay", block=block))

    async def owner(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("owner", block=block)
        return address
