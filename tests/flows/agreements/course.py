# SPDX-License-Identifier: MIT
"""A whole run: days of agreements, then everybody goes home; checked each day and at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from linkpool.chain.anvil import Anvil
from linkpool.units import link
from tests.contracts.model.node_model import ALL, demand
from tests.flows.agreements.accounts import check, furthest, missed, nothing_left
from tests.flows.agreements.bargains import PLOTS, Bargains
from tests.flows.agreements.chain import Mined
from tests.flows.agreements.collateral import FATES, Collaterals
from tests.flows.agreements.people import People
from tests.flows.agreements.world import NODES, Alter, World

DAY = 86_400
# Of one day: how many agreements, and how often somebody acts.
AGREEMENTS, ACTS = 10, 24


class Course:
    """`agreements` of them, all from one seed."""

    def __init__(
        self,
        anvil: Anvil,
        folder: Path,
        *,
        seed: int,
        agreements: int,
        alter: Alter | None = None,
    ) -> None:
        self.seed = seed
        self.agreements = agreements
        self.world = World(anvil, folder, seed, alter)
        self.people = People(self.world)
        self.bargains = Bargains(self.world)
        self.collaterals = Collaterals(self.world)
        self.blocks = 0
        self.world.on_block.append(self._count)

    def _count(self, _block: list[Mined]) -> None:
        self.blocks += 1

    def run(self) -> None:
        world = self.world
        self.people.first_stakes(world.clock.now + 1)
        plots = self._plots()
        day = world.clock.now // DAY * DAY + DAY
        for number, first in enumerate(range(0, self.agreements, AGREEMENTS)):
            # After the hour in which the loss window still looks at the day before.
            begin = day + number * DAY + 4_000
            world.run(begin)
            world.clock.now = max(world.clock.now, begin)
            self._day(begin, plots[first : first + AGREEMENTS])
            world.run(begin + DAY // 2)
            check(world, self.people)
        self._end()

    def _plots(self) -> list[str]:
        """Each at least once, in a drawn order."""
        roll = self.world.random
        rest = max(0, self.agreements - len(PLOTS))
        plots = [*PLOTS[: self.agreements], *roll.choices(PLOTS, k=rest)]
        roll.shuffle(plots)
        return plots

    def _day(self, begin: int, plots: list[str]) -> None:
        """Collateral first, then agreements while it lasts; people at any time, also after it."""
        roll = self.world.random
        for node in range(NODES):
            for later in (0, roll.randint(300, 800)):
                if later == 0 or roll.random() < 0.6:
                    self.collaterals.send(begin + later, node, roll.choice(FATES))
        for plot in plots:
            self.bargains.post(begin + 60 + roll.randint(0, 1_100), plot)
        for _ in range(ACTS):
            self.people.act(begin + roll.choice((roll.randint(0, 2_000), roll.randint(0, 8_000))))

    # ---- The end ----

    def _end(self) -> None:
        """All that still waits happens; then everybody is paid and leaves."""
        world, clock = self.world, self.world.clock
        world.run(ALL)
        unfinished = [deal.number for deal in self.bargains.unfinished]
        demand(not unfinished, f"unfinished agreements: {unfinished}")
        clock.now += DAY
        for side in world.sides:
            clock.alone(clock.now, lambda s=side: [self.people.distribute(s)])  # type: ignore[misc]
        world.run(ALL)
        for side in world.sides:
            for who in sorted(side.book.model.units):
                staker = self.people.by_address[who]
                clock.alone(
                    clock.now,
                    lambda s=staker, n=side: [self.people.withdraw(s, n, ALL)],  # type: ignore[misc]
                )
        world.run(ALL)
        self._claims()
        for side in world.sides:
            clock.alone(clock.now, lambda s=side: [self.people.distribute(s)])  # type: ignore[misc]
        world.run(ALL)
        clock.alone(clock.now, lambda: [self.people.owners_book()])
        for holder in world.shareholders:
            clock.alone(clock.now, lambda h=holder: [self.people.owners_claim(h)])  # type: ignore[misc]
        world.run(ALL)
        check(world, self.people)
        self.dust = nothing_left(world)

    def _claims(self) -> None:
        world = self.world
        for side in world.sides:
            records = side.book.model.records.values()
            for who in sorted({who for record in records for who in record.faces}):
                held = [record.id for record in records if who in record.faces]
                for first in range(0, len(held), 10):
                    ids = held[first : first + 10]
                    world.clock.alone(
                        world.clock.now,
                        lambda s=side, w=who, i=ids: [self.people.claim(s, w, i)],  # type: ignore[misc]
                    )
        world.run(ALL)

    # ---- What it came to ----

    def report(self) -> Iterator[str]:
        world, network = self.world, self.world.network
        seen = {name: sum(side.book.seen[name] for side in world.sides) for name in SEEN}
        slashed = sum(network.slashed.values())
        yield (
            f"seed {self.seed}: {len(network.deals)} agreements, {world.chain.mined} transactions "
            f"in {self.blocks} blocks; {len(network.deposits)} deposits, {slashed / link('1'):.2f} "
            f"LINK slashed, {network.passed_over} slashes came too late, {missed(world)} missed"
        )
        yield ", ".join(f"{times} x {name}" for name, times in seen.items())
        yield ", ".join(f"{times} x {name}" for name, times in sorted(world.reached.items()))
        yield from furthest(world)
        yield f"every juel accounted for; {self.dust} juels of leavers' claims are rounding's"


SEEN = (
    "Staked",
    "Withdrawal",
    "ExitClaimOpened",
    "ExitClaimed",
    "Settled",
    "Distributed",
    "LossBooked",
    "return after the loss was booked",
    "stake while a loss may come back",
    "withdrawal while a loss may come back",
)
