# SPDX-License-Identifier: MIT
"""Requests, answers and refunds; operator and consumer in league, the consumer hostile."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.contracts.model.node_model import ALL, demand
from tests.contracts.stateful.build import STRANGER
from tests.contracts.stateful.machine import LINK, nodes
from tests.contracts.stateful.node import PAYMENT, Node
from tests.contracts.stateful.rules_penalties import Penalties
from tests.contracts.stateful.world import actor

CALLBACK = keccak(text="callback(bytes32,uint256)")[:4]
SPEC = bytes(32)
EXPIRY = 300
MODES = {"accept": 0, "revert": 1, "burn": 2, "bomb": 3, "attempt": 4}
prices = st.sampled_from([0, 1, LINK // 10 - 1, LINK // 10, LINK, 1_000 * LINK + 3])


class Oracle(Penalties):
    """Consumers ask; the node answers; nobody gets more than that."""

    def payload(self, node: Node, consumer: int, nonce: int) -> bytes:
        asker = self.base.consumers[consumer].address
        return node.store.interface.encode(
            "operatorRequest", asker, 0, SPEC, CALLBACK, nonce, 1, b""
        )

    @rule(index=nodes, consumer=st.integers(0, 1), price=prices)
    def ask(self, index: int, consumer: int, price: int) -> None:
        node = self.begin("ask", index)
        asker = self.base.consumers[consumer].address
        self.nonce += 1
        data = self.payload(node, consumer, self.nonce)
        enabled = node.policy[0] and price >= node.terms[PAYMENT]
        enough = self.link.read("balanceOf", asker) >= price
        outcome = self.transfer_and_call(asker, node.store.address, price, data)
        demand(outcome.ok == (enabled and enough), f"P11: request: {outcome.ok} {outcome.reason}")
        if outcome.ok:
            node.logs += outcome.logs
            self._asked(index, consumer, self.nonce, price)
            self.reached("request")
        else:
            self.reached("request refused")

    def _asked(self, index: int, consumer: int, nonce: int, price: int) -> None:
        asker = self.base.consumers[consumer].address
        request = keccak(bytes.fromhex(asker[2:]) + nonce.to_bytes(32, "big"))
        self.requests[request] = (index, consumer, nonce, self.world.time + EXPIRY)
        self.nodes[index].model.escrow[request] = price

    @precondition(lambda self: self.requests)
    @rule(pick=st.integers(0, 9), mode=st.sampled_from(sorted(MODES)))
    def answer(self, pick: int, mode: str) -> None:
        """P12: whatever the consumer does inside its call back, custody is closed."""
        request, (index, consumer, _, expiration) = list(self.requests.items())[
            pick % len(self.requests)
        ]
        node = self.begin("answer", index)
        asker = self.base.consumers[consumer]
        payment = node.model.escrow[request]
        attempts = self._attempts(node, consumer, request) if mode == "attempt" else []
        asker.do(STRANGER, "behave", MODES[mode], attempts)
        args = (request, payment, asker.address, CALLBACK, expiration)
        denied = node.store.send(STRANGER, "fulfillOracleRequest", *args, bytes(32))
        demand(not denied.ok, "P11: a stranger answered")
        asks = node.policy[0] and node.terms[PAYMENT] <= LINK
        asks = asks and self.link.read("balanceOf", asker.address) >= LINK
        outcome = node.store.send(node.address, "fulfillOracleRequest", *args, bytes(32))
        demand(outcome.ok, f"P11: the answer failed: {outcome.reason}")
        node.logs += outcome.logs
        del self.requests[request]
        cost = node.model.answer(request)
        self.reached("cost of an answer", cost > 0)
        self.reached(f"consumer: {mode}")
        if mode == "attempt":
            done = asker.read("succeeded")
            demand(asker.read("caller") == node.store.address, "P12: called from elsewhere")
            wanted = 1 << (len(attempts) - 1) if asks else 0
            demand(done == wanted, f"P12: inside the call back {done:b} went through")
            if asks:
                self._asked(index, consumer, self.nonce, LINK)
                self.reached("request from inside the call back")
        again = node.store.send(node.address, "fulfillOracleRequest", *args, bytes(32))
        demand(not again.ok, "P11: answered twice")

    def _attempts(self, node: Node, consumer: int, request: bytes) -> list[tuple[str, bytes]]:
        """What must fail inside a call back, then what must work: a new request."""
        store, asker = node.store, self.base.consumers[consumer].address
        records = list(node.model.records.values())
        target = records[0].target if records else self.base.boxes[0].address
        word = records[0].reference if records else bytes(32)
        calls: list[tuple[str, tuple[object, ...]]] = [
            ("withdraw", (ALL,)),
            ("withdraw", (1,)),
            ("distribute", ()),
            ("claimExit", (asker, [1, 2, 3])),
            ("resolveOverdue", (target, word)),
            ("sendPenalty", (target, 1, word)),
            ("release", (asker, ALL)),
            ("setTerm", (0, 0)),
            ("activateTerm", (2,)),
            ("cancelOracleRequest", (request, 0, CALLBACK, 0)),
            ("fulfillOracleRequest", (request, 0, asker, CALLBACK, 0, bytes(32))),
        ]
        attempts = [(store.address, store.interface.encode(name, *args)) for name, args in calls]
        stake = encode(["address"], [actor("alice")])
        self.nonce += 1
        for amount, data in (
            (LINK, b""),
            (LINK, bytes.fromhex("4bf69206") + stake),
            (LINK, self.payload(node, consumer, self.nonce)),
        ):
            call = self.link.interface.encode("transferAndCall", store.address, amount, data)
            attempts.append((self.link.address, call))
        return attempts

    def cancel_call(self, node: Node, request: bytes, expiration: int) -> bytes:
        args = (request, node.model.escrow[request], CALLBACK, expiration)
        return node.store.interface.encode("cancelOracleRequest", *args)

    @precondition(lambda self: self.requests)
    @rule(pick=st.integers(0, 9), wait=st.booleans())
    def cancel(self, pick: int, wait: bool) -> None:
        """P11: after its expiry a request is always paid back, to its requester."""
        request, (index, consumer, _, expiration) = list(self.requests.items())[
            pick % len(self.requests)
        ]
        node = self.begin("cancel", index)
        if wait and self.world.time < expiration:
            self.world.time = expiration
            self.world.block += 1
        asker = self.base.consumers[consumer]
        payment = node.model.escrow[request]
        before = self.link.read("balanceOf", asker.address)
        data = self.cancel_call(node, request, expiration)
        denied = self.world.send(STRANGER, node.store.address, data)
        demand(not denied.ok, "P1: a stranger took a refund")
        outcome = self.act_as(asker.address, node.store.address, data)
        expected = self.world.time >= expiration
        demand(outcome.ok == expected, f"P11: cancel: {outcome.ok} {outcome.reason}")
        if outcome.ok:
            node.logs += outcome.logs
            del self.requests[request]
            del node.model.escrow[request]
            self.refunded[request] = (asker.address, payment)
            paid = self.link.read("balanceOf", asker.address) - before
            demand(paid == payment, f"P11: refund {paid} of {payment}")
            self.reached("refund")
