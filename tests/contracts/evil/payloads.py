# SPDX-License-Identifier: MIT
"""Payloads: what goes along with LINK, and what the timelock is asked to do."""

from __future__ import annotations

import random
from typing import Any

from eth_abi.abi import encode as eth_encode

from tests.contracts.evil.arguments import PPMS, Arguments, Hints
from tests.contracts.evil.book_network import MARGIN
from tests.contracts.evil.records_network import TERMS
from tests.contracts.evil.stage import ANSWER_TIME, LATE_TIME, LINK, LOGIC, NODE_KEYS
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.world import encode
from tests.contracts.suite import DAY, ZERO

REQUESTS = ("oracleRequest", "operatorRequest")


class Payloads:
    """Values that only work together."""

    def __init__(self, dice: random.Random, watch: Watch, arguments: Arguments) -> None:
        self.dice, self.watch, self.stage = dice, watch, watch.stage
        self.arguments = arguments

    def operation(self) -> list[Any]:
        """Something that the timelock can do: another contract for the suite."""
        factory, dice = self.stage.factory, self.dice
        used = set(self.watch.powers.logic.values())
        free = [p.address for p in self.stage.puppets.values() if p.address not in used]
        name = dice.choice([*LOGIC, "Rogue", "Other"])
        own = self.stage.served.get(name)
        if own is not None and own.address not in used:
            free += [own.address] * 3
        new = dice.choice([*free, ZERO]) if dice.random() < 0.9 else self.arguments.address("new")
        return [factory.address, self.stage.registering(name, new)]

    def gift(self, who: str, hints: Hints) -> list[Any]:
        """LINK with data for whoever takes it: stakes, requests, returns, agreements."""
        dice = self.dice
        if "target" in hints and hints["target"][1] == who and "reference" in hints:
            return self._return(hints)
        store = dice.choice(sorted(self.watch.books))
        amount, chance = self.arguments.amount() % 10**23, dice.random()
        if chance < 0.04:
            paid, data = self.agreement()
            return [self.stage.network["ServiceAgreements"].address, paid, data]
        if chance < 0.2:
            staking = self.stage.served["NodeStaking"].address
            return [staking, amount, self.node_word()]
        if chance < 0.45:
            return [store, amount, self._request(who, hints)]
        if chance < 0.5:
            return [dice.choice(self.arguments.suite), amount, self.arguments.bytes_of(hints)]
        return [store, amount, dice.choice([b"", self.arguments.bytes_of(hints)])]

    def _return(self, hints: Hints) -> list[Any]:
        """A penalty contract gives back: part, all, more, elsewhere, under that reference."""
        dice = self.dice
        store, reference = str(hints["emitter"][1]), hints["reference"][1]
        if isinstance(reference, int):
            reference = reference.to_bytes(32, "big")
        if dice.random() < 0.1:
            store = dice.choice(sorted(self.watch.books))
        sent = int(hints.get("amount", ("", 0))[1])
        amount = dice.choice([sent, sent, sent // 2, sent // 3, 0, 1, sent + 1])
        more = dice.choice([b"", b"", (1).to_bytes(32, "big")])
        return [store, amount, encode(["bytes32"], [reference]) + more]

    def _request(self, who: str, hints: Hints) -> bytes:
        name = self.dice.choice(REQUESTS)
        function = self.stage.storage.interface.functions[name]
        item = next(i for i in self.stage.storage.interface.abi if i.get("name") == name)
        values = self.arguments.tuple_of(item["inputs"], {})
        if name == "oracleRequest" and self.dice.random() < 0.9:
            values[3] = who
        return function.selector + encode(function.inputs, values)

    def node_word(self) -> bytes:
        """What NodeStaking takes: a node, or several and their amounts."""
        return bytes(12) + bytes.fromhex(self.dice.choice(NODE_KEYS[:2])[2:])

    def agreement(self) -> tuple[int, bytes]:
        """Terms that can be met, and what they cost."""
        dice, now = self.dice, self.watch.chain.time
        backed = self.watch.powers.may_receive(self.watch.network.collateral.address)
        penalty = dice.choice([0, 1, LINK, 2 * LINK, 5 * LINK]) if backed else 0
        oracles = dice.choice([1, 2, 2] if penalty else [1, 2, 3, 4])
        payment = dice.choice([LINK // 10, LINK, 5 * LINK])
        ends = now + dice.choice([60, 600, 3_600, DAY])
        provider = dice.choice([ZERO, ZERO, ZERO, *self.providers()])
        terms = (
            dice.randrange(1, 9).to_bytes(32, "big"),
            dice.choice([b"", b"\x01"]),
            oracles,
            dice.choice([1, oracles, dice.randint(1, oracles)]),
            payment,
            penalty,
            ends,
            self._answered_by(ends),
            dice.choice([0, *PPMS]),
            provider,
            dice.choice([ZERO, self.arguments.address("beneficiary")]),
        )
        return oracles * payment, eth_encode([TERMS], [terms])

    def providers(self) -> list[str]:
        reputation = self.stage.network["Reputation"].address
        return [reputation, reputation, reputation, self.arguments.puppets[0]]

    def _answered_by(self, ends: int) -> int:
        """When answers get late; now and then the last that a deposit backs, or a second more."""
        dice, deposits = self.dice, list(self.watch.network.collateral.deposits.values())
        if deposits and dice.random() < 0.15:
            last = dice.choice(deposits).deadline - MARGIN - LATE_TIME + dice.choice([-1, 0, 0, 1])
            if last >= ends + ANSWER_TIME:
                return last
        return ends + ANSWER_TIME + dice.choice([0, 1, 60, 900, 3_600, DAY, 2 * DAY])
