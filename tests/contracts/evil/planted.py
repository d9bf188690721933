# SPDX-License-Identifier: MIT
"""Bugs to be planted: a fuzzer that does not find them proves nothing.

Those of the network show only where agreements are played to their end.
"""

from __future__ import annotations

from tests.contracts.evil.chunk import Bug
from tests.contracts.stateful.build import Patch
from tests.contracts.suite import CONTRACTS

_SEND = "    if not staticcall ledger.FACTORY.isDestination(target, skip_contract_check=True):\n"
_ZERO = '        ledger._refuse("storage: zero withdrawal")\n'
_MOVE = "    assert amount <= unsafe_sub(held, (source >> STAKED_AT) & M72), "


def _patch(old: str, new: str) -> Patch:
    """In whichever source has the line: it may move from one module to another."""
    found = [path for path in CONTRACTS.rglob("*.vy") if old in path.read_text(encoding="utf-8")]
    assert len(found) == 1, f"{len(found)} sources have {old!r}"
    return Patch(str(found[0].relative_to(CONTRACTS)), old, new)


BUGS: dict[str, Bug] = {
    "minting gives too much": Bug(
        _patch(
            "    all_shares: uint256 = unsafe_add(shares, minted)\n",
            "    minted += 10**15\n    all_shares: uint256 = unsafe_add(shares, minted)\n",
        )
    ),
    "the pledge is forgotten": Bug(
        _patch(
            "    if (words.book >> OPEN) & PLACES != 0:\n",
            "    if words.book == 0:\n",
        )
    ),
    "a credit may leave in its block": Bug(
        _patch(
            "    if position >> BLOCK == block.number & M26:\n        # What was",
            "    if position >> BLOCK == block.number & M26 and False:\n        # What was",
        )
    ),
    "claims are half of the part at risk": Bug(
        _patch(
            "        part: uint256 = unsafe_mul(burned, present)\n",
            "        part: uint256 = unsafe_mul(burned, present) // 2\n",
        )
    ),
    "escrow is income": Bug(
        _patch(
            "    ledger.dues = unsafe_add(ledger.dues, amount)\n",
            "    ledger.dues = unsafe_add(ledger.dues, 0)\n",
        )
    ),
    "a late return is income": Bug(
        _patch(
            "    counted: uint256 = min(amount, missing)\n",
            "    counted: uint256 = min(amount, missing)\n"
            "    if (record >> penalties.STATE) & 3 != 1:\n        counted = 0\n",
        )
    ),
    "a withdrawal pays its caller": Bug(
        _patch(
            "    ledger._pay(staker, paid)\n",
            "    ledger._pay(msg.sender, paid)\n",
        )
    ),
    "anybody is a destination": Bug(_patch(_SEND, "    if False:\n")),
    "the cap is not asked": Bug(
        _patch(
            "    if weight > self._allowance():\n",
            "    if weight > ledger.PPM:\n",
        )
    ),
    "a penalty is overdue at once": Bug(
        _patch(
            "    if block.timestamp <= (record << 36) >> 216:\n",
            "    if block.timestamp == 0:\n",
        )
    ),
    "a claim is paid twice": Bug(
        _patch(
            "        self.claims[key] = unsafe_add(self.claims[key], payable_ << 90)\n",
            "        self.claims[key] = self.claims[key]\n",
        )
    ),
    "a term is activated without waiting": Bug(
        _patch("    if block.timestamp < ready:\n", "    if ready == 0:\n")
    ),
    "the makers' part rises at once": Bug(
        _patch(
            "(term <= COST_CEILING and new > old)",
            "(term == COST_CEILING and new > old)",
        )
    ),
    "a request is refunded twice": Bug(
        _patch(
            "    self.commitments[requestId] = 0\n"
            "    ledger.dues = unsafe_sub(ledger.dues, payment)\n",
            "    ledger.dues = unsafe_sub(ledger.dues, payment)\n",
        )
    ),
    "operations take more than the ceiling": Bug(
        _patch(
            "    cost: uint256 = min(node >> ledger.COST, ceiling)\n",
            "    cost: uint256 = max(node >> ledger.COST, ceiling)\n",
        )
    ),
    "a disabled node keeps its stakers": Bug(
        _patch(
            f"{_ZERO}    words: ledger.Words = ledger._settle(0)\n",
            f"{_ZERO}    policy: uint256 = ledger._enabled_policy()\n"
            "    words: ledger.Words = ledger._settle(0)\n",
        )
    ),
    "anybody may release": Bug(
        _patch(
            "    ledger._only_logic()\n    if self.release_refused",
            "    if self.release_refused",
        )
    ),
    "the timelock does not wait": Bug(
        _patch(
            '    assert block.timestamp >= ready, "timelock: not ready"\n',
            "",
        ),
        "Timelock",
    ),
    "an operation is executed twice": Bug(
        _patch("    self.readyAt[id] = 0\n    raw_call", "    raw_call"), "Timelock"
    ),
    "a destination does not wait": Bug(
        _patch(
            '    assert block.timestamp >= self.readyAt[target], "factory: not ready"\n',
            "",
        ),
        "PoolStorageFactory",
    ),
    "logic that was replaced stays logic": Bug(
        _patch("        registry._unmark(old, registry.LOGIC)\n", ""),
        "PoolStorageFactory",
    ),
    "who receives shares is not settled": Bug(
        _patch(
            "        self._settle_both(sender, source, receiver, target, totals)\n",
            "",
        ),
        "PoolOwners",
    ),
    "locked shares move": Bug(_patch(f'{_MOVE}"owners: exceeds unstaked"\n', ""), "PoolOwners"),
    "a share's income is claimed twice": Bug(
        _patch(
            "        self.records[holder][token] = record & ~(M90 << OWED_AT)\n",
            "",
        ),
        "PoolOwners",
    ),
    "collateral of who is not chosen stays reserved": Bug(
        _patch("    bidding._free(losers, (deal >> book.PENALTY) & book.M90)\n", ""),
        "chainlink/ServiceAgreements",
    ),
    "who is known as the better one is not preferred": Bug(
        _patch("            | (((word >> SCORE) & book.M20) << RANK_SCORE)\n", ""),
        "chainlink/ServiceAgreements",
    ),
    "collateral goes back half a day early": Bug(
        _patch(
            "    if block.timestamp + MARGIN // 2 >= deadline:\n",
            "    if block.timestamp + MARGIN >= deadline:\n",
        ),
        "chainlink/Penalties",
    ),
    "an agreement waits for collateral that is gone": Bug(
        _patch(
            "        if word & CLOSED != 0:\n            taken.append(0)\n            continue\n",
            "",
        ),
        "chainlink/Penalties",
    ),
    "an answer in the last second is late": Bug(
        _patch(
            "    late: bool = block.timestamp > (word >> TIME) & M40\n",
            "    late: bool = block.timestamp >= (word >> TIME) & M40\n",
        ),
        "chainlink/Aggregator",
    ),
    "others pay what an oracle owes": Bug(
        _patch(
            "    refund: uint256 = staticcall requests.LINK.balanceOf(self) - before\n",
            "    refund: uint256 = agreement.payment\n",
        ),
        "chainlink/Aggregator",
    ),
}
