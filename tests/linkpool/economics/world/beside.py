# SPDX-License-Identifier: MIT
"""The real contracts and the vectorised model side by side, on any engine.

Each figure of both nodes and the stake of everybody are compared, to the juel; what
one refuses the other refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from eth_utils.crypto import keccak

from linkpool.economics.errors import Refused
from linkpool.economics.world.nodes import Nodes, Terms
from tests.contracts.stateful.build import STAKERS, SUPPLY, Base
from tests.contracts.stateful.world import Outcome, actor
from tests.contracts.suite import DELAY, PENALTY_LIFE

LINK = 10**18
CALLBACK = keccak(text="callback(bytes32,uint256)")[:4]
EXPIRY = 300
FIGURES = {
    "totalStaked": lambda nodes: nodes.staked.tolist(),
    "totalShares": lambda nodes: nodes.shares,
    "stakerCount": lambda nodes: [len(side.positions) for side in nodes.sides],
    "stakersAtRisk": lambda nodes: nodes.at_risk.tolist(),
    "atRisk": lambda nodes: nodes.lent.tolist(),
    "exitClaims": lambda nodes: nodes.claims.tolist(),
    "escrowed": lambda nodes: nodes.escrow.tolist(),
    "ownersDue": lambda nodes: nodes.owners.tolist(),
    "ownersPledged": lambda nodes: nodes.pledged.tolist(),
    "operationsDue": lambda nodes: nodes.operations.tolist(),
    "pendingIncome": lambda nodes: nodes.pending.tolist(),
    "makersPercentage": lambda nodes: nodes.makers.tolist(),
    "costCeiling": lambda nodes: nodes.ceiling.tolist(),
    "operationalCost": lambda nodes: nodes.cost.tolist(),
    "minimumPayment": lambda nodes: nodes.payment,
}
Peek = Callable[[Sequence[tuple[str, bytes]]], list[bytes]]


class Beside:
    """What every step works on; `seen` counts what happened."""

    def __init__(self, base: Base, seed: int, peek: Peek | None = None) -> None:
        self.base, self.world, self.random = base, base.world, Random(seed)
        self.peek = peek or (lambda calls: [self.world.peek(*call) for call in calls])
        store = base.stores[0]
        terms = Terms(
            limit=SUPPLY,
            makers=store.read("makersPercentage"),
            ceiling=store.read("costCeiling"),
            cost=store.read("operationalCost"),
            loss_cap=base.loss_cap,
            delay=DELAY,
            penalty_life=PENALTY_LIFE,
            minimum_stake=store.read("policy")[4],
            minimum_payment=store.read("minimumPayment"),
        )
        self.minimum = store.read("minimumPayment")
        self.nodes = Nodes(len(base.stores), terms)
        self.addresses = [actor(f"node{i}") for i in range(len(base.stores))]
        self.asked: list[tuple[int, int, int, int]] = []
        self.nonce = 0
        self.seen: Counter[str] = Counter()

    def _both(self, chain: Callable[[], Outcome], model: Callable[[], object]) -> bool:
        """One transaction in both; whether it was done, which they have to agree about."""
        self.nodes.now, self.nodes.block = self.world.time, self.world.block
        outcome = chain()
        try:
            model()
        except Refused as error:
            assert not outcome.ok, f"only the model refused: {error}"
            assert not outcome.output or outcome.reason == str(error)
            self.seen["refused"] += 1
            self.seen[str(error)] += 1
            return False
        assert outcome.ok, f"only the chain refused: {outcome.reason}"
        return True

    def compare(self) -> None:
        """Every figure of every node, and everybody's stake and shares."""
        calls, wanted = [], []
        for i, store in enumerate(self.base.stores):
            for name, figures in FIGURES.items():
                calls.append((store.address, store.interface.encode(name)))
                wanted.append((name, i, figures(self.nodes)[i]))
            for staker in map(actor, STAKERS):
                position = self.nodes.sides[i].positions.get(staker)
                calls.append((store.address, store.interface.encode("sharesOf", staker)))
                wanted.append((f"shares of {staker}", i, position.shares if position else 0))
                calls.append((store.address, store.interface.encode("stakeOf", staker)))
                wanted.append((f"stake of {staker}", i, self.nodes.stake_of(i, staker)))
            link = self.base.link
            calls.append((link.address, link.interface.encode("balanceOf", store.address)))
            wanted.append(("balance", i, self.nodes.balances()[i]))
        found = [int.from_bytes(word, "big") for word in self.peek(calls)]
        wrong = [(w, f) for w, f in zip(wanted, found, strict=True) if w[2] != f]
        assert not wrong, wrong

    def _node(self) -> int:
        return self.random.choice([0, 0, 0, 1])

    def _staker(self) -> str:
        return actor(self.random.choice(STAKERS))

    def _amount(self) -> int:
        usual = [LINK, 17 * LINK + 1, 1_000 * LINK, 10**24 + 7, 10**12, LINK // 3]
        return self.random.choice([*usual, self.random.randint(1, 10**24)])

    def _price(self) -> int:
        prices = sorted({price for _, price, _, _ in self.asked})
        return self.random.choice(prices or [self.minimum])

    def _taken(self, price: int) -> list[tuple[int, int, int, int]]:
        found = [one for one in self.asked if one[1] == price]
        self.asked = [one for one in self.asked if one[1] != price]
        return found

    def _record(self) -> Any:
        """The open ones more often, of the closed the newest."""
        pairs = [(i, r) for i, side in enumerate(self.nodes.sides) for r in side.records.values()]
        if self.random.random() < 0.8:
            pairs = [(i, r) for i, r in pairs if r.open] or pairs
        return self.random.choice(pairs[-20:]) if pairs else None
