# SPDX-License-Identifier: MIT
"""The manager against everything a chain, an operator and a power cut can do to it, in any order.

What must hold meanwhile and at the end is in `promises`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import Connection, delete

from linkpool.chain.testing import REVERTS, SimulatedChain, SimulatedSigner
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.store.database import Database
from linkpool.store.tables import accounts, attempts, intents
from linkpool.transactions import Intent, TransactionManager, admin
from linkpool.transactions.withdrawal import restore, withdraw
from tests.linkpool.transactions.fuse import (
    Crash,
    Fuse,
    MortalChain,
    MortalDatabase,
    MortalSigner,
)
from tests.linkpool.transactions.promises import GWEI, LIMITS, Promises

places = st.integers(0, 10**6)
TABLES = (attempts, intents, accounts)


class TransactionMachine(Promises):
    """`on` says where the database is."""

    make_database: ClassVar[Callable[[], Database]]

    @classmethod
    def on(cls, make_database: Callable[[], Database]) -> type[TransactionMachine]:
        members = {"make_database": staticmethod(make_database), "reached": Counter()}
        return type("Machine", (cls,), members)

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.database = type(self).make_database()
        self.chain = SimulatedChain(endpoints=2)
        self.signers = [
            SimulatedSigner.named("first"),
            SimulatedSigner.named("second", repeats=True),
        ]
        self.fuse = Fuse()
        self.times = itertools.count(1)
        self.names = itertools.count(1)
        self.keys: list[str] = []
        self.foreign: dict[tuple[str, int], list[bytes]] = {}
        self.settled: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.withdrawn: set[str] = set()
        self.manager = self.new_manager()

    def new_manager(self) -> TransactionManager:
        return TransactionManager(
            MortalChain(self.chain, self.fuse),
            MortalDatabase(self.database, self.fuse),
            {one.address: MortalSigner(one, self.fuse) for one in self.signers},
            LIMITS,
            clock=lambda: float(next(self.times)),
        )

    # ---- What callers do ----

    @initialize()
    def start(self) -> None:
        self.run(self.manager.start())

    def intent(self, key: str, place: int, data: bytes, gas: int = 100_000) -> Intent:
        return Intent(
            key=key,
            account=self.signers[place % 2].address,
            to=self.signers[0].address,
            data=data + key.encode(),
            gas=gas,
            what=key,
        )

    @rule(
        count=st.integers(1, 4),
        place=places,
        kind=st.sampled_from(["good", "good", "good", "reverts", "impossible"]),
        fails=st.booleans(),
    )
    def enqueue(self, count: int, place: int, kind: str, fails: bool) -> None:
        if fails:
            self.enqueue_and_fail(place)
        for _ in range(count):
            key = f"{kind}-{next(self.names)}"
            data, gas = REVERTS if kind == "reverts" else b"", 100_000
            if kind == "impossible":
                gas = 21_000  # not enough for any calldata: no node ever takes it
            intent = self.intent(key, place, data, gas)
            assert self.add(intent)
            assert not self.add(intent)
            self.keys.append(key)

    def add(self, intent: Intent) -> bool:
        return self.run(self.database.write(lambda c: self.manager.enqueue(c, intent)))

    def enqueue_and_fail(self, place: int) -> None:
        """The caller's transaction is rolled back, and its intent and nonce with it."""
        intent = self.intent(f"never-{next(self.names)}", place, b"")

        def work(connection: Connection) -> None:
            self.manager.enqueue(connection, intent)
            raise UsageError("the caller has changed its mind")

        with contextlib.suppress(UsageError):
            self.run(self.database.write(work))

    @rule(place=places, what=st.sampled_from(["cancel", "replace", "resend"]))
    def operate(self, place: int, what: str) -> None:
        if not self.keys:
            return
        key = self.keys[place % len(self.keys)]

        def work(connection: Connection) -> None:
            if what == "cancel":
                admin.cancel(connection, key, "the test wants it")
            else:
                (admin.replace if what == "replace" else admin.resend)(connection, key)

        try:
            self.run(self.database.write(work))
            self.reached[what] += 1
            if what == "cancel":
                self.cancelled.add(key)
        except UsageError:
            pass  # too late, or too early: it said so

    @rule(place=places, back=st.booleans())
    def cause(self, place: int, back: bool) -> None:
        """It goes from the chain, or comes back."""
        known = sorted(self.withdrawn) if back else self.keys
        if not known:
            return
        key = known[place % len(known)]
        if back:
            late = self.run(self.database.write(lambda c: restore(c, [key])))
            self.reached["too late" if late else "restore"] += 1
        else:
            self.run(self.database.write(lambda c: withdraw(c, [key])))
            self.withdrawn.add(key)

    # ---- What the process does ----

    @rule(whole=st.booleans())
    def step(self, whole: bool) -> None:
        try:
            self.run(self.manager.step() if whole else self.manager.send())
        except ChainUnavailable:
            self.reached["unavailable"] += 1

    @rule(moment=st.integers(0, 16), mined=st.booleans(), new=st.booleans())
    def crash(self, moment: int, mined: bool, new: bool) -> None:
        """At any await of a step; what follows knows the database only."""
        if new:
            self.enqueue(1, moment, "good", False)
        if mined:
            self.chain.mine()
        self.fuse.left = moment
        try:
            self.run(self.manager.step())
        except Crash:
            self.reached["crashed"] += 1
        except ChainUnavailable:
            self.reached["unavailable"] += 1
        finally:
            self.fuse.left = None
        self.count()
        self.manager = self.new_manager()

    # ---- What the chain does ----

    @rule(count=st.integers(1, 4), most=st.sampled_from([None, None, 1, 3]))
    def mine(self, count: int, most: int | None) -> None:
        self.chain.mine(count, most=most)

    @rule(count=st.integers(1, 4))
    def mine_and_step(self, count: int) -> None:
        for _ in range(count):
            self.chain.mine()
            self.step(whole=True)

    @rule(depth=st.integers(1, LIMITS.finality), lose=st.booleans(), longer=st.integers(0, 1))
    def reorganise(self, depth: int, lose: bool, longer: int) -> None:
        self.chain.reorganise(depth, lose=lose, longer=longer)

    @rule(place=places, everything=st.booleans())
    def drop(self, place: int, everything: bool) -> None:
        waiting = [one.hash for one in (*self.chain.pool.values(), *self.chain.held)]
        if waiting:
            self.chain.drop(None if everything else waiting[place % len(waiting)])

    @rule(place=places)
    def duplicate(self, place: int) -> None:
        """Bytes that were out once may come back from anywhere, at any time."""
        known = [one.raw for one in self.chain.seen.values()]
        known += [raw for each in self.foreign.values() for raw in each]
        if known:
            self.chain.submit(known[place % len(known)])

    @rule(
        place=places,
        ahead=st.sampled_from([0, 0, 1, 2]),
        price=st.sampled_from([1, 30, 90]),
        mined=st.booleans(),
    )
    def use_nonce_elsewhere(self, place: int, ahead: int, price: int, mined: bool) -> None:
        """Somebody else signs with the same key."""
        address = self.signers[place % 2].address
        self.sign_elsewhere(address, self.chain.head.nonces.get(address, 0) + ahead, price)
        if mined:
            self.mine_and_step(1)

    @rule(place=places)
    def leave_a_gap(self, place: int) -> None:
        """The node starts behind somebody else's transaction, which is then lost."""
        address = self.signers[place % 2].address
        nonce = self.chain.head.nonces.get(address, 0)
        while (address, nonce) in self.chain.pool:
            nonce += 1
        lost = self.sign_elsewhere(address, nonce, 50)
        self.manager = self.new_manager()
        with contextlib.suppress(ChainUnavailable):
            self.run(self.manager.start())
        self.chain.drop("0x" + keccak(lost).hex())
        self.enqueue(1, place, "good", False)

    def sign_elsewhere(self, address: ChecksumAddress, nonce: int, price: int) -> bytes:
        fields = {
            "chainId": self.chain.chain_id,
            "nonce": nonce,
            "maxPriorityFeePerGas": price * GWEI,
            "maxFeePerGas": price * GWEI,
            "gas": 100_000,
            "to": address,
            "value": 0,
            "data": f"foreign-{next(self.names)}".encode(),
        }
        raw = self.run(SimulatedSigner(address).sign(fields))
        self.foreign.setdefault((address, nonce), []).append(raw)
        self.chain.submit(raw)
        return raw

    @rule(place=places, what=st.sampled_from(["calm", "fees", "tips", "poor", "held", "let go"]))
    def weather(self, place: int, what: str) -> None:
        """Of the network: it stays until it changes."""
        chain = self.chain
        match what:
            case "calm":
                self.calm()
            case "fees":
                chain.base_fee = (20 + place % 200) * GWEI  # beyond what we ever pay, at times
            case "tips":
                chain.minimum_tip = GWEI
            case "poor":
                chain.balances[self.signers[place % 2].address] = 10**14
            case "held":
                chain.holding = True
            case "let go":
                chain.holding = False
                chain.release(lambda held: random.Random(place).sample(held, len(held)))

    @rule(
        place=places,
        what=st.sampled_from(
            ["up", "down", "all down", "mute", "lags", "signer", "no idea", "reverted"]
        ),
    )
    def trouble(self, place: int, what: str) -> None:
        """Of an endpoint, or of the signer."""
        one = self.chain.endpoints[place % 2]
        match what:
            case "up":
                for each in self.chain.endpoints:
                    each.up, each.mute, each.lag = True, False, 0
                self.chain.refuse = lambda _: None
            case "down":
                one.up = False
            case "all down":
                for each in self.chain.endpoints:
                    each.up = False
                self.step(whole=True)
            case "mute":
                one.mute = True
            case "lags":
                one.lag = 1 + place % 2
            case "signer":
                self.signers[0].failing = not self.signers[0].failing
            case "no idea":
                self.chain.refuse = lambda _: "no idea"
            case "reverted":
                self.chain.refuse = lambda _: "execution reverted"


def cleared(database: Database) -> Database:
    """Without what an earlier example left."""

    def work(connection: Connection) -> None:
        for table in TABLES:
            connection.execute(delete(table))

    database.write_now(work)
    return database
