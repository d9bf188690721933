# SPDX-License-Identifier: MIT
"""One measured action, what it should cost at most, and why it costs more than its floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eth_typing import ChecksumAddress

from bench.chain import Chain, Receipt
from bench.floor import Floor
from bench.peers import peers_of
from bench.trace import Spent, explain, spent
from linkpool.chain.calls import Call

FAIR = 1.3
"""A row above this many times its floor is explained line by line."""

OVER_OPERATOR = {
    "oracle.request.again": 15_000,
    "oracle.fulfil": 8_000,
    "operator.request.again": 15_000,
    "operator.fulfil": 8_000,
}
"""Gas that holding stake and stakers' promises may add to Chainlink's Operator."""

SETTLED = (1, 3, 5, 16, 31)
"""Oracles of the agreements that are settled."""

SETTLED_MIXED = SETTLED[2:]
"""Those with enough oracles for one of each end and a result: with three none is left for it."""

GOALS = {
    "stake.direct.new": 88_000,
    "stake.direct.again": 70_000,
    "stake.entry.new": 108_000,
    "withdraw.direct.part": 63_000,
    "withdraw.direct.all": 58_000,
    "withdraw.direct.part.open10": 380_000,
    "withdraw.node.part": 78_000,
    "distribute.1": 78_000,
    "distribute.43": 78_000,
    "distribute.300": 78_000,
    "distribute.10000": 78_000,
    "owners.distribute.2": 70_000,
    "owners.distribute.1000": 70_000,
    "owners.claim.2": 70_000,
    "owners.claim.1000": 70_000,
    "node.create": 320_000,
    "penalty.send.first": 230_000,
    "penalty.send.second": 230_000,
    "penalty.send": 230_000,
    "penalty.send.node": 230_000,
    "penalty.send.pledged": 230_000,
    "penalty.return.part": 110_000,
    "penalty.return.rest": 110_000,
    "penalty.return.full": 110_000,
    "penalty.return.short.final": 110_000,
    "penalty.return.short.pledged": 110_000,
    "penalty.return.late": 110_000,
    "penalty.overdue": 110_000,
    "penalty.overdue.again": 110_000,
    "penalty.overdue.dearest": 110_000,
    "deposit.first.ever": 230_000,
    "deposit.first": 230_000,
    "deposit.first.pledged": 230_000,
    "deposit.second": 230_000,
    "deposit": 230_000,
    "deposit.pledged": 230_000,
    "release.part.booked": 110_000,
    "release.full.booked": 110_000,
    "release.slashed.booked": 110_000,
    "bid": 90_000,
    "bid.provider": 90_000,
    "bid.provider.next": 90_000,
    "answer": 130_000,
    "answer.late": 130_000,
} | {
    f"settle.{kind}.{count}": 80_000 + 60_000 * count
    for kind in ("good", "missing", "missing.fresh", "mixed")
    for count in (SETTLED_MIXED if kind == "mixed" else SETTLED)
}
"""Most gas. What is not here has its floor only."""

OPERATOR = "Chainlink Operator 1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    action: str
    state: str
    gas: int
    floor: Floor
    goal: int | None
    peers: dict[str, dict[str, Any]]
    trace: Spent | None = None

    @property
    def ratio(self) -> float:
        return self.gas / self.floor.gas

    @property
    def met(self) -> bool:
        return self.goal is None or self.gas <= self.goal

    @property
    def fair(self) -> bool:
        return self.ratio <= FAIR

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "action": self.action,
            "gas": self.gas,
            "floor": self.floor.gas,
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "met": self.met,
            "peers": self.peers,
            "state": self.state,
        }
        if not self.fair and self.trace is not None:
            found["explain"] = explain(self.trace, self.floor)
        return found


@dataclass(slots=True)
class Table:
    """Rows in the order of their measurement; `more` are figures without a goal."""

    chain: Chain
    names: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)

    def measure(
        self,
        action: str,
        call: Call,
        sender: ChecksumAddress,
        floor: Callable[[bytes], Floor],
        *,
        state: str,
        operator: int | None = None,
        traced: bool = True,
    ) -> Receipt:
        """Traces the call on an empty block, sends it, and keeps the receipt's gas.

        `operator` is what Chainlink's Operator used for the same action just now. A transaction of
        many oracles is not `traced`: its instructions would fill the memory.
        """
        assert call.to is not None
        self.chain.fund(sender)
        self.chain.mine()
        trace = None
        if traced:
            trace = spent(call.data, call.to, self.chain.trace(call, sender), self.names)
        done = self.chain.send(call, sender)
        peers = peers_of(action)
        goal = GOALS.get(action)
        if operator is not None:
            peers = {OPERATOR: {"gas": operator, "note": "measured in this run"}} | peers
            goal = operator + OVER_OPERATOR[action]
        self.rows.append(
            Row(
                action=action,
                state=state,
                gas=done.gas,
                floor=floor(call.data),
                goal=goal,
                peers=peers,
                trace=trace,
            )
        )
        return done

    def part(self, action: str, gas: int, floor: Floor, *, state: str) -> None:
        """What one contract used within a transaction measured just now."""
        goal = GOALS.get(action)
        self.rows.append(Row(action=action, state=state, gas=gas, floor=floor, goal=goal, peers={}))

    def row(self, action: str) -> Row:
        (found,) = (row for row in self.rows if row.action == action)
        return found

    @property
    def missed(self) -> list[str]:
        """One line for each goal that is not met."""
        return [
            f"{row.action}: {row.gas:,} gas, {row.goal:,} at most"
            for row in self.rows
            if not row.met
        ]
