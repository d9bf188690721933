# SPDX-License-Identifier: MIT
"""LINK: ERC-20 and ERC-677, as Chainlink deployed it."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.units import Juels

_STAKE_FOR = function_signature_to_4byte_selector("stakeFor(address)")


class LinkToken(Contract):
    """Amounts in juels."""

    NAME = "LinkToken"

    async def balance_of(self, account: ChecksumAddress, *, block: int | None = None) -> Juels:
        return Juels(await self._read("balanceOf", account, block=block))

    async def allowance(
        self, owner: ChecksumAddress, spender: ChecksumAddress, *, block: int | None = None
    ) -> Juels:
        return Juels(await self._read("allowance", owner, spender, block=block))

    async def symbol(self, *, block: int | None = None) -> str:
        return str(await self._read("symbol", block=block))

    def transfer(self, to: ChecksumAddress, amount: Juels) -> Call:
        return self._call("transfer", to, amount)

    def approve(self, spender: ChecksumAddress, amount: Juels) -> Call:
        return self._call("approve", spender, amount)

    def transfer_and_call(self, to: ChecksumAddress, amount: Juels, data: bytes) -> Call:
        return self._call("transferAndCall", to, amount, data)

    def stake(self, storage: ChecksumAddress, amount: Juels) -> Call:
        """Stake of the sender straight into a node's PoolStorage, in one transaction."""
        return self.transfer_and_call(storage, amount, b"")

    def stake_for(self, storage: ChecksumAddress, staker: ChecksumAddress, amount: Juels) -> Call:
        """Stake that the sender pays and `staker` owns."""
        return self.transfer_and_call(storage, amount, _STAKE_FOR + encode(["address"], [staker]))

    def stake_through_entry(
        self, entry: ChecksumAddress, node: ChecksumAddress, amount: Juels
    ) -> Call:
        """Stake of the sender through NodeStaking, which finds the storage of `node`."""
        return self.transfer_and_call(entry, amount, encode(["address"], [node]))
