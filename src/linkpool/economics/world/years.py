# SPDX-License-Identifier: MIT
"""The whole pool, day by day for years: consumers ask, nodes answer and fail, stakers come and go.

Every juel is accounted for: what came in is what is there and what went out, or the run fails.
Prices and gas stay as they are (their chances are in simulation.py); a node that fails is sent its
penalty and loses it on the same day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from linkpool import units
from linkpool.economics.errors import ModelError
from linkpool.economics.parameters import Parameters
from linkpool.economics.penalty import PPM
from linkpool.economics.world import penalties
from linkpool.economics.world.crowd import Crowd
from linkpool.economics.world.juels import Ints, Juels
from linkpool.economics.world.nodes import DAY, Nodes
from linkpool.economics.world.plan import Plan, plan
from linkpool.economics.world.signals import DAYS, Floats, Signals
from linkpool.economics.year import Year

_BLOCKS: Final = DAY // 12
_BEGIN: Final = 20_000 * DAY
_UNRELIABLE: Final = 1.0
"""How unlike the nodes' chances of a fault are: the standard deviation of their logarithm."""


def ahead(
    p: Parameters,
    *,
    years: int,
    stakers: int,
    nodes: int | None = None,
    seed: int = 1,
    done: Callable[[int], None] = lambda _year: None,
) -> list[Year]:
    """One future. UsageError where there is nothing to run, or too much. `done` hears of each
    year.
    """
    found = []
    for year in World(plan(p, years=years, stakers=stakers, nodes=nodes, seed=seed)).years():
        found.append(year)
        done(year.number)
    return found


class World:
    """One future; the same plan has the same one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = np.random.Generator(np.random.PCG64(plan.seed))
        self.nodes = Nodes(plan.nodes, plan.terms, now=_BEGIN)
        unlike = self.dice.lognormal(-(_UNRELIABLE**2) / 2, _UNRELIABLE, plan.nodes)
        self.missed: Floats = np.minimum(plan.missed * unlike, 1.0)
        # Wrong are so many of all answers; drawn are those that were not late.
        self.wrong = min(plan.wrong / (1 - plan.late), 1.0) if plan.late < 1 else 0.0
        self.crowd = Crowd(plan, self.dice)
        self.margin = plan.payment - self.nodes.costs(plan.payment).get(0)
        self.stakers_part = float(self.margin) * (PPM - plan.terms.makers) / PPM
        self.signals = Signals(self.nodes, plan.asked * self.stakers_part)
        self.day = self.asked = self.answered = self.penalties = self.unpunished = 0
        self.lost = self.owners = self.operations = 0
        everybody = self.dice.permutation(plan.stakers)
        for part in np.array_split(everybody, max(1, plan.stakers // 1_000)):
            self.crowd.join(self.nodes, self.signals, part)

    def years(self) -> Iterator[Year]:
        """One after the other."""
        before = self._counts()
        for number in range(1, self.plan.years + 1):
            for _ in range(DAYS):
                self.next_day()
            self.check()
            counts = self._counts()
            joined, left, *rest = (now - was for now, was in zip(counts, before, strict=True))
            before = counts
            asked, answered, sent, unpunished, lost, owners, operations = rest
            low, median = self._returns()
            yield Year(
                number=number,
                staked=units.Juels(self.nodes.staked.sum()),
                stakers=self.crowd.inside,
                lowest=low,
                median=median,
                joined=joined,
                left=left,
                asked=asked,
                answered=answered,
                penalties=sent,
                unpunished=unpunished,
                lost=units.Juels(lost),
                owners=units.Juels(owners),
                operations=units.Juels(operations),
            )

    def next_day(self) -> None:
        plan, nodes = self.plan, self.nodes
        self.day += 1
        nodes.now += DAY
        nodes.block += _BLOCKS
        self.crowd.look(nodes, self.signals)
        counts: Ints = self.dice.poisson(plan.asked * plan.growth**self.day, plan.nodes)
        missed = self.dice.binomial(counts, self._silent())
        answered = counts - missed
        late = self.dice.binomial(answered, plan.late)
        wrong = self.dice.binomial(answered - late, self.wrong)
        nodes.ask(plan.payment, counts)
        nodes.answer(plan.payment, answered)
        nodes.cancel(plan.payment, missed)
        self.asked += int(counts.sum())
        self.answered += int(answered.sum())
        lost = self._punish(2 * (missed + wrong) + late)
        owners, operations = nodes.distribute(slice(self.day % plan.every, None, plan.every))
        self.owners += owners.sum()
        self.operations += operations.sum()
        income: Floats = answered.astype(np.float64) * self.stakers_part
        self.signals.remember(nodes, income, lost)

    def check(self) -> None:
        """P3, exactly: what is in custody is what came in less what went out; nothing too wide."""
        penalties.narrow(self.nodes.staked)
        came = self.crowd.paid_in + self.answered * self.plan.payment
        went = self.crowd.paid_out + self.owners + self.operations + self.lost
        held = sum(self.nodes.balances())
        if held != came - went:
            raise ModelError(f"day {self.day}: {held} juels in custody, {came - went} left of all")

    def _silent(self) -> Floats:
        """Each node's chance not to answer today."""
        if self.dice.random() < self.plan.outage:
            found: Floats = 1 - (1 - self.missed) * (1 - self.plan.down)
            return found
        return self.missed

    def _punish(self, halves: Ints) -> Floats:
        """Penalties of today, in halves, as far as the loss caps let them through: juels, owners'
        pledges included.
        """
        lost = np.zeros(len(halves))
        if not self.plan.penalty:
            return lost
        failed = np.flatnonzero(halves * self.nodes.has_shares)
        wanted = Juels.same(self.plan.penalty // 2, len(failed)).times(halves[failed])
        taken = penalties.slash(self.nodes, failed, wanted)
        sent = int(taken.any().sum())
        self.penalties += sent
        self.unpunished += len(failed) - sent
        self.lost += taken.sum()
        lost[failed] = taken.floats()
        return lost

    def _returns(self) -> tuple[float, float]:
        at = self.crowd.where[self.crowd.where >= 0]
        if not len(at):
            return 0.0, 0.0
        low, median = np.quantile(self.signals.paid(at), [0.05, 0.5])
        return float(low), float(median)

    def _counts(self) -> tuple[int, ...]:
        crowd = self.crowd
        return (
            crowd.joined,
            crowd.left,
            self.asked,
            self.answered,
            self.penalties,
            self.unpunished,
            self.lost,
            self.owners,
            self.operations,
        )
