# SPDX-License-Identifier: MIT
"""A process that bids: follower, transaction manager and bidder over one database, looked at block
by block. It can die at any write of the bidder, and be started again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, select

from linkpool.agreements import book, rows, standing
from linkpool.agreements.bidder import Bidder
from linkpool.agreements.facts import Agreement
from linkpool.agreements.policy import Policy
from linkpool.agreements.ports import Setting
from linkpool.chain.codec import codec
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.testing import SimulatedSigner
from linkpool.follower import Follower, events
from linkpool.store.database import Database
from linkpool.store.tables import agreements, biddings, intents
from linkpool.transactions import TransactionLimits, TransactionManager
from linkpool.units import Juels
from tests.linkpool.agreements.chains import AgreementsChain, FakeReads, digest, written
from tests.linkpool.agreements.makers import CONTRACT, ORACLES, PENALTIES, POLICY, agreement
from tests.linkpool.databases import in_memory

T = TypeVar("T")
START = 1_700_000_000  # time of block 0; a block is 12 s
LIMITS = TransactionLimits(finality=3, in_flight=32, max_fee=100 * 10**9)


@dataclass(frozen=True)
class Service:
    """What the node would do with a request."""

    why: str
    confirmations: int


class Died(Exception):
    """The process was killed."""


@dataclass
class Mortal:
    """A Database whose process dies at write number `at`, before or after it is committed."""

    database: Database
    at: int | None = None
    committed: bool = False
    writes: int = 0

    async def write(self, work: Callable[[Connection], T]) -> T:
        self.writes += 1
        dies = self.writes == self.at
        if dies and not self.committed:
            raise Died
        result = await self.database.write(work)
        if dies:
            raise Died
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.database.read(work)


@dataclass
class World:
    """`oracle` is the process' node; it made deposit 1 in block 1."""

    policy: Policy = POLICY
    confirmations: int = 1
    database: Database = field(default_factory=in_memory)
    chain: AgreementsChain = field(default_factory=AgreementsChain)
    signer: SimulatedSigner = field(default_factory=lambda: SimulatedSigner.named("node"))
    oracle: ChecksumAddress = ORACLES[0]
    unserved: str = ""
    depth: int = 1
    """Confirmations that the job wants."""
    kept: int = 30 * 86_400
    bid_gas: int = 0

    def __post_init__(self) -> None:
        self.reads = FakeReads(self.chain)
        self._times = itertools.count(1_000)
        self.bidder: Bidder
        self.restart()

    def restart(self, *, dies_at: int | None = None, committed: bool = False) -> None:
        """Another process: nothing of the memory, all of the database."""
        self.mortal = Mortal(self.database, dies_at, committed)
        self.manager = TransactionManager(
            self.chain,
            self.database,
            {self.signer.address: self.signer},
            LIMITS,
            clock=self._clock,
        )
        self.manager.unwanted.append(partial(standing.unwanted, self.chain, self.database))
        self.follower = Follower(self.chain, self.database, topics=book.topics())
        self.bidder = Bidder(
            ServiceAgreements(self.chain, CONTRACT),  # type: ignore[arg-type]
            self.reads,
            self.mortal,  # type: ignore[arg-type]
            self.follower,
            self.manager,
            Setting(
                chain_id=self.chain.chain_id,
                policy=self.policy,
                confirmations=self.confirmations,
                kept=self.kept,
                bid_gas=self.bid_gas,
            ),
            nodes=lambda: {self.oracle: self.signer.address},
            serving=self._serving,
            clock=self._clock,
        )

    def _clock(self) -> float:
        return float(next(self._times))

    def _serving(
        self, _c: Connection, _oracle: str, _job: bytes, _payment: Juels, _requester: str, gas: int
    ) -> Service:
        return Service(f"{self.unserved}{gas or ''}", self.depth)

    async def begin(self) -> None:
        await self.manager.start()
        await self.database.write(lambda c: events.join(c, book.CONSUMER))
        fields = {"depositor": self.oracle, "reference": 1, "amount": 1, "deadline": 1}
        self.chain.emit(PENALTIES, *written("Penalties", "Deposited", **fields))
        await self.mine(2)

    async def look(self) -> None:
        """Everything that the process does at a head."""
        await self.manager.start()
        await self.follower.step()
        await self.bidder.look()
        await self.manager.step()
        while (await self.follower.step()).behind:
            pass

    async def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self.chain.mine()
            await self.look()

    def agreement(self, number: int = 1, **changes: Any) -> Agreement:
        """Bids until 10 blocks from now, answers until 60 blocks from now."""
        now = self.chain.head.timestamp
        deadlines = {"bid_deadline": now + 120, "answer_deadline": now + 720}
        return agreement(number, **deadlines | changes)

    def bids(self, number: int = 1) -> list[str]:
        """Of the canonical chain."""
        return [oracle for oracle, _ in self.chain.state.bids.get(number, [])]

    def stage(self, number: int = 1) -> str:
        return self.chain.state.stages[number]

    async def row(self, number: int = 1) -> Any:
        """What the node decided."""
        return next(row for row in await self.rows() if row.agreement == number)

    async def rows(self) -> Sequence[Any]:
        """Of all agreements."""
        return await self.database.read(lambda c: c.execute(select(biddings)).all())

    async def live(self) -> list[int]:
        """What a look goes through."""
        now = self.chain.head.timestamp
        found = await self.database.read(lambda c: rows.live(c, CONTRACT, [self.oracle], now=now))
        return [one.id for one in found]

    async def posted(self) -> list[int]:
        """What the book has."""
        query = select(agreements.c.id).order_by(agreements.c.id)
        return await self.database.read(lambda c: list(c.scalars(query)))

    async def intents(self) -> Sequence[Any]:
        query = select(intents).order_by(intents.c.id)
        return await self.database.read(lambda c: c.execute(query).all())


def bid(one: Agreement, *, reference: int) -> bytes:
    """Calldata of the node's bid."""
    arguments = (one.id, ORACLES[0], reference, digest(one))
    return codec("ServiceAgreements").encode("bid", arguments)
