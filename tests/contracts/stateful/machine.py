# SPDX-License-Identifier: MIT
"""The state of the machine and its rules for stakers, donors and time; other rules are mixed in.

Every rule begins with `begin`, which counts it; what came out of it is counted by `reached`. After
each rule hypothesis calls the promises (promises.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.contracts.model.node_model import ALL, demand
from tests.contracts.stateful.build import (
    BANK,
    BLOCK_TIME,
    STAKERS,
    STRANGER,
    Base,
    travel,
)
from tests.contracts.stateful.node import Node
from tests.contracts.stateful.world import Outcome, actor
from tests.contracts.suite import DAY

LINK = 10**18
nodes = st.sampled_from([0, 0, 0, 1])
people = st.sampled_from([*STAKERS, "consumer"])
amounts = st.one_of(
    st.sampled_from([LINK, 17 * LINK + 1, 1_000 * LINK, 10**24 + 7, 1, 10**12, LINK // 3]),
    st.integers(LINK, 10**24),
)
ways_out = st.sampled_from(["self", "self", "node", "rogue"])
picks = st.integers(0, 9)
parts = st.one_of(st.sampled_from([1, 2, 3, 10]), st.integers(1, 1_000))
pauses = st.sampled_from(
    [BLOCK_TIME, BLOCK_TIME, BLOCK_TIME, 301, 3_600, DAY, 7 * DAY + 1, 14 * DAY, 15 * DAY]
)


# Rules that seldom change anything are offered at every third step only.
seldom = precondition(lambda self: self.steps % 3 == 0)


class State(RuleBasedStateMachine):
    """What every rule works on."""

    base: ClassVar[Base]
    # Over all examples of one run: what happened how often.
    seen: ClassVar[Counter[str]] = Counter()

    @initialize()
    def fresh(self) -> None:
        self.world = self.base.world
        self.mark = self.world.snapshot()
        self.link = self.base.link
        self.nodes = [Node.of(self.base, i, actor(f"node{i}")) for i in range(2)]
        self.active = {box.address for box in self.base.boxes}
        self.owned = True
        self.touched = 0
        self.steps = 0
        self.requests: dict[bytes, tuple[int, int, int, int]] = {}
        self.nonce = 0
        self.refunded: dict[bytes, tuple[str, int]] = {}
        self.booked: dict[tuple[int, int], dict[str, Any]] = {}
        self.kept: dict[int, tuple[Any, ...]] = {}
        self.seen["examples"] += 1
        self._first_stake("alice", LINK)
        self._first_stake("bob", 1_000 * LINK + 1)
        travel(self.world, BLOCK_TIME)

    def _first_stake(self, name: str, amount: int) -> None:
        node, staker = self.nodes[0], actor(name)

        def pay() -> Outcome:
            return self.transfer_and_call(staker, node.store.address, amount, b"")

        demand(node.stake(staker, amount, pay).ok, "the first stakes")

    def teardown(self) -> None:
        if hasattr(self, "mark"):
            self.world.revert(self.mark)

    def begin(self, name: str, index: int) -> Node:
        """Starts a transition; gives the node it is about."""
        self.seen["transitions"] += 1
        self.seen[f"rule {name}"] += 1
        self.steps += 1
        self.touched = index
        for node in self.nodes:
            node.logs.clear()
            node.settled.clear()
        return self.nodes[index]

    def reached(self, what: str, times: int = 1) -> None:
        if times:
            self.seen[what] += times

    def person(self, name: str) -> str:
        return self.base.consumers[0].address if name == "consumer" else actor(name)

    def act_as(self, who: str, to: str, data: bytes) -> Outcome:
        """A transaction of a person; a contract is told to make it."""
        for consumer in self.base.consumers:
            if who == consumer.address:
                return consumer.send(STRANGER, "act", to, data)
        return self.world.send(who, to, data)

    def transfer_and_call(self, who: str, to: str, amount: int, data: bytes) -> Outcome:
        call = self.link.interface.encode("transferAndCall", to, amount, data)
        return self.act_as(who, self.link.address, call)


class Staking(State):
    """Stakers, strangers who stake for them and donate, and time."""

    @rule(index=nodes, who=people, amount=amounts, way=st.sampled_from(["self", "other", "entry"]))
    def stake(self, index: int, who: str, amount: int, way: str) -> None:
        node, staker = self.begin("stake", index), self.person(who)
        payer = STRANGER if way == "other" else staker
        data = b""
        to = node.store.address
        if way == "other":
            data = bytes.fromhex("4bf69206") + bytes(12) + bytes.fromhex(staker[2:])
        elif way == "entry":
            data = bytes(12) + bytes.fromhex(node.address[2:])
            to = self.base.served["NodeStaking"].address
        self._fund(payer, amount)
        new = staker not in node.model.units
        era = node.model.era

        def pay() -> Outcome:
            return self.transfer_and_call(payer, to, amount, data)

        outcome = node.stake(staker, amount, pay)
        if outcome.ok:
            self.reached(f"stake {'new' if new else 'again'}")
            self.reached(f"stake way {way}")
            self.reached("stake into open penalties", bool(node.model.open_records))
            self.reached("stake pays for what is overdue", node.model.overdue(self.world.time) > 0)
            self.reached("stake opens a new era", era != node.model.era)
        else:
            self.reached("stake refused")

    def staked(self) -> list[tuple[int, str]]:
        """Everybody who has a position, by node."""
        return [
            (index, staker)
            for index, node in enumerate(self.nodes)
            for staker in sorted(node.model.units)
        ]

    def pick_staker(self, pick: int) -> tuple[int, str]:
        found = self.staked()
        return found[pick % len(found)]

    def _fund(self, who: str, amount: int) -> None:
        """Nobody runs out of LINK as long as the bank has some."""
        if self.link.read("balanceOf", who) < amount <= self.link.read("balanceOf", BANK):
            self.link.do(BANK, "transfer", who, amount)

    @precondition(lambda self: self.staked())
    @rule(pick=picks, part=parts, way=ways_out)
    def withdraw_part(self, pick: int, part: int, way: str) -> None:
        index, staker = self.pick_staker(pick)
        node = self.begin("withdraw part", index)
        asked = node.store.read("withdrawable", staker) // part
        if asked == 0:
            return
        outcome = self._withdraw(node, staker, asked, way)
        demand(outcome.ok, f"P2: {asked} is withdrawable, and refused: {outcome.reason}")
        self.reached("withdraw part", staker in node.model.units)
        self.reached(f"withdraw by {way}")

    @precondition(lambda self: self.staked())
    @rule(pick=picks, way=ways_out)
    def withdraw_all(self, pick: int, way: str) -> None:
        index, staker = self.pick_staker(pick)
        node = self.begin("withdraw all", index)
        free = node.model.free_now(staker, self.world.block)
        total, risk = node.model.staked, node.model.risk
        outcome = self._withdraw(node, staker, ALL, way)
        if not outcome.ok:
            demand(free < 2 + node.model.slack, f"P2: {free} free, refused: {outcome.reason}")
            self.reached("withdraw refused")
            return
        self.reached(f"withdraw by {way}")
        self.reached("withdraw all", staker not in node.model.units)
        self.reached("withdraw leaves a credit of this block", staker in node.model.units)
        self.reached("withdraw keeps claims", risk > 0)
        self.reached("withdraw everything as claims", total > 0 and risk == 1)
        self.reached("last staker leaves", not node.model.units)
        self.reached("last staker leaves open penalties", not node.model.units and risk > 0)

    @seldom
    @rule(index=nodes, who=people, more=amounts)
    def withdraw_too_much(self, index: int, who: str, more: int) -> None:
        node, staker = self.begin("withdraw too much", index), self.person(who)
        worth = node.model.worth(staker, node.model.staked + node.model.pending(node.balance()))
        asked = int(worth + node.model.slack) + more
        outcome = self._withdraw(node, staker, asked, "self")
        demand(not outcome.ok, f"P1: {asked} left, {worth} belonged to {who}")
        self.reached("withdraw too much refused")

    def _withdraw(self, node: Node, staker: str, asked: int, way: str) -> Outcome:
        if way == "rogue":
            args = ("release", staker, asked)
            return node.withdraw(staker, asked, lambda: self.by_rogue(node, *args))
        if way == "node":
            entry = self.base.served["Node"]
            data = entry.interface.encode("withdrawStake", node.address, asked)
            return node.withdraw(staker, asked, lambda: self.act_as(staker, entry.address, data))
        data = node.store.interface.encode("withdraw", asked)
        return node.withdraw(staker, asked, lambda: self.act_as(staker, node.store.address, data))

    def by_rogue(self, node: Node, name: str, *args: object) -> Outcome:
        """The hostile logic contract calls a PoolStorage."""
        data = node.store.interface.encode(name, *args)
        return self.base.rogue.send(STRANGER, "act", node.store.address, data)

    @rule(index=nodes, amount=amounts)
    def donate(self, index: int, amount: int) -> None:
        node = self.begin("donate", index)
        self._fund(STRANGER, amount)
        self.link.do(STRANGER, "transfer", node.store.address, amount)
        self.reached("donation to no staker", not node.model.units)

    @rule(index=nodes)
    def distribute(self, index: int) -> None:
        node = self.begin("distribute", index)
        owners, operations = node.distribute(STRANGER)
        self.reached("owners paid", owners > 0)
        self.reached("operations paid", operations > 0)
        self.reached("distribute keeps a pledge", node.model.pledged > 0)

    @rule(pause=pauses)
    def wait(self, pause: int) -> None:
        self.begin("wait", self.touched)
        travel(self.world, pause)
