# SPDX-License-Identifier: MIT
"""Ten thousand others: nothing costs more for it (P2, P7).

On pyrevm: equal work on equally warm slots costs the same there, though it is no receipt's figure.
"""

from __future__ import annotations

from tests.contracts.stateful.build import BANK, BLOCK_TIME, STRANGER, Base, build, travel
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.world import actor
from tests.contracts.suite import ALL, LOSS_CAP

MANY = 10_000
LINK = 10**18


class Metered(Revm):
    """Knows what the last transaction cost."""

    @property
    def gas(self) -> int:
        assert self.evm.result is not None
        return self.evm.result.gas_used


def stake(base: Base, name: str) -> None:
    base.link.do(BANK, "transfer", actor(name), LINK)
    base.link.do(actor(name), "transferAndCall", base.stores[0].address, LINK, b"")


def costs(world: Metered, base: Base) -> dict[str, int]:
    """Gas of what stakers and anybody do, from one state and back to it."""
    store, found = base.stores[0], {}
    mark = world.snapshot()
    base.link.do(BANK, "transfer", store.address, LINK)
    store.do(STRANGER, "distribute")
    for name, caller, call in (
        ("part", actor("first"), ("withdraw", LINK // 2)),
        ("all", actor("first"), ("withdraw", ALL)),
        ("distribute", STRANGER, ("distribute",)),
    ):
        if name == "distribute":
            base.link.do(BANK, "transfer", store.address, LINK)
        store.do(caller, *call)
        found[name] = world.gas
    world.revert(mark)
    return found


def test_p7_nothing_costs_more_with_ten_thousand_stakers() -> None:
    world = Metered()
    base = build(world, loss_cap=LOSS_CAP)
    for name in ("first", "second", "third"):
        stake(base, name)
    travel(world, BLOCK_TIME)
    few = costs(world, base)
    for number in range(MANY):
        stake(base, f"staker {number}")
    travel(world, BLOCK_TIME)
    many = costs(world, base)
    assert base.stores[0].read("stakerCount") == MANY + 3
    # A figure with more digits has more bytes that are not zero: nothing else may differ.
    assert {name: many[name] - few[name] for name in few} == dict.fromkeys(few, 0)
