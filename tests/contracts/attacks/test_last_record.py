# SPDX-License-Identifier: MIT
"""A record's number never comes again: with it old claims would come back to life (P1, P3, P9)."""

from __future__ import annotations

import boa

from tests.contracts.attacks.support import ALICE, next_block, out, penalty
from tests.contracts.suite import Contract, Suite, link, word
from tests.contracts.unit.pool_storage.words import LAYOUT, Words


def test_p9_the_last_number_of_a_record_is_the_last(staked: Suite, listed: Contract) -> None:
    words, store = Words(staked.store), staked.store
    figures = words.read() | {"records": 2**24 - 2}
    words.write("risk", {name: figures[name] for name, _ in LAYOUT["risk"]})
    assert penalty(staked, listed, link(4), 1) == 2**24 - 1
    with boa.reverts():
        penalty(staked, listed, link(4), 2)
    next_block()
    assert out(staked, ALICE) == link(99)
    listed.giveBack(store.address, link(4), word(1))
    assert (store.atRisk(), store.openPenalties()) == (0, [])
    assert store.claimExit(ALICE, [2**24 - 1]) == link(1)
    with boa.reverts():
        penalty(staked, listed, 1, 2)
