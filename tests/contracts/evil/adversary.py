# SPDX-License-Identifier: MIT
"""The adversary: any function of any contract, by anybody hostile, at any time, in any order.

Functions come from the ABIs. Chance is weighted so that most of them succeed now and then: callers
who may, arguments that fit; everything else is tried, too. Honest people's transactions wait in a
pool out of which the adversary takes them when, and between whichever of her own, she likes.
"""

from __future__ import annotations

import random

from tests.contracts.evil.agenda import BY_NODE, Agenda
from tests.contracts.evil.arguments import CERTAIN, USUAL, Arguments, Hints
from tests.contracts.evil.callers import fitting
from tests.contracts.evil.honest import Honest
from tests.contracts.evil.likeness import followers
from tests.contracts.evil.payloads import Payloads
from tests.contracts.evil.plays import Plays
from tests.contracts.evil.stage import ASKER, HOSTILE, NODE_KEYS, NODES
from tests.contracts.evil.step import Call, Step, behaviour, order, orders
from tests.contracts.evil.targets import Target, targets_of
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import BLOCK_TIME, STRANGER
from tests.contracts.stateful.world import encode
from tests.contracts.suite import DAY, DELAY, PENALTY_LIFE

PAUSES = (
    (0.6, 0),
    (0.9, BLOCK_TIME),
    (0.92, 301),
    (0.935, DAY),
    (0.945, PENALTY_LIFE + 1),
    (0.99, 0),
)
# How often she waits for the time that a log named.
PATIENCE = 0.35
# How often she goes on with what a log was about.
FOLLOWING = 0.4
LONGEST = DELAY + DAY
HONEST_PART, PUPPET_PART, PLANNED_PART = 0.22, 0.12, 0.2
# How often she turns to the agreements, and stays with them for another step.
PLAYED_PART, INSISTENCE = 0.02, 0.9


