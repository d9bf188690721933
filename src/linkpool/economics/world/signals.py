# SPDX-License-Identifier: MIT
"""What stakers look at: each node's income and losses of late, as floats. Amounts are elsewhere."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from linkpool.economics.world.juels import Ints
from linkpool.economics.world.nodes import Nodes

Floats = NDArray[np.float64]

DAYS: Final = 365
_FORGOTTEN: Final = 1 / 30
"""Of what is remembered, a day."""


class Signals:
    """By node; juels a day, and parts of the stake a day."""

    def __init__(self, nodes: Nodes, income: float) -> None:
        self.income: Floats = np.full(len(nodes), income)
        self.loss: Floats = np.zeros(len(nodes))
        self.staked: Floats = nodes.staked.floats()

    def remember(self, nodes: Nodes, income: Floats, lost: Floats) -> None:
        """One more day: the stakers' part of what came in, and what they lost."""
        self.staked = nodes.staked.floats()
        self.income += (income - self.income) * _FORGOTTEN
        part = lost / np.maximum(self.staked, 1.0)
        self.loss += (part - self.loss) * _FORGOTTEN

    def paid(self, at: Ints) -> Floats:
        """A year's return on these nodes, as a fraction."""
        return self.offered(at, 0.0)

    def offered(self, at: Ints, brought: Floats | float) -> Floats:
        """The same for one who brings so many juels along."""
        found: Floats = DAYS * self.income[at] / np.maximum(self.staked[at] + brought, 1.0)
        return found - DAYS * self.loss[at]
