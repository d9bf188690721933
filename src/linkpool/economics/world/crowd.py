# SPDX-License-Identifier: MIT
"""The stakers: who looks today, who leaves a node that pays too little, who joins a better one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from linkpool.economics.errors import Refused
from linkpool.economics.world import stakes
from linkpool.economics.world.juels import Ints
from linkpool.economics.world.nodes import Nodes
from linkpool.economics.world.plan import Plan
from linkpool.economics.world.signals import Signals

LOOK_DAYS: Final = 30
"""A staker looks at the returns once in so many days, on average."""
COMPARED: Final = 4
"""Nodes that one looks at before joining one of them."""
PATIENCE: Final = 0.8
"""Of the return that one wants: who gets less leaves."""
_UNLIKE: Final = 0.5
"""Of what they want, and of what they have: the standard deviation of its logarithm."""
_OUT: Final = -1


class Crowd:
    """Wealth is whole juels; floats only decide."""

    def __init__(self, plan: Plan, dice: np.random.Generator) -> None:
        many = plan.stakers
        self.dice = dice
        self.names = [f"s{k}" for k in range(many)]
        parts = dice.lognormal(0, _UNLIKE, many)
        grains = (parts / parts.sum() * 10**9).astype(np.int64)
        self.wealth = [plan.interest * grain // 10**9 for grain in grains.tolist()]
        self.has = np.array(self.wealth, dtype=np.float64)
        self.target = plan.target * dice.lognormal(0, _UNLIKE, many)
        self.where: Ints = np.full(many, _OUT, dtype=np.int64)
        self.joined = self.left = self.refused = self.paid_in = self.paid_out = 0

    @property
    def inside(self) -> int:
        return int((self.where != _OUT).sum())

    def look(self, nodes: Nodes, signals: Signals) -> None:
        """Today's part of them."""
        number = self.dice.binomial(len(self.names), 1 / LOOK_DAYS)
        looking = np.unique(self.dice.integers(0, len(self.names), number))
        outside = self.where[looking] == _OUT
        self._leave(nodes, signals, looking[~outside])
        self.join(nodes, signals, looking[outside])

    def join(self, nodes: Nodes, signals: Signals, who: Ints) -> None:
        """Those of `who` to whom one of the nodes they compare offers enough, and has the room."""
        compared = self.dice.integers(0, len(nodes), (len(who), COMPARED))
        brought = self.has[who][:, None]
        fits = signals.staked[compared] + brought <= nodes.limit.floats()[compared]
        offered = np.where(fits, signals.offered(compared, brought), -np.inf)
        best = offered.argmax(axis=1)
        rows = np.arange(len(who))
        wants = offered[rows, best] >= self.target[who]
        chosen = compared[rows, best]
        for k, i in zip(who[wants].tolist(), chosen[wants].tolist(), strict=True):
            try:
                stakes.stake(nodes, i, self.names[k], self.wealth[k])
            except Refused:
                # Others of today took the room.
                self.refused += 1
                continue
            self.paid_in += self.wealth[k]
            signals.staked[i] += self.has[k]
            self.where[k] = i
            self.joined += 1

    def _leave(self, nodes: Nodes, signals: Signals, who: Ints) -> None:
        at = self.where[who]
        poor: NDArray[np.bool_] = signals.paid(at) < self.target[who] * PATIENCE
        for k, i in zip(who[poor].tolist(), at[poor].tolist(), strict=True):
            paid = stakes.withdraw(nodes, i, self.names[k], stakes.EVERYTHING)
            self.paid_out += paid
            signals.staked[i] -= float(paid)
            self.wealth[k] = paid
            self.has[k] = float(paid)
            self.where[k] = _OUT
            self.left += 1
