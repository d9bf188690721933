# SPDX-License-Identifier: MIT
"""The paper's economy as pure functions over exact rationals (whitepaper, sections 4 to 6.1.4).

Nothing here asks a chain, a clock or a setting, and nothing rounds unless the contracts promise to:
what these functions say is what each person should have, and the chain is judged by it.
"""

from linkpool.economics.agreement import Answer, Deal, Outcome, Result, Stage
from linkpool.economics.errors import ModelError
from linkpool.economics.month import Month, month
from linkpool.economics.node import NodeBook, Terms
from linkpool.economics.owners import OwnersBook
from linkpool.economics.penalty import Loss, Record
from linkpool.economics.position import Position

__all__ = [
    "Answer",
    "Deal",
    "Loss",
    "ModelError",
    "Month",
    "NodeBook",
    "Outcome",
    "OwnersBook",
    "Position",
    "Record",
    "Result",
    "Stage",
    "Terms",
    "month",
]
