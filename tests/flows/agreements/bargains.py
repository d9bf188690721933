# SPDX-License-Identifier: MIT
"""Agreements from posting to settling, with whatever can go wrong; the plot of each is named.

Nobody runs an oracle here: the test bids, answers and settles with the nodes' keys, so that it
chooses who does what at which second. Times are even seconds, amounts juels.
"""

from __future__ import annotations

from eth_utils.crypto import keccak

from linkpool.units import link
from tests.flows.agreements.chain import Deed, Mined, person
from tests.flows.agreements.dealings import NOBODY, Dealings
from tests.flows.agreements.network import LATE_TIME, OPEN, STARTED, Deal
from tests.flows.agreements.world import NODES, World

PRICE = link("0.1")
# Each at least once in any run that is long enough.
PLOTS = (
    "right",
    "silent",
    "late",
    "wrong",
    "last second",
    "a second late",
    "after the late time",
    "few answers",
    "few bids",
    "never started",
    "dearer",
    "disabled",
    "little gas",
    "slow",
    "without a penalty",
    "above the collateral",
    "hurried",
    "a mixture",
)


class Bargains:
    """All agreements of a run."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = world.random
        self.deeds = Dealings(world)
        self.beneficiaries = [person(f"beneficiary{i}") for i in range(2)]
        self.truth = 2_000 * 10**8

    @property
    def unfinished(self) -> list[Deal]:
        return [d for d in self.world.network.deals.values() if d.state in (OPEN, STARTED)]

    # ---- Posting ----

    def post(self, time: int, plot: str) -> None:
        self.world.clock.even(time, lambda: [self._posting(plot)])

    def _posting(self, plot: str) -> Deed:
        """Slashes go to the consumer, to somebody else, or to a node: then they are its income."""
        roll = self.random
        consumer = roll.choice(self.world.consumers)
        named = roll.choice((NOBODY, NOBODY, *(one.address for one in self.beneficiaries)))
        if roll.random() < 0.1:
            named = roll.choice(self.world.sides).store.address
        deal = self._terms(plot, self.world.account_of(consumer), named)
        return self.deeds.post(
            consumer, deal, named, lambda mined: self._posted(deal, plot, mined.time)
        )

    def _terms(self, plot: str, consumer: str, named: str) -> Deal:
        roll, now = self.random, self.world.clock.now
        oracles = NODES if plot == "few bids" else roll.choice((2, 3, 3, 4))
        bid_deadline = now + 2 * roll.randint(6, 20)
        return Deal(
            consumer=consumer,
            beneficiary=consumer if named == NOBODY else named,
            job=keccak(text=f"job.{now}"),
            data=roll.randbytes(roll.randint(0, 100)),
            oracles=oracles,
            minimum=oracles if plot == "few answers" else roll.randint(1, oracles),
            payment=roll.randint(PRICE, 20 * PRICE),
            penalty=0 if plot == "without a penalty" else self._penalty(plot),
            bid_deadline=bid_deadline,
            answer_deadline=bid_deadline + 2 * roll.randint(10, 30) + (plot == "a second late"),
            tolerance=10_000 if plot == "wrong" else roll.choice((0, 10_000, 50_000, 10**6)),
            trusted=plot == "little gas" or roll.random() < 0.7,
        )

    def _penalty(self, plot: str) -> int:
        """Of what the nodes have put up: some deposits back several of them."""
        free = sorted(one.free for one in self.world.network.deposits.values() if not one.closed)
        most = free[len(free) // 2] if free else link("1")
        if plot == "above the collateral":
            return 2 * (free[-1] if free else most) + 1
        return max(1, int(most * self.random.uniform(0.05, 0.5)))

    def _posted(self, deal: Deal, plot: str, now: int) -> None:
        clock, roll = self.world.clock, self.random
        self.world.reached[f"plot: {plot}"] += 1
        nodes = roll.sample(range(NODES), NODES)
        if plot == "few bids":
            nodes = nodes[:-1]
        spread = (deal.bid_deadline - now) // 2 - 1
        for node in nodes:
            time = now + 2 * roll.randint(1, spread)
            clock.even(time, lambda node=node: self._bid(deal, node, plot))  # type: ignore[misc]
        if plot in ("hurried", "a mixture"):
            clock.even(now + 2, lambda: self._hurry(deal))
        if plot in ("dearer", "disabled"):
            clock.even(deal.bid_deadline - 2, lambda: self._fall_out(deal, plot))
        begin = deal.bid_deadline + 2 * roll.choice((0, 0, 1, 4))
        if plot == "never started":
            begin = deal.answer_deadline - 8
        clock.even(begin, lambda: self._begin(deal, plot))

    # ---- Bidding ----

    def _bid(self, deal: Deal, node: int, plot: str) -> list[Deed]:
        """Mostly on what the node can bid on; now and then twice in one block."""
        network, roll, now = self.world.network, self.random, self.world.clock.now
        mine = [one for one in network.deposits.values() if one.node == node]
        fit = [
            one.reference
            for one in mine
            if deal.penalty and not network.bid_refusal(deal, node, one.reference, now)
        ]
        if not fit and deal.penalty and plot != "above the collateral" and roll.random() < 0.8:
            return []
        reference = roll.choice(fit) if fit else max((one.reference for one in mine), default=1)
        times = 2 if roll.random() < 0.1 else 1
        return [self.deeds.bid(deal, node, reference) for _ in range(times)]

    def _hurry(self, deal: Deal) -> list[Deed]:
        """What comes too early, or from a stranger."""
        stranger = self.world.stranger
        return [
            self.deeds.bid_of_a_stranger(deal),
            self.deeds.start(deal, stranger),
            self.deeds.cancel(deal, stranger),
            self.deeds.settle(deal, stranger),
        ]

    def _fall_out(self, deal: Deal, plot: str) -> list[Deed]:
        """Between bid and start a bidder stops taking requests; soon it takes them again."""
        world = self.world
        side = world.sides[next(iter(deal.bids), 0)]
        key, node, later = side.key.address, world.node, world.clock.now + 14
        by, name, off, on = world.owner, "setEnabled", 0, 1
        if plot == "dearer":
            by, name, off, on = side.operator, "setMinimumPayment", 100 * PRICE, int(PRICE)
        world.clock.even(later, lambda: [world.call(by, node, name, key, on)])
        return [world.call(side.operator, node, name, key, off)]

    # ---- Starting ----

    def _begin(self, deal: Deal, plot: str) -> list[Deed]:
        world = self.world
        by = self.random.choice((world.stranger, *(side.key for side in world.sides)))
        if world.network.start_refusal(deal, world.clock.now):
            return [self.deeds.start(deal, world.stranger), self.deeds.cancel(deal, by)]
        start = self.deeds.start(deal, by, lambda mined: self._started(deal, plot, mined))
        if plot != "little gas":
            return [start]
        world.clock.even(world.clock.now + 2, lambda: [start])
        return [self.deeds.start(deal, world.stranger, gas=400_000)]

    def _started(self, deal: Deal, plot: str, mined: Mined) -> None:
        world, clock = self.world, self.world.clock
        world.reached["request refused"] += len(deal.refused)
        for place, node in enumerate(deal.chosen):
            time, value = self._conduct(deal, plot, place, mined.time)
            if time and node not in deal.refused:
                # Twice where they are in a hurry.
                for later in (0, 2)[: 2 if plot == "hurried" else 1]:
                    clock.even(
                        time + later,
                        lambda n=node, v=value: [self._answer(deal, n, v)],  # type: ignore[misc]
                    )
        if plot == "hurried":
            clock.even(mined.time + 2, lambda: [self.deeds.settle(deal, world.stranger)])
        patience = {"after the late time": 120, "slow": 1_500}
        last = deal.settle_time + patience.get(plot, 2 * self.random.choice((0, 0, 5, 30)))
        clock.even(last, lambda: self._settle(deal))

    def _conduct(self, deal: Deal, plot: str, place: int, now: int) -> tuple[int, int]:
        """When one of the chosen answers, 0 for never, and what."""
        roll, deadline = self.random, deal.answer_deadline
        value = self.truth + roll.randint(-(self.truth // 300), self.truth // 300)
        time = now + 2 * roll.randint(1, max(1, (deadline - now) // 2 - 1))
        faulty = place == 0 or roll.random() < 0.15
        if plot == "a mixture":
            plot, faulty = roll.choice(("right", "silent", "late", "wrong", "last second")), True
        if not faulty:
            return time, value
        if plot == "wrong":
            return time, value * roll.choice((-1, 0, 2, 10**9))
        times = {
            "silent": 0,
            "slow": 0,
            "few answers": 0,
            "late": deadline + 2 * roll.randint(1, LATE_TIME // 2),
            "last second": deadline,
            "a second late": deadline + 1,
            "after the late time": deal.settle_time + 2 * roll.randint(1, 90),
        }
        return times.get(plot, time), value

    # ---- Answering, settling ----

    def _answer(self, deal: Deal, node: int, value: int) -> Deed:
        def then(_mined: Mined) -> None:
            if deal.complete:
                self.world.clock.even(self.world.clock.now + 2, lambda: self._settle(deal))

        return self.deeds.answer(deal, node, value, then)

    def _settle(self, deal: Deal) -> list[Deed]:
        """By anyone; some try with too little gas first."""
        world, roll = self.world, self.random
        if deal.state != STARTED:
            return []
        if deal.trusted and roll.random() < 0.15:
            stranger = world.stranger
            poor = self.deeds.settle(deal, stranger, gas=150_000)
            return [poor, self.deeds.settle(deal, stranger)]
        return [self.deeds.settle(deal, roll.choice((world.stranger, world.sides[0].key)))]