class Adversary:
    """Makes the next step of a sequence."""

    def __init__(self, seed: str, watch: Watch) -> None:
        self.dice = random.Random(seed)
        self.watch, self.stage = watch, watch.stage
        self.arguments = Arguments(self.dice, watch)
        self.targets = targets_of(self.stage)
        self.weights = [target.weight for target in self.targets]
        self.shapes = tuple((target.weight, target.parts) for target in self.targets)
        self.by_name = {(t.address, t.item["name"]): t for t in self.targets}
        self.first = {t.item["name"]: t for t in reversed(self.targets)}
        self.payloads = Payloads(self.dice, watch, self.arguments)
        self.honest = Honest(self.dice, watch, self.payloads)
        self.agenda = Agenda(self.dice)
        self.plays = Plays(self.dice, watch, self.payloads)
        self.followers: dict[str, list[float]] = {}
        self.heard: Hints = {}
        self.playing = False

    # ---- A step ----

    def next(self) -> Step:
        """Whatever comes into her mind."""
        for event, emitter, hints in self.arguments.learn():
            self.agenda.heard(event, emitter, hints)
            if event == "AgreementCreated":
                self.plays.heard(hints["id"][1])
        self.honest.wish()
        seconds = self._pause()
        chance = self.dice.random()
        # Once she plays she goes on with it for a while, most often without a pause.
        self.playing = self.dice.random() < (INSISTENCE if self.playing else PLAYED_PART)
        if self.playing:
            move = self.plays.take()
            if move is not None:
                return self._wrapped(*move)
        if chance < HONEST_PART:
            step = self.honest.take()
            if step is not None:
                return Step(step.who, step.to, step.data, step.wei, seconds, True)
        if chance < HONEST_PART + PUPPET_PART:
            return self._order(seconds)
        if chance > 1 - PLANNED_PART:
            planned = self._planned()
            if planned is not None:
                return planned
        call = self.call()
        if self.dice.random() < PATIENCE:
            seconds = self.arguments.moment(self.heard) or seconds
        return self._wrapped(call, seconds)

    def _planned(self) -> Step | None:
        """The next call of something begun."""
        plan = self.agenda.take()
        if plan is None:
            return None
        name, hints = plan.item.function, dict(plan.hints)
        if name == "activateTerm" and self.dice.random() < 0.4:
            name = BY_NODE[int(hints["term"][1]) % len(BY_NODE)]
        target = self.by_name.get((plan.emitter, name)) or self.first[name]
        self.arguments.trust = CERTAIN
        who = self._caller(target, hints)
        data = self._data(target, hints, who)
        self.arguments.trust = USUAL
        seconds = self.agenda.wait(plan, self.watch.chain.time)
        return self._wrapped(Call(who, target.address, data), seconds)

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
        hints = self.heard = self.arguments.hints(target, about)
        who = self._caller(target, hints)
        data = self._data(target, hints, who)
        return Call(who, target.address, data)

    def _following(self, about: str) -> Target:
        """A function that this log says most about."""
        if about not in self.followers:
            known = self.arguments.members[about]
            self.followers[about] = followers(known, self.shapes)
        emitter = self.dice.choice(self.arguments.memory[about])[0]
        target = self.dice.choices(self.targets, self.followers[about])[0]
        same = self.by_name.get((emitter, target.item["name"]))
        return same if same is not None and self.dice.random() < 0.8 else target

    def _caller(self, target: Target, hints: Hints) -> str:
        dice = self.dice
        if dice.random() < 0.75:
            likely = [who for who in fitting(self.watch, target, hints) if self._hostile(who)]
            if likely:
                return dice.choice(likely)
        said = [v for kind, v in hints.values() if kind == "address" and self._hostile(v)]
        if said and dice.random() < 0.4:
            return str(dice.choice(said))
        return dice.choice([*HOSTILE, *self.arguments.puppets])

    def _hostile(self, account: str) -> bool:
        return account in HOSTILE or account in self.watch.puppets

    def _data(self, target: Target, hints: Hints, who: str) -> bytes:
        name = target.item["name"]
        values = self.arguments.tuple_of(target.item["inputs"], hints)
        if target.contract == "LINK" and name == "transferAndCall":
            values = self.payloads.gift(who, hints)
        elif target.contract == "LINK" and name in ("transfer", "approve"):
            values[1] %= 10**22
            if name == "transfer" and self.dice.random() < 0.6:
                values[0] = self.dice.choice(sorted(self.watch.books))
        elif name == "bid":
            mine = [store for store, staff in self.watch.staff.items() if staff.node == who]
            if mine and values[1] not in mine:
                values[1] = self.dice.choice(mine)
        elif name == "announce" and self.dice.random() < 0.8:
            values[:2] = self.payloads.operation()
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

    # ---- Puppets ----

    def _wrapped(self, call: Call, seconds: int) -> Step:
        if call.who not in self.watch.puppets:
            honest = call.who == ASKER
            wei = 0 if honest else self._ether()
            return Step(call.who, call.to, call.data, wei, seconds, honest)
        return Step(STRANGER, call.who, order(call), 0, seconds)

    def _ether(self) -> int:
        return self.dice.choice([0, 0, 0, 1]) if self.dice.random() < 0.02 else 0

    def _order(self, seconds: int) -> Step:
        """Several calls in one transaction, or how a puppet behaves from now on."""
        dice = self.dice
        puppet = dice.choice(self.arguments.puppets)
        calls = list[Call]()
        for _ in range(dice.randint(1, 3)):
            call = self.call()
            if len(call.data) <= 2048:
                calls.append(call)
        if dice.random() < 0.5:
            return Step(STRANGER, puppet, orders(calls), 0, seconds)
        mode = dice.choices([0, 1, 2, 3, 4], [5, 1, 0.3, 1, 6])[0]
        word = dice.choice([1, 1, 0, 2**256 - 1, int(self.stage.link.address, 16)])
        plan = calls if mode == 4 else []
        return Step(STRANGER, puppet, behaviour(mode, word, plan), 0, seconds)
