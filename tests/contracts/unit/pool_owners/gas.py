# SPDX-License-Identifier: MIT
"""What a transaction costs on a Prague chain, to the unit, measured without one."""

from __future__ import annotations

from typing import Any

import boa
from boa.util.abi import Address

BASE = 21_000
FLOOR_PER_TOKEN = 10  # EIP-7623


def receipt_gas(contract: Any, function: str, *args: Any, sender: Address) -> int:
    """Sends the call as the first of a block: cold slots, no warm leftovers of earlier calls."""
    state = boa.env.evm.vm.state
    state.lock_changes()
    boa.env._reset_access_counters()
    state.clear_transient_storage()
    for address in (contract.address, sender):
        state.mark_address_warm(address.canonical_address)
    method = getattr(contract, function)
    data = method.prepare_calldata(*args)
    method(*args, sender=sender)
    run = contract._computation
    zeros: int = data.count(0)
    nonzeros: int = len(data) - zeros
    total: int = BASE + 4 * zeros + 16 * nonzeros + run.get_gas_used()
    gas: int = total - min(run.get_gas_refund(), total // 5)
    return max(gas, BASE + FLOOR_PER_TOKEN * (zeros + 4 * nonzeros))
