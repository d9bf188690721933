# SPDX-License-Identifier: MIT
"""A node's events, one after the other, told to both models; a difference is a broken promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from eth_utils.crypto import keccak

from linkpool.economics.penalty import Record
from tests.contracts.model.node_model import NodeModel, demand
from tests.contracts.stateful.world import Log
from tests.flows.agreements.chain import Contract, Mined, View
from tests.flows.agreements.fair import ZERO, Fair, trimmed
from tests.flows.agreements.rounding import IN_TIME, LATE, OVERDUE, Rounding, Worths

TRANSFER = keccak(text="Transfer(address,address,uint256)")
TRANSFER_AND_CALL = keccak(text="Transfer(address,address,uint256,bytes)")
FIRST_SHARES = 10**15
SMALLEST = 10**27
COST, PAYMENT = 3, 4


@dataclass
class LinkBook:
    """Who holds how much LINK, by LINK's own events."""

    held: Counter[str] = field(default_factory=Counter)
    told: bytes = b""

    def read(self, log: Log) -> None:
        if log.topics[0] == TRANSFER_AND_CALL:
            size = int.from_bytes(log.data[64:96], "big")
            self.told = log.data[96 : 96 + size]
        if log.topics[0] != TRANSFER:
            return
        payer, payee = ("0x" + topic[12:].hex() for topic in log.topics[1:3])
        amount = int.from_bytes(log.data[:32], "big")
        self.held[payer] -= amount
        self.held[payee] += amount


