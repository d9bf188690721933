# SPDX-License-Identifier: MIT
"""PoolStorage: one node's custody, ledger, terms and oracle."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import Announcement, NodeState, PenaltyState
from linkpool.units import Juels, Ppm

EVERYTHING = Juels(2**256 - 1)
"""`withdraw` with this amount pays all that can leave."""

TERMS = {"makers": 0, "ceiling": 1, "wallet": 2, "cost": 3, "payment": 4}
"""Name and number of the terms of a node that money depends on."""

_STATE = (
    "nodeAddress",
    "operator",
    "operationsWallet",
    "policy",
    "totalStaked",
    "liquid",
    "atRisk",
    "stakerCount",
    "pendingIncome",
    "ownersDue",
    "operationsDue",
    "escrowed",
    "makersPercentage",
    "operationalCost",
    "minimumPayment",
    "openPenalties",
    "lossAllowance",
)


class PoolStorage(Contract):
    """Amounts in juels."""

    NAME = "PoolStorage"

    # ---- Stakers and anyone ----

    def withdraw(self, amount: Juels) -> Call:
        return self._call("withdraw", amount)

    def claim_exit(self, staker: ChecksumAddress, ids: Sequence[int]) -> Call:
        return self._call("claimExit", staker, list(ids))

    def distribute(self) -> Call:
        return self._call("distribute")

    def resolve_overdue(self, target: ChecksumAddress, reference: bytes) -> Call:
        return self._call("resolveOverdue", target, reference)

    def activate_term(self, term: int) -> Call:
        return self._call("activateTerm", term)

    def set_release_allowed(self, allowed: bool) -> Call:
        return self._call("setReleaseAllowed", allowed)

    # ---- Operator ----

    def send_penalty(self, target: ChecksumAddress, amount: Juels, reference: bytes) -> Call:
        return self._call("sendPenalty", target, amount, reference)

    def set_authorized_senders(self, senders: Sequence[ChecksumAddress]) -> Call:
        return self._call("setAuthorizedSenders", list(senders))

    def transfer_operator(self, proposed: ChecksumAddress) -> Call:
        return self._call("transferOperator", proposed)

    def accept_operator(self) -> Call:
        return self._call("acceptOperator")

    # ---- The node's key ----

    def fulfil(
        self,
        request_id: bytes,
        payment: Juels,
        callback: ChecksumAddress,
        function: bytes,
        expiration: int,
        answer: bytes,
        *,
        gas: int | None = None,
    ) -> Call:
        """One word as the answer (`fulfillOracleRequest`)."""
        return self._call(
            "fulfillOracleRequest",
            request_id,
            payment,
            callback,
            function,
            expiration,
            answer,
            gas=gas,
        )

    def fulfil2(
        self,
        request_id: bytes,
        payment: Juels,
        callback: ChecksumAddress,
        function: bytes,
        expiration: int,
        answer: bytes,
        *,
        gas: int | None = None,
    ) -> Call:
        """An encoded answer whose first word is the request's id (`fulfillOracleRequest2`)."""
        return self._call(
            "fulfillOracleRequest2",
            request_id,
            payment,
            callback,
            function,
            expiration,
            answer,
            gas=gas,
        )

    # ---- Views: all of it ----

    async def state(self, *, block: int | None = None) -> NodeState:
        """The node as its own storage has it: nothing that can be replaced is asked."""
        at = await self._height(block)
        views = await asyncio.gather(*(self._read(view, block=at) for view in _STATE))
        found = dict(zip(_STATE, views, strict=True))
        enabled, private, _, limit, minimum = found["policy"]
        return NodeState(
            block=at,
            node=found["nodeAddress"],
            storage=self.address,
            operator=found["operator"],
            operations_wallet=found["operationsWallet"],
            enabled=enabled,
            private=private,
            limit=Juels(limit),
            minimum_stake=Juels(minimum),
            staked=Juels(found["totalStaked"]),
            liquid=Juels(found["liquid"]),
            at_risk=Juels(found["atRisk"]),
            stakers=found["stakerCount"],
            pending_income=Juels(found["pendingIncome"]),
            owners_due=Juels(found["ownersDue"]),
            operations_due=Juels(found["operationsDue"]),
            escrowed=Juels(found["escrowed"]),
            makers=Ppm(found["makersPercentage"]),
            operational_cost=Juels(found["operationalCost"]),
            minimum_payment=Juels(found["minimumPayment"]),
            open_penalties=len(found["openPenalties"]),
            loss_allowance=Ppm(found["lossAllowance"]),
        )

    # ---- Views: the ledger ----

    async def stake_of(self, staker: ChecksumAddress, *, block: int | None = None) -> Juels:
        """The booked ledger: income that has arrived and is not settled is not in it."""
        return Juels(await self._read("stakeOf", staker, block=block))

    async def shares_of(self, staker: ChecksumAddress, *, block: int | None = None) -> int:
        return int(await self._read("sharesOf", staker, block=block))

    async def withdrawable(self, staker: ChecksumAddress, *, block: int | None = None) -> Juels:
        """What a full withdrawal would pay now, income included."""
        return Juels(await self._read("withdrawable", staker, block=block))

    async def simulate_withdraw(self, amount: Juels, staker: ChecksumAddress) -> Juels:
        """What this withdrawal would pay in the next block; TxReverted where it would fail."""
        raw = await self.connection.simulate(self.withdraw(amount), sender=staker)
        return Juels(self.codec.decode("withdraw", raw))

    async def simulate_distribute(self, sender: ChecksumAddress) -> tuple[Juels, Juels]:
        """What a distribution would pay in the next block: owners, operations."""
        raw = await self.connection.simulate(self.distribute(), sender=sender)
        owners, operations = self.codec.decode("distribute", raw)
        return Juels(owners), Juels(operations)

    async def overdue(self, *, block: int | None = None) -> tuple[Juels, int]:
        """What overdue penalties may still give back to stakers, and until when (unix seconds)."""
        stakers, until = await self._read("overdue", block=block)
        return Juels(stakers), until

    async def exit_claim_of(
        self, staker: ChecksumAddress, ids: Sequence[int], *, block: int | None = None
    ) -> tuple[Juels, Juels]:
        """Of claims on these records: what is still open, and what would be paid now."""
        still, payable = await self._read("exitClaimOf", staker, list(ids), block=block)
        return Juels(still), Juels(payable)

    async def total_staked(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("totalStaked", block=block))

    async def total_shares(self, *, block: int | None = None) -> int:
        return int(await self._read("totalShares", block=block))

    async def staker_count(self, *, block: int | None = None) -> int:
        return int(await self._read("stakerCount", block=block))

    async def at_risk(self, *, block: int | None = None) -> Juels:
        """LINK in open penalties, gross."""
        return Juels(await self._read("atRisk", block=block))

    async def stakers_at_risk(self, *, block: int | None = None) -> Juels:
        """The part of `at_risk` that would fall on today's stakers."""
        return Juels(await self._read("stakersAtRisk", block=block))

    async def owners_due(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("ownersDue", block=block))

    async def operations_due(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("operationsDue", block=block))

    async def pending_income(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("pendingIncome", block=block))

    async def escrowed(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("escrowed", block=block))

    async def open_penalties(self, *, block: int | None = None) -> tuple[int, ...]:
        return tuple(await self._read("openPenalties", block=block))

    async def penalty_count(self, *, block: int | None = None) -> int:
        return int(await self._read("penaltyCount", block=block))

    async def penalty_by_id(self, record: int, *, block: int | None = None) -> PenaltyState:
        at = await self._height(block)
        return _penalty(at, await self._read("penaltyById", record, block=at))

    async def penalty(
        self, target: ChecksumAddress, reference: bytes, *, block: int | None = None
    ) -> PenaltyState:
        """`state` 0 where the reference was never used for this target."""
        at = await self._height(block)
        return _penalty(at, await self._read("penalty", target, reference, block=at))

    # ---- Views: terms ----

    async def makers_percentage(self, *, block: int | None = None) -> Ppm:
        return Ppm(await self._read("makersPercentage", block=block))

    async def operational_cost(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("operationalCost", block=block))

    async def cost_ceiling(self, *, block: int | None = None) -> Ppm:
        return Ppm(await self._read("costCeiling", block=block))

    async def enabled(self, *, block: int | None = None) -> bool:
        return bool((await self._read("policy", block=block))[0])

    async def minimum_payment(self, *, block: int | None = None) -> Juels:
        return Juels(await self._read("minimumPayment", block=block))

    async def announcement(self, term: int, *, block: int | None = None) -> Announcement:
        value, ready, lapse = await self._read("announcement", term, block=block)
        return Announcement(value=value, ready=ready, lapse=lapse)

    async def staker_allowed(self, staker: ChecksumAddress, *, block: int | None = None) -> bool:
        return bool(await self._read("stakerAllowed", staker, block=block))

    async def node_address(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("nodeAddress", block=block)
        return address

    async def operator(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("operator", block=block)
        return address

    async def factory(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("factory", block=block)
        return address

    async def is_authorized_sender(
        self, account: ChecksumAddress, *, block: int | None = None
    ) -> bool:
        return bool(await self._read("isAuthorizedSender", account, block=block))


def _penalty(at: int, values: Sequence[int]) -> PenaltyState:
    number, state, amount, pledge, returned, claims, weight, deadline = values
    return PenaltyState(
        block=at,
        id=number,
        state=state,
        amount=Juels(amount),
        pledge=Juels(pledge),
        returned=Juels(returned),
        claims=Juels(claims),
        weight=Ppm(weight),
        deadline=deadline,
    )
