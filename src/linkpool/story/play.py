# SPDX-License-Identifier: MIT
"""Lets things happen: the plot's acts and the consumer's requests, each once, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call
from linkpool.chain.contracts import EVERYTHING, PoolStorage
from linkpool.errors import TxReverted, UsageError
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.spec import JobSpec
from linkpool.story.cast import CONSUMER, NODES
from linkpool.story.feed import Feed
from linkpool.story.plot import Act, Kind, Pace, Places, due, opened, payment
from linkpool.story.stage import Stage
from linkpool.story.telling import Told
from linkpool.units import show_link

WAITING: Final = 6  # requests without an answer, at most


@dataclass(frozen=True, slots=True)
class Question:
    """What the consumer asks for: a number in a JSON document somewhere."""

    url: str
    path: str
    times: int

    @property
    def data(self) -> bytes:
        return encode_request({"get": self.url, "path": self.path, "times": self.times})


@dataclass(slots=True)
class Play:
    """The pool in motion. `told` is what happened, for people."""

    stage: Stage
    feed: Feed
    question: Question
    job: JobSpec
    told: Told = field(default_factory=Told)
    places: Places = field(default_factory=lambda: Places({}, {}))
    asked: int = 0
    _failed: set[Act] = field(default_factory=set)

    async def step(self, pace: Pace) -> bool:
        """Does what the plot says is due; False where there was nothing to do."""
        await self.feed.follow()
        await self._look_around()
        await self._take_back()
        acts = [a for a in due(self.feed.books, self.places, pace) if a not in self._failed]
        for act in acts:
            try:
                await self.stage.send(act.who, self._call(act))
                self._tell(act)
            except TxReverted as error:
                self._failed.add(act)  # somebody else changed the pool by hand: go on without
                self.told.add(f"{_sentence(act)}: refused, {error.reason}")
        return bool(acts)

    def _tell(self, act: Act) -> None:
        """One more line; distributions that follow each other share one."""
        if act.kind is Kind.DISTRIBUTE:
            self.told.add_of(f"{act.who} {act.kind.value}", act.node)
        else:
            self.told.add(_sentence(act))

    async def ask(self) -> bool:
        """One request to the node with the fewest; False where too many wait for an answer."""
        books = self.feed.books
        served = {
            name: books.nodes[s] for name, s in self.places.storages.items() if s in books.nodes
        }
        waiting = sum(len(book.escrow) for book in books.nodes.values())
        if not opened(books, self.places) or waiting >= WAITING:
            return False
        self.asked = max(self.asked, sum(book.asked for book in books.nodes.values()))
        name = min(served, key=lambda node: served[node].asked)
        storage = address(self.places.storages[name])
        consumer = self.stage.consumer
        await self.stage.refill()
        call = consumer.ask(storage, self.job.spec_ids[0], payment(self.asked), self.question.data)
        try:
            await self.stage.send(CONSUMER, call)
        except TxReverted as error:
            self.told.add(f"{name} takes no request: {error.reason}")
            return False
        self.asked += 1
        return True

    async def _take_back(self) -> None:
        """Cancels the consumer's requests that nobody answered in time."""
        books, consumer = self.feed.books, self.stage.consumer
        waiting = [request for book in books.nodes.values() for request in book.escrow]
        late = [r for r in waiting if books.requests[r].requester == consumer.address]
        now = await self.stage.suite.connection.timestamp() if late else 0
        for request in late:
            if books.requests[request].expiration < now:
                await self.stage.send(CONSUMER, consumer.cancel(bytes.fromhex(request[2:])))
                self.told.add(f"the consumer takes back what request {request[:10]}… paid")

    async def _look_around(self) -> None:
        """The nodes that are registered by now."""
        if len(self.places.storages) == len(NODES):
            return
        found: dict[str, str] = {}
        for name in NODES:
            try:
                found[name] = await self.stage.storage(name)
            except UsageError:
                continue
        people = {name: signer.address for name, signer in self.stage.cast.signers.items()}
        self.places = Places(found, people)

    def _call(self, act: Act) -> Call:
        suite = self.stage.suite
        if act.kind is Kind.SHARE:
            return suite.owners.distribute_tokens(suite.link.address)
        if act.kind is Kind.CLAIM:
            books = self.feed.books.owners
            waiting = [address(owner) for owner in books.owed if books.due(owner) >= 1]
            return suite.owners.batch_claim(suite.link.address, waiting)
        storage = PoolStorage(suite.connection, address(self.places.storages[act.node]))
        calls: Mapping[Kind, Call] = {
            Kind.STAKE: suite.link.stake(storage.address, act.amount),
            Kind.WITHDRAW: storage.withdraw(act.amount),
            Kind.LEAVE: storage.withdraw(EVERYTHING),
            Kind.DISTRIBUTE: storage.distribute(),
        }
        return calls[act.kind]


def _sentence(act: Act) -> str:
    amount = f" {show_link(act.amount)}" if act.amount else ""
    where = {Kind.STAKE: "on ", Kind.DISTRIBUTE: ""}.get(act.kind, "from ")
    place = f" {where}{act.node}" if act.node else ""
    return f"{act.who} {act.kind.value}{amount}{place}"
