# SPDX-License-Identifier: MIT
"""The machine's chain on titanoboa: slower, and a failure shows the line of Vyper."""

from __future__ import annotations

from typing import Any

import boa
from boa.contracts.base_evm_contract import BoaError
from eth_utils.crypto import keccak

from tests.contracts.stateful.world import Log, Outcome
from tests.contracts.suite import START


class Titan:
    """titanoboa's own chain; its time and block are set for each transaction."""

    def __init__(self) -> None:
        self.time = START
        self.block = 1_000
        self.contracts: dict[str, Any] = {}
        self.failure = ""
        boa.env.evm.patch.code_size_limit = 2**20

    def deploy(self, sender: str, code: bytes) -> str:
        self._enter()
        address, _ = boa.env.deploy_code(sender=sender, bytecode=code)
        return str(address).lower()

    def knows(self, address: str, contract: Any) -> None:
        """Makes failures at this address readable; `contract` is a deployer's `at(address)`."""
        self.contracts[address] = contract

    def send(self, sender: str, to: str, data: bytes) -> Outcome:
        computation = self._run(sender, to, data, True)
        output = bytes(computation.output)
        if computation.is_error:
            self.failure = self._explained(to, computation)
            return Outcome(False, output)
        return Outcome(
            True,
            output,
            tuple(
                Log("0x" + address.hex(), tuple(t.to_bytes(32, "big") for t in topics), data)
                for address, topics, data in computation.get_log_entries()
            ),
        )

    def peek(self, to: str, data: bytes) -> bytes:
        computation = self._run(to, to, data, False)
        if computation.is_error:
            raise RuntimeError(self._explained(to, computation))
        return bytes(computation.output)

    def code_hash(self, address: str) -> bytes:
        return bytes(keccak(boa.env.get_code(address)))

    def snapshot(self) -> Any:
        return boa.env.evm.snapshot(), self.time, self.block

    def revert(self, mark: Any) -> None:
        checkpoint, self.time, self.block = mark
        boa.env.evm.revert(checkpoint)

    def trace(self) -> str:
        return self.failure

    def _explained(self, to: str, computation: Any) -> str:
        contract = self.contracts.get(to)
        if contract is None:
            return repr(computation.error)
        try:
            contract.handle_error(computation)
        except BoaError as error:
            return str(error)
        return ""

    def _run(self, sender: str, to: str, data: bytes, modifying: bool) -> Any:
        self._enter()
        return boa.env.execute_code(
            to_address=to, sender=sender, data=data, is_modifying=modifying, gas=4_000_000
        )

    def _enter(self) -> None:
        boa.env.evm.vm.state.clear_transient_storage()
        boa.env.evm.patch.timestamp = self.time
        boa.env.evm.patch.block_number = self.block
