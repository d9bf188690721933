# SPDX-License-Identifier: MIT
"""The machine can fail: each bug planted in a copy of the kernel is found, and quickly."""

from __future__ import annotations

import pytest

from tests.contracts.stateful.build import Patch
from tests.contracts.stateful.run import USUAL_CAP, base, run

# What is tried at most; most are found within a few hundred transitions.
PATIENCE = 12_000

PLANTED = {
    "minting gives a juel too much": Patch(
        "modules/shares.vy",
        "    all_shares: uint256 = unsafe_add(shares, minted)\n",
        "    minted += 10**15\n    all_shares: uint256 = unsafe_add(shares, minted)\n",
    ),
    "the pledge is forgotten": Patch(
        "modules/ledger.vy",
        "        owners = unsafe_sub(owners, min(owners, (self.staff << 160) >> 160))\n",
        "        owners = owners\n",
    ),
    "a credit may leave in its block": Patch(
        "modules/shares.vy",
        "    if position >> BLOCK == block.number & M26:\n        # What was",
        "    if position >> BLOCK == block.number & M26 and False:\n        # What was",
    ),
    "claims are half of the part at risk": Patch(
        "modules/claims.vy",
        "        part: uint256 = unsafe_mul(burned, present)\n",
        "        part: uint256 = unsafe_mul(burned, present) // 2\n",
    ),
    "escrow is income": Patch(
        "modules/oracle.vy",
        "    ledger.dues = unsafe_add(ledger.dues, amount)\n",
        "    ledger.dues = unsafe_add(ledger.dues, 0)\n",
    ),
    "income is not settled before a stake": Patch(
        "modules/custody.vy",
        "    words: ledger.Words = ledger._settle(amount)\n",
        "    words: ledger.Words = ledger.Words(\n"
        "        totals=ledger.totals, dues=ledger.dues, book=ledger.book\n    )\n",
    ),
    "a late return is income": Patch(
        "modules/returns.vy",
        "    counted: uint256 = min(amount, missing)\n",
        "    counted: uint256 = min(amount, missing)\n"
        "    if (record >> penalties.STATE) & 3 != 1:\n        counted = 0\n",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str) -> None:
    deployed = base("pyrevm", USUAL_CAP, PLANTED[name])
    with pytest.raises(AssertionError, match=r"^P\d+:"):
        run(deployed, PATIENCE, shrink=False)
