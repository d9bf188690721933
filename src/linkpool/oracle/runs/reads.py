# SPDX-License-Identifier: MIT
"""The chain as tasks read it: its failures are those of a task, or a reason to try later."""

from __future__ import annotations

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from linkpool.chain import wire
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.rpc import RpcRefused
from linkpool.errors import ChainUnavailable, TxReverted
from linkpool.oracle.errors import TaskError, TryLater


class Reads:
    """ChainReads of a Connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(
        self,
        to: str,
        data: bytes,
        *,
        sender: str | None = None,
        gas: int | None = None,
        block: int | str = "latest",
    ) -> bytes:
        call = Call(to=_address(to), data=data, what="eth_call", gas=gas)
        request = wire.request(call, None if sender is None else _address(sender))
        tag = hex(block) if isinstance(block, int) else block
        try:
            return wire.octets(await self._connection.rpc("eth_call", request, tag))
        except (TxReverted, ChainUnavailable) as error:
            raise _failure(error) from None

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        call = Call(to=_address(to), data=data, what="eth_estimateGas")
        request = wire.request(call, None if sender is None else _address(sender))
        try:
            return wire.number(await self._connection.rpc("eth_estimateGas", request))
        except (TxReverted, ChainUnavailable) as error:
            raise _failure(error) from None


def _address(text: str) -> ChecksumAddress:
    if not is_address(text):
        raise TaskError(f"{text[:60]!r} is not an address")
    return to_checksum_address(text)


def _failure(error: TxReverted | ChainUnavailable) -> TaskError:
    if isinstance(error, TxReverted):
        return TaskError(f"the contract refuses: {error.reason}")
    if isinstance(error, RpcRefused) and not error.elsewhere:
        return TaskError(str(error))
    return TryLater(str(error))
