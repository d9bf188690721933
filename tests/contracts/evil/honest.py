# SPDX-License-Identifier: MIT
"""The honest: stakers, leavers, a consumer, a holder of shares. They do what their wallet offers.

What they send waits until the adversary lets it through; she may order it as she likes.
"""

from __future__ import annotations

import random

from tests.contracts.evil.chain import ETHER
from tests.contracts.evil.payloads import Payloads
from tests.contracts.evil.stage import ASKER, HOLDER, HONEST, LINK, NODE_KEYS
from tests.contracts.evil.step import Step
from tests.contracts.evil.watch import Watch
from tests.contracts.suite import ALL

MOST_WAITING = 4
CALLBACK = b"\x12\x34\x56\x78"


class Honest:
    """Their wishes, as transactions."""

    def __init__(self, dice: random.Random, watch: Watch, payloads: Payloads) -> None:
        self.dice, self.watch, self.stage = dice, watch, watch.stage
        self.payloads = payloads
        self.waiting: list[Step] = []
        self.nonce = 10_000

    def take(self) -> Step | None:
        """One of those that wait, in any order."""
        if not self.waiting:
            return None
        return self.waiting.pop(self.dice.randrange(len(self.waiting)))

    def wish(self) -> None:
        """Now and then somebody wants something."""
        if len(self.waiting) < MOST_WAITING and self.dice.random() < 0.5:
            wishes = (
                [self._stake] * 5
                + [self._withdraw] * 4
                + [self._claim, self._ask, self._ask, self._cancel]
                + [self._share, self._switch, self._allow, self._agree, self._pursue]
            )
            found = self.dice.choice(wishes)()
            if found is not None:
                self.waiting.append(found)

    def _store(self) -> str:
        return self.dice.choice(sorted(self.watch.books))

    def _gift(self, who: str, to: str, amount: int, data: bytes) -> Step:
        link = self.stage.link
        call = link.interface.encode("transferAndCall", to, amount, data)
        return Step(who, link.address, call)

    def _call(self, who: str, store: str, name: str, *args: object) -> Step:
        return Step(who, store, self.stage.storage.interface.encode(name, *args))

    def _stake(self) -> Step:
        who = self.dice.choice(HONEST)
        amount = self.dice.choice([LINK, 10 * LINK + 1, 1_000 * LINK, 20_000 * LINK + 7])
        return self._gift(who, self._store(), amount, b"")

    def _allow(self) -> Step:
        """A stake by allowance, in two transactions."""
        who, amount = self.dice.choice(HONEST), 3 * LINK
        entry, link = self.stage.served["NodeStaking"], self.stage.link
        later = entry.interface.encode("stake", NODE_KEYS[0], amount)
        self.waiting.append(Step(who, entry.address, later))
        return Step(who, link.address, link.interface.encode("approve", entry.address, amount))

    def _withdraw(self) -> Step:
        who, store = self.dice.choice(HONEST), self._store()
        part = self.watch.books[store].positions.get(who)
        if part is None or self.dice.random() < 0.4:
            return self._call(who, store, "withdraw", ALL)
        book = self.watch.books[store]
        worth = part.shares * book.staked // book.shares
        return self._call(who, store, "withdraw", worth // self.dice.choice([2, 3, 10]) + 1)

    def _claim(self) -> Step | None:
        store = self._store()
        book = self.watch.books[store]
        found = [(who, r.id) for r in book.records.values() for who in r.claims if who in HONEST]
        if not found:
            return None
        who, id = self.dice.choice(found)
        return self._call(who, store, "claimExit", who, [id])

    def _ask(self) -> Step:
        self.nonce += 1
        args = (ASKER, 0, bytes(32), CALLBACK, self.nonce, 1, b"")
        data = self.stage.storage.interface.encode("operatorRequest", *args)
        amount = self.dice.choice([LINK // 10, LINK, 50 * LINK])
        return self._gift(ASKER, self._store(), amount, data)

    def _cancel(self) -> Step | None:
        store = self._store()
        waiting = self.watch.books[store].requests.items()
        mine = [(id, request) for id, request in waiting if request.requester == ASKER]
        if not mine:
            return None
        id, request = self.dice.choice(mine)
        args = (id, request.payment, request.function, request.expiration)
        return self._call(ASKER, store, "cancelOracleRequest", *args)

    def _agree(self) -> Step:
        """A question to several oracles at once."""
        cost, data = self.payloads.agreement()
        return self._gift(ASKER, self.stage.network["ServiceAgreements"].address, cost, data)

    def _pursue(self) -> Step | None:
        """Whatever can be done about one of the consumer's own agreements."""
        now, found = self.watch.chain.time, self.watch.network.found.values()
        contract, calls = self.stage.network["ServiceAgreements"], list[bytes]()
        for agreement in (one for one in found if one.consumer == ASKER):
            if agreement.can_start(now):
                args = (agreement.id, agreement.deal.job, agreement.deal.data)
                calls.append(contract.interface.encode("start", *args))
            elif agreement.can_settle(now):
                calls.append(contract.interface.encode("settle", agreement.id))
            elif agreement.can_cancel(now):
                calls.append(contract.interface.encode("cancel", agreement.id))
        return Step(ASKER, contract.address, self.dice.choice(calls)) if calls else None

    def _share(self) -> Step:
        """The holder of shares: moves some, locks some, takes what they earned, buys more."""
        owners, dice = self.stage.owners, self.dice
        calls = {
            "transfer": (HONEST[1], dice.randrange(ETHER)),
            "claim": (self.stage.link.address,),
            "stakeOwnership": (HONEST[2], dice.randrange(1, ETHER), b""),
            "removeOwnershipStake": (HONEST[2], dice.randrange(1, ETHER), b""),
        }
        name = dice.choice([*calls, "buy"])
        if name == "buy":
            return Step(HONEST[0], owners.address, b"", ETHER)
        return Step(HOLDER, owners.address, owners.interface.encode(name, *calls[name]))

    def _switch(self) -> Step:
        allowed = self.dice.random() < 0.5
        return self._call(self.dice.choice(HONEST), self._store(), "setReleaseAllowed", allowed)
