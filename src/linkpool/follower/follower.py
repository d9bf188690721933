# SPDX-License-Identifier: MIT
"""One reader of the chain for everybody: every log of the watched contracts, once, in the database.

    follower = Follower(connection, database, topics=[REQUESTED])
    await follower.watch(storage, since=deployed_in)
    await follower.run(stop, on_head=oracle.look)

Each step starts from what the database holds, asks the chain what is different, and writes that in
one transaction; stopped anywhere, it goes on from there. New blocks are found by walking parents
from the newest one down to a block that is known; whatever stood above that one is replaced. Only
when a new block is deeper than the window is it searched for among older logs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, delete, insert, select

from linkpool.chain.calls import Log
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.follower import events, progress
from linkpool.follower.blocks import (
    AT_ONCE,
    Block,
    Chain,
    headers,
    latest,
    logs_between,
    logs_of,
    require_linked,
)
from linkpool.follower.limits import FollowerLimits
from linkpool.follower.progress import Progress, Source
from linkpool.follower.search import branch_to, safe_block
from linkpool.store.database import Database
from linkpool.store.tables import meta
from linkpool.telemetry import logger

TOPICS: Final = "follower_topics"  # in `meta`: what the sources have been read for
PRUNED_EVERY: Final = 16  # blocks
PAUSE_SECONDS: Final = 1.0  # after the chain could not be read

_log = logger("follower")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block whose logs are in the database. `behind`: blocks of history still to be
    read, 0 once everything is there.
    """

    number: int
    hash: str
    timestamp: int
    behind: int


@dataclass(slots=True)
class Counters:
    """Since the start of the process."""

    blocks_replaced: int = 0
    replaced_too_deep: int = 0
    """Replaced further than the window: found, and read again, but not expected."""
    failures: int = 0
    """Looks at the chain that came to nothing."""


