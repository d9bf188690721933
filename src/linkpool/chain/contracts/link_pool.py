# SPDX-License-Identifier: MIT
"""LinkPool, NodeFactory and NodeStaking: creating nodes, reading them, the stakers' entry point."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import Approval, NodeState
from linkpool.units import Juels, Ppm

_PAGE = 100


class LinkPool(Contract):
    """Amounts in juels."""

    NAME = "LinkPool"

    # ---- Owner, creator, the node's own key ----

    def create_node(
        self, node: ChecksumAddress, operator: ChecksumAddress, limit: Juels, *, private: bool
    ) -> Call:
        return self._call("createNode", node, operator, limit, private)

    def approve_node(
        self, node: ChecksumAddress, operator: ChecksumAddress, limit: Juels, *, private: bool
    ) -> Call:
        return self._call("approveNode", node, operator, limit, private)

    def revoke_approval(self, node: ChecksumAddress) -> Call:
        return self._call("revokeApproval", node)

    def register_node(self) -> Call:
        """Sent by the node's own key at its first boot."""
        return self._call("registerNode")

    def set_creator(self, creator: ChecksumAddress, daily: int) -> Call:
        return self._call("setCreator", creator, daily)

    # ---- Views ----

    async def node(self, node: ChecksumAddress, *, block: int | None = None) -> NodeState:
        """An unknown node reverts."""
        at = await self._height(block)
        info = await self._read("getNode", node, block=at)
        return _node_state(at, info)

    async def nodes(self, *, block: int | None = None) -> list[ChecksumAddress]:
        """Every node's address in order of creation."""
        at = await self._height(block)
        found: list[ChecksumAddress] = []
        while True:
            page = await self._read("getNodes", len(found), _PAGE, block=at)
            found += page
            if len(page) < _PAGE:
                return found

    async def node_count(self, *, block: int | None = None) -> int:
        return int(await self._read("nodeCount", block=block))

    async def approval_of(self, node: ChecksumAddress, *, block: int | None = None) -> Approval:
        operator, limit, private = await self._read("approvalOf", node, block=block)
        return Approval(operator=operator, limit=Juels(limit), private=private)

    async def creator(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("creator", block=block)
        return address


class NodeFactory(Contract):
    """Called by LinkPool only; bound for its events."""

    NAME = "NodeFactory"


class NodeStaking(Contract):
    """Entry point for stakers. Amounts in juels."""

    NAME = "NodeStaking"

    def stake(self, node: ChecksumAddress, amount: Juels) -> Call:
        """Needs an allowance of LINK; LinkToken.stake needs none and is cheaper."""
        return self._call("stake", node, amount)


def _node_state(block: int, info: tuple[object, ...]) -> NodeState:
    values = iter(info)

    def take() -> object:
        return next(values)

    def account() -> ChecksumAddress:
        return take()  # type: ignore[return-value]

    def juels() -> Juels:
        return Juels(take())  # type: ignore[arg-type]

    def number() -> int:
        return take()  # type: ignore[return-value]

    return NodeState(  # in the order of ILinkPool.NodeInfo
        block=block,
        node=account(),
        storage=account(),
        operator=account(),
        operations_wallet=account(),
        enabled=bool(take()),
        private=bool(take()),
        limit=juels(),
        minimum_stake=juels(),
        staked=juels(),
        liquid=juels(),
        at_risk=juels(),
        stakers=number(),
        pending_income=juels(),
        owners_due=juels(),
        operations_due=juels(),
        escrowed=juels(),
        makers=Ppm(number()),
        operational_cost=juels(),
        minimum_payment=juels(),
        open_penalties=number(),
        loss_allowance=Ppm(number()),
    )
