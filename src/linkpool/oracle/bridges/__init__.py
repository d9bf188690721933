# SPDX-License-Identifier: MIT
"""Bridges: the external adapters that jobs name, and what is said to them."""

from linkpool.oracle.bridges.ask import Bridges
from linkpool.oracle.bridges.limits import BridgeLimits

__all__ = ["BridgeLimits", "Bridges"]
