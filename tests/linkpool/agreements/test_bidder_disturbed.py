# SPDX-License-Identifier: MIT
"""What comes between the loop and its bids: replaced blocks, cancellations, outages, kills."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from linkpool.chain.codec import codec
from linkpool.errors import ChainUnavailable
from linkpool.store.database import Database
from linkpool.store.tables import intents
from linkpool.transactions.withdrawal import WITHDRAWN
from linkpool.units import link
from tests.linkpool.agreements.chains import written
from tests.linkpool.agreements.makers import CONTRACT, ORACLES
from tests.linkpool.agreements.worlds import Died, World, bid
from tests.linkpool.awaited import awaited

OTHERS = ORACLES[1:3]


@awaited
async def test_nothing_is_bid_for_before_it_is_confirmed() -> None:
    world = World(confirmations=4)
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(3)
    assert (await world.row()).reason == "waits for 4 confirmations"
    assert list(await world.intents()) == []
    await world.mine(2)
    assert world.bids() == [world.oracle]


@awaited
async def test_a_bid_whose_block_is_replaced_is_mined_again() -> None:
    world = World()
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(3)
    assert world.bids() == [world.oracle]
    world.chain.reorganise(1)
    await world.mine(3)
    assert world.bids() == [world.oracle]
    assert len(await world.intents()) == 1
    assert (await world.row()).verdict == "placed"


@awaited
async def test_another_agreement_of_the_same_number_is_decided_anew(database: Database) -> None:
    """The bid for the first is not sent for the second, which costs more than it may."""
    world = World(database=database)
    await world.begin()
    world.chain.post(world.agreement())
    world.chain.holding = True
    await world.mine(2)
    assert (await world.row()).verdict == "bid"
    world.chain.holding = False
    world.chain.reorganise(2)
    world.chain.post(world.agreement(penalty=link("11")))
    await world.mine(8)
    assert world.bids() == []
    assert (await world.row()).kind == "penalty"
    [bid] = await world.intents()
    assert bid.cancel and bid.state == "cancelled"


@pytest.mark.parametrize("followed", [False, True])
@awaited
async def test_a_bid_is_not_given_to_rpcs_again_for_another_agreement(followed: bool) -> None:
    """The manager looks at the new chain first, or once the follower has and the bidder has not."""
    world = World()
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(3)
    assert world.bids() == [world.oracle]
    world.chain.reorganise(3, lose=True)
    world.chain.post(world.agreement(penalty=link("11")))
    for _ in range(3):
        world.chain.mine()
    if followed:
        await world.follower.step()
    await world.manager.step()
    [bid] = await world.intents()
    assert (bid.cancel, bid.reason) == (True, WITHDRAWN)
    await world.mine(6)
    assert world.bids() == []


@pytest.mark.parametrize("penalty", ["4", "11"])
@awaited
async def test_a_bid_that_hits_another_agreement_is_refused_and_not_repeated(
    penalty: str, database: Database
) -> None:
    """The manager was quicker than all that would have kept it from sending the bid again; the
    other agreement is decided about by itself.
    """
    world = World(database=database)
    world.manager.unwanted.clear()
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(3)
    assert world.bids() == [world.oracle]
    world.chain.reorganise(3, lose=True)
    world.chain.post(world.agreement(penalty=link(penalty)))
    for _ in range(3):
        world.chain.mine()
    await world.manager.step()
    world.chain.mine()
    assert (world.bids(), len(world.chain.state.refused)) == ([], 1)
    await world.mine(5)
    first, *more = await world.intents()
    assert (first.state, first.cancel) == ("failed", True)
    welcome = penalty == "4"
    assert world.bids() == [world.oracle] * welcome
    assert [one.state for one in more] == ["final"] * welcome
    assert (await world.row()).verdict == ("placed" if welcome else "refused")


@awaited
async def test_an_agreement_that_comes_back_is_bid_for_once(database: Database) -> None:
    world = World(database=database)
    await world.begin()
    one = world.agreement()
    world.chain.post(one)
    await world.mine(3)
    world.chain.reorganise(3, lose=True)
    await world.look()
    assert (await world.intents())[0].cancel
    world.chain.post(one)
    await world.mine(4)
    assert world.bids() == [world.oracle]
    assert (await world.row()).verdict == "placed"


@awaited
async def test_what_an_operator_cancelled_is_not_sent_again() -> None:
    world = World()
    await world.begin()
    world.chain.holding = True
    world.chain.post(world.agreement())
    await world.mine(2)
    await world.database.write(
        lambda c: c.execute(update(intents).values(state="cancelled", reason="by ann"))
    )
    await world.mine(3)
    row = await world.row()
    assert (row.verdict, row.kind) == ("refused", "transaction")
    assert len(await world.intents()) == 1


@awaited
async def test_a_bid_that_came_too_late_is_taken_back(database: Database) -> None:
    world = World(database=database)
    await world.begin()
    world.chain.post(world.agreement())
    world.chain.base_fee = 10**12  # more than is ever offered
    await world.mine(14)
    row = await world.row()
    assert (row.verdict, row.reason) == ("missed", "it was in no block in time")
    assert (await world.intents())[0].cancel
    assert world.bidder.counters.bids == {"sent": 1, "missed": 1}


@awaited
async def test_a_step_that_no_rpc_wants_to_try_holds_nothing_up() -> None:
    world = World()
    await world.begin()
    posted = [world.agreement(number, oracles=1) for number in (1, 2, 3)]
    settle = codec("ServiceAgreements").encode("settle", (1,))
    world.reads.refuses = {settle, bid(posted[1], reference=1)}
    for one in posted:
        world.chain.post(one)
    await world.mine(3)
    assert (await world.row(2)).kind == "contract"
    await world.mine(11)
    for number in (1, 3):
        world.chain.answer(number, world.oracle)
    await world.mine(4)
    assert [world.stage(number) for number in (1, 2, 3)] == ["started", "open", "settled"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("OutcomeRecorded", {"outcome": 9, "answer": 0, "elapsed": 0, "slashed": 0}),
        ("BidPlaced", None),
    ],
)
@awaited
async def test_what_no_contract_says_stops_nothing_else(
    name: str, fields: dict[str, int] | None
) -> None:
    """An RPC lied about one agreement's log."""
    world = World()
    await world.begin()
    for number in (1, 2):
        world.chain.post(world.agreement(number))
    values = fields or {"reference": 0, "score": 0, "order": 0}
    topics, data = written("ServiceAgreements", name, id=1, oracle=ORACLES[5], **values)
    world.chain.emit(CONTRACT, topics, data if fields else data[:-1])
    await world.mine(3)
    assert (world.bids(1), world.bids(2)) == ([], [world.oracle])


