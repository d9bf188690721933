# SPDX-License-Identifier: MIT
"""Arguments for any function, from its ABI alone: interesting values, and what logs have said.

A log's members are offered to parameters of the same name, so that calls which only work together
(a request and its answer, an announcement and its execution) are found without being written down.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Any

from eth_utils.crypto import keccak

from tests.contracts.evil.likeness import SYNONYMS, affinity
from tests.contracts.evil.stage import (
    ASKER,
    HEIR,
    HOLDER,
    HONEST,
    HOSTILE,
    LINK,
    LOGIC,
    NODE_KEYS,
    WALLETS,
)
from tests.contracts.evil.targets import Target
from tests.contracts.evil.watch import Watch
from tests.contracts.suite import DAY, ZERO

# Logs remembered of each kind.
MEMORY = 6
SMALL = 12
# LINK's own ABI writes its parameters with an underscore.
SPENDER = {"_spender": "spender", "_value": "amount", "_to": "to", "_from": "owner"}
STAKE_FOR = keccak(text="stakeFor(address)")[:4]

NUMBERS = (0, 1, 2, 3, 10**12, LINK // 10, LINK, LINK + 1, 1_000 * LINK, 2**90 - 1, 2**256 - 1)
PPMS = (0, 1, 10_000, 50_000, 250_000, 500_000, 500_001, 1_000_000)
# How often a parameter is what a log said.
USUAL, CERTAIN = 0.85, 0.99
MOMENTS = frozenset({"ready", "deadline", "cancelExpiration", "bidDeadline", "answerDeadline"})
MOST_TRAVEL = 60 * DAY
AROUND = (-1, 0, 0, 0, 1)
BEGINNINGS = {
    "OperationAnnounced": 6.0,
    "TermAnnounced": 5.0,
    "DestinationAnnounced": 5.0,
    "OperatorAnnounced": 4.0,
    "OperatorProposed": 3.0,
    "OwnershipTransferStarted": 2.0,
    "NodeApproved": 4.0,
    "AgreementCreated": 8.0,
    "BidPlaced": 6.0,
    "AgreementStarted": 6.0,
    "PenaltySent": 8.0,
    "OracleRequest": 8.0,
    "Deposited": 3.0,
    "ExitClaimOpened": 3.0,
    "TokensDistributed": 3.0,
    "Approval": 3.0,
}
MULTI = {"ids": "id", "owners": "owner", "senders": "sender", "oracles": "oracle"}
Hints = dict[str, tuple[str, Any]]


class Arguments:
    """The adversary's dictionary."""

    def __init__(self, dice: random.Random, watch: Watch) -> None:
        self.dice, self.watch, self.stage = dice, watch, watch.stage
        self.memory: dict[str, deque[tuple[str, Hints]]] = {}
        self.trust = USUAL
        # The members of each kind of log, as they were last.
        self.members: dict[str, frozenset[str]] = {}
        contracts = self.stage.contracts()
        self.suite = [contract.address for contract in contracts.values()]
        self.boxes = [self.stage.puppets[n].address for n in ("Box0", "Box1")]
        self.boxes.append(self.stage.network["Penalties"].address)
        self.puppets = sorted(watch.puppets)

    # ---- What logs said ----

    def learn(self) -> list[tuple[str, str, Hints]]:
        """Takes in what the last transaction logged: event, emitter, members."""
        new = []
        for address, event, said in self.watch.said:
            kinds = dict(event.indexed + event.plain)
            hints: Hints = {name: (kinds[name], found) for name, found in said.items()}
            if "terms" in said:
                self._unfold(hints, said)
            if event.name == "OracleRequest":
                self._guess_nonce(hints, said)
            hints["emitter"] = ("address", address)
            staff = self.watch.staff.get(address)
            if staff is not None:
                hints.setdefault("node", ("address", staff.node))
            known = self.memory.setdefault(event.name, deque(maxlen=MEMORY))
            known.append((address, hints))
            self.members[event.name] = frozenset(hints)
            new.append((event.name, address, hints))
        return new

    def _unfold(self, hints: Hints, said: dict[str, Any]) -> None:
        """An agreement's terms by member, and the digest that a bid names."""
        terms = said["terms"]
        hints["jobId"], hints["data"] = ("bytes32", terms[0]), ("bytes", terms[1])
        hints["bidDeadline"], hints["answerDeadline"] = ("uint256", terms[6]), ("uint256", terms[7])
        hints["digest"] = ("bytes32", self.watch.network.found[said["id"]].digest)

    def _guess_nonce(self, hints: Hints, said: dict[str, Any]) -> None:
        """Nonces of the adversary are small numbers."""
        who = bytes.fromhex(said["requester"][2:])
        for nonce in range(SMALL):
            if keccak(who + nonce.to_bytes(32, "big")) == said["requestId"]:
                hints["nonce"] = ("uint256", nonce)

    def hints(self, target: Target, about: str = "") -> Hints:
        """What one or two logs said that have most to say about this function."""
        found: Hints = {}
        if not self.memory or not target.parts:
            return found
        if about:
            found = self.dice.choice(self.memory[about])[1] | found
            if self.dice.random() < 0.5:
                return found
        names = list(self.memory)
        weights = []
        for name in names:
            emitter, _ = self.memory[name][-1]
            weight = affinity(self.members[name], target.parts)
            weights.append(weight * (3 if emitter == target.address else 1))
        for name in self.dice.choices(names, weights, k=self.dice.randint(1, 2)):
            found = self.dice.choice(self.memory[name])[1] | found
        return found

    def moment(self, hints: Hints) -> int:
        """Seconds until, just before or just after a time that a log named; 0: there is none."""
        now = self.watch.chain.time
        found = [int(v) for name, (_, v) in hints.items() if name in MOMENTS and int(v) > now]
        if not found:
            return 0
        return max(0, min(self.dice.choice(found) - now + self.dice.choice(AROUND), MOST_TRAVEL))

    def about(self) -> str:
        """A kind of log to go on with; those that begin something more often."""
        names = list(self.memory)
        return self.dice.choices(names, [BEGINNINGS.get(name, 1.0) for name in names])[0]

    # ---- Values ----

    def tuple_of(self, inputs: list[dict[str, Any]], hints: Hints) -> list[Any]:
        return [self.value(item, hints) for item in inputs]

    def value(self, item: dict[str, Any], hints: Hints) -> Any:
        """A value for a parameter as the ABI describes it."""
        name, kind = SPENDER.get(item["name"], item["name"]), item["type"]
        if self.dice.random() < self.trust:
            for known in (name, SYNONYMS.get(name, "")):
                if known in hints and hints[known][0] == kind:
                    return hints[known][1]
        if kind.endswith("[]"):
            one = {**item, "type": kind[:-2], "name": MULTI.get(name, name)}
            return [self.value(one, hints) for _ in range(self.dice.randint(0, 3))]
        if kind == "tuple":
            return tuple(self.value(part, hints) for part in item["components"])
        if kind == "bytes" and name == "data" and "salt" in hints and "target" in hints:
            return self.bytes_of(hints)
        return self._plain(name, kind, hints)

    def _plain(self, name: str, kind: str, hints: Hints) -> Any:
        if kind == "address":
            return self.address(name)
        if kind == "bool":
            return self.dice.random() < (0.85 if name in ("enabled", "allowed") else 0.3)
        if kind == "bytes":
            return self.bytes_of(hints)
        if kind == "bytes4":
            return self.dice.choice(
                [b"\x12\x34\x56\x78", keccak(text="transfer(address,uint256)")[:4]]
            )
        if kind == "bytes32":
            return self.dice.randrange(SMALL).to_bytes(32, "big")
        if kind == "string":
            return self.dice.choice([*LOGIC, "Rogue", "Other", ""])
        if kind == "int256":
            return self.dice.choice([0, -1, 7, 10**18, -(2**255)])
        return self.number(name, hints)

    def number(self, name: str, hints: Hints) -> int:
        """Small ids, ratios and times by their names, amounts otherwise."""
        dice, now = self.dice, self.watch.chain.time
        if name in ("id", "ids", "reference", "index", "nonce", "term", "offset"):
            return dice.randrange(5 if name == "term" else SMALL)
        if name in ("ppm", "tolerance", "makersPercentage", "costCeiling"):
            return dice.choice(PPMS)
        if name in ("dataVersion", "version"):
            return dice.choice([1, 1, 2, 256])
        if "eadline" in name or name in ("expiration", "until"):
            return now + dice.choice([-1, 0, 60, 300, 900, DAY])
        if name in ("limit", "stakeLimit"):
            return dice.choice([0, LINK, 10**24, 10**27, 10**27, 10**27])
        if name in ("minimum", "minimumStake", "juels", "minimumPayment", "operationalCost"):
            return dice.choice([0, 0, 1, LINK // 100, LINK // 10, LINK, 2**76])
        if name == "new":
            return dice.choice([*PPMS, LINK // 10, *(int(w, 16) for w in WALLETS)])
        if name == "daily":
            return dice.randrange(4)
        return self.amount()

    def amount(self) -> int:
        """Boundaries: what somebody has, what a node holds, parts of it, one more or less."""
        dice = self.dice
        chance = dice.random()
        if chance < 0.3:
            return dice.choice(NUMBERS)
        books = list(self.watch.books.values())
        book = dice.choice(books)
        if chance < 0.4:
            return dice.randrange(1, 10**20)
        if chance < 0.75:
            return book.staked // dice.choice([1, 2, 10, 21, 25, 50, 200, 1_000]) + dice.choice(
                [0, 1]
            )
        found = [book.owners, book.operations, book.balance, book.at_risk, book.gross_risk()]
        found += [record.amount - record.returned for record in book.open_records()]
        found += [p.shares * book.staked // book.shares for p in book.positions.values()]
        return max(0, dice.choice(found) + dice.choice([-1, 0, 0, 0, 1]))

    def address(self, name: str) -> str:
        """Somebody in play, mostly one who fits the parameter's name."""
        dice = self.dice
        fitting: list[str] = []
        if name in ("nodeAddress", "node"):
            fitting = [*NODE_KEYS, NODE_KEYS[0], NODE_KEYS[1]]
        elif name == "target":
            fitting = self.boxes
        elif name in ("oracle", "depositor", "store"):
            fitting = sorted(self.watch.books)
        elif name in ("new", "provider"):
            fitting = [*self.puppets, *self.suite]
        elif name in ("staker", "owner", "contributor"):
            fitting = [*HONEST, HOLDER, *HOSTILE]
        elif name == "token":
            fitting = [self.stage.link.address, self.stage.link.address, ZERO, *self.puppets[:1]]
        elif name == "spender":
            fitting = [self.stage.served["NodeStaking"].address, *HOSTILE, *self.puppets]
        elif name in ("new_owner", "proposed", "operator", "creator"):
            fitting = [HEIR, *HOSTILE[:6]]
        elif name in ("wallet", "beneficiary", "consumer"):
            fitting = [*WALLETS, *self.puppets, ASKER]
        if fitting and dice.random() < 0.85:
            return dice.choice(fitting)
        return dice.choice([*HONEST, ASKER, HOLDER, *HOSTILE, *self.puppets, *self.suite, ZERO])

    # ---- Payloads ----

    def bytes_of(self, hints: Hints) -> bytes:
        """A word or two, a stake for somebody, a call, or nothing of sense."""
        dice = self.dice
        chance = dice.random()
        word = bytes(12) + bytes.fromhex(self.address("staker")[2:])
        if "reference" in hints and chance < 0.5:
            found = hints["reference"][1]
            reference = found if isinstance(found, bytes) else found.to_bytes(32, "big")
            return reference + dice.choice([b"", b"", (1).to_bytes(32, "big"), bytes(32)])
        if chance < 0.6:
            return b""
        if chance < 0.8:
            return STAKE_FOR + word
        return dice.choice([word, bytes(64), b"\x00" * 36, b"\xff" * 96])
