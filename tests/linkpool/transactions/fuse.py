# SPDX-License-Identifier: MIT
"""Death at a chosen moment: between any two awaits, before and after every commit, in the middle of
a broadcast.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, TypeVar

from eth_typing import ChecksumAddress
from sqlalchemy import Connection

from linkpool.chain.rpc import Ask
from linkpool.chain.sending import Sent
from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.store.database import Database

T = TypeVar("T")


class Crash(BaseException):
    """The process is gone: nobody catches this."""


class Fuse:
    """Burns by one at each moment; the process dies when it is at its end."""

    def __init__(self) -> None:
        self.left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            self.left = None
            raise Crash
        self.left -= 1


class MortalDatabase(Database):
    """The same database under another process that may die."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        self._mortal = database
        self._fuse = fuse

    async def write(self, work: Callable[[Connection], T]) -> T:
        self._fuse.burn()
        result = await self._mortal.write(work)
        self._fuse.burn()
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        self._fuse.burn()
        return await self._mortal.read(work)


class MortalChain:
    """The chain's Rpc."""

    def __init__(self, chain: SimulatedChain, fuse: Fuse) -> None:
        self.chain_id = chain.chain_id
        self._chain = chain
        self._fuse = fuse

    async def rpc(self, method: str, *params: Any) -> Any:
        self._fuse.burn()
        return await self._chain.rpc(method, *params)

    async def batch(self, calls: Sequence[Ask]) -> list[Any | Exception]:
        self._fuse.burn()
        return await self._chain.batch(calls)

    async def broadcast(self, raws: Sequence[bytes]) -> list[Sent]:
        self._fuse.burn()
        half = len(raws) // 2
        sent = await self._chain.broadcast(raws[:half])
        self._fuse.burn()
        sent += await self._chain.broadcast(raws[half:])
        self._fuse.burn()
        return sent

    def heads(self) -> AsyncIterator[int]:
        return self._chain.heads()


class MortalSigner:
    """A signer."""

    def __init__(self, signer: SimulatedSigner, fuse: Fuse) -> None:
        self._signer = signer
        self._fuse = fuse

    @property
    def address(self) -> ChecksumAddress:
        return self._signer.address

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        self._fuse.burn()
        raw = await self._signer.sign(transaction)
        self._fuse.burn()
        return raw
