# SPDX-License-Identifier: MIT
"""The loop on a simulated chain: bids, starts and settles once, and says why it does not."""

from __future__ import annotations

from linkpool.agreements.policy import Policy
from linkpool.agreements.turns import AT_ONCE, TURN
from linkpool.store.database import Database
from linkpool.units import Juels, Ppm, link
from tests.linkpool.agreements.makers import ORACLES
from tests.linkpool.agreements.worlds import World, bid
from tests.linkpool.awaited import awaited

OTHERS = ORACLES[1:3]


@awaited
async def test_an_agreement_from_its_posting_to_its_settlement(database: Database) -> None:
    world = World(database=database)
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(2)
    assert world.bids() == [world.oracle]
    assert (await world.row()).verdict == "placed"
    for other in OTHERS:
        world.chain.others_bid(1, other)
    await world.mine(10)
    assert world.stage() == "started"
    for oracle in (world.oracle, *OTHERS):
        world.chain.answer(1, oracle)
    await world.mine(2)
    assert world.stage() == "settled"
    await world.mine(10)
    assert [row.what for row in await world.intents()] == [
        "ServiceAgreements.bid", "ServiceAgreements.start", "ServiceAgreements.settle",
    ]  # fmt: skip
    assert world.bidder.counters.bids == {"sent": 1, "placed": 1}
    assert world.bidder.counters.steps == {"start": 1, "settle": 1}


@awaited
async def test_without_all_answers_it_is_settled_in_the_end() -> None:
    world = World()
    await world.begin()
    world.chain.post(world.agreement(oracles=1))
    await world.mine(12)
    assert world.stage() == "started"
    await world.mine(72)  # the answers' deadline, and the time for late ones
    assert world.stage() == "started"
    await world.mine(14)
    assert world.stage() == "settled"


@awaited
async def test_too_few_bids_give_the_collateral_back() -> None:
    world = World()
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(20)
    assert world.stage() == "cancelled"
    assert world.chain.state.reserved == {(world.oracle, 1): 0}


@awaited
async def test_who_bid_later_leaves_the_start_to_others_first() -> None:
    world = World()
    await world.begin()
    one = world.agreement()
    world.chain.post(one)
    for other in OTHERS:
        world.chain.others_bid(1, other)
    await world.mine()
    while world.stage() == "open":
        await world.mine()
    started = world.chain.head.timestamp
    # Its turn is after two others', and what is sent at a head is mined in the next block.
    assert started == one.bid_deadline + (2 * TURN + 1) * 12


@awaited
async def test_a_refusal_is_there_to_be_read_until_its_cause_goes(database: Database) -> None:
    world = World(database=database, policy=Policy(maximum_penalty=link("1"), lead=24))
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(3)
    row = await world.row()
    assert (row.verdict, row.kind) == ("refused", "penalty")
    assert row.reason == ("puts 5 LINK at risk, more than bidding.maximum_penalty, 1 LINK")
    assert world.bidder.counters.bids == {"refused": 1}
    world.policy = Policy(maximum_penalty=link("5"), lead=24)
    world.restart()
    await world.mine(2)
    assert world.bids() == [world.oracle]


@awaited
async def test_a_refusal_keeps_its_reason_when_time_runs_out() -> None:
    world = World(unserved="no such job here")
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(20)
    row = await world.row()
    assert (row.verdict, row.kind, row.reason) == ("refused", "job", "no such job here")
    assert world.bids() == []


@awaited
async def test_a_job_that_waits_too_long_for_its_answer_is_not_bid_with() -> None:
    """46 blocks of 12 s and two transactions fit into the 600 s between the deadlines."""
    for depth, verdict in ((47, "placed"), (48, "refused")):
        world = World(depth=depth)
        await world.begin()
        world.chain.post(world.agreement())
        await world.mine(2)
        row = await world.row()
        assert (row.verdict, row.kind) == (verdict, "answer_time" if depth > 47 else "")


@awaited
async def test_the_gas_of_a_bid_is_weighed_with_the_answers() -> None:
    world = World(bid_gas=150_000)
    await world.begin()
    world.chain.post(world.agreement())
    await world.mine(2)
    assert (await world.row()).reason == "150000"  # what serving was asked with


