# SPDX-License-Identifier: MIT
"""What goes out: signed and stored, then read back and sent, in portions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from linkpool.chain.accounts import Signer
from linkpool.chain.rpc import Rpc
from linkpool.chain.sending import SendOutcome
from linkpool.store.database import Database
from linkpool.transactions import broadcast, rows
from linkpool.transactions.counters import Counters
from linkpool.transactions.decide import Attempt, Draft, Unmined, verdict
from linkpool.transactions.intents import IntentState
from linkpool.transactions.limits import TransactionLimits

SIGN_TOGETHER: Final = 64
SEND_TOGETHER: Final = 256

Pair = tuple[Unmined, Attempt]


class Outbox:
    """Remembers when it sent what, only to send it no more often than needed."""

    def __init__(
        self,
        chain: Rpc,
        database: Database,
        signers: Mapping[str, Signer],
        limits: TransactionLimits,
        counters: Counters,
        clock: Callable[[], float],
        changed: dict[str, None],
    ) -> None:
        self.sent_at: dict[int, int] = {}
        """Attempt to head."""
        self.head = 0
        """The newest heard of: what a look saw is older by the time something is sent."""
        self._chain = chain
        self._database = database
        self._signers = signers
        self._limits = limits
        self._counters = counters
        self._clock = clock
        self._changed = changed

    def look(self, head: int, alive: set[int]) -> None:
        """A look saw `head`, and these attempts in no block."""
        self.head = max(self.head, head)
        self.sent_at = {key: sent for key, sent in self.sent_at.items() if key in alive}

    async def sign_and_send(self, drafts: Sequence[Draft]) -> None:
        """In portions, so that the first leave while the last are signed."""
        for start in range(0, len(drafts), SIGN_TOGETHER):
            await self.send(await self.sign(drafts[start : start + SIGN_TOGETHER]))

    async def sign(self, drafts: Sequence[Draft]) -> list[Pair]:
        """Signed and stored, in this order."""
        ids = [one.intent.id for one in drafts]
        contents = await self._database.read(lambda c: rows.contents(c, ids))
        signed = await broadcast.sign(
            self._signers, drafts, contents, self._chain.chain_id, self._limits
        )
        now = self._clock()
        stored = await self._database.write(lambda c: broadcast.store(c, signed, now=now))
        self._counters.signed += len(stored)
        self._counters.signing_failed += len(signed) - len(stored)
        self._counters.replaced += sum(one.last is not None for one, _ in stored)
        return stored

    async def send(self, pairs: Sequence[Pair]) -> None:
        """Stored bytes, as they are stored."""
        for start in range(0, len(pairs), SEND_TOGETHER):
            await self._send(pairs[start : start + SEND_TOGETHER])

    async def _send(self, pairs: Sequence[Pair]) -> None:
        raws = await self._database.read(lambda c: rows.raws(c, [a.id for _, a in pairs]))
        sent = await self._chain.broadcast([raws[attempt.id] for _, attempt in pairs])
        results = [
            (one, attempt, verdict(one, attempt, each))
            for (one, attempt), each in zip(pairs, sent, strict=True)
        ]
        head, now = self.head, self._clock()
        await self._database.write(lambda c: broadcast.note(c, results, head=head, now=now))
        for (one, attempt, meant), each in zip(results, sent, strict=True):
            self._counters.sent(each.outcome)
            if each.outcome is SendOutcome.UNAVAILABLE:
                self.sent_at.pop(attempt.id, None)  # at the next look, not some blocks later
            else:
                self.sent_at[attempt.id] = head
            if meant.known and one.state != IntentState.SENT:
                self._changed[one.key] = None
