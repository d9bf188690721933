# SPDX-License-Identifier: MIT
"""The manager: one look after the other, each from the database and the chain, none from memory.

What it remembers between looks only saves work (what this process has sent when, since when an
account has not got on): without it, as after a crash, the same is done again with the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection

from linkpool.chain.accounts import Signer
from linkpool.chain.rpc import Rpc
from linkpool.chain.sending import SendOutcome
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.store.database import Database
from linkpool.telemetry import hide_tokens, logger
from linkpool.transactions import intents, rows, settle, withdrawal
from linkpool.transactions.counters import AccountStatus, Counters
from linkpool.transactions.decide import (
    Draft,
    Position,
    Unmined,
    stuck_blocks,
    to_resend,
    to_sign,
)
from linkpool.transactions.fees import Price, today
from linkpool.transactions.intents import Intent
from linkpool.transactions.limits import TransactionLimits
from linkpool.transactions.look import Look, look
from linkpool.transactions.observe import Observer
from linkpool.transactions.outbox import Outbox, Pair
from linkpool.transactions.rows import Busy

_RETRY_SECONDS: Final = 1.0

log = logger("transactions")


class TransactionManager:
    """`start`, then `enqueue` at any time, and `run` or one `step` after the other."""

    def __init__(
        self,
        chain: Rpc,
        database: Database,
        signers: Mapping[ChecksumAddress, Signer],
        limits: TransactionLimits | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.chain = chain
        self.database = database
        self.limits = limits or TransactionLimits()
        self.counters = Counters()
        self.statuses: dict[str, AccountStatus] = {}
        self.on_change: Callable[[Sequence[str]], Awaitable[None]] | None = None
        """Told the keys whose state has changed; what it missed is in the database."""
        self.unwanted: list[Callable[[Sequence[str]], Awaitable[set[str]]]] = []
        """Each is asked before calls are given to RPCs once more: those whose cause is gone from
        the chain are cancelled instead."""
        self._changed: dict[str, None] = {}
        self._signers: dict[str, Signer] = {str(name): one for name, one in signers.items()}
        self._unopened = set(self._signers)
        self._clock = clock
        self._observer = Observer(chain, database, self.limits, self.counters, clock)
        self._outbox = Outbox(
            chain, database, self._signers, self.limits, self.counters, clock, self._changed
        )
        self._price = Price(ceiling=0, tip=0)
        self._news = True  # a head that was not looked at
        self._woken = asyncio.Event()
        self._waking = False  # somebody has woken it already, and no look has begun since
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- Callers ----

    async def start(self) -> None:
        """Open the accounts: no nonce that the chain has used is given out. Without an RPC that
        works only for accounts that were opened once; it is done again with the next look.
        """
        names = sorted(self._unopened)
        if not names:
            return
        try:
            seen = await look(self.chain, names, [])
        except ChainUnavailable:
            if await self.database.read(lambda c: settle.all_open(c, names)):
                return
            raise
        least = {name: _first_nonce(seen, name, self.limits) for name in names}
        known = {name: nonce for name, nonce in least.items() if nonce is not None}

        def write(connection: Connection) -> None:
            for name, nonce in known.items():
                settle.open_account(connection, name, nonce, at_most=self.limits.in_flight)

        await self.database.write(write)
        self._unopened -= set(known)

    async def add(self, signer: Signer) -> None:
        """One more account to send from."""
        self._signers[signer.address] = signer
        self._unopened.add(signer.address)
        await self.start()

    def enqueue(self, connection: Connection, intent: Intent) -> bool:
        """Inside the caller's write: see `intents.enqueue`. It is sent once that is committed."""
        if intent.account not in self._signers:
            raise UsageError(f"no key for {intent.account} here: open its wallet first")
        new = intents.enqueue(connection, intent, now=self._clock())
        self._wake()
        return new

    @property
    def accounts(self) -> frozenset[str]:
        """Whose keys are here."""
        return frozenset(self._signers)

    def wake(self) -> None:
        """Look again soon, as after a wish of the operator; from any thread."""
        self._news = True
        self._wake()

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not self._waking:
            self._waking = True
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._woken.set)

    # ---- Looking ----

    async def run(self, stop: asyncio.Event, heads: AsyncIterator[int]) -> None:
        """Until `stop`: a step at each head, and a short one when something was enqueued."""
        self._loop = asyncio.get_running_loop()
        watchers = [
            asyncio.create_task(self._follow(heads)),
            asyncio.create_task(self._wake_at(stop)),
        ]
        try:
            while not stop.is_set():
                self._waking = False
                self._woken.clear()
                pause = await self._try_step()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)
                if watchers[0].done():
                    watchers[0].result()
                    return
        finally:
            self._loop = None
            for one in watchers:
                one.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)

    async def _try_step(self) -> float | None:
        """Seconds after which to try again; None: at the next head."""
        news, self._news = self._news, False
        try:
            await (self.step() if news else self.send())
        except ChainUnavailable as error:
            self._news = True
            self.counters.chain_unavailable += 1
            log.warning("transactions.no_chain", error=hide_tokens(str(error)))
            return _RETRY_SECONDS
        return None

    async def _follow(self, heads: AsyncIterator[int]) -> None:
        try:
            async for head in heads:
                self._news, self._outbox.head = True, head
                self._woken.set()
        finally:
            self._woken.set()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()

    async def step(self) -> None:
        """A whole look at chain and database. ChainUnavailable where no RPC answers: nothing is
        lost, the next look does it.
        """
        await self._open()
        names = sorted(self._signers)
        waiting = await self.database.read(lambda c: rows.busy(c, names))
        if waiting:
            await self._whole_look(waiting)
        else:
            self.statuses = {}
            self._observer.positions = {}  # old by the time something is enqueued
        await self._tell()

    async def send(self) -> None:
        """Only what was enqueued since the last look, at the fees of that look."""
        await self._open()
        names = sorted(self._signers)
        waiting = await self.database.read(lambda c: rows.queues(c, names))
        if any(name not in self._observer.positions for name in waiting):
            await self.step()
        elif waiting:
            await self._send_queued(waiting)
            await self._tell()

    async def _open(self) -> None:
        if self._unopened:
            await self.start()

    async def _whole_look(self, waiting: Mapping[str, Busy]) -> None:
        seen = await self._observer.observe(waiting, self._changed)
        self._price = today(seen.base, seen.tip, self.limits)
        windows = self._windows(waiting)
        signed, queued = await self.database.read(
            lambda c: (rows.signed(c, windows), rows.queued(c, windows))
        )
        alive = {a.id for each in signed.values() for one in each for a in one.attempts}
        self._outbox.look(seen.head, alive)
        drafts: list[Draft] = []
        resend: list[Pair] = []
        for name in windows:
            at, unmined = self._observer.positions[name], signed.get(name, [])
            wanted = to_sign([*unmined, *queued.get(name, [])], at, self._price, self.limits)
            drafts += wanted.new
            self.counters.gas_bump_exceeds_limit += wanted.over_limit
            resend += self._resend(unmined, {one.intent.id for one in wanted.new}, at)
            self.statuses[name] = _status(at, waiting[name], unmined)
        self.statuses = {name: self.statuses[name] for name in windows}
        gone = await self._withdraw(drafts, resend)
        self._observer.again.clear()
        await self._outbox.send([pair for pair in resend if pair[0].id not in gone])
        await self._outbox.sign_and_send([one for one in drafts if one.intent.id not in gone])

    async def _withdraw(self, drafts: Sequence[Draft], resend: Sequence[Pair]) -> set[int]:
        """Intents that would be sent again and are to be cancelled, at once with the next look."""
        calls = {one.id: one.key for one, attempt in resend if attempt.kind == "call"}
        calls |= {
            each.intent.id: each.intent.key
            for each in drafts
            if each.kind == "call" and each.intent.attempts
        }
        keys: set[str] = set()
        for unwanted in self.unwanted if calls else ():
            keys |= await unwanted(list(calls.values()))
        if not keys:
            return set()
        changed = await self.database.write(lambda c: withdrawal.withdraw(c, keys))
        if changed:
            self.wake()
            log.warning("transactions.withdrawn", transactions=changed)
        return {number for number, key in calls.items() if key in keys}

    async def _send_queued(self, waiting: Iterable[str]) -> None:
        windows = self._windows(waiting)
        queued = await self.database.read(lambda c: rows.queued(c, windows))
        known = self._observer.positions
        drafts = [
            draft
            for name, each in queued.items()
            for draft in to_sign(each, known[name], self._price, self.limits).new
        ]
        await self._outbox.sign_and_send(drafts)

    def _windows(self, names: Iterable[str]) -> dict[str, int]:
        """By account the first nonce that is too far ahead; without what could not be read."""
        known = self._observer.positions
        return {name: known[name].count + self.limits.in_flight for name in names if name in known}

    def _resend(self, unmined: Iterable[Unmined], drafted: set[int], at: Position) -> list[Pair]:
        pairs: list[Pair] = []
        for one in unmined:
            again = self._observer.again.get(one.id)
            if one.last is None or one.id in drafted:
                continue
            if to_resend(
                one, at, sent_at=self._outbox.sent_at.get(one.last.id), limits=self.limits
            ):
                # What was mined in a block that is gone is known to be good.
                known = (e for e in one.attempts if e.id == again and e.kind == one.kind)
                good = next(known, one.last)
                self._outbox.sent_at[one.last.id] = at.head
                pairs.append((one, good))
        return pairs

    async def _tell(self) -> None:
        keys = list(self._changed)
        if keys and self.on_change is not None:
            await self.on_change(keys)
        self._changed.clear()


def _first_nonce(seen: Look, name: str, limits: TransactionLimits) -> int | None:
    """Behind what waits in the pool: whoever sent that wants it mined. A pool that claims more
    than could ever be filled up again is not believed.
    """
    if name not in seen.counts:
        return None
    count, pending = seen.counts[name]
    return pending if pending - count <= limits.in_flight else count


def _status(at: Position, one: Busy, unmined: Sequence[Unmined]) -> AccountStatus:
    waiting = [each for each in unmined if each.nonce >= at.count]
    since = [a.since for each in waiting[:1] for a in each.attempts[:1] if a.since is not None]
    return AccountStatus(
        nonce=at.count,
        waiting=one.queued,
        unmined=len(waiting),
        stuck_blocks=stuck_blocks(since[0], at) if since else 0,
        unfunded=any(
            a.error is not None and a.error.startswith(SendOutcome.INSUFFICIENT_FUNDS)
            for each in waiting
            for a in each.attempts[-1:]
        ),
    )
