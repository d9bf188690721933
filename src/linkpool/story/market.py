# SPDX-License-Identifier: MIT
"""Lets agreements happen: does what `bargain` says, and says what came of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Final

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.facts import AgreementTerms, ExchangeTerms
from linkpool.economics import Stage
from linkpool.errors import TxReverted
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.host import OracleHost
from linkpool.story.bargain import (
    COLLATERAL,
    PAYMENT,
    PENALTY,
    Deed,
    Moment,
    Task,
    bidding_time,
    tasks,
)
from linkpool.story.books import Books
from linkpool.story.cast import CLIENT, HARMED, NODES, OPERATOR
from linkpool.story.plot import Places
from linkpool.story.stage import Stage as Scene
from linkpool.story.telling import Told, latest
from linkpool.story.topics import TOPICS, Topic
from linkpool.units import Ppm, show_link

START: Final = 4  # seconds in which an agreement can be started
TOLERANCE: Final = Ppm(60_000)  # the honest source's prices are within two percent of one
SAID: Final = {
    Deed.JOIN: "the reputation provider counts good and bad answers of",
    Deed.PUT_UP: f"collateral, {show_link(COLLATERAL)} of its stakes each, is put up by",
    Deed.FETCH: "what is left of the collateral comes back to",
}
AGAIN: Final = 120.0  # seconds until what was refused is tried again
OVERTIME: Final = 15  # seconds after which somebody else does what a node should have done


@dataclass(slots=True)
class Market:
    """The nodes' collateral and the client's questions. `told` is shared with the play."""

    scene: Scene
    host: OracleHost
    source: str
    told: Told
    posted: float = -math.inf
    rules: ExchangeTerms | None = None
    _jobs: set[str] = field(default_factory=set)
    _refused: dict[Task, float] = field(default_factory=dict)
    _said: dict[int, Stage] = field(default_factory=dict)

    async def step(self, books: Books, places: Places, *, pause: float, once: bool = False) -> bool:
        """Does what is due; False where there was nothing to do."""
        self._tell_news(books, places)
        await self._take_up_jobs(places)
        await self._let_time_pass(books)
        now = int(time.time())
        rest = time.monotonic() - self.posted
        moment = Moment(now, rest, pause, once)
        done = await self._overtime(books, now)
        for task in tasks(books, places, moment):
            if time.monotonic() < self._refused.get(task, -math.inf):
                continue
            try:
                await self._do(task, books, places)
                done = True
            except TxReverted as error:
                self._refused[task] = time.monotonic() + AGAIN
                self.told.add(f"{task.node} {task.deed.value}: refused, {error.reason}")
        return done

    # ---- Nodes ----

    async def _take_up_jobs(self, places: Places) -> None:
        """Each node's own jobs, once it serves; a source that moved makes them anew."""
        for name in sorted(places.storages.keys() - self._jobs):
            node = self.scene.cast.address(name)
            if places.storages[name] not in self.host.registration.storages:
                continue
            for topic in TOPICS:
                toml = topic.toml(name, self.source)
                old = self.host.runner.book.find(address(places.storages[name]), topic.job_id)
                if old is not None and old.toml != toml:
                    await self.host.archive_job(old.id)
                if old is None or old.toml != toml:
                    await self.host.add_job(toml, node=node)
                if topic.told(name):
                    self.told.add(topic.told(name))
            self._jobs.add(name)

    async def _let_time_pass(self, books: Books) -> None:
        """Blocks are made when somebody sends something: deadlines need one now and then."""
        connection = self.scene.suite.connection
        if books.exchange.live and time.time() - await connection.timestamp() > 1:
            await connection.rpc("evm_mine")

    # ---- What is due ----

    async def _do(self, task: Task, books: Books, places: Places) -> None:
        who, call = await self._call(task, books, places)
        await self.scene.send(who, call)
        if task.deed is Deed.POST:
            self.posted = time.monotonic()
        else:
            self._tell(task)

    async def _call(self, task: Task, books: Books, places: Places) -> tuple[str, Call]:
        network = self.scene.network
        if task.deed is Deed.POST and task.topic is not None:
            await self.scene.refill_client()
            terms = await self._terms(task.topic, bidding_time(books.exchange))
            return CLIENT, self.scene.client.post(terms)
        storage = PoolStorage(self.scene.suite.connection, address(places.storages[task.node]))
        match task.deed:
            case Deed.JOIN:
                return OPERATOR, self.scene.reputation.join(storage.address)
            case Deed.PUT_UP:
                reference = task.number.to_bytes(32, "big")
                place = network.penalties.address
                return OPERATOR, storage.send_penalty(place, COLLATERAL, reference)
            case Deed.FETCH:
                return OPERATOR, network.penalties.release(storage.address, task.number)
        return "Dana", storage.claim_exit(address(task.staker), task.ids)

    async def _terms(self, topic: Topic, bidding: int) -> AgreementTerms:
        if self.rules is None:
            self.rules = await self.scene.network.agreements.terms()
        bids = int(time.time()) + bidding
        return AgreementTerms(
            job=topic.job_id,
            data=encode_request({"question": f"{topic.base}/{topic.quote}"}),
            oracles=len(NODES),
            minimum_answers=2,
            payment=PAYMENT,
            penalty=PENALTY,
            bid_deadline=bids,
            answer_deadline=bids + self.rules.answer_time + START,
            tolerance=TOLERANCE,
            provider=self.scene.reputation.address,
            beneficiary=self.scene.cast.address(HARMED),
        )

    async def _overtime(self, books: Books, now: int) -> bool:
        """Anyone may end an agreement; where no node does it in time, the client does."""
        late = [d for d in books.exchange.live if now > d.answer_deadline + OVERTIME]
        agreements = self.scene.network.agreements
        for deal in late:
            opened = deal.stage is Stage.OPEN
            if opened or now > await agreements.settle_time(deal.number) + OVERTIME:
                end = agreements.cancel if opened else agreements.settle
                try:
                    await self.scene.send(CLIENT, end(deal.number))
                except TxReverted:
                    continue  # a node was first
                return True
        return False

    # ---- For people ----

    def _tell_news(self, books: Books, places: Places) -> None:
        names = {storage: name for name, storage in places.storages.items()}
        news = books.exchange.news
        while news:
            deal = books.exchange.deals[news.popleft()]
            if self._said.get(deal.number) is not deal.stage:
                self._said[deal.number] = deal.stage
                self.told.add(latest(deal, lambda a: names.get(a) or self.scene.cast.name(a)))

    def _tell(self, task: Task) -> None:
        """One more line; nodes that do the same share one."""
        if task.deed is Deed.PAY:
            who = self.scene.cast.name(task.staker)
            self.told.add(
                f"{who}, who withdrew, is paid what came back of {task.node}'s collateral"
            )
        else:
            self.told.add_of(SAID[task.deed], task.node)