class Follower:
    """One per database. `topics`: the first topics of the logs that are kept."""

    def __init__(
        self,
        chain: Chain,
        database: Database,
        *,
        topics: Sequence[bytes],
        limits: FollowerLimits | None = None,
    ) -> None:
        self._chain = chain
        self._database = database
        self._topics = tuple(sorted(set(topics)))
        self._limits = limits or FollowerLimits()
        self._range = min(self._limits.range_blocks, self._limits.range_most_blocks)
        self._one_at_a_time = asyncio.Lock()
        self._news = asyncio.Event()
        self._checked_topics = False
        self.head: Head | None = None
        self.trouble = ""
        """Why the last portion of history could not be read."""
        self.counters = Counters()
        self._waiting = ""

    # ---- What is followed ----

    async def watch(self, address: ChecksumAddress, *, since: int) -> None:
        """The logs of a contract from block `since` on. Again: nothing, or an earlier start."""
        if since < 0:
            raise UsageError(f"there is no block {since} to watch {address} from")
        await self._database.write(lambda c: progress.watch(c, address, since))
        self._news.set()

    async def forget(self, address: ChecksumAddress) -> None:
        """No more new logs of it; those that are there stay."""
        await self._database.write(lambda c: progress.forget(c, address))

    async def replay(self, since: int) -> None:
        """Reads history again from there; only logs that are missing are added."""
        if since < 0:
            raise UsageError(f"there is no block {since} to replay from")
        await self._database.write(lambda c: progress.replay(c, since))
        self._news.set()

    # ---- Following ----

    async def run(
        self,
        stop: asyncio.Event,
        *,
        on_head: Callable[[Head], Awaitable[None]] | None = None,
    ) -> None:
        """Steps at every new head until `stop`; outages of the chain are waited out."""
        listening = asyncio.create_task(self._listen(), name="heads")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            while not stop.is_set():
                if listening.done():
                    listening.result()
                self._news.clear()
                head = await self._try_step()
                if head is not None and on_head is not None:
                    await on_head(head)
                if head is None:
                    await _first_of(PAUSE_SECONDS, stopping)
                elif self.trouble or not head.behind:
                    pause = PAUSE_SECONDS if self.trouble else self._limits.poll_seconds
                    waiting = asyncio.create_task(self._news.wait())
                    await _first_of(pause, stopping, waiting)
                    waiting.cancel()
        finally:
            for task in (listening, stopping):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self) -> None:
        async for _ in self._chain.heads():
            self._news.set()

    async def _try_step(self) -> Head | None:
        try:
            head = await self.step()
        except ChainUnavailable as error:
            self.counters.failures += 1
            if not self._waiting:  # an outage is one line, not one for each try
                _log.warning("follower.waits", reason=str(error))
            self._waiting = str(error)
            return None
        if self._waiting:
            self._waiting = ""
            _log.info("follower.goes_on", block=head.number)
        return head

    async def step(self) -> Head:
        """One look: replaced blocks, new blocks, one portion of history. ChainUnavailable where the
        chain cannot be read or contradicts itself; what was written before that stays. History that
        cannot be read keeps nobody from new blocks: it only stays behind (`trouble`).
        """
        async with self._one_at_a_time:
            await self._read_for_new_topics()
            now = await self._database.read(progress.load)
            newest = await latest(self._chain)
            if now.tip is None or newest.hash != now.tip.hash:
                await self._follow(now, newest)
                now = await self._database.read(progress.load)
            if now.behind:
                await self._try_fill(now)
                now = await self._database.read(progress.load)
            tip = now.tip
            assert tip is not None
            self.head = Head(tip.number, tip.hash, tip.timestamp, now.behind)
            return self.head

    async def _read_for_new_topics(self) -> None:
        """A release that wants more kinds of logs reads the history again."""
        if self._checked_topics:
            return
        wanted = ["0x" + topic.hex() for topic in self._topics]

        def compare(connection: Connection) -> None:
            known = connection.scalar(select(meta.c.value).where(meta.c.key == TOPICS))
            if known is not None and not set(wanted) <= set(json.loads(known)):
                progress.replay(connection, 0)
            connection.execute(delete(meta).where(meta.c.key == TOPICS))
            connection.execute(insert(meta), {"key": TOPICS, "value": json.dumps(wanted)})

        await self._database.write(compare)
        self._checked_topics = True

    # ---- New blocks ----

    async def _follow(self, now: Progress, newest: Block) -> None:
        tip = now.tip
        if tip is None or newest.number > tip.number + self._limits.window:
            await self._start_anew(now, newest)
            return
        if newest == now.block(newest.number):
            return  # an RPC that is behind: its block is known
        if newest.number < now.ring[0].number:
            raise ChainUnavailable(
                f"the RPC's newest block is {newest.number}, block {tip.number} was seen before: "
                "wait until it has caught up, or set another --rpc"
            )
        branch = await branch_to(self._chain, now, newest)
        if branch is None:
            await self._start_anew(now, newest)
            return
        ancestor = branch[0].number - 1
        if ancestor < tip.number:
            self.counters.blocks_replaced += tip.number - ancestor
            _log.warning("follower.replaced", blocks=tip.number - ancestor, since=ancestor + 1)
        for start in range(0, len(branch), AT_ONCE):
            await self._extend(now, branch[start : start + AT_ONCE])

    async def _extend(self, now: Progress, new: Sequence[Block]) -> None:
        asked = [source.address for source in now.sources]
        found = await logs_of(self._chain, new, asked, self._topics)
        window = self._limits.window

        def write(connection: Connection) -> None:
            progress.extend(connection, new[0].number - 1, new, found, asked, window)
            if new[0].number // PRUNED_EVERY != (new[-1].number + 1) // PRUNED_EVERY:
                events.prune(connection, new[-1].number - window)

        await self._database.write(write)

    async def _start_anew(self, now: Progress, newest: Block) -> None:
        """Too far from the last block that was seen: what lies between becomes history."""
        safe = await safe_block(self._chain, self._database, now, newest)
        if now.ring and safe < now.ring[0].number:
            self.counters.replaced_too_deep += 1
            _log.error(
                "follower.replaced_too_deep",
                window=self._limits.window,
                reading_again_from=safe + 1,
            )
        first = max(0, newest.number - self._limits.window + 1)
        ring = [*await headers(self._chain, first, newest.number - 1), newest]
        if len(ring) > 1:
            require_linked(ring[-2], newest)
        await self._database.write(lambda c: progress.start_anew(c, safe, ring))

    # ---- History ----

    async def _try_fill(self, now: Progress) -> None:
        try:
            await self._fill(now)
            self.trouble = ""
        except ChainUnavailable as error:
            self.counters.failures += 1
            if not self.trouble:
                _log.warning("follower.history_waits", reason=str(error), range=self._range)
            self.trouble = str(error)

    async def _fill(self, now: Progress) -> None:
        """The next portion, of all the sources that lack it."""
        lacking = [source for source in now.sources if not source.complete]
        first = min(source.next_block for source in lacking)
        ring_first = now.ring[0].number
        if first >= ring_first:
            last = min(first + AT_ONCE - 1, max(source.live for source in lacking) - 1)
            asked = _starting_by(lacking, last)
            blocks = now.ring[first - ring_first : last + 1 - ring_first]
            found = await logs_of(self._chain, blocks, _addresses(asked), self._topics)
        else:
            joined = max(source.live for source in lacking)
            last = min(first + self._range, ring_first, joined) - 1
            asked = _starting_by(lacking, last)
            found = await self._read_range(now, first, last, _addresses(asked))
        await self._database.write(lambda c: progress.fill(c, first, last, found, asked))

    async def _read_range(
        self, now: Progress, first: int, last: int, addresses: Sequence[ChecksumAddress]
    ) -> list[Log]:
        """Smaller ranges after a failure or a very long answer, larger ones after a short one."""
        limits = self._limits
        try:
            found, end = await logs_between(self._chain, first, last, addresses, self._topics)
        except ChainUnavailable:
            self._range = max(1, (last - first + 1) // 2)
            raise
        if last == now.ring[0].number - 1:
            require_linked(end, now.ring[0])
        if len(found) > limits.range_most_logs:
            self._range = max(1, self._range // 2)
        elif len(found) * 4 < limits.range_most_logs:
            self._range = min(limits.range_most_blocks, self._range * 2)
        return found


def _starting_by(lacking: Sequence[Source], last: int) -> list[Source]:
    return [source for source in lacking if source.next_block <= last]


def _addresses(asked: Sequence[Source]) -> list[ChecksumAddress]:
    return [source.address for source in asked]


async def _first_of(seconds: float, *tasks: asyncio.Task[bool]) -> None:
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
