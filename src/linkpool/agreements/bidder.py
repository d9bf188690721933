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

from linkpool.agreements import book, records, survey
from linkpool.agreements.book import Places, Taken
from linkpool.agreements.facts import Agreement, Chance, Network, Node
from linkpool.agreements.policy import Bid, Refusal, Why, decide, screened
from linkpool.agreements.ports import BiddingCounters, Follower, Manager, Nodes, Setting
from linkpool.agreements.reads import Outside, owned
from linkpool.agreements.records import Bidding, Verdict
from linkpool.agreements.survey import BID, Serving, Survey
from linkpool.agreements.turns import Act, Step, due
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.rpc import RpcRefused
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded
from linkpool.follower import events
from linkpool.store.database import Database
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent
from linkpool.transactions.withdrawal import withdraw
from linkpool.units import Juels

LOG: Final = logger("agreements")
PAUSE: Final = 1.0  # seconds after the chain could not be read
AT_ONCE: Final = 64  # steps of one look
COUNTED_EVERY: Final = 30.0  # seconds between two looks at collateral that nobody needs now


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
                c, places, oracles, self._serving, chain_id=self._setting.chain_id
            )
        )
        if found is None:
            return
        await self._follow_up(found, oracles)
        await self._bid(found, nodes, network)
        await self._take_steps(found, nodes, network)

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
        changed += [
            one
            for oracle in oracles
            for one in survey.shallow(found, oracle, confirmations=self._setting.confirmations)
        ]
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

    # ---- Bidding ----

    async def _bid(
        self,
        found: Survey,
        nodes: Mapping[ChecksumAddress, ChecksumAddress],
        network: Network,
    ) -> None:
        policy, now = self._setting.policy, found.at.now
        wanted: dict[ChecksumAddress, list[Agreement]] = {}
        for oracle in sorted(nodes):
            for one in survey.chances(found, oracle, confirmations=self._setting.confirmations):
                chance = survey.chance(found, one, oracle, member=True)
                refusal = screened(chance, policy, network, now=now)
                if refusal is None:
                    wanted.setdefault(oracle, []).append(one)
                else:
                    await self._refuse(found, one, oracle, refusal)
        if not wanted and self._clock() - self._counted < COUNTED_EVERY:
            return
        known = await self._read_nodes(found, nodes)
        if known is None or not wanted:
            return
        pairs = {
            (one.provider, oracle)
            for oracle, several in wanted.items()
            for one in several
            if one.provider != ZERO
        }
        members = await self._outside.members(pairs, block=found.at.number)
        for oracle, several in wanted.items():
            chances = [
                survey.chance(found, one, oracle, member=(one.provider, oracle) in members)
                for one in several
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
        for one, decision in decide(chances, node, policy, network, now=now):
            if isinstance(decision, Bid):
                refusal = await self._try(found, one, node, decision)
            else:
                refusal = decision
            if refusal is not None:
                await self._refuse(found, one, node.oracle, refusal)

    async def _try(
        self, found: Survey, one: Agreement, node: Node, decision: Bid
    ) -> Refusal | None:
        """Rehearses the bid, then writes it down with its intent."""
        key = found.following(one, BID, node.oracle)
        if key is None:
            return Refusal(Why.TRANSACTION, "its bid came to nothing: see `linkpool tx list`")
        call = self._contract.bid(one.id, node.oracle, decision.reference)
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
        await self._send(_intent(key, node.account, call, limit), made)
        self.counters.bids["sent"] += 1
        LOG.info("agreement.bid", agreement=one.id, oracle=node.oracle)
        return None

    async def _send(self, intent: Intent, made: Bidding | None = None) -> None:
        def work(connection: Connection) -> None:
            self._manager.enqueue(connection, intent)
            if made is not None:
                records.put(connection, self._contract.address, [made], now=self._clock())

        await self._database.write(work)

    async def _refuse(
        self, found: Survey, one: Agreement, oracle: ChecksumAddress, refusal: Refusal
    ) -> None:
        """Written down where it is news; what was refused before its end is not refused as late."""
        before = found.decided(one, oracle)
        refused = before is not None and before.verdict is Verdict.REFUSED
        if refused and refusal.kind is Why.LATE:
            return
        new = Bidding(
            agreement=one.id,
            oracle=oracle,
            verdict=Verdict.REFUSED,
            kind=refusal.kind,
            reason=refusal.reason,
            posted=one.posted,
            amount=Juels(one.penalty),
        )
        if new == before:
            return
        await self._database.write(
            lambda c: records.put(c, self._contract.address, [new], now=self._clock())
        )
        if not refused:
            self._say(new)

    def _say(self, one: Bidding) -> None:
        self.counters.bids[one.verdict] += 1
        facts = {"why": one.reason} if one.reason else {}
        LOG.info(f"agreement.{one.verdict}", agreement=one.agreement, oracle=one.oracle, **facts)

    # ---- Starting, settling, cancelling ----

    async def _take_steps(
        self,
        found: Survey,
        nodes: Mapping[ChecksumAddress, ChecksumAddress],
        network: Network,
    ) -> None:
        every = (due(one, nodes.keys(), network, found.at) for one in found.live)
        ready = [
            (act, key)
            for act in every
            if act is not None
            and (key := found.following(act.agreement, act.step, act.oracle)) is not None
        ]
        # Another part first with each block: what is refused for ever keeps nobody waiting.
        turn = found.at.number * AT_ONCE % max(len(ready), 1)
        for act, key in (ready[turn:] + ready[:turn])[:AT_ONCE]:
            await self._take_step(act, key, nodes[act.oracle])

    async def _take_step(self, act: Act, key: str, account: ChecksumAddress) -> None:
        call = self._call(act)
        try:
            limit = await self._outside.limit(call, sender=account)
        except (TxReverted, RpcRefused, Unfunded) as error:  # somebody was first, or too early
            LOG.debug(
                "agreement.not_yet", step=act.step, agreement=act.agreement.id, why=str(error)
            )
            return
        await self._send(_intent(key, account, call, limit))
        self.counters.steps[act.step] += 1
        LOG.info(f"agreement.{act.step}", agreement=act.agreement.id, oracle=act.oracle)

    def _call(self, act: Act) -> Call:
        one = act.agreement
        match act.step:
            case Step.START:
                return self._contract.start(one.id, one.job, one.data)
            case Step.SETTLE:
                return self._contract.settle(one.id)
            case Step.CANCEL:
                return self._contract.cancel(one.id)


def _intent(key: str, account: ChecksumAddress, call: Call, limit: int) -> Intent:
    return Intent(key=key, account=account, to=call.to, data=call.data, gas=limit, what=call.what)
