# SPDX-License-Identifier: MIT
"""Agreements played through to their end: posted, bid for, started, answered, settled, reclaimed.

Half of them as they are meant to be, the others with whatever is worth trying: bids and answers in
the last second and after it, wrong and missing answers, a settlement from inside a call back. All
of it is made up from the logs; other calls come between any two steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from eth_utils.crypto import keccak

from tests.contracts.evil.arguments import AROUND
from tests.contracts.evil.book import Book
from tests.contracts.evil.book_network import MARGIN
from tests.contracts.evil.payloads import Payloads
from tests.contracts.evil.records_network import (
    CANCELLED,
    ENDED,
    OPEN,
    STARTED,
    Agreement,
    Asked,
)
from tests.contracts.evil.stage import ASKER, HOSTILE, LINK
from tests.contracts.evil.step import Call, behaviour
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import STRANGER

Move = tuple[Call, int]
MOST_PLAYS, MOST_MOVES = 5, 30
# How often a move is in the same agreement as the one before; else, how often in a new one.
FAITHFUL, POSTING = 0.85, 0.6
STRAIGHT, TRICK = 0.5, 0.5
ANSWER = 10**18
ANSWERS = (2 * ANSWER, ANSWER + ANSWER // 20, 0, -ANSWER, 2**255 - 1, -(2**255))
FULFIL = keccak(text="fulfil(bytes32,int256)")[:4]
# How an oracle answers; in time and right where nothing is twisted.
RIGHT, WRONG, EDGE, LATE, MISSING = "right", "wrong", "edge", "late", "missing"
BY_NODES = (RIGHT, RIGHT, WRONG, WRONG, EDGE, LATE, MISSING, MISSING)
BY_PUPPETS = (RIGHT, WRONG, EDGE, LATE, MISSING, MISSING, MISSING, MISSING)
# References that nothing else uses.
FIRST_REFERENCE = 1_000


class Plays:
    """The agreements that are being played, and the next move in one of them."""

    def __init__(self, dice: random.Random, watch: Watch, payloads: Payloads) -> None:
        self.dice, self.watch, self.payloads = dice, watch, payloads
        self.network, self.stage = watch.network, watch.stage
        self.puppets = sorted(watch.puppets)
        # Moves left by agreement, straight ones, and how each oracle is to answer.
        self.moves: dict[int, int] = {}
        self.straight: dict[int, bool] = {}
        self.manners: dict[tuple[int, str], str] = {}
        # What has to follow the last move.
        self.script: Iterator[Move] = iter(())
        self.references, self.latest = FIRST_REFERENCE, 0
        self.by_state: dict[str, Callable[[Agreement], Move | None]] = {
            OPEN: self._before_start,
            STARTED: self._answers,
            ENDED: self._afterwards,
            CANCELLED: lambda _: None,
        }

    def heard(self, id: int) -> None:
        """Takes up an agreement, whoever posted it."""
        if len(self.moves) < MOST_PLAYS:
            self.moves[id] = MOST_MOVES
            self.straight[id] = self.dice.random() < STRAIGHT
            self.latest = id

    def take(self) -> Move | None:
        """A move in one of them, or another one."""
        move = next(self.script, None)
        if move is not None:
            return move
        if self.latest not in self.moves or self.dice.random() > FAITHFUL:
            room = len(self.moves) < MOST_PLAYS
            if not self.moves or (room and self.dice.random() < POSTING):
                return self._post(), 0
            self.latest = self.dice.choice(list(self.moves))
        id = self.latest
        self.moves[id] -= 1
        agreement = self.network.found[id]
        move = self.by_state[agreement.state](agreement)
        if move is None or not self.moves[id]:
            del self.moves[id]
        return move

    def _call(self, contract: str, who: str, name: str, *args: object) -> Call:
        target = self.stage.network[contract]
        return Call(who, target.address, target.interface.encode(name, *args))

    def _anybody(self) -> str:
        return self.dice.choice([*HOSTILE, *self.puppets])

    def _wait(self, agreement: Agreement, until: int) -> int:
        """Seconds; a second less or more now and then."""
        about = 0 if self.straight[agreement.id] else self.dice.choice(AROUND)
        return max(0, until - self.watch.chain.time + about)

    def _hostile(self, who: str) -> bool:
        return who in HOSTILE or who in self.watch.puppets

    # ---- Before the start ----

    def _post(self) -> Call:
        who = self.dice.choice([ASKER, ASKER, self._anybody()])
        cost, data = self.payloads.agreement()
        link, to = self.stage.link, self.stage.network["ServiceAgreements"].address
        return Call(who, link.address, link.interface.encode("transferAndCall", to, cost, data))

    def _before_start(self, agreement: Agreement) -> Move | None:
        now, deal = self.watch.chain.time, agreement.deal
        if agreement.can_cancel(now):
            return self._call("ServiceAgreements", self._anybody(), "cancel", agreement.id), 0
        enough = len(agreement.bids) >= deal.oracles
        if now < deal.bid_deadline and (not enough or self.dice.random() < 0.4):
            move = self._bid(agreement)
            if move is not None or not enough:
                return move
        args = (agreement.id, deal.job, deal.data)
        start = self._call("ServiceAgreements", self._anybody(), "start", *args)
        return start, self._wait(agreement, deal.bid_deadline)

    def _bid(self, agreement: Agreement) -> Move | None:
        """The next oracle's bid, or what it needs first."""
        deal = agreement.deal
        others = [one for one in self._oracles(agreement) if one not in agreement.bids]
        if not others:
            return None
        oracle = self.dice.choice(others)
        book = self.watch.books.get(oracle)
        who = oracle if book is None else self.watch.staff[oracle].node
        standings, reference = self.network.standings, 0
        if deal.provider == standings.address and oracle not in standings.members:
            return self._call("Reputation", who, "join", oracle), 0
        if book is not None and deal.penalty:
            found = self._collateral(agreement, oracle)
            if found is None:
                return self._deposit(book, deal.penalty), 0
            reference = found
        args = (agreement.id, oracle, reference, agreement.digest)
        last = not self.straight[agreement.id] and self.dice.random() < 0.1
        seconds = self._wait(agreement, deal.bid_deadline) if last else 0
        return self._call("ServiceAgreements", who, "bid", *args), seconds

    def _oracles(self, agreement: Agreement) -> list[str]:
        """Nodes that take so little; whoever says yes to everything where nothing is at risk."""
        deal, found = agreement.deal, []
        for store, book in self.watch.books.items():
            staff = self.watch.staff[store]
            ours = self._hostile(staff.node) and self._hostile(staff.operator)
            able = book.terms.payment <= deal.payment and (book.staked or not deal.penalty)
            if ours and able:
                found.append(store)
        return found if deal.penalty else found + self.puppets[:3]

    def _collateral(self, agreement: Agreement, oracle: str) -> int | None:
        """The reference of a deposit that can back it."""
        until, penalty = agreement.until() + MARGIN, agreement.deal.penalty
        for (store, reference), deposit in self.network.collateral.deposits.items():
            if store == oracle and deposit.free >= penalty and deposit.deadline >= until:
                return reference
        return None

    def _deposit(self, book: Book, penalty: int) -> Call:
        self.references += 1
        amount = penalty * self.dice.choice([1, 1, 2, 4])
        to, reference = self.network.collateral.address, self.references.to_bytes(32, "big")
        data = self.stage.storage.interface.encode("sendPenalty", to, amount, reference)
        return Call(self.watch.staff[book.store].operator, book.store, data)

    # ---- Answers ----

    def _manner(self, agreement: Agreement, oracle: str) -> str:
        key = (agreement.id, oracle)
        if key not in self.manners:
            # Who is no node has nothing to lose by silence.
            ways = BY_PUPPETS if oracle in self.watch.puppets else BY_NODES
            straight = self.straight[agreement.id]
            self.manners[key] = RIGHT if straight else self.dice.choice(ways)
        return self.manners[key]

    def _answers(self, agreement: Agreement) -> Move | None:
        now, deal = self.watch.chain.time, agreement.deal
        waiting = [one for one in agreement.asked if one.taken and one.answer is None]
        for one in waiting:
            manner = self._manner(agreement, one.bid.oracle)
            answer = None if manner == MISSING else self._answer(agreement, one, manner)
            if answer is not None and now < agreement.settle_time():
                return answer, max(0, self._answer_time(deal.answer_deadline, manner) - now)
        if waiting and not agreement.can_settle(now) and self.dice.random() < TRICK:
            self.script = self._trick(agreement, self.dice.choice(waiting))
            move = next(self.script, None)
            if move is not None:
                return move
        settle = self._call("ServiceAgreements", self._anybody(), "settle", agreement.id)
        until = now if agreement.can_settle(now) else agreement.settle_time()
        return settle, self._wait(agreement, until)

    def _answer_time(self, deadline: int, manner: str) -> int:
        """At once; in the last second or about it; after it."""
        if manner == EDGE:
            return deadline + self.dice.choice(AROUND)
        return deadline + self.dice.choice([1, 60]) if manner == LATE else 0

    def _answer(self, agreement: Agreement, one: Asked, manner: str) -> Call | None:
        answer = self.dice.choice(ANSWERS) if manner == WRONG else ANSWER
        oracle, book = one.bid.oracle, self._holding(one)
        if oracle not in self.watch.books:
            return self._call("Aggregator", oracle, "fulfil", one.request, answer)
        if book is None:
            return None
        words = one.request + answer.to_bytes(32, "big", signed=True)
        return self._fulfil(book, one.request, words)

    def _holding(self, one: Asked) -> Book | None:
        """The node that still has the payment."""
        book = self.watch.books.get(one.bid.oracle)
        return book if book is not None and one.request in book.requests else None

    def _fulfil(self, book: Book, request: bytes, words: bytes) -> Call:
        """A node's answer to any request of its ledger, at least those of version 2."""
        asked, staff = book.requests[request], self.watch.staff[book.store]
        known = (asked.payment, asked.requester, asked.function, asked.expiration)
        data = self.stage.storage.interface.encode("fulfillOracleRequest2", request, *known, words)
        who = self.dice.choice([staff.node, *filter(self._hostile, staff.senders)])
        return Call(who, book.store, data)

    # ---- Tricks ----

    def _trick(self, agreement: Agreement, one: Asked) -> Iterator[Move]:
        """Who did not answer does not pay back either."""
        book = self._holding(one)
        if book is not None:
            yield from self._ambush(agreement, book)
        elif one.bid.oracle in self.watch.puppets:
            yield from self._stall(agreement, one)

    def _behave(self, puppet: str, mode: int, *plan: Call) -> Move:
        return Call(STRANGER, puppet, behaviour(mode, 1, plan)), 0

    def _stall(self, agreement: Agreement, one: Asked) -> Iterator[Move]:
        """Refuses while the agreement is settled; says yes, and pays nothing, to a reclaim."""
        yield self._behave(one.bid.oracle, self.dice.choice([1, 1, 2]))
        settle = self._call("ServiceAgreements", self._anybody(), "settle", agreement.id)
        yield settle, max(0, agreement.settle_time() - self.watch.chain.time)
        yield self._behave(one.bid.oracle, 0)
        if self.dice.random() < 0.8:
            link, to = self.stage.link, self.network.answers.address
            gift = self.dice.choice([1, agreement.deal.payment, 5 * LINK])
            yield Call(STRANGER, link.address, link.interface.encode("transfer", to, gift)), 0
        index = agreement.asked.index(one)
        yield self._call("Aggregator", self._anybody(), "reclaim", agreement.id, index), 0

    def _ambush(self, agreement: Agreement, book: Book) -> Iterator[Move]:
        """Settles from inside an answer to somebody else: the node's custody is locked then."""
        powers = self.watch.powers
        barred = {*powers.logic.values(), *powers.destinations}
        allowed = [puppet for puppet in self.puppets if puppet not in barred]
        puppet = self.dice.choice(allowed or self.puppets)
        nonce = self.dice.randrange(2**32, 2**64)
        storage, link = self.stage.storage.interface, self.stage.link
        args = (puppet, 0, bytes(32), FULFIL, nonce, 2, b"")
        ask = storage.encode("operatorRequest", *args)
        paid = max(book.terms.payment, LINK // 10)
        sent = link.interface.encode("transferAndCall", book.store, paid, ask)
        yield Call(puppet, link.address, sent), 0
        settle = self._call("ServiceAgreements", puppet, "settle", agreement.id)
        yield self._behave(puppet, 4, settle)
        request = keccak(bytes.fromhex(puppet[2:]) + nonce.to_bytes(32, "big"))
        if request in book.requests:
            seconds = max(0, agreement.settle_time() - self.watch.chain.time)
            yield self._fulfil(book, request, request), seconds
        yield self._behave(puppet, 0)

    # ---- Afterwards ----

    def _afterwards(self, agreement: Agreement) -> Move | None:
        """What somebody still owes; what nobody owes, now and then."""
        owed = sorted(agreement.owing)
        if owed and self.dice.random() < 0.8:
            index = self.dice.choice(owed)
        elif self.dice.random() < 0.1:
            index = self.dice.randrange(len(agreement.asked))
        else:
            return None
        return self._call("Aggregator", self._anybody(), "reclaim", agreement.id, index), 0
