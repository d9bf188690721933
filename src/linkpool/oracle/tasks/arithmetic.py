# SPDX-License-Identifier: MIT
"""multiply: exact decimal multiplication. The rounding to an integer comes later, when the answer
is encoded.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any, Final

from linkpool.oracle.abi import MAX_DIGITS, number
from linkpool.oracle.tasks.call import Call

EXACT: Final = Context(prec=2 * MAX_DIGITS + 1)


async def multiply(call: Call) -> Any:
    """input * times, a Decimal with every digit."""
    product: Decimal = EXACT.multiply(
        number(call.value("input"), "input"), number(call.required("times"), "times")
    )
    return product
