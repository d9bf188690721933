# SPDX-License-Identifier: MIT
"""Names of the chains we know."""

from __future__ import annotations

LOCAL_CHAIN_ID = 31337
NAMES = {1: "mainnet", 11155111: "sepolia", LOCAL_CHAIN_ID: "local"}


def chain_name(chain_id: int) -> str:
    return f"{NAMES.get(chain_id, 'unknown network')} (chain id {chain_id})"
