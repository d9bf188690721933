# SPDX-License-Identifier: MIT
"""The book is what the canonical logs say, whatever was replaced, in whichever portions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from linkpool.agreements import book, rows
from linkpool.agreements.facts import Agreement, Ended, Placed, Result, Stage
from linkpool.chain import wire
from linkpool.chain.calls import Log
from linkpool.follower import Follower, events
from linkpool.store.database import Database
from linkpool.store.tables import agreements, cursors
from linkpool.units import link
from tests.linkpool.agreements.chains import PLACES, AgreementsChain, created, written
from tests.linkpool.agreements.makers import (
    AGGREGATOR,
    CONSUMER,
    CONTRACT,
    JOB,
    NOW,
    ORACLES,
    PENALTIES,
    agreement,
)
from tests.linkpool.awaited import awaited
from tests.linkpool.databases import in_memory


def log(event: tuple[list[bytes], bytes], *, block: int = 10, address: str = CONTRACT) -> Log:
    topics, data = event
    return Log(
        address=address,  # type: ignore[arg-type]
        topics=tuple(topics),
        data=data,
        block=block,
        block_hash=b"\1" * 32,
        tx="0x",
        index=0,
    )


def of_contract(name: str, **fields: Any) -> tuple[list[bytes], bytes]:
    return written("ServiceAgreements", name, id=1, **fields)


POSTED = log(created(agreement()))
BID = log(of_contract("BidPlaced", oracle=ORACLES[0], reference=7, score=9, order=0), block=11)
ASKED = log(of_contract("AgreementStarted", oracles=ORACLES[:1]), block=12)
ANSWERED = log(
    written("Aggregator", "AnswerRecorded", id=1, oracle=ORACLES[0], answer=-5, late=True),
    block=13,
    address=AGGREGATOR,
)
ENDED = log(
    of_contract("OutcomeRecorded", oracle=ORACLES[0], outcome=3, answer=-5, elapsed=8, slashed=2),
    block=14,
)
NUMBERS = {"answer": 0, "answers": 0, "refund": 0, "slashed": 0}


def settled(known: bool) -> Log:
    return log(of_contract("AgreementSettled", known=known, **NUMBERS), block=14)


def read(*found: Log) -> Agreement:
    one = book.project(found)
    assert one is not None
    return one


def test_an_agreement_is_read_from_its_posting() -> None:
    one = read(POSTED)
    assert (one.id, one.contract, one.consumer, one.job) == (1, CONTRACT, CONSUMER, JOB)
    assert (one.payment, one.penalty, one.data) == (link("0.2"), link("5"), b"\xa0")
    assert (one.bid_deadline, one.answer_deadline) == (NOW + 120, NOW + 720)
    assert (one.stage, one.bids, one.block) == (Stage.OPEN, (), 10)


def test_everything_that_happens_to_it() -> None:
    one = read(POSTED, BID, ASKED, ANSWERED, ENDED, settled(True))
    assert one.bids == (Placed(oracle=ORACLES[0], reference=7, score=9, order=0),)  # type: ignore[arg-type]
    assert one.asked == one.answered == (ORACLES[0],)
    assert one.ended == (
        Ended(oracle=ORACLES[0], result=Result.LATE, elapsed=8, slashed=2),  # type: ignore[arg-type]
    )
    assert (one.stage, one.block, one.changed) == (Stage.SETTLED, 10, 14)


def test_its_stages() -> None:
    cancelled = log(of_contract("AgreementCancelled", refund=1))
    assert read(POSTED, cancelled).stage is Stage.CANCELLED
    assert read(POSTED, BID, ASKED).stage is Stage.STARTED
    assert read(POSTED, BID, ASKED, settled(False)).stage is Stage.FAILED


def test_what_was_never_posted_is_nothing() -> None:
    assert book.project([]) is None
    assert book.project([BID]) is None


def test_another_agreement_of_the_same_number_is_another_one() -> None:
    other = log(created(agreement(penalty=link("6"))))
    later = log(created(agreement()), block=12)
    assert read(POSTED).posted != read(other).posted
    assert read(POSTED).posted == read(later).posted


def test_it_is_kept_as_it_was() -> None:
    one = read(POSTED, BID, ASKED, ANSWERED, ENDED, settled(True))
    assert rows.load(rows.dump(one)) == one


@awaited
async def test_deposits_are_found_by_their_depositor(database: Database) -> None:
    chain = AgreementsChain()
    for oracle, reference in ((ORACLES[0], 4), (ORACLES[1], 5), (ORACLES[0], 2)):
        fields = {"depositor": oracle, "reference": reference, "amount": 1, "deadline": 1}
        chain.emit(PENALTIES, *written("Penalties", "Deposited", **fields))
    chain.mine()
    follower = await following(chain, database)
    await follower.step()
    found = await database.read(lambda c: book.references(c, PENALTIES, [ORACLES[0], ORACLES[2]]))
    assert found == {ORACLES[0]: [2, 4], ORACLES[2]: []}


async def following(chain: AgreementsChain, database: Database) -> Follower:
    follower = Follower(chain, database, topics=book.topics())
    for place in (PLACES.agreements, PLACES.aggregator, PLACES.penalties):
        await follower.watch(place, since=0)
    await database.write(lambda c: events.join(c, book.CONSUMER))
    return follower


def canonical(chain: AgreementsChain) -> dict[int, Agreement]:
    """What the chain's logs say now, without follower and database."""
    found: dict[int, list[Log]] = {}
    for block in chain.blocks:
        for one in map(wire.log, block.logs):
            found.setdefault(int.from_bytes(one.topics[1]), []).append(one)
    read = {number: book.project(logs) for number, logs in found.items()}
    return {number: one for number, one in read.items() if one is not None}


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(1, 3)),
        st.tuples(st.just("bid"), st.integers(1, 3)),
        st.tuples(st.just("answer"), st.integers(1, 3)),
        st.tuples(st.just("mine"), st.integers(1, 3)),
        st.tuples(st.just("replace"), st.integers(1, 6)),
        st.tuples(st.just("look"), st.just(0)),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(OPERATIONS)
