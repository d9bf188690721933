# SPDX-License-Identifier: MIT
"""The adversary: any function of any contract, by anybody hostile, at any time, in any order.

Functions come from the ABIs. Chance is weighted so that most of them succeed now and then: callers
who may, arguments that fit; everything else is tried, too. Honest people's transactions wait in a
pool out of which the adversary takes them when, and between whichever of her own, she likes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from tests.contracts.evil.arguments import REQUESTS, Arguments, Hints
from tests.contracts.evil.honest import Honest
from tests.contracts.evil.roles import ANSWER, DATA
from tests.contracts.evil.roles import LOGIC as LOGIC_ONLY
from tests.contracts.evil.stage import (
    CREATOR,
    HEIR,
    HOSTILE,
    KEEPER,
    LOGIC,
    NODE_KEYS,
    NODES,
)
from tests.contracts.evil.step import Call, Step
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import BLOCK_TIME, OWNER, STRANGER
from tests.contracts.stateful.world import Interface, encode
from tests.contracts.suite import DAY, DELAY, PENALTY_LIFE

PAUSES = (
    (0.6, 0),
    (0.9, BLOCK_TIME),
    (0.92, 301),
    (0.935, DAY),
    (0.945, PENALTY_LIFE + 1),
    (0.985, 0),
)
# How often she waits for the time that a log named.
PATIENCE = 0.35
# How often she goes on with what a log was about.
FOLLOWING = 0.4
LONGEST = DELAY + DAY
HONEST_PART, PUPPET_PART = 0.22, 0.12
# What ends a world early is rare, what never changes anything, too.
RARE = {"renounce_ownership": 0.05, "finishContribution": 0.2, "removeDestination": 0.4}
VIEW_WEIGHT, DATA_WEIGHT = 0.05, 0.12
OFTEN = {
    "transferAndCall": 10.0,
    "sendPenalty": 3.0,
    "fulfillOracleRequest": 3.0,
    "resolveOverdue": 4.0,
    "claimExit": 2.0,
    "bid": 3.0,
    "start": 2.0,
    "execute": 3.0,
}


@dataclass(frozen=True)
class Target:
    """One function of one contract."""

    contract: str
    address: str
    interface: Interface
    item: dict[str, Any]
    weight: float


class Adversary:
    """Makes the next step of a sequence."""

    def __init__(self, seed: str, watch: Watch) -> None:
        self.dice = random.Random(seed)
        self.watch, self.stage = watch, watch.stage
        self.arguments = Arguments(self.dice, watch)
        self.honest = Honest(self.dice, watch)
        self.targets = self._targets()
        self.weights = [target.weight for target in self.targets]
        self.by_name = {(t.address, t.item["name"]): t for t in self.targets}
        self.followers: dict[str, list[float]] = {}
        self.heard: Hints = {}

    def _targets(self) -> list[Target]:
        found = []
        contracts = self.stage.contracts()
        registry, data = self.stage.names["registry"], self.stage.names["pool data"]
        named = [(name, c.address, c.interface) for name, c in contracts.items()]
        named += [("registry", registry, self.stage.storage.interface)]
        named += [("pool data", data, self.stage.storage.interface)]
        for name, address, interface in named:
            for item in interface.abi:
                if item["type"] == "function":
                    weight = _weight(name, item)
                    found.append(Target(name, address, interface, item, weight))
        return found

    # ---- A step ----

    def next(self) -> Step:
        """Whatever comes into her mind."""
        self.arguments.learn()
        self.honest.wish()
        seconds = self._pause()
        chance = self.dice.random()
        if chance < HONEST_PART:
            step = self.honest.take()
            if step is not None:
                return Step(step.who, step.to, step.data, step.wei, seconds, True)
        if chance < HONEST_PART + PUPPET_PART:
            return self._order(seconds)
        call = self.call()
        if self.dice.random() < PATIENCE:
            seconds = self.arguments.moment(self.heard) or seconds
        return self._wrapped(call, seconds)

    def _pause(self) -> int:
        chance = self.dice.random()
        for bound, seconds in PAUSES:
            if chance < bound:
                return seconds
        return self.dice.choice([DELAY, DELAY, LONGEST, 2 * DELAY + 1])

    def call(self) -> Call:
        """Any call at all, or one that follows from what was logged."""
        memory, about = self.arguments.memory, ""
        if memory and self.dice.random() < FOLLOWING:
            about = self.arguments.about()
            target = self._following(about)
        else:
            target = self.dice.choices(self.targets, self.weights)[0]
        hints = self.heard = self.arguments.hints(target.address, target.item, about)
        who = self._caller(target, hints)
        data = self._data(target, hints, who)
        return Call(who, target.address, data)

    def _following(self, about: str) -> Target:
        """A function that this log says most about."""
        if about not in self.followers:
            known = self.arguments.memory[about][-1][1]
            weights = []
            for target in self.targets:
                parts = len(target.item["inputs"])
                overlap = self.arguments.overlap(about, known, target.item)
                weights.append(target.weight * (overlap / (parts + 0.5)) ** 2 * overlap)
            self.followers[about] = weights if any(weights) else self.weights
        emitter = self.dice.choice(self.arguments.memory[about])[0]
        target = self.dice.choices(self.targets, self.followers[about])[0]
        same = self.by_name.get((emitter, target.item["name"]))
        return same if same is not None and self.dice.random() < 0.8 else target

    def _caller(self, target: Target, hints: Hints) -> str:
        dice = self.dice
        if dice.random() < 0.75:
            fitting = [who for who in self._fitting(target, hints) if self._hostile(who)]
            if fitting:
                return dice.choice(fitting)
        said = [v for kind, v in hints.values() if kind == "address" and self._hostile(v)]
        if said and dice.random() < 0.4:
            return str(dice.choice(said))
        return dice.choice([*HOSTILE, *self.arguments.puppets])

    def _fitting(self, target: Target, hints: Hints) -> list[str]:
        """Who is let in, as far as the logs tell."""
        name, powers = target.item["name"], self.watch.powers
        staff = self.watch.staff.get(target.address)
        if staff is not None and name != "withdraw":
            if name in LOGIC_ONLY | DATA:
                return sorted(set(powers.logic.values()))
            if name in ANSWER:
                return [staff.node, *staff.senders]
            return [staff.proposed if name == "acceptOperator" else staff.operator]
        if target.contract == "pool data":
            return sorted(set(powers.logic.values()))
        if name == "accept_ownership":
            return [str(hints["new_owner"][1])] if "new_owner" in hints else [HEIR]
        if name == "createStorage":
            return [powers.logic.get("NodeFactory", OWNER)]
        if name == "registerNode":
            return [str(hints["node"][1])] if "node" in hints else list(NODE_KEYS)
        if name in ("bid", "join", "release"):
            return [who.node for who in self.watch.staff.values()]
        if target.contract == "Node":
            operators = [who.operator for who in self.watch.staff.values()]
            return [powers.owner, powers.owner, powers.owner, *operators]
        if name == "transferAndCall" and "target" in hints:
            return [str(hints["target"][1])]
        if name in ("withdraw", "withdrawStake"):
            return [who for book in self.watch.books.values() for who in book.positions]
        if name == "createNode" and target.contract == "NodeFactory":
            return [powers.logic.get("LinkPool", OWNER)]
        if name in ("transferFrom", "sendOwnershipFrom") and "spender" in hints:
            return [str(hints["spender"][1])]
        if name == "stake" and "owner" in hints:
            return [str(hints["owner"][1])]
        if name in ("claim", "transfer", "transferFrom", "sendOwnership"):
            return [OWNER, KEEPER, HEIR, *self.arguments.puppets[:2]]
        if target.contract == "PoolOwners":
            return [self.watch.owners.owner]
        return [powers.owner, CREATOR] if name == "createNode" else [powers.owner]

    def _hostile(self, account: str) -> bool:
        return account in HOSTILE or account in self.watch.puppets

    def _data(self, target: Target, hints: Hints, who: str) -> bytes:
        name = target.item["name"]
        values = self.arguments.tuple_of(target.item["inputs"], hints)
        if target.contract == "LINK" and name == "transferAndCall":
            values = self._gift(who, hints)
        elif target.contract == "LINK" and name in ("transfer", "approve"):
            values[1] %= 10**22
            if name == "transfer" and self.dice.random() < 0.6:
                values[0] = self.dice.choice(sorted(self.watch.books))
        elif name == "bid":
            mine = [store for store, staff in self.watch.staff.items() if staff.node == who]
            values[1] = self.dice.choice(mine) if mine else values[1]
        elif name == "announce" and self.dice.random() < 0.8:
            values[:2] = self._operation()
        elif name in ("createNode", "approveNode") and self.dice.random() < 0.9:
            values[0] = self.dice.choice(NODE_KEYS[NODES:])
        elif name == "createStorage" and self.dice.random() < 0.9:
            values[0] = (self.dice.choice(NODE_KEYS[NODES:]), *values[0][1:])
        elif name == "fulfillOracleRequest2" and "requestId" in hints:
            values[-1] = values[0] + bytes(32)
        elif name == "settle" and target.contract == "Penalties":
            values = [[], 0, who]
        function = target.interface.functions[name]
        return function.selector + encode(function.inputs, values)

    def _operation(self) -> list[Any]:
        """Something that the timelock can do: another contract for the suite."""
        factory, dice = self.stage.factory, self.dice
        name = dice.choice([*LOGIC, "Rogue", "Other"])
        known = [p.address for p in self.stage.puppets.values()]
        known += [contract.address for contract in self.stage.served.values()]
        if name in self.stage.served:
            known += [self.stage.served[name].address] * 6
        return [factory.address, self.stage.registering(name, dice.choice(known))]

    def _gift(self, who: str, hints: Hints) -> list[Any]:
        """LINK with data for whoever takes it: stakes, requests, returns, agreements."""
        dice = self.dice
        if "target" in hints and hints["target"][1] == who and "reference" in hints:
            return self._return(hints)
        store = dice.choice(sorted(self.watch.books))
        amount, chance = self.arguments.amount() % 10**23, dice.random()
        if chance < 0.12:
            paid, data = self.arguments.agreement()
            return [self.stage.network["ServiceAgreements"].address, paid, data]
        if chance < 0.2:
            staking = self.stage.served["NodeStaking"].address
            return [staking, amount, self.arguments.node_word()]
        if chance < 0.45:
            return [store, amount, self._request(who, hints)]
        if chance < 0.5:
            return [dice.choice(self.arguments.suite), amount, self.arguments.bytes_of(hints)]
        return [store, amount, dice.choice([b"", self.arguments.bytes_of(hints)])]

    def _return(self, hints: Hints) -> list[Any]:
        """A penalty contract gives back: part, all, more, elsewhere, under that reference."""
        dice = self.dice
        store = str(hints["emitter"][1])
        if dice.random() < 0.1:
            store = dice.choice(sorted(self.watch.books))
        sent = int(hints.get("amount", ("", 0))[1])
        amount = dice.choice([sent, sent, sent // 2, sent // 3, 0, 1, sent + 1])
        more = dice.choice([b"", b"", (1).to_bytes(32, "big")])
        return [store, amount, hints["reference"][1] + more]

    def _request(self, who: str, hints: Hints) -> bytes:
        name = self.dice.choice(REQUESTS)
        function = self.stage.storage.interface.functions[name]
        item = next(i for i in self.stage.storage.interface.abi if i.get("name") == name)
        values = self.arguments.tuple_of(item["inputs"], {})
        if name == "oracleRequest" and self.dice.random() < 0.9:
            values[3] = who
        return function.selector + encode(function.inputs, values)

    # ---- Puppets ----

    def _wrapped(self, call: Call, seconds: int) -> Step:
        if call.who not in self.watch.puppets:
            return Step(call.who, call.to, call.data, self._ether(call), seconds)
        interface = self.stage.puppets["Rogue"].interface
        data = interface.encode("act", call.to, call.data)
        return Step(STRANGER, call.who, data, 0, seconds)

    def _ether(self, call: Call) -> int:
        return self.dice.choice([0, 0, 0, 1]) if self.dice.random() < 0.02 else 0

    def _order(self, seconds: int) -> Step:
        """Several calls in one transaction, or how a puppet behaves from now on."""
        dice = self.dice
        puppet = dice.choice(self.arguments.puppets)
        interface = self.stage.puppets["Rogue"].interface
        calls = []
        for _ in range(dice.randint(1, 3)):
            call = self.call()
            if len(call.data) <= 2048:
                calls.append((call.to, call.data))
        if dice.random() < 0.5:
            return Step(STRANGER, puppet, interface.encode("several", calls), 0, seconds)
        mode = dice.choices([0, 1, 2, 3, 4], [5, 1, 0.3, 1, 6])[0]
        word = dice.choice([1, 1, 0, 2**256 - 1, int(self.stage.link.address, 16)])
        behaviour = (mode, word.to_bytes(32, "big"), calls if mode == 4 else [])
        return Step(STRANGER, puppet, interface.encode("behave", *behaviour), 0, seconds)


def _weight(contract: str, item: dict[str, Any]) -> float:
    name = item["name"]
    if item["stateMutability"] in ("view", "pure"):
        return VIEW_WEIGHT
    if name in DATA:
        return DATA_WEIGHT / 2 if contract != "pool data" else DATA_WEIGHT
    if contract in ("registry", "pool data"):
        return VIEW_WEIGHT
    return RARE.get(name, OFTEN.get(name, 1.0))
