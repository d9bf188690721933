# SPDX-License-Identifier: MIT
"""Stakers who come and go, and everybody else who moves LINK: donors, owners, strangers."""

from __future__ import annotations

from linkpool.units import link
from tests.contracts.model.node_model import ALL, demand
from tests.flows.agreements.chain import Deed, Mined, Person
from tests.flows.agreements.world import Side, World

SHARES = 4_000 * 10**18  # all of PoolOwners
ACTS = {
    "stake": 9,
    "withdraw part": 6,
    "withdraw all": 6,
    "claim": 4,
    "donate": 1,
    "distribute": 2,
    "owners": 1,
    "cost": 1,
}


class People:
    """Whoever acts at a time is drawn then."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.owners_booked = 0
        self.owners_paid: dict[str, int] = {one.address: 0 for one in world.shareholders}
        self.by_address = {one.address: one for one in world.stakers}

    def act(self, time: int) -> None:
        name = self.random.choices(list(ACTS), list(ACTS.values()))[0]
        self.world.clock.alone(time, lambda: getattr(self, "_" + name.replace(" ", "_"))())

    def first_stakes(self, time: int) -> None:
        """Everybody on one node, each node with some large and some small ones."""
        for number, staker in enumerate(self.world.stakers):
            side = self.world.sides[number % len(self.world.sides)]
            amount = self._amount() if number >= 10 else link("30000") + number
            self.world.clock.alone(
                time,
                lambda s=staker, n=side, a=amount: [self.stake(s, n, a)],  # type: ignore[misc]
            )

    def _amount(self) -> int:
        roll = self.random
        most = roll.choice((link("2"), link("50"), link("3000"), link("20000")))
        return roll.choice((roll.randint(link("1"), most), most, link("1")))

    def _side(self) -> Side:
        return self.random.choice(self.world.sides)

    # ---- Stakers ----

    def _stake(self) -> list[Deed]:
        staker = self.random.choice(self.world.stakers)
        amount = min(self._amount(), self.world.books.held[staker.address])
        return [self.stake(staker, self._side(), amount)] if amount >= link("1") else []

    def stake(self, staker: Person, side: Side, amount: int) -> Deed:
        def refusal(_now: int) -> str:
            return "" if side.book.enabled else "storage: node is disabled"

        return self.world.pay(staker, side.store.address, amount, refusal=refusal)

    def _withdraw_part(self) -> list[Deed]:
        found = self._staked()
        if found is None:
            return []
        side, staker = found
        free = int(side.book.model.free_now(staker.address, -1)) - 1
        asked = max(1, free // self.random.choice((1, 2, 3, 10, 1_000)))
        return [self.withdraw(staker, side, asked)] if free > 1 else []

    def _withdraw_all(self) -> list[Deed]:
        found = self._staked()
        # A node without anybody is the end's.
        if found is None or len(found[0].book.model.units) < 3:
            return []
        return [self.withdraw(found[1], found[0], ALL)]

    def withdraw(self, staker: Person, side: Side, asked: int) -> Deed:
        """Straight from custody, or through Node."""
        world, facts = self.world, {"asked": asked}
        if self.random.random() < 0.5:
            return world.call(staker, side.store, "withdraw", asked, facts=facts)
        return world.call(staker, world.node, "withdrawStake", side.key.address, asked, facts=facts)

    def _staked(self) -> tuple[Side, Person] | None:
        side = self._side()
        units = sorted(side.book.model.units)
        return (side, self.by_address[self.random.choice(units)]) if units else None

    def _claim(self) -> list[Deed]:
        side = self._side()
        leavers = sorted({who for one in side.book.model.records.values() for who in one.faces})
        if not leavers:
            return []
        who = self.random.choice(leavers)
        held = [r.id for r in side.book.model.records.values() if who in r.faces]
        ids = self.random.sample(held, min(len(held), self.random.randint(1, 10)))
        return [self.claim(side, who, ids)]

    def claim(self, side: Side, who: str, ids: list[int]) -> Deed:
        """By the leaver or by anyone: it is paid to the leaver."""
        model = side.book.model
        due = sum(model.records[id].payable(who) for id in ids)

        def done(mined: Mined) -> None:
            self.world.reached["exit claim paid"] += due > 0
            left = sum(model.records[id].payable(who) for id in ids)
            demand(left == 0, f"P9: {left} of {who}'s claims were not paid")

        by = self.random.choice((self.world.stranger, self.by_address[who]))
        facts = {"ids": ids}
        return self.world.call(by, side.store, "claimExit", who, ids, facts=facts, done=done)

    # ---- Others ----

    def _donate(self) -> list[Deed]:
        """LINK by plain transfer: income of whoever is staked."""
        world, side = self.world, self._side()
        amount = self.random.choice((1, 7, link("0.5") + 3, link("20")))
        self.world.reached["donation"] += 1
        return [world.call(world.stranger, world.link, "transfer", side.store.address, amount)]

    def _distribute(self) -> list[Deed]:
        return [self.distribute(self._side())]

    def distribute(self, side: Side) -> Deed:
        return self.world.call(self.world.stranger, side.store, "distribute")

    def _cost(self) -> list[Deed]:
        side = self._side()
        cost = self.random.choice((0, link("0.02") + 1, link("0.05")))
        return [
            self.world.call(
                side.operator, self.world.node, "setOperationalCost", side.key.address, cost
            )
        ]

    def _owners(self) -> list[Deed]:
        """What arrived at PoolOwners is booked, then one of them is paid, to the juel."""
        world = self.world
        if world.books.held[world.owners.address] <= self.owners_booked - self._paid():
            return []
        holder = self.random.choice(world.shareholders)
        world.clock.alone(world.clock.now + 1, lambda: [self.owners_claim(holder)])
        return [self.owners_book()]

    def owners_book(self) -> Deed:
        world = self.world

        def done(_mined: Mined) -> None:
            self.owners_booked = world.books.held[world.owners.address] + self._paid()

        return world.call(
            world.stranger, world.owners, "distributeTokens", world.link.address, done=done
        )

    def owners_claim(self, holder: Person) -> Deed:
        world = self.world
        shares = world.owners.read("balanceOf", holder.address)
        before = world.books.held[holder.address]

        def done(_mined: Mined) -> None:
            paid = world.books.held[holder.address] - before
            self.owners_paid[holder.address] += paid
            exact = self.owners_booked * shares // SHARES
            said = self.owners_paid[holder.address]
            demand(said == exact, f"P14: {holder} was paid {said}, exact {exact}")

        return world.call(
            world.stranger,
            world.owners,
            "claimFor",
            holder.address,
            world.link.address,
            done=done,
        )

    def _paid(self) -> int:
        return sum(self.owners_paid.values())
