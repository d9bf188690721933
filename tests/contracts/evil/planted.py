# SPDX-License-Identifier: MIT
"""Bugs to be planted: a fuzzer that does not find them proves nothing."""

from __future__ import annotations

from tests.contracts.evil.chunk import Bug
from tests.contracts.stateful.build import Patch

_SEND = "    if not staticcall ledger.FACTORY.isDestination(target, skip_contract_check=True):\n"
_MOVE = "    assert amount <= unsafe_sub(held, (source >> STAKED_AT) & M72), "

BUGS: dict[str, Bug] = {
    "minting gives too much": Bug(
        Patch(
            "modules/shares.vy",
            "    all_shares: uint256 = unsafe_add(shares, minted)\n",
            "    minted += 10**15\n    all_shares: uint256 = unsafe_add(shares, minted)\n",
        )
    ),
    "the pledge is forgotten": Bug(
        Patch(
            "modules/ledger.vy",
            "    if (words.book >> OPEN) & PLACES != 0:\n",
            "    if words.book == 0:\n",
        )
    ),
    "a credit may leave in its block": Bug(
        Patch(
            "modules/shares.vy",
            "    if position >> BLOCK == block.number & M26:\n        # What was",
            "    if position >> BLOCK == block.number & M26 and False:\n        # What was",
        )
    ),
    "claims are half of the part at risk": Bug(
        Patch(
            "modules/claims.vy",
            "        part: uint256 = unsafe_mul(burned, present)\n",
            "        part: uint256 = unsafe_mul(burned, present) // 2\n",
        )
    ),
    "escrow is income": Bug(
        Patch(
            "modules/oracle.vy",
            "    ledger.dues = unsafe_add(ledger.dues, amount)\n",
            "    ledger.dues = unsafe_add(ledger.dues, 0)\n",
        )
    ),
    "a late return is income": Bug(
        Patch(
            "modules/penalties.vy",
            "    counted: uint256 = min(amount, missing)\n",
            "    counted: uint256 = min(amount, missing)\n"
            "    if (record >> STATE) & 3 != 1:\n        counted = 0\n",
        )
    ),
    "a withdrawal pays its caller": Bug(
        Patch(
            "modules/custody.vy",
            "    ledger._pay(staker, paid)\n",
            "    ledger._pay(msg.sender, paid)\n",
        )
    ),
    "anybody is a destination": Bug(Patch("modules/penalties.vy", _SEND, "    if False:\n")),
    "the cap is not asked": Bug(
        Patch(
            "modules/penalties.vy",
            "    if weight > self._allowance():\n",
            "    if weight > ledger.PPM:\n",
        )
    ),
    "a penalty is overdue at once": Bug(
        Patch(
            "modules/penalties.vy",
            "    if block.timestamp <= (record << 36) >> 216:\n",
            "    if block.timestamp == 0:\n",
        )
    ),
    "a claim is paid twice": Bug(
        Patch(
            "modules/claims.vy",
            "        self.claims[key] = unsafe_add(self.claims[key], payable_ << 90)\n",
            "        self.claims[key] = self.claims[key]\n",
        )
    ),
    "a term is activated without waiting": Bug(
        Patch("modules/terms.vy", "    if block.timestamp < ready:\n", "    if ready == 0:\n")
    ),
    "the makers' part rises at once": Bug(
        Patch(
            "modules/terms.vy",
            "(term <= COST_CEILING and new > old)",
            "(term == COST_CEILING and new > old)",
        )
    ),
    "a request is refunded twice": Bug(
        Patch(
            "modules/oracle.vy",
            "    self.commitments[requestId] = 0\n"
            "    ledger.dues = unsafe_sub(ledger.dues, payment)\n",
            "    ledger.dues = unsafe_sub(ledger.dues, payment)\n",
        )
    ),
    "operations take more than the ceiling": Bug(
        Patch(
            "modules/oracle.vy",
            "    cost: uint256 = min(node >> ledger.COST, ceiling)\n",
            "    cost: uint256 = max(node >> ledger.COST, ceiling)\n",
        )
    ),
    "a disabled node keeps its stakers": Bug(
        Patch(
            "modules/custody.vy",
            "    words: ledger.Words = ledger._settle(0)\n",
            "    policy: uint256 = ledger._enabled_policy()\n"
            "    words: ledger.Words = ledger._settle(0)\n",
        )
    ),
    "anybody may release": Bug(
        Patch(
            "modules/custody.vy",
            "    ledger._only_logic()\n    if self.release_refused",
            "    if self.release_refused",
        )
    ),
    "the timelock does not wait": Bug(
        Patch(
            "Timelock.vy",
            '    assert block.timestamp >= ready, "timelock: not ready"\n',
            "",
        ),
        "Timelock",
    ),
    "an operation is executed twice": Bug(
        Patch("Timelock.vy", "    self.readyAt[id] = 0\n    raw_call", "    raw_call"), "Timelock"
    ),
    "a destination does not wait": Bug(
        Patch(
            "modules/destinations.vy",
            '    assert block.timestamp >= self.readyAt[target], "factory: not ready"\n',
            "",
        ),
        "PoolStorageFactory",
    ),
    "logic that was replaced stays logic": Bug(
        Patch("PoolStorageFactory.vy", "        registry._unmark(old, registry.LOGIC)\n", ""),
        "PoolStorageFactory",
    ),
    "who receives shares is not settled": Bug(
        Patch(
            "modules/owners_ledger.vy",
            "        self._settle_both(sender, source, receiver, target, totals)\n",
            "",
        ),
        "PoolOwners",
    ),
    "locked shares move": Bug(
        Patch("modules/owners_ledger.vy", f'{_MOVE}"owners: exceeds unstaked"\n', ""), "PoolOwners"
    ),
    "a share's income is claimed twice": Bug(
        Patch(
            "modules/owners_ledger.vy",
            "        self.records[holder][token] = record & ~(M90 << OWED_AT)\n",
            "",
        ),
        "PoolOwners",
    ),
}
