# SPDX-License-Identifier: MIT
"""A node with a crowd of stakers, and what hostile people make of everything around it.

On pyrevm every measurement starts from one and the same state: equal work on equally warm slots
costs the same there, though it is no receipt's figure (docs/explain/gas.md has those).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.contracts.evil.stage import CAPS, LINK, LOGIC, Stage, build
from tests.contracts.stateful.build import (
    BANK,
    BLOCK_TIME,
    OPERATOR,
    OWNER,
    STRANGER,
    travel,
)
from tests.contracts.stateful.world import Deployed, actor
from tests.contracts.suite import ALL, DELAY

CROWD = 10_000
PENALTIES = 10
REVERTS, BURNS = 1, 2


@dataclass(frozen=True)
class Left:
    """One withdrawal, undone."""

    ok: bool
    paid: int
    gas: int
    reason: str


class Crowd:
    """Ten thousand stakers of one node; sizes from one LINK to a thousand."""

    def __init__(self, count: int = CROWD) -> None:
        self.stage: Stage = build("beside", CAPS[0])
        self.chain, self.link = self.stage.chain, self.stage.link
        self.store: Deployed = self.stage.stores[0]
        self.stakes: Mapping[str, int] = {
            actor(f"crowd.{n}"): LINK + n * LINK // 10 + n for n in range(count)
        }
        gift = self.link.interface.encode
        for staker, stake in self.stakes.items():
            # A juel stays with each, so that being paid writes the same kind of word for all.
            self._send(BANK, self.link.address, gift("transfer", staker, stake + 1))
            call = gift("transferAndCall", self.store.address, stake, b"")
            self._send(staker, self.link.address, call)
        travel(self.chain, BLOCK_TIME)
        self.withdraw_all = self.store.interface.encode("withdraw", ALL)

    def _send(self, who: str, to: str, data: bytes) -> None:
        outcome = self.chain.pay(who, to, data, 0)
        assert outcome.ok, outcome.reason

    def leave(self, staker: str) -> Left:
        """What withdraw(2**256 - 1) of one staker does in this state, which it leaves as it was."""
        before = self.balance(staker)
        mark = self.chain.snapshot()
        outcome = self.chain.pay(staker, self.store.address, self.withdraw_all, 0)
        result = self.chain.evm.result
        gas = result.gas_used if outcome.ok and result is not None else 0
        paid = self.balance(staker) - before
        self.chain.revert(mark)
        return Left(outcome.ok, paid, gas, outcome.reason)

    def balance(self, account: str) -> int:
        return int(self.link.read("balanceOf", account))

    # ---- What the hostile do ----

    def rogue(self, name: str, *args: object) -> None:
        """Registered logic tells the storage something."""
        call = self.store.interface.encode(name, *args)
        self.stage.puppets["Rogue"].do(STRANGER, "act", self.store.address, call)

    def disable(self) -> None:
        """Disabled, private, full, asking a Node that refuses; every price at its limit."""
        self.rogue("setPolicy", (False, True, True, 0, 2**87 - 1))
        self.rogue("setTerm", 3, 2**76 - 1)
        self.rogue("setTerm", 4, 2**76 - 1)

    def open_penalties(self) -> None:
        """Ten records whose weights are exactly the cap; the penalty contracts burn all gas."""
        staked = self.store.read("totalStaked")
        part = staked * (CAPS[0] // PENALTIES) // 1_000_000
        box = self.stage.puppets["Box0"]
        for number in range(PENALTIES):
            word = (number + 1).to_bytes(32, "big")
            self.store.do(OPERATOR, "sendPenalty", box.address, part, word)
        box.do(STRANGER, "behave", BURNS, bytes(32), [])
        assert self.store.read("lossAllowance") == 0

    def replace_logic(self) -> None:
        """Every logic contract becomes one that reverts whatever it is asked."""
        factory, timelock = self.stage.factory, self.stage.timelock
        names = (*LOGIC, "Rogue")
        fresh = {name: self.stage.puppets[name].address for name in LOGIC}
        fresh["Rogue"] = "0x" + "00" * 20
        calls = [self.stage.registering(name, fresh[name]) for name in names]
        for call in calls:
            timelock.do(OWNER, "announce", factory.address, call, bytes(32))
        travel(self.chain, DELAY)
        for call in calls:
            timelock.do(STRANGER, "execute", factory.address, call, bytes(32))
        for name in LOGIC:
            self.stage.puppets[name].do(STRANGER, "behave", REVERTS, bytes(32), [])

    def renounce(self) -> None:
        """No owner of the suite, none of PoolOwners, no destination, no operator who answers."""
        for box in ("Box0", "Box1"):
            self.stage.factory.do(OWNER, "removeDestination", self.stage.puppets[box].address)
        self.stage.timelock.do(OWNER, "renounce_ownership")
        self.stage.owners.do(OWNER, "renounce_ownership")


WORSE: dict[str, Callable[[Crowd], None]] = {
    "every logic contract reverts": Crowd.replace_logic,
    "the node is disabled": Crowd.disable,
    "all keys are renounced": Crowd.renounce,
}


def everything_at_once(crowd: Crowd) -> None:
    """All of it; penalties last, so that they are still open."""
    crowd.disable()
    crowd.replace_logic()
    crowd.open_penalties()
    crowd.renounce()
    travel(crowd.chain, BLOCK_TIME)
