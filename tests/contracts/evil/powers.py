# SPDX-License-Identifier: MIT
"""Who may do what since when, by the logs of timelock and factory alone (P4, P5, P16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contracts.evil.report import demand
from tests.contracts.suite import DELAY, GRACE, ZERO


@dataclass
class Powers:
    """The suite's owner, logic and destinations; `now` is set before each transaction."""

    owner: str
    logic: dict[str, str]
    code_hash: Callable[[str], bytes]
    # Juels may leave for these: target -> hash of the code that was announced.
    destinations: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    operations: dict[bytes, tuple[int, str, bytes]] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    executed: list[tuple[str, bytes]] = field(default_factory=list)
    now: int = 0

    def owned(self) -> bool:
        return self.owner != ZERO

    def is_logic(self, account: str) -> bool:
        return account in self.logic.values()

    def may_receive(self, target: str) -> bool:
        """P5: active, and its code still what was announced."""
        known = self.destinations.get(target)
        return known is not None and known == self.code_hash(target)

    def waited(self, since: int, what: str) -> None:
        """P4: not before the delay, not after the lapse, not without an owner."""
        ready = since + DELAY
        demand(ready <= self.now, "P4", f"{what} after {self.now - since} s")
        demand(self.now <= ready + GRACE, "P4", f"{what} although lapsed")
        demand(self.owned(), "P4", f"{what} without an owner")

    # ---- Logs ----

    def on_transferred(self, said: dict[str, Any]) -> None:
        self.owner = said["new_owner"]

    def on_announced(self, said: dict[str, Any]) -> None:
        self.operations[said["id"]] = (self.now, said["target"], said["data"])

    def on_cancelled(self, said: dict[str, Any]) -> None:
        self.operations.pop(said["id"], None)

    def on_executed(self, said: dict[str, Any]) -> None:
        found = self.operations.pop(said["id"], None)
        demand(found is not None, "P4", "executed what was not announced, or twice")
        assert found is not None
        self.waited(found[0], "an operation was executed")
        self.executed.append((found[1], found[2]))

    def on_contract(self, said: dict[str, Any]) -> None:
        """Another contract of the suite: compared with what was announced when all is done."""
        name, new = said["name"], said["new"]
        demand(said["old"] == self.logic.get(name, ZERO), "P4", f"{name} was another contract")
        self.changes.append((name, new))
        self.logic.pop(name, None)
        if new != ZERO:
            self.logic[name] = new

    def on_destination_announced(self, said: dict[str, Any]) -> None:
        target = said["target"]
        demand(said["ready"] == self.now + DELAY, "P4", "a destination would wait less")
        code = self.code_hash(target)
        demand(said["codeHash"] == code, "P5", "another code is announced")
        self.announced[target] = (self.now, code)

    def on_destination_activated(self, said: dict[str, Any]) -> None:
        target = said["target"]
        found = self.announced.pop(target, None)
        demand(found is not None, "P4", f"{target} is a destination unannounced")
        assert found is not None
        self.waited(found[0], "a destination was activated")
        demand(self.code_hash(target) == found[1], "P5", "a destination with another code")
        self.destinations[target] = found[1]

    def on_destination_removed(self, said: dict[str, Any]) -> None:
        self.announced.pop(said["target"], None)
        self.destinations.pop(said["target"], None)

    def finished(self, factory: str, encode: Callable[[str, str], bytes]) -> None:
        """P4: each change of the registry is one operation that waited, bit for bit."""
        done = [data for target, data in self.executed if target == factory]
        for name, new in self.changes:
            call = encode(name, new)
            demand(call in done, "P4", f"{name} = {new} without the timelock")
            done.remove(call)
        self.changes.clear()
        self.executed.clear()

    TIMELOCK: ClassVar[Mapping[str, Callable[..., None]]] = {
        "OwnershipTransferred": on_transferred,
        "OperationAnnounced": on_announced,
        "OperationCancelled": on_cancelled,
        "OperationExecuted": on_executed,
    }
    FACTORY: ClassVar[Mapping[str, Callable[..., None]]] = {
        "ContractChanged": on_contract,
        "DestinationAnnounced": on_destination_announced,
        "DestinationActivated": on_destination_activated,
        "DestinationRemoved": on_destination_removed,
    }
