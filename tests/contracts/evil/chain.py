# SPDX-License-Identifier: MIT
"""The adversary's chain: pyrevm with ether, and what was logged while it was built."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contracts.stateful.revm import GAS, REVERTED, Revm, as_log
from tests.contracts.stateful.world import Log, Outcome

ETHER = 10**18


@dataclass(frozen=True, slots=True)
class Past:
    """The logs of one transaction, and when it was."""

    time: int
    block: int
    logs: tuple[Log, ...]


class Chain(Revm):
    """A chain on which everybody has ether."""

    def __init__(self) -> None:
        super().__init__()
        self.past: list[Past] = []

    def send(self, sender: str, to: str, data: bytes) -> Outcome:
        outcome = self.pay(sender, to, data, 0)
        if outcome.logs:
            self.past.append(Past(self.time, self.block, outcome.logs))
        return outcome

    def pay(self, sender: str, to: str, data: bytes, wei: int) -> Outcome:
        """A transaction that may carry ether and is not remembered."""
        self._enter()
        try:
            output = self.evm.message_call(
                caller=sender, to=to, calldata=data, value=wei or None, gas=GAS
            )
        except RuntimeError as error:
            self.failure = str(error)
            found = REVERTED.search(self.failure)
            return Outcome(False, bytes.fromhex(found[1][2:]) if found else b"")
        result = self.evm.result
        assert result is not None
        return Outcome(True, bytes(output), tuple(map(as_log, result.logs)))

    def enrich(self, account: str) -> None:
        self.evm.set_balance(account, 10_000 * ETHER)

    def ether(self, account: str) -> int:
        return int(self.evm.get_balance(account))
