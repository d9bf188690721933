# SPDX-License-Identifier: MIT
"""Jobs that are added while the host runs."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.errors import ChainUnavailable
from linkpool.oracle.desk import Desk
from linkpool.oracle.registration import HostedNode
from linkpool.oracle.runs.gate import Costs
from linkpool.oracle.runs.jobs import Book
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.spec import load
from linkpool.store.database import Database
from linkpool.units import Juels, Wei
from tests.linkpool.oracle.logs import STORAGE
from tests.linkpool.oracle.runs.ledger import JOB, NODE, Ledger

NOBODY = address("0x" + "12" * 20)
SHADOW = JOB.replace("YOUR_OPERATOR_CONTRACT_ADDRESS", STORAGE)


class World:
    """A chain, a follower, the nodes and a runner, as far as jobs need them."""

    chain_id = 31337
    costs: Costs | None = None

    def __init__(self, head: int | None) -> None:
        self.connection = self
        self.head = head
        self.nodes = {NODE: HostedNode(NODE)}
        self.storages: dict[ChecksumAddress, ChecksumAddress] = {}
        self.book = Book((), {})
        self.watched: list[tuple[ChecksumAddress, int]] = []

    async def block_number(self) -> int:
        if self.head is None:
            raise ChainUnavailable("no RPC answers")
        return self.head

    async def watch(self, contract: ChecksumAddress, *, since: int) -> None:
        self.watched.append((contract, since))

    async def fill(self) -> int:
        return 0


def desk(database: Database, world: Any) -> Desk:
    return Desk(
        world, database, world, world, world, world, limits=RunLimits(), confirmations=0
    )  # fmt: skip


def test_a_shadow_job_is_followed_from_now_on(database: Database) -> None:
    world = World(head=20)
    number = asyncio.run(desk(database, world).add_job(SHADOW, shadow=True))
    assert list(world.book.jobs) == [number]
    assert world.watched == [(STORAGE, 20)]


def test_without_a_chain_no_job_is_added(database: Database) -> None:
    """It would be in the database, and nobody would follow its contract."""
    world = World(head=None)
    with pytest.raises(ChainUnavailable):
        asyncio.run(desk(database, world).add_job(SHADOW, shadow=True))
    ledger = Ledger(database)
    ledger.reload()
    assert (world.book.jobs, ledger.book.jobs, world.watched) == ({}, {}, [])


@pytest.mark.parametrize(
    ("toml", "shadow", "payment", "said"),
    [
        (JOB, False, 10, ""),
        (
            f"minContractPaymentLinkJuels = 11\n{JOB}",
            False,
            10,
            "the job asks for",
        ),
        (f'requesters = ["{NOBODY}"]\n{JOB}', False, 10, "is not among the job's requesters"),
        (SHADOW, True, 10, "only compares with another node's answers"),
        (None, False, 10, "no such job here"),
    ],
)
def test_what_would_become_of_a_request_that_may_come(
    database: Database, toml: str | None, shadow: bool, payment: int, said: str
) -> None:
    world, ledger = World(head=20), Ledger(database)
    if toml is not None:
        ledger.add_job(toml, shadow=shadow)
    world.book = ledger.book
    spec_id = load(JOB, contract=STORAGE).spec_ids[0]
    found = database.read_now(
        lambda c: desk(database, world).service(c, STORAGE, spec_id, Juels(payment), NODE, 0)
    )
    assert said in found.why
    assert bool(said) == bool(found.why)


def test_how_long_a_request_that_may_come_would_wait(database: Database) -> None:
    world, ledger = World(head=20), Ledger(database)
    ledger.add_job(JOB.replace("minIncomingConfirmations = 0", "minIncomingConfirmations = 7"))
    world.book = ledger.book
    spec_id = load(JOB, contract=STORAGE).spec_ids[0]
    found = database.read_now(
        lambda c: desk(database, world).service(c, STORAGE, spec_id, Juels(10), NODE, 0)
    )
    assert (found.why, found.confirmations) == ("", 7)


@pytest.mark.parametrize("gas", [0, 150_000])
def test_what_a_request_takes_beside_its_answer_is_paid_for_too(
    database: Database, gas: int
) -> None:
    world, ledger = World(head=20), Ledger(database)
    world.costs = Costs(gas=500_000, fee=Wei(10**9), link_per_ether=Decimal(200))
    ledger.add_job()
    world.book = ledger.book
    spec_id = load(JOB, contract=STORAGE).spec_ids[0]
    least = (500_000 + gas) * 10**9 * 200

    def why(payment: int) -> str:
        asked = (STORAGE, spec_id, Juels(payment), NODE, gas)
        return database.read_now(lambda c: desk(database, world).service(c, *asked)).why

    assert why(least) == ""
    assert why(least - 1).startswith("unprofitable: ")


def test_a_job_serves_at_its_own_contract_only(database: Database) -> None:
    world, ledger = World(head=20), Ledger(database)
    ledger.add_job()
    world.book = ledger.book
    spec_id = load(JOB, contract=STORAGE).spec_ids[0]
    found = database.read_now(
        lambda c: desk(database, world).service(c, NOBODY, spec_id, Juels(10), NODE, 0)
    )
    assert "no such job here" in found.why
