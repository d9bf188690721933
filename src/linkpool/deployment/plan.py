# SPDX-License-Identifier: MIT
"""What a deployment would still do and cost, without sending anything."""

from __future__ import annotations

from dataclasses import dataclass

from linkpool.chain.connection import Connection
from linkpool.chain.fees import fees_today
from linkpool.deployment.manifest import Manifest
from linkpool.deployment.prepare import Order, remaining
from linkpool.units import Wei


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One step to come. Gas as measured, cost at the fee of this moment."""

    name: str
    gas: int
    cost: Wei


async def plan(connection: Connection, manifest: Manifest, order: Order) -> list[Planned]:
    """The steps left in order."""
    price = (await fees_today(connection, order.bounds)).expected
    return [
        Planned(name=step.name, gas=step.gas, cost=Wei(step.gas * price))
        for step in remaining(manifest, order)
    ]


def total(steps: list[Planned]) -> tuple[int, Wei]:
    """Gas and cost of all."""
    return sum(step.gas for step in steps), Wei(sum(step.cost for step in steps))