@awaited
async def test_many_agreements_are_refused_in_one_write(database: Database) -> None:
    """Whoever posts thousands of them does not keep the node from what it has to do."""
    world = World(database=database)
    await world.begin()
    await world.mine()
    before = world.mortal.writes
    for number in range(1, 41):
        world.chain.post(world.agreement(number, penalty=link("50")))
    await world.mine(2)
    assert world.bidder.counters.bids == {"refused": 40}
    assert world.mortal.writes - before < 10


@awaited
async def test_the_chain_is_asked_about_a_few_at_a_time_and_about_all_in_the_end() -> None:
    """Posted by somebody whose agreements the contract lets nobody bid for, and one that counts."""
    world = World()
    await world.begin()
    posted = [world.agreement(number, penalty=Juels(0)) for number in range(1, 152)]
    world.reads.refuses = {bid(one, reference=0) for one in posted[:-1]}
    for one in posted:
        world.chain.post(one)
    asked = []
    for _ in range(4):
        before = world.reads.rehearsals
        await world.mine()
        asked.append(world.reads.rehearsals - before)
    assert max(asked) == AT_ONCE
    await world.mine()
    assert world.bids(151) == [world.oracle]
    assert not any(world.bids(number) for number in range(1, 151))


@awaited
async def test_several_agreements_share_the_collateral_that_is_there() -> None:
    """Bids that are on their way count: 20 LINK back four agreements of 5."""
    world = World()
    await world.begin()
    for number in range(1, 8):
        world.chain.post(world.agreement(number))
    await world.mine(6)
    assert [number for number in range(1, 8) if world.bids(number)] == [1, 2, 3, 4]
    assert {(await world.row(n)).kind for n in (5, 6, 7)} == {"collateral"}
    assert world.bidder.counters.collateral == {"free": 0, "reserved": link("20")}


@awaited
async def test_bids_on_their_way_count_as_reserved(database: Database) -> None:
    """No block takes them for a while; the deposit looks free on chain."""
    half = Policy(maximum_penalty=link("5"), collateral_share=Ppm(500_000), lead=24)
    world = World(database=database, policy=half)
    await world.begin()
    world.chain.holding = True
    for number in range(1, 5):
        world.chain.post(world.agreement(number))
        await world.mine()
        world.restart()
    assert [(await world.row(number)).verdict for number in range(1, 5)] == [
        "bid", "bid", "refused", "refused",
    ]  # fmt: skip
    world.chain.holding = False
    world.chain.release()
    await world.mine(4)
    assert sum(world.chain.state.reserved.values()) == link("10")
    assert len(await world.intents()) == 2


@awaited
async def test_what_is_over_for_all_costs_a_look_nothing_and_goes_in_the_end(
    database: Database,
) -> None:
    """Agreement 2 is never cancelled, as nobody bid; 3 is bid for by others only."""
    world = World(database=database, kept=600)
    await world.begin()
    for number, penalty in ((1, "5"), (2, "50"), (3, "50")):
        world.chain.post(world.agreement(number, penalty=link(penalty)))
    await world.mine(3)
    world.chain.others_bid(3, ORACLES[1])
    assert await world.live() == [1, 2, 3]
    await world.mine(8)
    assert (await world.live(), await world.posted()) == ([], [1, 2, 3])
    assert world.stage(1) == "cancelled"
    world.restart()
    await world.mine(55)
    world.restart()
    await world.mine()
    assert await world.posted() == [3]
    assert {row.agreement for row in await world.rows()} == {3}


@awaited
async def test_what_somebody_bid_for_is_live_again_for_the_node_that_did(
    database: Database,
) -> None:
    """A node that registers after its process has started finds its own."""
    world = World(database=database)
    await world.begin()
    world.chain.post(world.agreement(oracles=1))
    world.chain.others_bid(1, ORACLES[9])
    world.unserved = "not here"
    await world.mine(12)
    assert await world.live() == []
    world.oracle = ORACLES[9]
    await world.mine(3)
    assert world.stage() == "started"
