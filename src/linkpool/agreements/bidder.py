# SPDX-License-Identifier: MIT
"""The loop: at each head the book is brought up to date, then bids, starts and settlements that
are due become intents.

Level-triggered: everything is read from the database and the chain, decided by pure functions and
written down together with its intent. Stopped anywhere, the next look does the rest; an intent's
key is there once, so nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection

from linkpool.agreements import book, records, rows, steps, survey
from linkpool.agreements.book import Places, Taken
from linkpool.agreements.facts import Agreement, Chance, Network, Node
from linkpool.agreements.policy import Bid, Refusal, Why, decide, screened
from linkpool.agreements.ports import BiddingCounters, Follower, Manager, Nodes, Setting
from linkpool.agreements.reads import Outside, owned
from linkpool.agreements.records import Bidding, Verdict
from linkpool.agreements.steps import Steps
from linkpool.agreements.survey import BID, Refused, Serving, Survey
from linkpool.agreements.turns import portion
from linkpool.chain.addresses import ZERO
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.rpc import RpcRefused
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded
from linkpool.follower import events
from linkpool.store.database import Database
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent
from linkpool.transactions.withdrawal import withdraw

LOG: Final = logger("agreements")
PAUSE: Final = 1.0  # seconds after the chain could not be read
COUNTED_EVERY: Final = 30.0  # seconds between two looks at collateral that nobody needs now
REAPED_EVERY: Final = 600.0  # seconds between two looks at what is old


class Bidder:
    """Composed in linkpool.cli; `run` beside a host, `wake` at each head."""

    def __init__(
        self,
        contract: ServiceAgreements,
        outside: Outside,
        database: Database,
        follower: Follower,
        manager: Manager,
        setting: Setting,
        *,
        nodes: Nodes,
        serving: Serving,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.counters = BiddingCounters()
        self._contract = contract
        self._outside = outside
        self._database = database
        self._follower = follower
        self._manager = manager
        self._setting = setting
        self._nodes = nodes
        self._serving = serving
        self._clock = clock
        self._news = asyncio.Event()
        self._known: tuple[Places, Network] | None = None
        self._counted = 0.0
        self._reaped = 0.0
        self._steps = Steps(contract, outside, self._send, self.counters)

    # ---- Its life ----

    def wake(self) -> None:
        """There is a new head."""
        self._news.set()

    async def run(self, over: asyncio.Event) -> None:
        """Looks until `over`. A lost chain is waited for."""
        await self._database.write(lambda c: events.join(c, book.CONSUMER))
        waiting = False
        while not over.is_set():
            self._news.clear()
            try:
                await self.look()
                waiting = False
            except ChainUnavailable as error:
                if not waiting:  # an outage is one line
                    LOG.warning("agreements.waiting", why=str(error))
                waiting = True
            try:
                await asyncio.wait_for(self._news.wait(), PAUSE if waiting else None)
            except TimeoutError:
                pass

    async def look(self) -> None:
        """One look. ChainUnavailable where the chain cannot be read: the next one does the rest."""
        places, network = await self.prepare()
        await self._take(places)
        head = self._follower.head
        if head is None or head.behind:
            return
        nodes = dict(self._nodes())
        if not nodes:
            return
        oracles = sorted(nodes)
        found = await self._database.read(
            lambda c: survey.survey(
                c,
                places,
                oracles,
                self._serving,
                chain_id=self._setting.chain_id,
                bid_gas=self._setting.bid_gas,
            )
        )
        if found is None:
            return
        await self._follow_up(found, oracles)
        await self._reap(found.at.now)
        await self._steps.take(found, nodes, network)
        await self._bid(found, nodes, network)

    async def prepare(self) -> tuple[Places, Network]:
        """What is the same for all agreements, and that their logs are followed. UsageError where
        nothing that takes bids stands at the address.
        """
        if self._known is None:
            places, _ = known = await self._outside.network()
            for address in (places.agreements, places.aggregator, places.penalties):
                await self._follower.watch(address, since=self._setting.since)
            self._known = known
        return self._known

    # ---- What the chain said ----

    async def _take(self, places: Places) -> None:
        chain_id = self._setting.chain_id

        def work(connection: Connection) -> Taken:
            taken = book.take(connection, places)
            records.react(connection, places.agreements, taken.changed, chain_id=chain_id)
            return taken

        while True:
            taken = await self._database.write(work)
            if taken.replaced:
                self._manager.wake()
            if taken.events < book.BATCH:
                return

    async def _follow_up(self, found: Survey, oracles: Sequence[ChecksumAddress]) -> None:
        changed = survey.followed_up(found, oracles)
        changed += survey.shallow(found, oracles, confirmations=self._setting.confirmations)
        if not changed:
            return
        late = [one.intent for one in changed if one.verdict is Verdict.MISSED and one.intent]

        def work(connection: Connection) -> None:
            records.put(connection, self._contract.address, changed, now=self._clock())
            withdraw(connection, late)

        await self._database.write(work)
        for one in changed:
            if one.verdict in (Verdict.PLACED, Verdict.MISSED):
                self._say(one)

    async def _reap(self, now: int) -> None:
        """What is old and over goes, a portion at a time."""
        if self._clock() - self._reaped < REAPED_EVERY:
            return
        removed = await self._database.write(
            lambda c: rows.reap(c, before=now - self._setting.kept)
        )
        if removed < rows.MOST:
            self._reaped = self._clock()

    # ---- Bidding ----

    async def _bid(
        self,
        found: Survey,
        nodes: Mapping[ChecksumAddress, ChecksumAddress],
        network: Network,
    ) -> None:
        policy, now = self._setting.policy, found.at.now
        ready: list[tuple[ChecksumAddress, Agreement]] = []
        refused: list[Refused] = []
        for oracle in sorted(nodes):
            for one in survey.chances(found, oracle, confirmations=self._setting.confirmations):
                chance = survey.chance(found, one, oracle, member=True)
                refusal = screened(chance, policy, network, now=now)
                if refusal is None:
                    ready.append((oracle, one))
                else:
                    refused.append((one, oracle, refusal))
        await self._refuse(found, refused)
        if not ready and self._clock() - self._counted < COUNTED_EVERY:
            return
        known = await self._read_nodes(found, nodes)
        if known is None or not ready:
            return
        wanted = portion(ready, found.at)
        pairs = {(one.provider, oracle) for oracle, one in wanted if one.provider != ZERO}
        members = await self._outside.members(pairs, block=found.at.number)
        for oracle in sorted({oracle for oracle, _ in wanted}):
            chances = [
                survey.chance(found, one, oracle, member=(one.provider, oracle) in members)
                for whose, one in wanted
                if whose == oracle
            ]
            await self._decide(found, chances, known[oracle], network)

    async def _read_nodes(
        self, found: Survey, nodes: Mapping[ChecksumAddress, ChecksumAddress]
    ) -> dict[ChecksumAddress, Node] | None:
        """None where the block was replaced meanwhile: the next look sees another one."""
        at = found.at.number
        read = await self._outside.nodes(owned(nodes, found.references), block=at)
        if not await self._outside.is_part(at, found.block_hash):
            return None
        self._count(read)
        return {node.oracle: survey.with_pending(node, found) for node in read}

    def _count(self, nodes: Sequence[Node]) -> None:
        there = [one for node in nodes for one in node.deposits if not one.closed]
        reserved = sum(one.reserved for one in there)
        free = sum(one.balance for one in there) - reserved
        self.counters.collateral = {"free": free, "reserved": reserved}
        self._counted = self._clock()

    async def _decide(
        self, found: Survey, chances: Sequence[Chance], node: Node, network: Network
    ) -> None:
        policy, now = self._setting.policy, found.at.now
        refused: list[Refused] = []
        for one, decision in decide(chances, node, policy, network, now=now):
            if isinstance(decision, Bid):
                refusal = await self._try(found, one, node, decision)
            else:
                refusal = decision
            if refusal is not None:
                refused.append((one, node.oracle, refusal))
        await self._refuse(found, refused)

    async def _try(
        self, found: Survey, one: Agreement, node: Node, decision: Bid
    ) -> Refusal | None:
        """Rehearses the bid, then writes it down with its intent."""
        key = found.following(one, BID, node.oracle)
        if key is None:
            return Refusal(Why.TRANSACTION, "its bid came to nothing: see `linkpool tx list`")
        digest = bytes.fromhex(one.posted[2:])
        call = self._contract.bid(one.id, node.oracle, decision.reference, digest)
        try:
            limit = await self._outside.limit(call, sender=node.account)
        except TxReverted as error:
            return Refusal(Why.CONTRACT, error.reason)
        except RpcRefused as error:
            return Refusal(Why.CONTRACT, str(error))
        except Unfunded as error:
            return Refusal(Why.TRANSACTION, str(error))
        made = Bidding(
            agreement=one.id,
            oracle=node.oracle,
            verdict=Verdict.BID,
            posted=one.posted,
            reference=decision.reference,
            amount=one.penalty,
            intent=key,
        )
        await self._send(steps.intent(key, node.account, call, limit), made)
        self.counters.bids["sent"] += 1
        LOG.info("agreement.bid", agreement=one.id, oracle=node.oracle)
        return None

    async def _send(self, intent: Intent, made: Bidding | None = None) -> None:
        def work(connection: Connection) -> None:
            self._manager.enqueue(connection, intent)
            if made is not None:
                records.put(connection, self._contract.address, [made], now=self._clock())

        await self._database.write(work)

    async def _refuse(self, found: Survey, refused: Sequence[Refused]) -> None:
        """In one write, however many there are: what is news is written down."""
        news = survey.news(found, refused)
        if not news:
            return
        made = [new for new, _ in news]
        await self._database.write(
            lambda c: records.put(c, self._contract.address, made, now=self._clock())
        )
        for new, before in news:
            if before is None or before.verdict is not Verdict.REFUSED:
                self._say(new)

    def _say(self, one: Bidding) -> None:
        self.counters.bids[one.verdict] += 1
        facts = {"why": one.reason} if one.reason else {}
        LOG.info(f"agreement.{one.verdict}", agreement=one.agreement, oracle=one.oracle, **facts)
