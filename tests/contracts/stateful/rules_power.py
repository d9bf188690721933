# SPDX-License-Identifier: MIT
"""Those with power, all hostile: the owner with all her functions, logic with all of a kernel."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.contracts.model.node_model import demand
from tests.contracts.stateful.build import BANK, OPERATOR, OWNER, STAKERS, STRANGER
from tests.contracts.stateful.machine import LINK, amounts, nodes, people, seldom
from tests.contracts.stateful.node import CEILING, COST, MAKERS, PAYMENT, RISING, WALLET, Node
from tests.contracts.stateful.rules_oracle import Oracle
from tests.contracts.stateful.world import actor

SETTERS = {
    MAKERS: "setMakersPercentage",
    CEILING: "setCostCeiling",
    WALLET: "setOperationsWallet",
    COST: "setOperationalCost",
    PAYMENT: "setMinimumPayment",
}
WALLETS = (actor("wallet1"), actor("wallet2"))
shares_of_profit = st.sampled_from([0, 1, 100_000, 250_000, 333_333, 500_000, 500_001, 1_000_000])
mostly = st.sampled_from([True, True, True, False])
terms = st.sampled_from(sorted(SETTERS))
OPEN = (True, False, False, 10**27, LINK)
limits = st.sampled_from([0, LINK, 10**24, 10**27, 10**27])


class Power(Oracle):
    """What the owner and the registered logic can do, without limit of malice."""

    def term_value(self, term: int, ppm: int, amount: int) -> int:
        if term in RISING:
            return ppm
        return int(WALLETS[ppm % 2], 16) if term == WALLET else amount % LINK

    @seldom
    @rule(index=nodes, term=terms, ppm=shares_of_profit, amount=amounts)
    def owner_sets_term(self, index: int, term: int, ppm: int, amount: int) -> None:
        node = self.begin("owner sets a term", index)
        new = self.term_value(term, ppm, amount)
        caller = OWNER if self.owned or term not in (COST, PAYMENT) else OPERATOR
        balance = node.balance()
        given: object = WALLETS[ppm % 2] if term == WALLET else new
        outcome = self.base.served["Node"].send(caller, SETTERS[term], node.address, given)
        node.set_term(term, new, outcome, balance)
        self.reached("term announced", outcome.ok and term in node.announced)
        self.reached("term changed at once", outcome.ok and term not in node.announced)
        self.reached("term over its limit refused", not outcome.ok)

    @seldom
    @rule(index=nodes, term=terms, ppm=shares_of_profit, amount=amounts)
    def rogue_sets_term(self, index: int, term: int, ppm: int, amount: int) -> None:
        node = self.begin("logic sets a term", index)
        new = self.term_value(term, ppm, amount)
        balance = node.balance()
        if ppm == 0 and term in node.announced:
            demand(self.by_rogue(node, "cancelTerm", term).ok, "P4: nothing was taken back")
            del node.announced[term]
            self.reached("announcement cancelled")
            return
        outcome = self.by_rogue(node, "setTerm", term, new)
        node.set_term(term, new, outcome, balance)
        self.reached("logic sets a term", outcome.ok)

    @precondition(lambda self: any(node.announced for node in self.nodes))
    @rule(index=nodes, term=st.sampled_from([MAKERS, CEILING, WALLET]), patient=st.booleans())
    def activate(self, index: int, term: int, patient: bool) -> None:
        node = self.begin("activate a term", index)
        waits = node.announced.get(term)
        if waits is not None and patient and self.world.time < waits.ready:
            self.world.block += 1
            self.world.time = waits.ready
        outcome = node.activate(STRANGER, term, self.owned)
        self.reached("term activated", outcome.ok)
        self.reached("activation refused", not outcome.ok)

    @seldom
    @rule(index=nodes, enabled=mostly, closed=mostly, limit=limits)
    def rogue_sets_policy(self, index: int, enabled: bool, closed: bool, limit: int) -> None:
        """Policy restricts stakes and requests, never a way out."""
        node = self.begin("logic sets the policy", index)
        policy = (enabled, not closed, False, limit, LINK)
        outcome = self.by_rogue(node, "setPolicy", policy)
        demand(outcome.ok, f"policy: {outcome.reason}")
        node.policy = policy
        self.reached("node disabled", not enabled)

    @precondition(lambda self: any(node.policy != OPEN for node in self.nodes))
    @rule(index=nodes)
    def reopen(self, index: int) -> None:
        """So that the machine does not stay with a closed node."""
        node = self.begin("policy back", index)
        node.policy = OPEN
        demand(self.by_rogue(node, "setPolicy", node.policy).ok, "policy")

    @seldom
    @precondition(lambda self: any(node.policy[1] for node in self.nodes))
    @rule(index=nodes, who=people, allowed=st.booleans())
    def allow(self, index: int, who: str, allowed: bool) -> None:
        node = self.begin("allow a staker", index)
        demand(self.by_rogue(node, "setStakerAllowed", self.person(who), allowed).ok, "allow")
        node.allowed.add(self.person(who))
        if not allowed:
            node.allowed.discard(self.person(who))

    @seldom
    @rule(index=nodes, pick=st.integers(0, 10**6), number=st.integers(0, 2**256 - 1))
    def rogue_tries_anything(self, index: int, pick: int, number: int) -> None:
        """Every other kernel function with any argument: no figure may change."""
        node = self.begin("logic tries anything", index)
        self._writes_the_registry()
        calls = self._anything(node, number)
        name, args = calls[pick % len(calls)]
        outcome = self.by_rogue(node, name, *args)
        harmless = name.startswith(("set", "delete")) and name != "setAuthorizedSenders"
        demand(outcome.ok == harmless, f"P1: logic called {name}: {outcome.ok} {outcome.reason}")
        self.reached("logic wrote key-value data", outcome.ok)
        self.reached("logic refused", not outcome.ok)

    def _writes_the_registry(self) -> None:
        factory = self.base.factory
        write = self.nodes[0].store.interface.encode("setAddress", bytes(32), OWNER)
        replace = factory.interface.encode(
            "setContract", "Node", self.base.rogue.address, bytes(32)
        )
        for to, data in ((factory.read("poolStorage"), write), (factory.address, replace)):
            outcome = self.base.rogue.send(STRANGER, "act", to, data)
            demand(not outcome.ok, "P16: logic wrote the registry")

    def _anything(self, node: Node, number: int) -> list[tuple[str, tuple[Any, ...]]]:
        word = number.to_bytes(32, "big")
        who = actor(STAKERS[number % len(STAKERS)])
        to = (who, OWNER, BANK, self.base.rogue.address, node.store.address)[number % 5]
        terms = (to, to, to, False, number % 2**90, 0, 0, 0, 0, 0)
        return [
            ("initialise", (terms,)),
            ("onTokenTransfer", (who, number, b"")),
            ("onTokenTransfer", (self.base.boxes[0].address, number, word)),
            ("withdraw", (number,)),
            ("sendPenalty", (to, number % 2**90 + 1, word)),
            ("setAuthorizedSenders", ([to],)),
            ("transferOperator", (to,)),
            ("acceptOperator", ()),
            ("oracleRequest", (who, number, word, to, b"\0" * 4, number, 1, b"")),
            ("operatorRequest", (who, number, word, b"\0" * 4, number, 1, b"")),
            ("fulfillOracleRequest", (word, number, to, b"\0" * 4, number, word)),
            ("fulfillOracleRequest2", (word, number, to, b"\0" * 4, number, word)),
            ("cancelOracleRequest", (word, number, b"\0" * 4, number)),
            ("cancelOracleRequestByRequester", (number, number, b"\0" * 4, number)),
            ("resolveOverdue", (to, word)),
            ("setAddress", (word, to)),
            ("setUint", (word, number)),
            ("setBytes", (word, word * 5)),
            ("deleteUint", (word,)),
            ("setBool", (word, True)),
        ]

    @seldom
    @precondition(lambda self: self.owned and self.steps > 20)
    @rule(sure=st.sampled_from([False, False, False, False, True]))
    def renounce(self, sure: bool) -> None:
        """The owner goes: nothing pending works any more, every way out does (P17)."""
        self.begin("renounce", self.touched)
        if sure:
            self.base.timelock.do(OWNER, "renounce_ownership")
            self.owned = False
            self.reached("owner renounced")
