# SPDX-License-Identifier: MIT
"""A random walk of the real contracts and of the vectorised model, side by side, on any engine.

After every step each figure of both nodes and the stake of everybody are compared, to the juel;
what one refuses the other refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from eth_utils.crypto import keccak

from linkpool.economics.world import penalties, stakes, terms
from linkpool.economics.world.juels import Juels
from tests.contracts.stateful.build import BANK, OPERATOR, STRANGER, SUPPLY, Base, travel
from tests.contracts.stateful.world import Outcome, actor
from tests.contracts.suite import DAY
from tests.linkpool.economics.world.beside import CALLBACK, EXPIRY, LINK, Beside, Peek


class Walk(Beside):
    """`step` takes a random one."""

    def __init__(self, base: Base, seed: int, peek: Peek | None = None) -> None:
        super().__init__(base, seed, peek)
        self.ways: dict[str, tuple[int, Callable[[], None]]] = {
            "stake": (16, self.stake),
            "withdraw": (12, self.withdraw),
            "withdraw all": (6, self.withdraw_all),
            "donate": (8, self.donate),
            "ask": (12, self.ask),
            "answer": (10, self.answer),
            "cancel": (3, self.cancel),
            "distribute": (7, self.distribute),
            "send": (12, self.send),
            "slash": (8, self.slash),
            "come back": (11, self.come_back),
            "resolve": (5, self.resolve),
            "claim": (4, self.claim),
            "set a term": (8, self.set_term),
            "activate": (5, self.activate),
            "set the policy": (4, self.set_policy),
            "wait": (14, self.wait),
        }

    def step(self) -> None:
        names = list(self.ways)
        name = self.random.choices(names, [self.ways[n][0] for n in names])[0]
        self.ways[name][1]()
        self.seen[name] += 1
        self.compare()

    # ---- Stake ----

    def stake(self) -> None:
        i, staker = self._node(), self._staker()
        amount = self._amount()
        data = self.base.link.interface.encode(
            "transferAndCall", self.base.stores[i].address, amount, b""
        )
        self._both(
            lambda: self.world.send(staker, self.base.link.address, data),
            lambda: stakes.stake(self.nodes, i, staker, amount),
        )

    def withdraw(self) -> None:
        i, staker = self._node(), self._staker()
        worth = self.nodes.stake_of(i, staker)
        part = self.random.choice([1, 1, 2, 3, 10, 1000])
        asked = worth // part + self.random.choice([0, 0, 0, 1, LINK])
        self._withdraw(i, staker, asked)

    def withdraw_all(self) -> None:
        i = self._node()
        staker = self.random.choice(sorted(self.nodes.sides[i].positions) or [actor("alice")])
        self.leave(i, staker)

    def leave(self, i: int, staker: str) -> None:
        self._withdraw(i, staker, stakes.EVERYTHING)

    def _withdraw(self, i: int, staker: str, amount: int) -> None:
        before = self.base.link.read("balanceOf", staker)
        paid: list[int] = []
        done = self._both(
            lambda: self.base.stores[i].send(staker, "withdraw", amount),
            lambda: paid.append(stakes.withdraw(self.nodes, i, staker, amount)),
        )
        if done:
            assert self.base.link.read("balanceOf", staker) - before == paid[0]
            self.seen["withdraws while a penalty is open"] += any(self.nodes.sides[i].open)
            self.seen["the last one leaves"] += self.nodes.shares[i] == 0

    # ---- Income: one operation on all nodes, a transaction for each of them ----

    def donate(self) -> None:
        amounts = [self.random.choice([0, self._amount()]) for _ in self.addresses]
        for store, amount in zip(self.base.stores, amounts, strict=True):
            if amount:
                self.base.link.do(BANK, "transfer", store.address, amount)
        self.nodes.donate(Juels.of(amounts))

    def ask(self) -> None:
        more = self.random.choice([0, 1, LINK // 3, 10 * LINK + 3])
        price, wanted = self.minimum + more, [self.random.randint(0, 2) for _ in self.addresses]
        counts = [sum(self._ask(i, price) for _ in range(count)) for i, count in enumerate(wanted)]
        self.nodes.ask(price, np.array(counts))

    def _ask(self, i: int, price: int) -> bool:
        store, consumer = self.base.stores[i], self.base.consumers[0]
        self.nonce += 1
        data = store.interface.encode(
            "operatorRequest", consumer.address, 0, bytes(32), CALLBACK, self.nonce, 1, b""
        )
        pay = self.base.link.interface.encode("transferAndCall", store.address, price, data)
        request = i, price, self.nonce, self.world.time + EXPIRY
        done = self._both(
            lambda: consumer.send(STRANGER, "act", self.base.link.address, pay),
            lambda: terms.accept(self.nodes, i, price),
        )
        self.asked += [request] if done else []
        return done

    def answer(self) -> None:
        """All that wait at one price, wherever."""
        counts, price = [0] * len(self.addresses), self._price()
        for i, _, nonce, expiration in self._taken(price):
            counts[i] += 1
            consumer = self.base.consumers[0].address
            id_ = keccak(bytes.fromhex(consumer[2:]) + nonce.to_bytes(32, "big"))
            args = (id_, price, consumer, CALLBACK, expiration, bytes(32))
            node = self.addresses[i]
            outcome = self.base.stores[i].send(node, "fulfillOracleRequest", *args)
            assert outcome.ok, outcome.reason
        self.nodes.answer(price, np.array(counts))
        self.seen["answered"] += sum(counts)

    def cancel(self) -> None:
        counts, price = [0] * len(self.addresses), self._price()
        travel(self.world, EXPIRY + 1)
        for i, _, nonce, expiration in self._taken(price):
            counts[i] += 1
            consumer, store = self.base.consumers[0], self.base.stores[i]
            id_ = keccak(bytes.fromhex(consumer.address[2:]) + nonce.to_bytes(32, "big"))
            args = (id_, price, CALLBACK, expiration)
            data = store.interface.encode("cancelOracleRequest", *args)
            outcome = consumer.send(STRANGER, "act", store.address, data)
            assert outcome.ok, outcome.reason
        self.nodes.cancel(price, np.array(counts))

    def distribute(self) -> None:
        read = self.base.link.read
        owners = self.base.pool_owners.address
        wallets = [store.read("operationsWallet") for store in self.base.stores]
        before = read("balanceOf", owners), {w: read("balanceOf", w) for w in wallets}
        for store in self.base.stores:
            store.do(STRANGER, "distribute")
        paid, operations = self.nodes.distribute()
        assert read("balanceOf", owners) - before[0] == paid.sum()
        received = sum(read("balanceOf", w) - was for w, was in before[1].items())
        assert received == operations.sum()
        self.seen["a pledge stays"] += bool(self.nodes.pledged.any().any())

    # ---- Penalties ----

    def send(self) -> None:
        self.send_from(self._node())

    def send_from(self, i: int) -> None:
        self.nodes.now = self.world.time
        booked = stakes.settled(self.nodes, i)
        most = self.nodes.allowance(i) * booked // 1_000_000
        part = self.random.choice([1, 2, 3, 10, 10, 1000])
        amount = most // part + self.random.choice([0, 0, 0, 1, LINK])
        target = self.random.choice(self.base.boxes).address
        reference = self.random.randint(1, 200).to_bytes(32, "big")
        self._both(
            lambda: self.base.stores[i].send(OPERATOR, "sendPenalty", target, amount, reference),
            lambda: penalties.send(self.nodes, i, target, amount, reference),
        )
        self.seen["ten are open"] += None not in self.nodes.sides[i].open

    def slash(self) -> None:
        """Sent and lost at once, on all nodes without an open penalty and narrow enough."""
        at = [
            i
            for i, side in enumerate(self.nodes.sides)
            if not any(side.open) and 0 < stakes.settled(self.nodes, i) < penalties.WIDE
        ]
        self.nodes.now = self.world.time
        wanted = Juels.of([self._amount() // 1_000 for _ in at])
        amounts = penalties.slash(self.nodes, np.array(at, dtype=np.int64), wanted).tolist()
        box = self.base.boxes[0]
        for i, amount in zip(at, amounts, strict=True):
            if amount:
                self.nonce += 1
                store, reference = self.base.stores[i], (1_000 + self.nonce).to_bytes(32, "big")
                sent = store.send(OPERATOR, "sendPenalty", box.address, amount, reference)
                assert sent.ok, sent.reason
                box.do(STRANGER, "giveBackFinal", store.address, 0, reference)
                self.seen["slashed"] += 1

    def come_back(self) -> None:
        found = self._record()
        if found is None:
            return
        i, record = found
        left = record.amount - record.returned
        final = self.random.random() < 0.4
        amount = left // self.random.choice([1, 1, 2, 3, 10])
        if self.random.random() < 0.15:
            amount += LINK + 7
            self.base.link.do(BANK, "transfer", record.target, LINK + 7)
        self.give_back(i, record, amount, final)

    def give_back(self, i: int, record: Any, amount: int, final: bool) -> None:
        box = next(box for box in self.base.boxes if box.address == record.target)
        name = "giveBackFinal" if final else "giveBack"
        place = self.base.stores[i].address
        was_open, lost = record.open, record.loss().total
        self._both(
            lambda: box.send(STRANGER, name, place, amount, record.reference),
            lambda: penalties.come_back(self.nodes, i, record.id, amount, final=final),
        )
        self.seen["closed with a loss"] += was_open and record.loss().total > 0
        self.seen["late return"] += not was_open and record.loss().total < lost

    def resolve(self) -> None:
        found = self._record()
        if found is None:
            return
        i, record = found
        if record.open and self.random.random() < 0.7 and self.world.time <= record.deadline:
            travel(self.world, record.deadline + 1 - self.world.time)
        self.resolve_one(i, record)

    def resolve_one(self, i: int, record: Any) -> None:
        store = self.base.stores[i]
        done = self._both(
            lambda: store.send(STRANGER, "resolveOverdue", record.target, record.reference),
            lambda: penalties.resolve(self.nodes, i, record.id),
        )
        self.seen["resolved overdue"] += done

    def claim(self) -> None:
        i, staker = self._node(), self._staker()
        ids = [r.id for r in self.nodes.sides[i].records.values() if staker in r.faces][-10:]
        before = self.base.link.read("balanceOf", staker)
        self.base.stores[i].do(STRANGER, "claimExit", staker, ids)
        paid = penalties.claim(self.nodes, i, staker, ids)
        assert self.base.link.read("balanceOf", staker) - before == paid
        self.seen["claims paid"] += paid > 0

    # ---- Terms and policy, by logic that the registry lists ----

    def set_term(self) -> None:
        i, term = self._node(), self.random.choice([0, 0, 0, 1, 1, 2, 3, 3, 4])
        if self.random.random() < 0.1:
            self._by_logic(i, "cancelTerm", term)
            terms.cancel(self.nodes, i, term)
            return
        new = self._new_term(term)
        self._both(
            lambda: self._by_logic(i, "setTerm", term, new),
            lambda: terms.set_term(self.nodes, i, term, new),
        )
        self.seen["announced"] += term in self.nodes.sides[i].announced

    def _new_term(self, term: int) -> int:
        prices = [0, 1, LINK // 20, LINK // 10, self.minimum, LINK]
        return self.random.choice(
            {
                terms.MAKERS: [0, 1, 250_000, 333_333, 500_000, 500_001],
                terms.CEILING: [0, 1, 500_000, 900_001, 1_000_000, 1_000_001],
                terms.WALLET: [int(actor(name), 16) for name in ("first wallet", "second wallet")],
                terms.COST: [*prices, 2**76 - 1, 2**76],
                terms.PAYMENT: [*prices, self.minimum, self.minimum, 2**76],
            }[term]
        )

    def activate(self) -> None:
        """As announced; a moment too early, or too late, now and then."""
        waits = [(i, t) for i, side in enumerate(self.nodes.sides) for t in side.announced]
        i, term = self.random.choice(waits) if waits else (self._node(), terms.MAKERS)
        if waits:
            _, ready = self.nodes.sides[i].announced[term]
            at = ready + self.random.choice([-1, -1, 0, 0, 0, 1, terms.LAPSE, terms.LAPSE + 1])
            if at > self.world.time:
                travel(self.world, at - self.world.time)
        done = self._both(
            lambda: self.base.stores[i].send(STRANGER, "activateTerm", term),
            lambda: terms.activate(self.nodes, i, term),
        )
        self.seen["activated"] += done

    def set_policy(self) -> None:
        """Mostly back to what anybody may do."""
        i, enabled, limit, minimum = self._node(), True, SUPPLY, self.nodes.terms.minimum_stake
        if self.random.random() < 0.4:
            enabled = self.random.random() < 0.6
            limit = self.random.choice([SUPPLY, 0, stakes.settled(self.nodes, i) + LINK])
            minimum = self.random.choice([minimum, 0, 10**24])
        outcome = self._by_logic(i, "setPolicy", (enabled, False, False, limit, minimum))
        assert outcome.ok, outcome.reason
        terms.set_policy(self.nodes, i, enabled=enabled, limit=limit, minimum_stake=minimum)

    def _by_logic(self, i: int, name: str, *given: object) -> Outcome:
        store = self.base.stores[i]
        data = store.interface.encode(name, *given)
        return self.base.rogue.send(STRANGER, "act", store.address, data)

    # ---- Time ----

    def wait(self) -> None:
        travel(self.world, self.random.choice([12, 12, 12, 301, 3_600, DAY, 7 * DAY + 1, 15 * DAY]))
