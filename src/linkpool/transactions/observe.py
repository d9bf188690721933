# SPDX-License-Identifier: MIT
"""One whole look at the chain, and the database brought in line with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from linkpool.chain.rpc import Rpc
from linkpool.errors import ChainUnavailable
from linkpool.store.database import Database
from linkpool.telemetry import hide_tokens, logger
from linkpool.transactions import look as chain_side
from linkpool.transactions import rows, settle
from linkpool.transactions.counters import Counters
from linkpool.transactions.decide import Position, Unmined, holes, stalls
from linkpool.transactions.limits import TransactionLimits
from linkpool.transactions.look import Look, Mined, User
from linkpool.transactions.rows import Busy
from linkpool.transactions.settle import Found
from linkpool.transactions.withdrawal import WITHDRAWN

_PROOFS: Final = 4  # searches for who used a nonce, per account and look

log = logger("transactions")
Waiting = Mapping[str, Busy]
Lost = dict[str, list[Unmined]]


class Observer:
    """Keeps what was seen last; `again` are reorganised intents with the attempt to send again."""

    def __init__(
        self,
        chain: Rpc,
        database: Database,
        limits: TransactionLimits,
        counters: Counters,
        clock: Callable[[], float],
    ) -> None:
        self.positions: dict[str, Position] = {}
        self.again: dict[int, int] = {}
        self.head = 0
        self._chain = chain
        self._database = database
        self._limits = limits
        self._counters = counters
        self._clock = clock

    async def observe(self, waiting: Waiting, changed: dict[str, None]) -> Look:
        """The chain now; every key whose state changed by it is added to `changed`."""
        blocks = sorted({block for one in waiting.values() for block, _ in one.blocks})
        seen = await chain_side.look(self._chain, sorted(waiting), blocks)
        self.head = seen.head
        self._place(seen)
        names = [name for name in waiting if name in self.positions]
        await self._reorganised(waiting, seen, changed)
        await self._raise_nonces(names)
        used = await self._used(names)
        found, lost = await self._receipts(used)
        await self._settle(names, seen, found, changed)
        await self._used_elsewhere(lost, changed)
        await self._fill_holes(names)
        return seen

    def _place(self, seen: Look) -> None:
        """Where the accounts are; the unread ones are left out of this look."""
        before, self.positions = self.positions, {}
        for name, (count, pending) in seen.counts.items():
            old = before.get(name)
            stays = old is not None and old.count == count
            self.positions[name] = Position(
                head=seen.head,
                count=count,
                pending=pending,
                progress=old.progress if old is not None and stays else seen.head,
            )

    async def _reorganised(self, waiting: Waiting, seen: Look, changed: dict[str, None]) -> None:
        gone = [
            (name, block_hash)
            for name, one in waiting.items()
            for block, block_hash in one.blocks
            if seen.hashes.get(block, block_hash) != block_hash
        ]
        if not gone:
            return
        found = await self._database.write(
            lambda c: [row for name, one in gone for row in settle.reorganised(c, name, one)]
        )
        for row in found:
            self.again[row.id] = row.attempt
            changed[row.key] = None
        self._counters.reorganised += len(found)
        log.warning("transactions.reorganised", blocks=len(gone), transactions=len(found))

    async def _raise_nonces(self, names: Sequence[str]) -> None:
        """No nonce that the chain has used is given out any more."""
        nexts = await self._database.read(lambda c: rows.next_nonces(c, names))
        used = {name: self.positions[name].count for name in names}
        most = self._limits.in_flight
        low = [name for name in names if nexts.get(name, 0) < used[name]]
        far = [name for name in low if nexts.get(name, 0) < used[name] - most]
        proven = await self._proven(far) if far else {}

        def write(connection: Connection) -> None:
            for name in low:
                settle.raise_nonce(connection, name, proven.get(name, 0), at_most=None)
                settle.raise_nonce(connection, name, used[name], at_most=most)

        if low:
            await self._database.write(write)

    async def _proven(self, names: Sequence[str]) -> dict[str, int]:
        """How many nonces final blocks have used, where they hold the transaction of the last."""
        deep = self.head - self._limits.finality
        counts = await chain_side.counts_at(self._chain, names, deep) if deep >= 0 else {}
        found = {}
        for name, count in counts.items():
            if not count:
                continue
            try:
                user = await chain_side.user_of(self._chain, name, count - 1, at=deep)
            except ChainUnavailable as error:
                log.warning("transactions.nonce_unproven", error=hide_tokens(str(error)))
                continue
            if user is not None:
                found[name] = count
        return found

    async def _used(self, names: Sequence[str]) -> Lost:
        """What waits for a nonce that the chain has used."""
        ends = {name: self.positions[name].count for name in names}
        signed, queued = await self._database.read(
            lambda c: (rows.signed(c, names), rows.queued(c, ends))
        )
        return {
            name: [
                one
                for one in [*signed.get(name, []), *queued.get(name, [])]
                if one.nonce < ends[name]
            ]
            for name in names
        }

    async def _receipts(self, used: Lost) -> tuple[list[Found], Lost]:
        owners = {
            attempt.hash: (one, attempt)
            for each in used.values()
            for one in each
            for attempt in one.attempts
        }
        receipts = await chain_side.receipts(self._chain, list(owners))
        seen: dict[int, tuple[Unmined, int, Mined]] = {}
        for tx, receipt in receipts.items():
            one, attempt = owners[tx]
            seen[one.id] = (one, attempt.id, receipt)
        cancels = {a.id for _, a in owners.values() if a.kind == "cancel"}
        reasons = await self._reasons([each for each in seen.values() if each[1] not in cancels])
        found = [
            Found(
                intent=one,
                attempt=attempt,
                mined=receipt,
                reason=_why_empty(one) if attempt in cancels else reasons.get(one.id),
            )
            for one, attempt, receipt in seen.values()
        ]
        lost = {name: [one for one in each if one.id not in seen] for name, each in used.items()}
        return found, {name: each for name, each in lost.items() if each}

    async def _reasons(self, mined: Sequence[tuple[Unmined, int, Mined]]) -> dict[int, str]:
        """Why calls reverted."""
        reverted = [(one, receipt) for one, _, receipt in mined if not receipt.succeeded]
        if not reverted:
            return {}
        ids = [one.id for one, _ in reverted]
        contents = await self._database.read(lambda c: rows.contents(c, ids))
        calls = [(rows.call_of(contents[one.id]), receipt.block) for one, receipt in reverted]
        return dict(zip(ids, await chain_side.reasons(self._chain, calls), strict=True))

    async def _settle(
        self, names: Sequence[str], seen: Look, found: Sequence[Found], changed: dict[str, None]
    ) -> None:
        hashes = {**seen.hashes, **{one.mined.block: one.mined.block_hash for one in found}}
        deepest, now = seen.head - self._limits.finality, self._clock()
        if not found and not any(block <= deepest for block in seen.hashes):
            return

        def write(connection: Connection) -> tuple[list[str], settle.Settled]:
            mined = settle.mined(connection, found)
            return mined, settle.finalise(connection, names, hashes, deepest=deepest, now=now)

        mined, ended = await self._database.write(write)
        self._counters.mined += len(mined)
        self._counters.final += len(ended.final)
        self._counters.failed += len(ended.failed)
        self._counters.cancelled += len(ended.cancelled)
        changed |= dict.fromkeys([*mined, *ended.final, *ended.failed, *ended.cancelled])

    # ---- Nonces that are not ours, and that are nobody's ----

    async def _used_elsewhere(self, lost: Lost, changed: dict[str, None]) -> None:
        """Their nonce is used and none of their attempts has a receipt. Who has attempts is moved
        to another nonce only when it is proven that a transaction of somebody else has his, in a
        block that is final; who was never signed, as soon as it is seen.
        """
        if not lost:
            return
        deep = self.head - self._limits.finality
        counts = await chain_side.counts_at(self._chain, list(lost), deep) if deep >= 0 else {}
        for name, each in lost.items():
            final = {one.id for one in each if one.nonce < counts.get(name, 0)}
            ready = [one for one in each if one.id in final or not one.attempts]
            for one in ready[:_PROOFS]:
                await self._move(name, one, changed, at=deep if one.id in final else None)

    async def _move(
        self, name: str, one: Unmined, changed: dict[str, None], *, at: int | None
    ) -> None:
        """`at`: a final block whose state has the nonce used; None where there is none yet."""
        try:
            place = self.head if at is None else at
            user = await chain_side.user_of(self._chain, name, one.nonce, at=place)
        except ChainUnavailable as error:
            log.warning("transactions.nonce_unproven", key=one.key, error=hide_tokens(str(error)))
            if not one.attempts:
                await self._renumber(name, one, "another transaction", changed)
            return
        if user is None or user.hash in {attempt.hash for attempt in one.attempts}:
            return  # seen in mid-change, or ours: its receipt will come
        if not await self._is_this(one, user):
            await self._renumber(name, one, user.hash, changed)
        elif at is not None:
            # Signed here and forgotten: the database was put back to an earlier moment.
            now = self._clock()
            await self._database.write(lambda c: settle.adopt(c, one, user, now=now))
            log.warning("transactions.adopted", key=one.key, tx=user.hash)

    async def _is_this(self, one: Unmined, user: User) -> bool:
        """The same effect from the same account with the same nonce."""
        content = (await self._database.read(lambda c: rows.contents(c, [one.id])))[one.id]
        to = None if content.recipient is None else content.recipient.lower()
        return (user.to, user.value, user.data) == (to, int(content.value), bytes(content.data))

    async def _renumber(self, name: str, one: Unmined, user: str, changed: dict[str, None]) -> None:
        count, now = self.positions[name].count, self._clock()
        reason = f"nonce {one.nonce} was used by {user}, which was not signed here"

        def write(connection: Connection) -> bool:
            settle.raise_nonce(connection, name, count, at_most=self._limits.in_flight)
            return settle.renumber(connection, name, one, reason=reason, now=now)

        if await self._database.write(write):
            self._counters.nonces_used_elsewhere += 1
            changed[one.key] = None
            log.warning("transactions.nonce_used_elsewhere", key=one.key, nonce=one.nonce)

    async def _fill_holes(self, names: Sequence[str]) -> None:
        stalled = [name for name in names if stalls(self.positions[name], self._limits)]
        if not stalled:
            return
        unmined = await self._database.read(lambda c: rows.nonces(c, stalled))
        now, gas = self._clock(), self._limits.cancel_gas
        empty = [
            (name, nonce)
            for name in stalled
            for nonce in holes(unmined.get(name, []), self.positions[name], self._limits)
        ]
        if empty:
            await self._database.write(
                lambda c: [settle.fill(c, name, nonce, gas=gas, now=now) for name, nonce in empty]
            )
            self._counters.gaps_filled += len(empty)
            log.warning("transactions.gaps_filled", nonces=len(empty))


def _why_empty(one: Unmined) -> str:
    """Why the empty transfer was sent. Only what was withdrawn may be wanted again by now."""
    return (one.reason or "cancelled") if one.cancel else WITHDRAWN
