# SPDX-License-Identifier: MIT
"""Penalties: the operator sends; boxes return too little, late, twice, elsewhere, removed."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from linkpool.economics.penalty import PPM, Record
from tests.contracts.model.node_model import demand
from tests.contracts.stateful.build import BANK, OPERATOR, OWNER, STRANGER, travel
from tests.contracts.stateful.machine import Staking, nodes, parts, people, seldom
from tests.contracts.stateful.world import Deployed, Outcome
from tests.contracts.suite import DELAY

boxes = st.sampled_from([0, 1])
ways_back = st.sampled_from(["part", "part", "final", "lost", "all", "all", "over", "zero"])
words = st.integers(1, 40).map(lambda n: n.to_bytes(32, "big"))


class Penalties(Staking):
    """What the operator, the boxes and anybody do about penalties."""

    @precondition(lambda self: any(node.model.units for node in self.nodes))
    @rule(
        index=nodes,
        box=boxes,
        part=st.sampled_from([1, 1, 2, 3, 10, 10, 1_000]),
        word=words,
        way=st.sampled_from(["operator", "operator", "node", "rogue", "stranger"]),
    )
    def send_penalty(self, index: int, box: int, part: int, word: bytes, way: str) -> None:
        node, target = self.begin("send penalty", index), self.base.boxes[box].address
        model = node.model
        staked = model.staked + model.split(model.pending(node.balance()))[1]
        most = min(node.store.read("lossAllowance") * staked // PPM, staked - model.stakers_at_risk)
        amount = most // part
        args = (target, amount, word)
        used = any((r.target, r.reference) == (target, word) for r in model.records.values())

        def send() -> Outcome:
            if way == "rogue":
                return self.by_rogue(node, "sendPenalty", *args)
            if way == "node":
                return self.base.served["Node"].send(OPERATOR, "sendPenalty", node.address, *args)
            caller = OPERATOR if way == "operator" else STRANGER
            return node.store.send(caller, "sendPenalty", *args)

        outcome = node.send_penalty(target, amount, word, send, target in self.active)
        demand(not (outcome.ok and used), "P9: a reference was used again")
        demand(not (outcome.ok and way == "stranger"), "P1: a stranger sent a penalty")
        full = len(model.open_records) >= 10
        if not outcome.ok:
            self.reached("penalty refused, reference used", used)
            self.reached("penalty refused, no destination", target not in self.active)
            refusable = used or full or amount == 0 or way == "stranger"
            demand(refusable or target not in self.active, f"penalty refused: {outcome.reason}")
            return
        record = model.records[max(model.records)]
        self.reached("penalty sent")
        self.reached(f"penalty sent by {way}")
        self.reached("penalty with a pledge", record.pledge > 0)
        self.reached("several penalties open", len(model.open_records) > 1)

    @seldom
    @precondition(lambda self: any(node.model.units for node in self.nodes))
    @rule(index=nodes, box=boxes, more=st.integers(1, PPM), word=words)
    def send_over_the_cap(self, index: int, box: int, more: int, word: bytes) -> None:
        """P15: whatever passes the allowance is refused, whoever asks."""
        node, target = self.begin("send over the cap", index), self.base.boxes[box].address
        model = node.model
        staked = model.staked + model.split(model.pending(node.balance()))[1]
        amount = (node.store.read("lossAllowance") * staked + staked * more) // PPM + 1
        outcome = node.store.send(OPERATOR, "sendPenalty", target, amount, word)
        demand(not outcome.ok, f"P15: {amount} sent, over the cap")
        self.reached("over the cap refused", outcome.reason == "storage: over the loss cap")

    @precondition(lambda self: self._some())
    @rule(pick=st.integers(0, 99), part=parts, how=ways_back)
    def give_back(self, pick: int, part: int, how: str) -> None:
        index, record = self._pick(pick)
        node, box = self.begin("give back", index), self._box(record)
        left = record.amount - record.returned
        final = how in ("final", "lost")
        amount = {"part": left // part, "final": left // part, "all": left}.get(how, 0)
        if how == "over":
            amount = left + part
            self.link.do(BANK, "transfer", box.address, part)
        amount = min(amount, self.link.read("balanceOf", box.address))
        was_open = record.open
        lost = record.loss()
        removed = record.target not in self.active
        name = "giveBackFinal" if final else "giveBack"
        node.give_back(
            record,
            amount,
            final,
            lambda: box.send(STRANGER, name, node.store.address, amount, record.reference),
        )
        self.reached("record closed in full", was_open and record.returned == record.amount)
        declared = was_open and final and record.loss().total > 0
        self.reached("record closed final with a loss", declared)
        self.reached("partial return waits", was_open and record.open and amount > 0)
        self.reached("late return", not was_open and amount > 0 and lost.total > 0)
        self.reached("return of more than was sent", how == "over" and amount > left)
        self.reached("return of a removed destination", removed and amount > 0)
        self.reached("pledge borne", record.loss().owners > 0)
        self.reached("claims borne", record.loss().claims > 0)

    @precondition(lambda self: self._some())
    @rule(pick=st.integers(0, 99), how=st.sampled_from(["plain", "word", "store", "empty", "long"]))
    def give_back_wrong(self, pick: int, how: str) -> None:
        """Under another reference, to another storage, without a word: refused, or plain income."""
        index, record = self._pick(pick)
        node, box = self.begin("give back wrong", index), self._box(record)
        amount = min(record.amount, self.link.read("balanceOf", box.address)) // 3
        to = node.store.address
        if how == "plain":
            box.do(STRANGER, "plainTransfer", to, amount)
            self.reached("return by plain transfer")
            return
        data = {
            "word": (41).to_bytes(32, "big"),
            "store": record.reference,
            "empty": b"",
            "long": record.reference + (2).to_bytes(32, "big"),
        }[how]
        if how == "store":
            other = self.nodes[1 - index]
            to = other.store.address
            if any(
                (r.target, r.reference) == (record.target, record.reference)
                for r in other.model.records.values()
            ):
                return
        outcome = box.send(STRANGER, "giveBackRaw", to, amount, data)
        demand(not outcome.ok, f"P10: a wrong return was taken: {how}")
        self.reached(f"wrong return refused: {how}")

    @precondition(lambda self: self._some())
    @rule(pick=st.integers(0, 99), patient=st.booleans())
    def resolve(self, pick: int, patient: bool) -> None:
        index, record = self._pick(pick)
        node = self.begin("resolve overdue", index)
        if patient and record.open and self.world.time <= record.deadline:
            travel(self.world, record.deadline + 1 - self.world.time)
        outcome = node.resolve(STRANGER, record)
        self.reached("resolved overdue", outcome.ok)
        self.reached("resolve refused", not outcome.ok)
        self.reached("total loss", outcome.ok and node.model.staked == 0 and bool(node.model.units))

    @precondition(lambda self: self._some())
    @rule(index=nodes, who=people, picks=st.lists(st.integers(0, 12), max_size=10))
    def claim_exit(self, index: int, who: str, picks: list[int]) -> None:
        node = self.begin("claim exit", index)
        staker = self.person(who)
        held = [r.id for r in node.model.records.values() if staker in r.faces]
        paid = node.claim_exit(STRANGER, staker, (held + picks)[:10])
        self.reached("exit claim paid", paid > 0)

    @seldom
    @rule(box=boxes, mode=st.sampled_from([0, 0, 0, 1, 2]))
    def misbehave(self, box: int, mode: int) -> None:
        """Accept, refuse, return at once."""
        self.begin("misbehave", self.touched)
        if mode == 1:
            self.base.boxes[box].do(STRANGER, "misbehave", 1)
            outcome = self.nodes[0].store.send(
                OPERATOR, "sendPenalty", self.base.boxes[box].address, 1, b"refused"
            )
            demand(not outcome.ok, "P9: a refused penalty was booked")
            self.base.boxes[box].do(STRANGER, "misbehave", 0)
        else:
            self.base.boxes[box].do(STRANGER, "misbehave", mode)

    @seldom
    @rule(box=boxes, again=st.booleans())
    def narrow(self, box: int, again: bool) -> None:
        """The owner removes a destination at once; to have it back takes the delay."""
        self.begin("remove destination", self.touched)
        target = self.base.boxes[box].address
        factory = self.base.factory
        if target in self.active and not again and self.owned:
            factory.do(OWNER, "removeDestination", target)
            self.active.discard(target)
            self.reached("destination removed")
        elif target not in self.active and self.owned:
            factory.do(OWNER, "announceDestination", target)
            early = factory.send(STRANGER, "activateDestination", target)
            demand(not early.ok, "P4: a destination was activated without waiting")
            travel(self.world, DELAY)
            factory.do(STRANGER, "activateDestination", target)
            self.active.add(target)
            self.reached("destination back after the delay")

    @seldom
    @precondition(lambda self: self.base.loss_cap == PPM)
    @rule(box=boxes, word=words)
    def lose_everything(self, box: int, word: bytes) -> None:
        """Where the cap allows it: all of it sent, nothing comes back."""
        node, target = self.begin("lose everything", 0), self.base.boxes[box]
        node.distribute(STRANGER)
        args = (target.address, node.model.staked, word)
        outcome = node.send_penalty(
            *args,
            lambda: node.store.send(OPERATOR, "sendPenalty", *args),
            target.address in self.active,
        )
        record = node.model.records[max(node.model.records)] if outcome.ok else None
        if record is not None and record.open:
            call = (node.store.address, 0, word)
            node.give_back(record, 0, True, lambda: target.send(STRANGER, "giveBackFinal", *call))
            self.reached("total loss", node.model.staked == 0 and bool(node.model.units))

    def _some(self) -> bool:
        return any(node.model.records for node in self.nodes)

    def _all(self) -> list[tuple[int, Record]]:
        return [
            (index, record)
            for index, node in enumerate(self.nodes)
            for record in node.model.records.values()
        ]

    def _pick(self, pick: int) -> tuple[int, Record]:
        """One of all records, the open ones twice as often."""
        found = self._all()
        found += [(index, record) for index, record in found if record.open]
        return found[pick % len(found)]

    def _box(self, record: Record) -> Deployed:
        return next(box for box in self.base.boxes if box.address == record.target)
