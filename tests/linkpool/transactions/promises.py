# SPDX-License-Identifier: MIT
"""What must hold whatever a chain, an operator and a power cut have done: `check` at every moment,
`compare` once the world is calm again.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Connection, select

from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.store.database import Database
from linkpool.store.tables import accounts, attempts, intents
from linkpool.transactions import IntentState, TransactionLimits, TransactionManager
from linkpool.transactions.withdrawal import WITHDRAWN

T = TypeVar("T")
GWEI = 10**9
LIMITS = TransactionLimits(
    in_flight=4, finality=3, max_fee=100 * GWEI, replace_after=2, replace_together=2
)
CALM = 120  # blocks in which everything has to be over
REFUSED = ("fatal: ", "reverted: ")  # how reasons begin that RPCs gave


class Promises(RuleBasedStateMachine):
    """A manager's world, and what must be true of it."""

    reached: ClassVar[Counter[str]]
    """How often a run of it got where."""
    loop: asyncio.AbstractEventLoop
    database: Database
    chain: SimulatedChain
    signers: list[SimulatedSigner]
    manager: TransactionManager
    keys: list[str]
    foreign: dict[tuple[str, int], list[bytes]]
    settled: dict[str, str]
    cancelled: set[str]
    withdrawn: set[str]
    """Keys that ever were; they may be wanted again by now."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @invariant()
    def check(self) -> None:
        rows, tries, nexts = self.database.read_now(_everything)
        canonical = self.chain.transactions()
        self.effects_happen_once(canonical)
        hashes = {one.hash for one in canonical}
        stored = {one.hash for one in tries}
        assert set(self.chain.seen) <= stored, "bytes went out that are not in the database"
        by_intent = {row.id: [one for one in tries if one.intent == row.id] for row in rows}
        deep = self.chain.blocks[-1 - LIMITS.finality].nonces if self.deep() else {}
        for row in rows:
            again = row.key in self.withdrawn
            _check_attempts(row, by_intent[row.id], deep.get(row.account, 0), again=again)
            if IntentState(row.state).settled:
                told = self.settled.setdefault(row.key, row.state)
                assert told == row.state, "what was settled has changed"
                mined = [one.hash for one in by_intent[row.id] if one.id == row.attempt]
                assert hashes.issuperset(mined), "what was settled is not on chain"
        for address, next_nonce in nexts.items():
            mine = {row.nonce for row in rows if row.account == address}
            explained = mine | {nonce for who, nonce in self.foreign if who == address}
            assert set(range(next_nonce)) <= explained, "a nonce was skipped"
            assert all(nonce < next_nonce for nonce in mine), "a nonce would be given out twice"

    def deep(self) -> bool:
        return len(self.chain.blocks) > LIMITS.finality

    def effects_happen_once(self, canonical: list[Any]) -> None:
        effects = Counter(one.data for one in canonical if one.data)
        again = [data for data, count in effects.items() if count > 1]
        assert not again, f"done more than once: {again}"

    def teardown(self) -> None:
        try:
            if self.keys:
                self.calm()
                self.settle_everything()
                self.check()
                self.compare()
                self.count()
        finally:
            self.database.close()
            self.loop.close()

    def calm(self) -> None:
        chain = self.chain
        for one in chain.endpoints:
            one.up, one.mute, one.lag = True, False, 0
        chain.base_fee, chain.minimum_tip, chain.holding = GWEI, 0, False
        chain.balances.clear()
        chain.refuse = lambda _: None
        chain.release()
        self.signers[0].failing = False

    def count(self) -> None:
        """What this life of the manager has done."""
        done = self.manager.counters
        self.reached["replaced"] += done.replaced
        self.reached["reorganised"] += done.reorganised
        self.reached["used elsewhere"] += done.nonces_used_elsewhere
        self.reached["filled"] += done.gaps_filled
        self.reached["over the limit"] += done.gas_bump_exceeds_limit

    def settle_everything(self) -> None:
        for _ in range(CALM):
            self.run(self.manager.step())
            rows, _, _ = self.database.read_now(_everything)
            if all(IntentState(row.state).settled for row in rows):
                return
            self.chain.mine()
        raise AssertionError(
            f"still waiting: {[(r.key, r.state, r.cancel, r.reason) for r in rows]}"
        )

    def compare(self) -> None:
        """The database says what is on chain."""
        rows, tries, _ = self.database.read_now(_everything)
        on_chain = {one.hash: one for one in self.chain.transactions()}
        for row in rows:
            self.reached[row.state] += 1
            calls = [
                on_chain[one.hash]
                for one in tries
                if one.intent == row.id and one.kind == "call" and one.hash in on_chain
            ]
            mined = next((one for one in tries if one.id == row.attempt), None)
            if row.state == IntentState.CANCELLED:
                assert not calls
                assert row.reason
                if row.key in self.withdrawn - self.cancelled:
                    # By this it is told that the call may be wanted again, in another intent.
                    assert row.reason == WITHDRAWN or row.reason.startswith(REFUSED)
            else:
                assert len(calls) == 1
                assert mined is not None
                assert calls[0].hash == mined.hash
                assert calls[0].succeeds == (row.state == IntentState.FINAL)
                assert bool(row.reason) == (row.state == IntentState.FAILED)
            if row.key.startswith("impossible"):
                assert row.state == IntentState.CANCELLED
        for one in self.signers:
            mine = [row.nonce for row in rows if row.account == one.address]
            used = self.chain.head.nonces.get(one.address, 0)
            assert used > max(mine, default=-1), "a nonce is left unused"


def _everything(connection: Connection) -> tuple[list[Any], list[Any], dict[str, int]]:
    return (
        list(connection.execute(select(intents).order_by(intents.c.id)).all()),
        list(connection.execute(select(attempts).order_by(attempts.c.id)).all()),
        {row.address: row.next_nonce for row in connection.execute(select(accounts)).all()},
    )


def _check_attempts(row: Any, tries: list[Any], used: int, *, again: bool) -> None:
    """`used`: how many nonces are used for good. `again`: an empty transfer may be offered at any
    price, as the call is not sent again.
    """
    live = [one for one in tries if one.nonce == row.nonce]
    if not IntentState(row.state).settled and row.state != IntentState.MINED:
        assert row.attempt is None
    for one in tries:
        assert one.nonce == row.nonce or one.nonce < used, (
            "two nonces could be mined for one intent"
        )
        assert int(one.ceiling) <= LIMITS.max_fee
        assert int(one.tip) <= int(one.ceiling)
    for before, after in itertools.pairwise(live):
        if before.since is None and before.kind != after.kind:
            continue  # no RPC has taken the first: nothing to outbid
        if again and after.kind == "cancel" and before.kind == "call":
            continue
        assert 10 * int(after.ceiling) >= 11 * int(before.ceiling), "signed again for nothing"
        assert 10 * int(after.tip) >= 11 * int(before.tip), "signed again for nothing"
    if row.state == IntentState.QUEUED:
        assert not live
