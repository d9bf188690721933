# SPDX-License-Identifier: MIT
"""Coming over from a Chainlink node: what it has is read, judged, shown, and then taken."""

from linkpool.oracle.chainlink.found import Export, FoundBridge, FoundJob, FoundKey
from linkpool.oracle.chainlink.plan import Item, Plan, Present, make_plan

__all__ = ["Export", "FoundBridge", "FoundJob", "FoundKey", "Item", "Plan", "Present", "make_plan"]
