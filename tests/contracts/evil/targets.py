# SPDX-License-Identifier: MIT
"""Every function of every contract, from the ABIs, and how often the adversary thinks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.contracts.evil.roles import DATA
from tests.contracts.evil.stage import Stage
from tests.contracts.stateful.world import Interface

# What ends a world early is rare, what never changes anything, too.
RARE = {"renounce_ownership": 0.05, "finishContribution": 0.2, "removeDestination": 0.15}
VIEW_WEIGHT, DATA_WEIGHT = 0.05, 0.12
OFTEN = {
    "transferAndCall": 10.0,
    "sendPenalty": 3.0,
    "fulfillOracleRequest": 3.0,
    "resolveOverdue": 4.0,
    "claimExit": 2.0,
    "whitelistToken": 2.5,
    "activateMakersPercentage": 3.0,
    "activateCostCeiling": 2.0,
    "activateOperationsWallet": 2.0,
    "bid": 3.0,
    "start": 2.0,
    "execute": 3.0,
}


@dataclass(frozen=True)
class Target:
    """One function of one contract."""

    contract: str
    address: str
    interface: Interface
    item: dict[str, Any]
    weight: float
    # Its parameters' names.
    parts: tuple[str, ...]


def targets_of(stage: Stage) -> list[Target]:
    """All of them, the registry's and the pool's own instances included."""
    found = []
    contracts = stage.contracts()
    registry, data = stage.names["registry"], stage.names["pool data"]
    named = [(name, c.address, c.interface) for name, c in contracts.items()]
    named += [("registry", registry, stage.storage.interface)]
    named += [("pool data", data, stage.storage.interface)]
    for name, address, interface in named:
        for item in interface.abi:
            if item["type"] == "function":
                weight = weight_of(name, item)
                parts = tuple(part["name"] for part in item["inputs"])
                found.append(Target(name, address, interface, item, weight, parts))
    return found


def weight_of(contract: str, item: dict[str, Any]) -> float:
    name = item["name"]
    if item["stateMutability"] in ("view", "pure"):
        return VIEW_WEIGHT
    if name in DATA:
        return DATA_WEIGHT / 2 if contract != "pool data" else DATA_WEIGHT
    if contract in ("registry", "pool data"):
        return VIEW_WEIGHT
    return RARE.get(name, OFTEN.get(name, 1.0))
