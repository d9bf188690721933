# SPDX-License-Identifier: MIT
"""Node: policy and terms of any node."""

from __future__ import annotations

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.units import Juels, Ppm


class Node(Contract):
    """Every function names the node it means. Amounts in juels, ratios in ppm."""

    NAME = "Node"

    # ---- The staker, anyone ----

    def withdraw_stake(self, node: ChecksumAddress, amount: Juels) -> Call:
        return self._call("withdrawStake", node, amount)

    def distribute(self, node: ChecksumAddress) -> Call:
        return self._call("distribute", node)

    # ---- Owner, operator ----

    def set_stake_limit(self, node: ChecksumAddress, limit: Juels) -> Call:
        return self._call("setStakeLimit", node, limit)

    def set_enabled(self, node: ChecksumAddress, enabled: bool) -> Call:
        return self._call("setEnabled", node, enabled)

    def set_private(self, node: ChecksumAddress, private: bool) -> Call:
        return self._call("setPrivate", node, private)

    def set_staker_allowed(
        self, node: ChecksumAddress, staker: ChecksumAddress, allowed: bool
    ) -> Call:
        return self._call("setStakerAllowed", node, staker, allowed)

    def set_minimum_stake(self, node: ChecksumAddress, minimum: Juels) -> Call:
        return self._call("setMinimumStake", node, minimum)

    def set_makers_percentage(self, node: ChecksumAddress, ratio: Ppm) -> Call:
        return self._call("setMakersPercentage", node, ratio)

    def set_cost_ceiling(self, node: ChecksumAddress, ratio: Ppm) -> Call:
        return self._call("setCostCeiling", node, ratio)

    def set_operational_cost(self, node: ChecksumAddress, amount: Juels) -> Call:
        return self._call("setOperationalCost", node, amount)

    def set_minimum_payment(self, node: ChecksumAddress, amount: Juels) -> Call:
        return self._call("setMinimumPayment", node, amount)

    def set_operations_wallet(self, node: ChecksumAddress, wallet: ChecksumAddress) -> Call:
        return self._call("setOperationsWallet", node, wallet)

    def cancel_announcement(self, node: ChecksumAddress, term: int) -> Call:
        return self._call("cancelAnnouncement", node, term)

    def send_penalty(
        self, node: ChecksumAddress, target: ChecksumAddress, amount: Juels, reference: bytes
    ) -> Call:
        return self._call("sendPenalty", node, target, amount, reference)

    # ---- Views ----

    async def pending_distribution(
        self, node: ChecksumAddress, *, block: int | None = None
    ) -> tuple[Juels, Juels, Juels]:
        """What a distribution would give now: operations, owners, stakers."""
        operations, owners, stakers = await self._read("pendingDistribution", node, block=block)
        return Juels(operations), Juels(owners), Juels(stakers)