def test_whatever_is_replaced_the_book_is_what_the_chain_says(
    operations: list[tuple[str, int]],
) -> None:
    asyncio.run(followed(operations))


async def followed(operations: list[tuple[str, int]]) -> None:
    database, chain = in_memory(), AgreementsChain()
    try:
        follower = await following(chain, database)
        for kind, number in [*operations, ("mine", 1), ("look", 0)]:
            happen(chain, kind, number)
            if kind == "look":
                while (await follower.step()).behind:
                    pass
                await database.write(lambda c: book.take(c, PLACES))
                kept = await database.read(lambda c: c.execute(select(agreements)).all())
                assert {row.id: rows.load(row.content) for row in kept} == canonical(chain)
    finally:
        database.close()


def happen(chain: AgreementsChain, kind: str, number: int) -> None:
    known = number in chain.state.agreements
    if kind == "mine":
        chain.mine(number)
    elif kind == "replace":
        chain.reorganise(number)
    elif kind == "post" and not known:
        chain.post(agreement(number, penalty=link(str(chain.head.number))))
        chain.mine()
    elif kind == "bid" and known:
        chain.others_bid(number, ORACLES[len(chain.state.bids[number])])
        chain.mine()
    elif kind == "answer" and known:
        chain.answer(number, ORACLES[0])
        chain.mine()


@pytest.mark.parametrize("fails", [False, True])
def test_rows_and_the_place_in_the_events_go_together(
    fails: bool, make_database: Callable[[], Database]
) -> None:
    """What cannot be written is read again."""
    asyncio.run(written_together(make_database(), fails))


async def written_together(database: Database, fails: bool) -> None:
    try:
        chain = AgreementsChain()
        chain.post(agreement())
        chain.mine(2)
        follower = await following(chain, database)
        while (await follower.step()).behind:
            pass

        def take(connection: Any) -> None:
            assert book.take(connection, PLACES).changed.keys() == {1}
            if fails:
                raise RuntimeError("the disk is full")

        if fails:
            with pytest.raises(RuntimeError):
                await database.write(take)
        else:
            await database.write(take)
        rows = await database.read(lambda c: c.execute(select(agreements)).all())
        place = await database.read(lambda c: c.execute(select(cursors.c.seq)).scalar_one())
        assert (len(rows), place) == ((0, 0) if fails else (1, 1))
    finally:
        database.close()
