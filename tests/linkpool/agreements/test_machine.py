# SPDX-License-Identifier: MIT
"""Anything may happen to the process and its chain: one bid for an agreement at most, never more
collateral than the share allows, never a bid that may come too late, and what can be done is done.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.agreements.policy import Policy
from linkpool.errors import ChainUnavailable
from linkpool.transactions import IntentState
from linkpool.units import Juels, Ppm, link
from tests.linkpool.agreements.worlds import Died, World

SHARE = Ppm(600_000)  # of 20 LINK: two agreements of 5
POLICY = Policy(maximum_penalty=link("6"), collateral_share=SHARE, lead=24)
OVER = (IntentState.FAILED, IntentState.CANCELLED)

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(1, 4)),
        st.tuples(st.just("mine"), st.integers(1, 4)),
        st.tuples(st.just("replace"), st.integers(1, 3)),
        st.tuples(st.just("lose"), st.integers(1, 3)),
        st.tuples(st.just("die"), st.integers(1, 4)),
        st.tuples(st.just("outage"), st.integers(0, 1)),
        st.tuples(st.just("hold"), st.integers(0, 1)),
    ),
    max_size=14,
)


@settings(max_examples=20, deadline=None)
@given(OPERATIONS)
def test_whatever_happens(operations: list[tuple[str, int]]) -> None:
    asyncio.run(lived(World(policy=POLICY), operations))


async def lived(world: World, operations: list[tuple[str, int]]) -> None:
    try:
        await world.begin()
        for kind, number in operations:
            await happen(world, kind, number)
            await holds(world)
        world.chain.endpoints[0].up, world.chain.holding = True, False
        world.chain.release()
        world.restart()
        await world.mine(24)
        await holds(world)
        # Nobody else bids, so all ends with the consumers' money and the collateral given back.
        assert set(world.chain.state.stages.values()) <= {"cancelled"}
        assert not any(world.chain.state.reserved.values())
    finally:
        world.database.close()


async def happen(world: World, kind: str, number: int) -> None:
    chain = world.chain
    if kind == "post":
        if number not in chain.state.agreements:
            chain.post(world.agreement(number, penalty=Juels(link("5") + len(chain.blocks) % 2)))
            chain.mine()
    elif kind == "mine":
        for _ in range(number):
            chain.mine()
            await look(world)
    elif kind in ("replace", "lose"):
        if len(chain.blocks) - number > 3:  # the deposit stays
            chain.reorganise(number, lose=kind == "lose")
    elif kind == "die":
        world.restart(dies_at=number, committed=bool(number % 2))
    elif kind == "outage":
        chain.endpoints[0].up = not number
    else:
        chain.holding = bool(number)
        if not number:
            chain.release()
    await look(world)


async def look(world: World) -> None:
    try:
        await world.look()
    except ChainUnavailable:
        pass
    except Died:
        world.restart()


async def holds(world: World) -> None:
    state = world.chain.state
    for number in state.bids:
        assert world.bids(number).count(world.oracle) <= 1
    assert sum(state.reserved.values()) <= link("20") * SHARE // 1_000_000
    alive = Counter(
        row.key.partition(":bid:")[0]
        for row in await world.intents()
        if ":bid:" in row.key and row.state not in OVER and not row.cancel
    )
    assert all(count <= 1 for count in alive.values())