@awaited
async def test_an_outage_is_waited_for() -> None:
    world = World()
    await world.begin()
    world.chain.post(world.agreement())
    world.chain.mine()
    await world.follower.step()
    world.chain.endpoints[0].up = False
    with pytest.raises(ChainUnavailable):
        await world.bidder.look()
    world.chain.endpoints[0].up = True
    await world.mine(2)
    assert world.bids() == [world.oracle]


@pytest.mark.parametrize("committed", [False, True])
def test_killed_at_any_write_everything_happens_once(committed: bool) -> None:
    deaths = 0
    while lives_through_it(World(), deaths + 1, committed):
        deaths += 1
    assert deaths > 12


def lives_through_it(world: World, at: int, committed: bool) -> bool:
    """Whether the process, from an agreement's posting to its settlement, had a write `at`."""
    killed: list[int] = []
    _live(world, at, committed, killed)
    return bool(killed)


@awaited
async def _live(world: World, at: int, committed: bool, killed: list[int]) -> None:
    await world.begin()
    world.restart(dies_at=at, committed=committed)
    world.chain.post(world.agreement(bid_deadline=world.chain.head.timestamp + 60))
    for step in range(13):
        if step == 2:
            for other in OTHERS:
                world.chain.others_bid(1, other)
        if step == 8:
            for oracle in (world.oracle, *OTHERS):
                world.chain.answer(1, oracle)
        world.chain.mine()
        try:
            await world.look()
        except Died:
            killed.append(at)
            world.restart()
            await world.look()
    assert world.stage() == "settled"
    assert world.bids().count(world.oracle) == 1
    assert len(world.chain.transactions(world.signer.address)) == 3
