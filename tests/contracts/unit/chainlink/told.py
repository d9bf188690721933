# SPDX-License-Identifier: MIT
"""What the network's contracts say, to compare whole."""

from __future__ import annotations

from typing import Any

from tests.contracts.suite import Contract
from tests.contracts.unit.chainlink.support import Network


def said(network: Network, source: Contract) -> list[tuple[Any, ...]]:
    """The network's events in the last call to `source`: name and every field."""
    parts = {network.agreements.address, network.penalties.address, network.aggregator.address}
    mine = [entry for entry in source.get_logs() if entry.address in parts]
    return [(type(entry).__name__, *list(entry)[1:]) for entry in mine]
