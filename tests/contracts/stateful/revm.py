# SPDX-License-Identifier: MIT
"""The machine's chain on pyrevm: for volume.

Without EVM.commit() (it breaks the journal) every call shares one journal: right for state, wrong
for gas.
"""

from __future__ import annotations

import re
from typing import Any

from eth_utils.crypto import keccak
from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env

from tests.contracts.stateful.world import Log, Outcome
from tests.contracts.suite import START

GAS = 4_000_000
# Zero bytes that the engine keeps behind each contract's code.
PADDING = 33
READER = "0x" + "ee" * 20
REVERTED = re.compile(r"Revert \{.*output: (0x[0-9a-f]*)")


class Revm:
    """A chain in pyrevm."""

    def __init__(self) -> None:
        self.time = START
        self.block = 1_000
        configuration = CfgEnv(limit_contract_code_size=2**20)
        self.evm = EVM(Env(cfg=configuration), spec_id="PRAGUE", gas_limit=2**40)
        self.failure = ""

    def deploy(self, sender: str, code: bytes) -> str:
        self._enter()
        return str(self.evm.deploy(deployer=sender, code=code)).lower()

    def send(self, sender: str, to: str, data: bytes) -> Outcome:
        self._enter()
        try:
            output = self.evm.message_call(caller=sender, to=to, calldata=data, gas=GAS)
        except RuntimeError as error:
            self.failure = str(error)
            found = REVERTED.search(self.failure)
            return Outcome(False, bytes.fromhex(found[1][2:]) if found else b"")
        result = self.evm.result
        assert result is not None
        return Outcome(True, bytes(output), tuple(map(as_log, result.logs)))

    def peek(self, to: str, data: bytes) -> bytes:
        self._enter()
        return bytes(
            self.evm.message_call(caller=READER, to=to, calldata=data, gas=GAS, is_static=True)
        )

    def code_hash(self, address: str) -> bytes:
        """As EXTCODEHASH has it, 0 where there is none; the engine gives code with its padding."""
        padded = bytes(self.evm.get_code(address) or b"")
        return bytes(keccak(padded[:-PADDING])) if padded else bytes(32)

    def snapshot(self) -> Any:
        return self.evm.snapshot(), self.time, self.block

    def revert(self, mark: Any) -> None:
        checkpoint, self.time, self.block = mark
        self.evm.revert(checkpoint)

    def trace(self) -> str:
        return self.failure

    def set_code(self, address: str, code: bytes) -> None:
        """For an address that no call has touched yet: what is in the journal stays."""
        self.evm.insert_account_info(address, AccountInfo(nonce=1, code=code))

    def _enter(self) -> None:
        self.evm.reset_transient_storage()
        self.evm.set_block_env(BlockEnv(number=self.block, timestamp=self.time))


def as_log(log: Any) -> Log:
    topics, data = log.data
    return Log(log.address.lower(), tuple(map(bytes, topics)), bytes(data))
