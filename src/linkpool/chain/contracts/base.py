# SPDX-License-Identifier: MIT
"""What every binding has: typed reads at a block, calls to be sent, decoded events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from eth_typing import ChecksumAddress

from linkpool.chain.calls import NO_ETHER, Call, Event, Log
from linkpool.chain.codec import Codec, codec
from linkpool.chain.connection import Connection
from linkpool.errors import UsageError
from linkpool.units import Wei


class Contract:
    """One contract at one address. Reads are async and take `block`; everything else returns a
    Call.
    """

    NAME: ClassVar[str]

    def __init__(self, connection: Connection, address: ChecksumAddress) -> None:
        self.connection = connection
        self.address = address

    @property
    def codec(self) -> Codec:
        return codec(self.NAME)

    async def events(self, *names: str, first: int, last: int) -> list[Event]:
        """Its events with these names (none: all), blocks `first` to `last` included."""
        topics = [self.codec.topics(names)] if names else []
        logs = await self.connection.logs(
            addresses=[self.address], topics=topics, first=first, last=last
        )
        return self.decode_logs(logs)

    def decode_logs(self, logs: Iterable[Log]) -> list[Event]:
        """The events among `logs` that this contract wrote."""
        mine = (self.codec.event(log) for log in logs if log.address == self.address)
        return [event for event in mine if event is not None]

    async def _read(
        self,
        function: str,
        *arguments: Any,
        block: int | None = None,
        sender: ChecksumAddress | None = None,
    ) -> Any:
        call = self._call(function, *arguments)
        raw = await self.connection.call(call, sender=sender, block=block)
        if not raw and self.codec.functions[function]["outputs"]:
            raise UsageError(
                f"there is no {self.NAME} at {self.address}: is this the right network?"
            )
        return self.codec.decode(function, raw)

    def _call(
        self, function: str, *arguments: Any, value: Wei = NO_ETHER, gas: int | None = None
    ) -> Call:
        entry = self.codec.functions[function]
        names = [field.get("name", "") for field in entry["inputs"]]
        return Call(
            to=self.address,
            data=self.codec.encode(function, arguments),
            value=value,
            what=f"{self.NAME}.{function}",
            method=dict(entry),
            arguments=tuple(zip(names, arguments, strict=True)),
            gas=gas,
        )

    async def _height(self, block: int | None) -> int:
        """`block`, or the head: facts always name the block they were read at."""
        return await self.connection.block_number() if block is None else block
