# SPDX-License-Identifier: MIT
"""The pool and the network on anvil, everybody in it, and the order in which they act.

Even seconds are the agreements', odd ones the stakers' and the collateral's: whoever withdraws has
a block of their own, so that what the contracts say right after it is about that withdrawal.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.address import to_checksum_address

from linkpool.chain.anvil import Anvil
from linkpool.chain.artefacts import artefact
from linkpool.deployment import Manifest
from linkpool.units import Juels, link
from tests.contracts.model.node_model import NodeModel, demand
from tests.flows.agreements.chain import (
    ANY,
    Chain,
    Contract,
    Deed,
    Mined,
    Person,
    interface,
    person,
)
from tests.flows.agreements.fair import Fair
from tests.flows.agreements.network import Network
from tests.flows.agreements.replay import LinkBook, NodeBook
from tests.flows.program import Program

START = 1_900_000_800  # noon of a day, later than any clock this runs under
DELAY = 3_600  # of a local chain: new powers, the loss window, what newcomers pay for
LIFE = 1_800  # of a penalty
SUPPLY = Juels(10**27)
NODES, STAKERS = 5, 40

Deeds = list[Deed]
# What is done to the contracts before anybody comes.
Alter = Callable[[Chain, Manifest], None]


@dataclass(kw_only=True)
class Side:
    """One node: its keys and its PoolStorage."""

    number: int
    key: Person
    operator: Person
    store: Contract
    book: NodeBook
    reference: int = 0


@dataclass
class Clock:
    """What is to happen when; odd seconds are given away once."""

    now: int
    waiting: list[tuple[int, int, Callable[[], Deeds]]] = field(default_factory=list)
    odd: set[int] = field(default_factory=set)
    counted: int = 0

    def even(self, time: int, make: Callable[[], Deeds]) -> None:
        """At that second, rounded up to an even one."""
        self._put(time + time % 2, make)

    def alone(self, time: int, make: Callable[[], Deeds]) -> None:
        """At the first odd second from then on that is still free."""
        free = time | 1
        while free in self.odd or free <= self.now:
            free += 2
        self.odd.add(free)
        self._put(free, make)

    def _put(self, time: int, make: Callable[[], Deeds]) -> None:
        self.counted += 1
        first = self.now + 1 + (self.now + 1) % 2 if time % 2 == 0 else self.now + 1
        heapq.heappush(self.waiting, (max(time, first), self.counted, make))

    def due(self) -> tuple[int, Deeds]:
        """The next second at which something happens, and what."""
        self.now = self.waiting[0][0]
        deeds: Deeds = []
        while self.waiting and self.waiting[0][0] == self.now:
            deeds += heapq.heappop(self.waiting)[2]()
        return self.now, deeds


class World:
    """Made once; `run` lets happen what was scheduled, and tells every event to the models."""

    def __init__(self, anvil: Anvil, folder: Path, seed: int, alter: Alter | None = None) -> None:
        self.random = random.Random(seed)
        self.owner, self.bank, self.stranger = (person(n) for n in ("owner", "bank", "stranger"))
        self.stakers = [person(f"staker{i}") for i in range(STAKERS)]
        self.consumers = [person(f"consumer{i}") for i in range(6)]
        self.shareholders = [person(f"shareholder{i}") for i in range(3)]
        self.books = LinkBook()
        self.reached: Counter[str] = Counter()
        self._deploy(Program.at(folder, anvil), alter)
        self.clock = Clock(self.chain.time)
        self.network = Network(takes=self._takes, price=lambda node: self.sides[node].book.price)
        self.by_store = {side.store.address: side for side in self.sides}
        self.on_block: list[Callable[[list[Mined]], None]] = []
        self.started_with = Counter(self.books.held)

    # ---- Making it ----

    def _deploy(self, program: Program, alter: Alter | None) -> None:
        """By the package's own command, owned by the test's owner."""
        program.sign("deploy", "--owner", self.owner.address)
        program.send(
            lambda suite: suite.link.transfer(to_checksum_address(self.bank.address), SUPPLY)
        )
        manifest = Manifest.load(program.manifest())
        chain = self.chain = Chain(program.anvil)
        everybody = [self.owner, self.bank, self.stranger]
        for one in (*everybody, *self.stakers, *self.consumers, *self.shareholders):
            chain.fund(one)

        def at(name: str) -> Contract:
            return chain.at(manifest.address(name), name)

        self.link, self.owners = at("LinkToken"), at("PoolOwners")
        self.factory, self.pool, self.node = at("PoolStorageFactory"), at("LinkPool"), at("Node")
        self.agreements, self.penalties = at("ServiceAgreements"), at("Penalties")
        self.aggregator, self.reputation = at("Aggregator"), at("Reputation")
        self.books.held[self.bank.address] = SUPPLY
        chain.do(self.owner, self.owners, "accept_ownership")
        for number, holder in enumerate(self.shareholders):
            chain.do(
                self.owner, self.owners, "setOwnerShare", holder.address, (number + 3) * 10**20
            )
        if alter is not None:
            alter(chain, manifest)
        chain.time = START
        self._open()

    def _open(self) -> None:
        chain, penalties = self.chain, self.penalties.address
        chain.do(self.owner, self.factory, "announceDestination", penalties)
        chain.time += DELAY
        chain.do(self.stranger, self.factory, "activateDestination", penalties)
        self.sides = [self._node(number) for number in range(NODES)]
        # The first consumer asks through the example contract, the others by themselves.
        made = interface("AgreementConsumer").constructor(self.agreements.address)
        code = artefact("AgreementConsumer").bytecode + made
        self.example = chain.at(chain.create(self.consumers[0], code), "AgreementConsumer")
        rich = [one.address for one in self.stakers]
        for account in (*rich, *(self.account_of(one) for one in self.consumers)):
            self._give(account, link("200000"))
        self._give(self.stranger.address, link("5000"))

    def account_of(self, consumer: Person) -> str:
        """Who pays for a consumer's agreements, and is paid back."""
        return self.example.address if consumer is self.consumers[0] else consumer.address

    def _node(self, number: int) -> Side:
        chain, key, operator = self.chain, person(f"node{number}"), person(f"operator{number}")
        chain.fund(key)
        chain.fund(operator)
        limit = link("900000")
        chain.do(self.owner, self.pool, "createNode", key.address, operator.address, limit, False)
        place = self.factory.read("getStorageInstance", key.address)
        store = chain.at(place, "PoolStorage")
        chain.do(key, self.reputation, "join", store.address)
        model = NodeModel(
            delay=DELAY,
            makers=store.read("makersPercentage"),
            ceiling=store.read("costCeiling"),
            cost=store.read("operationalCost"),
        )
        book = NodeBook(
            store=store,
            link=self.books,
            model=model,
            fair=Fair(delay=DELAY),
            price=store.read("minimumPayment"),
        )
        return Side(number=number, key=key, operator=operator, store=store, book=book)

    def _give(self, account: str, amount: int) -> None:
        data = self.link.encode("transfer", account, amount)
        (mined,) = self.chain.mine(
            self.chain.time + 1, [Deed(by=self.bank, to=self.link.address, data=data)]
        )
        self._read(mined)

    # ---- Letting it happen ----

    def run(self, until: int) -> None:
        """Everything scheduled before that second."""
        while self.clock.waiting and self.clock.waiting[0][0] < until:
            now, deeds = self.clock.due()
            if deeds:
                self._block(now, deeds)

    def _block(self, now: int, deeds: Deeds) -> None:
        block = self.chain.mine(now, deeds)
        for mined in block:
            self._judge(mined)
            self._read(mined)
            if mined.ok:
                mined.deed.done(mined)
        for look in self.on_block:
            look(block)

    def _judge(self, mined: Mined) -> None:
        """Refused with the reason that the promises give, or done."""
        refusal = mined.deed.refusal(mined.time)
        name = f"{mined.deed.by} at {mined.time}"
        if refusal == ANY:
            demand(not mined.ok, f"{name}: was to be refused")
        else:
            demand(mined.reason == refusal, f"{name}: {mined.reason!r}, not {refusal!r}")
        if refusal:
            self.reached[f"refused: {mined.reason}"] += 1

    def _read(self, mined: Mined) -> None:
        touched = []
        for log in mined.logs:
            if log.address == self.link.address:
                self.books.read(log)
            side = self.by_store.get(log.address) if hasattr(self, "by_store") else None
            if side is not None:
                side.book.read(log, mined)
                touched.append(side)
        for side in touched:
            side.book.done()

    # ---- What everybody needs ----

    def call(self, by: Person, to: Contract, name: str, *args: object, **more: object) -> Deed:
        return Deed(by=by, to=to.address, data=to.encode(name, *args), **more)  # type: ignore[arg-type]

    def pay(self, by: Person, to: str, amount: int, data: bytes = b"", **more: object) -> Deed:
        """LINK with a word to whoever gets it."""
        return self.call(by, self.link, "transferAndCall", to, amount, data, **more)

    def _takes(self, node: int, payment: int) -> bool:
        book = self.sides[node].book
        return book.enabled and book.price <= payment
