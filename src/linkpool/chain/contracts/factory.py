# SPDX-License-Identifier: MIT
"""PoolStorageFactory: the registry, every node's storage, the whitelist of penalty destinations."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import DestinationState, SuiteState

LOGIC = ("LinkPool", "NodeFactory", "Node", "NodeStaking")
"""The contracts that one registry write replaces, in order of deployment."""


class PoolStorageFactory(Contract):
    NAME = "PoolStorageFactory"

    # ---- Deployer, then timelock ----

    def initialise(self, implementation: ChecksumAddress) -> Call:
        return self._call("initialise", implementation)

    def set_contract(self, name: str, new: ChecksumAddress, code_hash: bytes) -> Call:
        """`code_hash` of the code at `new`, 32 zero bytes where it is 0x0."""
        return self._call("setContract", name, new, code_hash)

    def seal(self) -> Call:
        return self._call("seal")

    # ---- Owner and anyone ----

    def announce_destination(self, target: ChecksumAddress) -> Call:
        return self._call("announceDestination", target)

    def remove_destination(self, target: ChecksumAddress) -> Call:
        return self._call("removeDestination", target)

    def activate_destination(self, target: ChecksumAddress) -> Call:
        return self._call("activateDestination", target)

    # ---- Views ----

    async def get_contract(self, name: str, *, block: int | None = None) -> ChecksumAddress:
        """0x0 where the name is empty."""
        return await self._address("getContract", name, block=block)

    async def storage_of(
        self, node: ChecksumAddress, *, block: int | None = None
    ) -> ChecksumAddress:
        """The PoolStorage of a node; an unknown node reverts."""
        return await self._address("getStorageInstance", node, block=block)

    async def storage_count(self, *, block: int | None = None) -> int:
        return int(await self._read("storageCount", block=block))

    async def link(self, *, block: int | None = None) -> ChecksumAddress:
        return await self._address("link", block=block)

    async def pool_owners(self, *, block: int | None = None) -> ChecksumAddress:
        return await self._address("poolOwners", block=block)

    async def timelock(self, *, block: int | None = None) -> ChecksumAddress:
        return await self._address("timelock", block=block)

    async def is_barred(self, account: ChecksumAddress, *, block: int | None = None) -> bool:
        """Whether the account has a part in the suite, so that it cannot be a staker or a node."""
        return bool(await self._read("isBarred", account, block=block))

    async def is_logic(self, account: ChecksumAddress, *, block: int | None = None) -> bool:
        return bool(await self._read("isLogic", account, block=block))

    async def state(self, *, block: int | None = None) -> SuiteState:
        at = await self._height(block)
        return SuiteState(
            block=at,
            sealed=bool(await self._read("isSealed", block=at)),
            owner=await self._address("owner", block=at),
            delay=int(await self._read("delay", block=at)),
            implementation=await self._address("implementation", block=at),
            registry=await self._address("poolStorage", block=at),
            data=await self._address("poolData", block=at),
            storages=await self.storage_count(block=at),
        )

    async def destinations(self, *, block: int | None = None) -> list[DestinationState]:
        """The whole whitelist, removed entries included, in order of first announcement."""
        at = await self._height(block)
        count = int(await self._read("destinationCount", block=at))
        return [
            await self._destination(await self._read("destinationAt", index, block=at), at)
            for index in range(count)
        ]

    async def destination(
        self, target: ChecksumAddress, *, block: int | None = None
    ) -> DestinationState:
        at = await self._height(block)
        return await self._destination(await self._read("destination", target, block=at), at)

    async def _destination(
        self, entry: tuple[ChecksumAddress, int, bytes, int, int], at: int
    ) -> DestinationState:
        target, state, code_hash, ready, lapse = entry
        return DestinationState(
            block=at,
            target=target,
            state=state,
            code_hash="0x" + code_hash.hex(),
            ready=ready,
            lapse=lapse,
            valid=bool(await self._read("isDestination", target, block=at)),
        )

    async def _address(
        self, function: str, *arguments: object, block: int | None = None
    ) -> ChecksumAddress:
        address: ChecksumAddress = await self._read(function, *arguments, block=block)
        return address