@dataclass(kw_only=True)
class NodeBook:
    """One node as its events tell it."""

    store: Contract
    link: LinkBook
    model: NodeModel
    fair: Fair
    enabled: bool = True
    price: int = 0
    comings: int = 0
    settled: int | None = None
    faces: dict[int, int] = field(default_factory=dict)
    owners_paid: int = 0
    earned: int = 0
    operations_paid: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    rounding: Rounding = field(default_factory=Rounding)

    @property
    def balance(self) -> int:
        return self.link.held[self.store.address]

    def read(self, log: Log, mined: Mined) -> None:
        """One event of this node."""
        event = self.store.interface.events[log.topics[0]]
        handler = getattr(self, f"_on_{event.name}", None)
        self.seen[event.name] += 1
        if handler is not None:
            handler(event.read(log), mined)

    def done(self) -> None:
        """A transaction is over."""
        demand(self.settled is None, "P8: settled without a reason")
        demand(not self.faces, "P9: claims of nobody who left")
        pending = self.model.pending(self.balance)
        demand(pending >= 0, f"P3: {-pending} juels are missing at {self.store.address}")

    # ---- Income ----

    def _on_Settled(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        owners, stakers = self.model.split(entry["income"])
        said = (entry["owners"], entry["stakers"])
        demand(said == (owners, stakers), f"P8: split {said}, exact {(owners, stakers)}")
        self.settled = entry["income"]

    def _settle(self, arriving: int = 0) -> None:
        before = self.model.staked
        income = self.model.settle(self.balance - arriving)
        demand(income == (self.settled or 0), f"P8: settled {self.settled}, exact {income}")
        self.settled = None
        self.fair.income(self.model.staked - before)

    def _on_Distributed(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self._settle()
        exact = self.model.distribute()
        said = (entry["owners"], entry["operations"])
        demand(said == exact, f"P9: distributed {said}, exact {exact}")
        self.owners_paid += exact[0]
        self.operations_paid += exact[1]

    def _on_TermChanged(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self._settle()
        if entry["term"] == COST:
            self.model.cost = entry["new"]
        if entry["term"] == PAYMENT:
            self.price = entry["new"]

    def _on_PolicyChanged(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self.enabled = entry["enabled"]

    # ---- Requests ----

    def _on_OracleRequest(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self.model.escrow[entry["requestId"]] = entry["payment"]

    def _on_OracleResponse(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self.earned += self.model.escrow[entry["requestId"]]
        self.model.answer(entry["requestId"])

    def _on_CancelOracleRequest(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        del self.model.escrow[entry["requestId"]]

    # ---- Stakers ----

    def _on_Staked(self, entry: Mapping[str, Any], mined: Mined) -> None:
        staker, amount = entry["staker"], entry["amount"]
        self._settle(amount)
        awaited: list[int] = []
        if self.model.overdue(mined.time):
            self.seen["stake while a loss may come back"] += 1
            records = self.model.records.values()
            awaited = [one.id for one in records if one.awaited_in == self.model.sums]
        if staker not in self.model.units:
            self.rounding.joined(staker, awaited)
        self.model.stake(staker, amount, mined.time, mined.block)
        self.fair.stake(staker, amount, mined.time)
        self._reprice()

    def _on_ExitClaimOpened(self, entry: Mapping[str, Any], mined: Mined) -> None:
        demand(entry["staker"] == mined.deed.by.address, "P9: a claim of somebody else")
        self.faces[entry["id"]] = entry["amount"]

    def _on_Withdrawal(self, entry: Mapping[str, Any], mined: Mined) -> None:
        self._settle()
        staker, paid, model = entry["staker"], entry["amount"], self.model
        faces, self.faces = self.faces, {}
        shares, (awaited, _) = self.store.chain.read(
            [View(self.store, "sharesOf", (staker,)), View(self.store, "overdue")]
        )
        gone = shares == 0
        before = model.overdue(mined.time)
        if before:
            self.seen["withdrawal while a loss may come back"] += 1
        leaves = Fraction(paid)
        if gone:
            exact = self.fair.worth(staker) * (1 - self._fair_risk())
            self.rounding.life(staker, exact - paid, model.slack, "leaving")
            # What less than a juel leaves behind is the others' (P6), and nothing else of it.
            leaves = exact - (model.worth(staker) * (1 - model.risk) - paid)
        model.withdraw(
            staker,
            mined.deed.facts["asked"],
            paid,
            faces,
            gone=gone,
            block=mined.block,
            now=mined.time,
            awaited=awaited,
            smallest=Fraction(SMALLEST * model.staked, FIRST_SHARES) / model.all_units,
        )
        self.fair.withdraw(staker, leaves, faces, before - awaited, gone=gone)
        self._reprice()

    def _fair_risk(self) -> Fraction:
        present = sum(one.present for one in self.fair.records.values() if one.open)
        return present / self.fair.staked

    def _on_ExitClaimed(self, entry: Mapping[str, Any], mined: Mined) -> None:
        staker, amount = entry["staker"], entry["amount"]
        exact = self.model.claim_exit(staker, mined.deed.facts["ids"])
        demand(amount == exact, f"P9: claimExit paid {amount}, exact {exact}")

    def _reprice(self) -> None:
        """The worth of one share for each coming and going, the number of shares by the units."""
        model = self.model
        model.units = {who: trimmed(units) for who, units in model.units.items()}
        for record in model.open_records:
            record.exact = {who: trimmed(exact) for who, exact in record.exact.items()}
        whole = model.all_units
        self.comings = self.comings + 1 if whole else 0
        share = Fraction(model.staked, FIRST_SHARES) / whole if whole else ZERO
        model.slack = 2 * self.comings * share

    # ---- Penalties ----

    def _on_PenaltySent(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        self._settle()
        record = Record(
            id=entry["id"],
            target=entry["target"],
            reference=entry["reference"],
            amount=entry["amount"],
            pledge=entry["pledge"],
            weight=ZERO,
            deadline=entry["deadline"],
        )
        self.model.send(record)
        self.fair.send(record.id, record.exposure, record.pledge)

    def _on_PenaltyReturned(self, entry: Mapping[str, Any], mined: Mined) -> None:
        amount = entry["amount"]
        self._settle(amount)
        final = len(self.link.told) == 64
        late = not self.model.records[entry["id"]].open
        self.seen["return after the loss was booked"] += late
        before = self.worths()
        self.model.give_back(entry["id"], amount, final, mined.time)
        self.fair.give_back(entry["id"], amount, final=final)
        self._resolved(LATE if late else IN_TIME, entry["id"], before)

    def _on_PenaltySlashed(self, entry: Mapping[str, Any], mined: Mined) -> None:
        if not entry["overdue"]:
            return
        self._settle()
        before = self.worths()
        self.model.resolve(entry["id"], mined.time)
        self.fair.resolve(entry["id"], mined.time)
        self._resolved(OVERDUE, entry["id"], before)

    def _on_LossBooked(self, entry: Mapping[str, Any], _mined: Mined) -> None:
        loss = self.model.records[entry["id"]].loss()
        said = (entry["owners"], entry["claims"], entry["stakers"])
        exact = (loss.owners, loss.claims, loss.stakers)
        demand(said == exact, f"P10: booked {said}, exact {exact}")

    # ---- What rounding may cost ----

    def worths(self) -> Worths:
        """Everybody's position, by the node's model and exactly."""
        model, fair = self.model, self.fair
        mine, theirs = model.all_units, sum(fair.units.values(), ZERO)
        return {
            who: (units * model.staked / mine, fair.units[who] * fair.staked / theirs)
            for who, units in model.units.items()
        }

    def _resolved(self, how: str, id: int, before: Worths) -> None:
        record = self.model.records[id]
        if not record.open:
            claims = {who: self.fair.claim(who, id) for who in record.faces}
            self.rounding.resolved(how, record, before, self.worths(), claims)
