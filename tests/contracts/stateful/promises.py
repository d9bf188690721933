# SPDX-License-Identifier: MIT
"""The numbered promises, checked after each step from outside: balances and logs and the model."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis.stateful import invariant

from tests.contracts.model.node_model import ALL, demand
from tests.contracts.stateful.build import OWNER, STRANGER, travel
from tests.contracts.stateful.node import PAYMENT, WALLET, Node
from tests.contracts.stateful.rules_power import Power
from tests.contracts.suite import DELAY

TERMS = ("makersPercentage", "costCeiling", "operationsWallet", "operationalCost", "minimumPayment")
# The whole suite replaced and renounced: every so many steps, it takes two dozen transactions.
FAREWELL = 8


class Promises(Power):
    """One method for each promise that a kernel can break."""

    @invariant()
    def promises(self) -> None:
        """All of them, after each step, by number."""
        for name in NUMBERED:
            getattr(self, name)()

    def p1_six_doors(self) -> None:
        """Every juel that left is in one of six events, to whom that event allows."""
        for node in self.nodes:
            left: Counter[tuple[str, int]] = Counter()
            for entry in self.link.events(node.logs, "Transfer"):
                # LINK says it twice where data went along.
                if entry["from"] == node.store.address and "data" not in entry:
                    left[entry["to"], entry["value"]] += 1
            demand(left == self._doors(node), f"P1: {left} left, {self._doors(node)} may")

    def _doors(self, node: Node) -> Counter[tuple[str, int]]:
        store, logs = node.store, node.logs
        doors: Counter[tuple[str, int]] = Counter()
        for entry in store.events(logs, "Withdrawal") + store.events(logs, "ExitClaimed"):
            doors[entry["staker"], entry["amount"]] += 1
        wallet = f"0x{node.terms[WALLET]:040x}"
        for entry in store.events(logs, "Distributed"):
            changed = store.events(logs, "TermActivated")
            paid_to = f"0x{changed[0]['old']:040x}" if changed else wallet
            doors[self.base.pool_owners.address, entry["owners"]] += 1
            doors[paid_to, entry["operations"]] += 1
        for entry in store.events(logs, "PenaltySent"):
            doors[entry["target"], entry["amount"]] += 1
        for entry in store.events(logs, "CancelOracleRequest"):
            requester, payment = self.refunded[entry["requestId"]]
            doors[requester, payment] += 1
        for door in [door for door in doors if door[1] == 0]:
            del doors[door]
        return doors

    def p2_what_is_free_can_leave(self) -> None:
        """Every staker, in this very block, straight from PoolStorage, whatever the rest is."""
        node = self.nodes[self.touched]
        self._all_leave(node, "P2")

    def _all_leave(self, node: Node, promise: str) -> None:
        staked = node.model.staked + node.model.split(node.model.pending(node.balance()))[1]
        risk = Fraction(node.model.stakers_at_risk, staked) if staked else Fraction(0)
        for staker in node.model.units:
            credit = node.model.credited(staker, self.world.block, staked)
            free = (node.model.worth(staker, staked) - credit) * (1 - risk)
            least = free - 1 - node.model.slack
            mark = self.world.snapshot()
            before = self.link.read("balanceOf", staker)
            data = node.store.interface.encode("withdraw", ALL)
            outcome = self.act_as(staker, node.store.address, data)
            paid = self.link.read("balanceOf", staker) - before
            self.world.revert(mark)
            said = f"{promise}: {staker} got {paid}, free {free}: {outcome.reason}"
            demand(outcome.ok or least < 0, said)
            demand(paid >= least, said)

    def p3_solvent(self) -> None:
        """LINK here and at risk covers every claim on it."""
        for node in self.nodes:
            here, model = node.balance(), node.model
            demand(here + model.at_risk >= model.liabilities, f"P3: {here} here")
            demand(
                node.store.read("pendingIncome") == model.pending(here),
                f"P3: pending {node.store.read('pendingIncome')}, exact {model.pending(here)}",
            )

    def p4_powers_wait(self) -> None:
        """Terms are what was allowed to become of them."""
        node = self.nodes[self.touched]
        found = [node.store.read(name) for name in TERMS]
        found[WALLET] = int(found[WALLET], 16)
        demand(found == node.terms, f"P4: terms {found}, allowed {node.terms}")

    def p5_whitelist(self) -> None:
        for box in self.base.boxes:
            listed = self.base.factory.read("isDestination", box.address)
            demand(listed == (box.address in self.active), f"P5: {box.address} {listed}")

    def p6_exact(self) -> None:
        """Nobody above exact, nobody more than a juel below."""
        node = self.nodes[self.touched]
        model = node.model
        for staker in model.units:
            booked, exact = node.store.read("stakeOf", staker), model.worth(staker)
            said = f"P6: {staker} has {booked}, exact {float(exact)}, {exact - booked}"
            demand(booked <= exact + model.slack, said)
            demand(booked > exact - 1 - model.slack, said)

    def p8_income_belongs_to_those_staked(self) -> None:
        """What was settled was split as promised, and nothing but income was."""
        for node in self.nodes:
            found = [
                (entry["income"], entry["owners"])
                for entry in node.store.events(node.logs, "Settled")
            ]
            demand(found == node.settled, f"P8: settled {found}, exact {node.settled}")
            self.reached("income settled", len(found))

    def p9_figures(self) -> None:
        """Pledge, claims and risk are what the model says, to the juel."""
        node = self.nodes[self.touched]
        demand(figures(node) == expected(node), f"P9: {figures(node)}, exact {expected(node)}")

    def p10_outcomes(self) -> None:
        """Who bears what of each closed record, by the total returned alone."""
        node = self.nodes[self.touched]
        for entry in node.store.events(node.logs, "LossBooked"):
            self.booked[self.touched, entry["id"]] = entry
        for record in node.model.records.values():
            last = self.booked.get((self.touched, record.id))
            if last is not None:
                loss, said = record.loss(), (last["owners"], last["claims"], last["stakers"])
                exact = (loss.owners, loss.claims, loss.stakers)
                demand(said == exact, f"P10: booked {said}, exact {exact}")
        waiting, _ = node.store.read("overdue")
        exact_waiting = node.model.overdue(self.world.time)
        demand(waiting == exact_waiting, f"P10: overdue {waiting}, exact {exact_waiting}")

    def p11_requests_stand(self) -> None:
        """Escrow is the sum of what is asked and neither answered nor refunded."""
        for node in self.nodes:
            exact = sum(node.model.escrow.values())
            demand(node.store.read("escrowed") == exact, f"P11: escrow, exact {exact}")

    def p12_targets_are_barred(self) -> None:
        for node in self.nodes:
            demand(self.base.factory.read("isBarred", node.store.address), "P12: a storage")

    def p15_cap(self) -> None:
        """The allowance is never more than the exact weights leave."""
        for node in self.nodes:
            taken = node.window.in_window(self.world.time)
            taken += sum((r.weight for r in node.model.open_records), Fraction(0))
            most = max(node.window.cap - taken, Fraction(0))
            allowance = node.store.read("lossAllowance")
            demand(allowance <= most, f"P15: allowance {allowance}, exact {float(most)}")

    def p16_one_node_is_not_the_other(self) -> None:
        """Nothing done on one node changes a figure or a permission of the other."""
        other = 1 - self.touched
        node = self.nodes[other]
        now = (figures(node), node.store.read("policy"), node.store.read("minimumPayment"))
        self.kept.setdefault(other, now)
        before = self.kept[other]
        demand(before[0][:-1] == now[0][:-1], f"P16: the other node: {before}, now {now}")
        demand(before[1:] == now[1:], "P16: the other node's permissions changed")
        touched = self.nodes[self.touched]
        self.kept[self.touched] = (
            figures(touched),
            touched.store.read("policy"),
            touched.store.read("minimumPayment"),
        )
        demand(touched.store.read("policy") == touched.policy, "P16: policy")
        demand(touched.store.read("minimumPayment") == touched.terms[PAYMENT], "P16: price")

    def p17_every_way_out_outlives_all_keys(self) -> None:
        """All logic reverts or is gone, the node is disabled, the owner renounced: all get out."""
        if self.steps % FAREWELL or not self.owned:
            return
        mark = self.world.snapshot()
        node = self.nodes[self.touched]
        demand(self.by_rogue(node, "setPolicy", (False, True, True, 0, 0)).ok, "policy")
        calls = [
            self.base.factory.interface.encode("setContract", name, "0x" + "00" * 20, bytes(32))
            for name in self.base.served
        ]
        calls[0] = self.base.factory.interface.encode(
            "setContract",
            next(iter(self.base.served)),
            self.base.refuser.address,
            self.world.code_hash(self.base.refuser.address),
        )
        factory, timelock = self.base.factory.address, self.base.timelock
        for call in calls:
            timelock.do(OWNER, "announce", factory, call, bytes(32))
        travel(self.world, DELAY)
        for call in calls:
            timelock.do(STRANGER, "execute", factory, call, bytes(32))
        timelock.do(OWNER, "renounce_ownership")
        self._others_leave(node)
        self._all_leave(node, "P17")
        self.world.revert(mark)
        self.reached("everybody out without keys", bool(node.model.units))

    def _others_leave(self, node: Node) -> None:
        """Refunds, overdue penalties, claims and dues, by anyone."""
        store = node.store
        for request, (index, consumer, _, expiration) in self.requests.items():
            if self.nodes[index] is node:
                call = self.cancel_call(node, request, expiration)
                outcome = self.act_as(self.base.consumers[consumer].address, store.address, call)
                demand(outcome.ok, f"P17: refund refused: {outcome.reason}")
        mark = self.world.snapshot()
        for record in node.model.open_records:
            done = store.send(STRANGER, "resolveOverdue", record.target, record.reference)
            demand(done.ok, f"P17: overdue: {done.reason}")
            box = next(b for b in self.base.boxes if b.address == record.target)
            left = record.amount - record.returned
            if self.link.read("balanceOf", box.address) >= left:
                box.do(STRANGER, "giveBack", store.address, left, record.reference)
        for record in node.model.records.values():
            for staker in record.faces:
                done = store.send(STRANGER, "claimExit", staker, [record.id])
                demand(done.ok, f"P17: claim: {done.reason}")
        demand(store.send(STRANGER, "distribute").ok, "P17: distribute")
        self.world.revert(mark)


# p1_..., p2_..., in order of their number.
NUMBERED = sorted(
    (name for name in vars(Promises) if re.match(r"p\d+_", name)),
    key=lambda name: int(name[1:].split("_")[0]),
)


def figures(node: Node) -> tuple[Any, ...]:
    """What the contract says, the pending income last."""
    store = node.store
    names = ("totalStaked", "stakerCount", "liquid", "atRisk", "stakersAtRisk", "exitClaims")
    dues = ("ownersDue", "ownersPledged", "operationsDue", "penaltyCount")
    return tuple(store.read(name) for name in (*names, *dues, "pendingIncome"))


def expected(node: Node) -> tuple[Any, ...]:
    """The same by the model."""
    model = node.model
    return (
        model.staked,
        len(model.units),
        model.staked - model.stakers_at_risk,
        model.at_risk,
        model.stakers_at_risk,
        model.claims,
        model.owners_due,
        model.pledged,
        model.operations_due,
        len(model.records),
        model.pending(node.balance()),
    )
