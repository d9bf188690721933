# SPDX-License-Identifier: MIT
"""Deposits and what becomes of them: fetched back in parts, by anyone in the last minute, after the
deadline, or resolved as overdue by anyone and paid back late.
"""

from __future__ import annotations

from linkpool.economics.penalty import PPM
from linkpool.units import link
from tests.flows.agreements.chain import Deed, Mined, Person
from tests.flows.agreements.network import MARGIN, Collateral
from tests.flows.agreements.world import DELAY, LIFE, World

FATES = (
    "fetched in parts",
    "released by anyone",
    "released at the first moment",
    "released after the deadline",
    "overdue, back at once",
    "overdue, back within the delay",
    "overdue, back after the delay",
    "fetched in part, the rest overdue",
)


class Collaterals:
    """All deposits of a run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random

    def send(self, time: int, node: int, fate: str) -> None:
        self.world.clock.alone(time, lambda: self._sending(node, fate))

    def _sending(self, node: int, fate: str) -> list[Deed]:
        world = self.world
        side = world.sides[node]
        model = side.book.model
        allowed = side.store.read("lossAllowance") * model.staked // PPM
        most = min(allowed, model.staked - model.stakers_at_risk)
        amount = int(most * self.random.uniform(0.2, 0.7))
        if amount < link("1"):
            return []
        side.reference += 1
        reference = side.reference
        word = reference.to_bytes(32, "big")
        place, first = (side.store, ()) if node % 2 else (world.node, (side.key.address,))
        return [
            world.call(
                side.operator,
                place,
                "sendPenalty",
                *first,
                world.penalties.address,
                amount,
                word,
                done=lambda mined: self._sent(node, reference, amount, fate, mined),
            )
        ]

    def _sent(self, node: int, reference: int, amount: int, fate: str, mined: Mined) -> None:
        world, clock, roll = self.world, self.world.clock, self.random
        deadline = mined.time + LIFE
        deposit = Collateral(node=node, reference=reference, balance=amount, deadline=deadline)
        world.network.deposits[node, reference] = deposit
        world.reached[f"collateral: {fate}"] += 1
        stranger = world.stranger
        if roll.random() < 0.2:
            clock.alone(mined.time + 100, lambda: [self._release(deposit, stranger)])
            clock.alone(mined.time + 100, lambda: [self._resolve(deposit)])
        if fate.startswith("fetched"):
            for later in (roll.randint(300, 900), roll.randint(900, 1_500)):
                clock.alone(mined.time + later, lambda: self._fetch(deposit, fate))
        back = deadline - MARGIN + roll.randint(0, MARGIN - 2)
        if fate == "released at the first moment":
            back = deadline - MARGIN
        if fate == "released after the deadline":
            back = deadline + roll.randint(1, 200)
        if "overdue" in fate:
            resolved = deadline + roll.choice((1, 1, 60))
            clock.alone(resolved, lambda: [self._resolve(deposit)])
            back = resolved + {"at once": 1, "within the delay": roll.randint(100, 3_000)}.get(
                fate.removeprefix("overdue, back "), DELAY + roll.randint(1, 2_000)
            )
        clock.alone(back, lambda: [self._release(deposit, stranger)])
        if back < deadline:
            # What was still reserved then.
            last = deadline - MARGIN // 2 + roll.randint(0, 20)
            clock.alone(last, lambda: [] if deposit.closed else [self._release(deposit, stranger)])

    def _fetch(self, deposit: Collateral, fate: str) -> list[Deed]:
        """By the operator; where the rest is to be overdue, never the last of it."""
        if fate != "fetched in parts" and not deposit.reserved:
            return []
        return [self._release(deposit, self.world.sides[deposit.node].operator)]

    def _release(self, deposit: Collateral, by: Person) -> Deed:
        world, network = self.world, self.world.network
        side = world.sides[deposit.node]
        own = by is side.operator
        return world.call(
            by,
            world.penalties,
            "release",
            side.store.address,
            deposit.reference,
            refusal=lambda now: network.release_refusal(deposit, own, now),
            done=lambda mined: self._released(deposit, mined),
        )

    def _released(self, deposit: Collateral, mined: Mined) -> None:
        reached = self.world.reached
        reached["released in part"] += bool(deposit.reserved and deposit.free)
        reached["released with something reserved"] += bool(
            deposit.reserved and mined.time + MARGIN // 2 >= deposit.deadline
        )
        self.world.network.release(deposit, mined.time)

    def _resolve(self, deposit: Collateral) -> Deed:
        world = self.world
        side = world.sides[deposit.node]
        word = deposit.reference.to_bytes(32, "big")
        place = world.penalties.address

        def refusal(now: int) -> str:
            found = {(r.target, r.reference): r for r in side.book.model.records.values()}
            if not found[place, word].open:
                return "storage: no such open penalty"
            return "" if now > deposit.deadline else "storage: deadline not passed"

        def done(_mined: Mined) -> None:
            world.reached["resolved overdue by anyone"] += 1

        return world.call(
            world.stranger, side.store, "resolveOverdue", place, word, refusal=refusal, done=done
        )
