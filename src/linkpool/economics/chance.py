# SPDX-License-Identifier: MIT
"""Dice: the same seed throws the same. Floats draw what happens; amounts never pass through one."""

from __future__ import annotations

import math
from decimal import Decimal
from random import Random
from typing import Final

from linkpool.economics.exact import exact

_WIDE: Final = 25  # variance from which the bell is as good as counting


def dice(seed: int, path: int) -> Random:
    """Each path has its own, so that more paths leave the first ones as they were."""
    return Random(f"{seed}/{path}")


def drift(random: Random, volatility: Decimal) -> Decimal:
    """A month's factor of a price: log-normal, 1 on average."""
    bell = random.gauss()
    if not volatility:
        return Decimal(1)
    spread = float(volatility)
    return Decimal(f"{math.exp(spread * bell - spread * spread / 2):.12g}")


@exact
def events(random: Random, trials: int, chance: Decimal) -> int:
    """How many of `trials` happen. Exact draws while they are few, else the normal law's."""
    if not trials or not chance:
        return 0
    rate = float(chance)
    if rate > 0.5:
        return trials - events(random, trials, 1 - chance)
    variance = trials * rate * (1 - rate)
    if variance > _WIDE:
        drawn = round(trials * rate + math.sqrt(variance) * random.gauss())
        return min(max(drawn, 0), trials)
    return _counted(random, trials, rate)


def _counted(random: Random, trials: int, rate: float) -> int:
    """By the lengths of the gaps between two events."""
    found, place = 0, 0
    while True:
        place += 1 + math.floor(math.log(1 - random.random()) / math.log1p(-rate))
        if place > trials:
            return found
        found += 1
