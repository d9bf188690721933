# SPDX-License-Identifier: MIT
"""A hostile upgrade is announced: all 2,000 leave with what they own before it can be executed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from eth_typing import ChecksumAddress

from bench.chain import account, call_of
from bench.drills.leaving import SIZES, blocks_of, claims, leave, settle_penalties, withdrawals
from bench.drills.pool import EARLY, PENALISED, SENT, STAKERS, Pool, Site
from bench.drills.replacing import announce, delay, execution
from linkpool.chain.contracts import EVERYTHING, PoolStorage
from linkpool.errors import TxReverted
from linkpool.units import Juels
from tests.flows.drills.hostile import by, hostile

SLOT = 12
LIFE = 7 * 86_400


def test_p4_everybody_is_gone_with_everything_before_it_works(pool: Pool) -> None:
    rogue = hostile(pool)
    call = pool.replacement("Node", rogue)
    announced = announce(pool, call)
    ready = pool.chain.time(announced.block) + delay(pool)

    exodus = leave(pool, withdrawals(pool), SIZES[0])
    assert len(exodus.gas) == STAKERS
    assert len(exodus.blocks) == blocks_of(exodus.gas, SIZES[0])
    for size in SIZES:
        assert blocks_of(exodus.gas, size) * SLOT < delay(pool) // 10_000
    pool.chain.advance(LIFE)
    settle_penalties(pool)
    leave(pool, claims(pool), SIZES[0])

    assert ready - pool.chain.now > 6 * 86_400
    for site in pool.sites:
        _everything_is_out(pool, site)
    pool.chain.advance(ready - pool.chain.now)
    pool.chain.send(execution(pool, call), account("anybody"))
    assert pool.serving("Node") == rogue
    assert [_taken(pool, rogue, site.storage) for site in pool.sites] == [0] * len(pool.sites)


def _everything_is_out(pool: Pool, site: Site) -> None:
    """Each has what they own to a juel (three where a penalty was resolved); nobody has more
    together than there was.
    """
    place = pool.sites.index(site)
    kept = Fraction(1)
    if place == PENALISED - 1:
        kept -= Fraction(SENT) / site.staked
    got = {who: pool.balance(who) for who in site.shares}
    for who, paid in got.items():
        owned = site.owned(who) * kept
        assert paid > owned - (3 if place < PENALISED else 1), who
        assert paid < owned + len(got), who
    assert sum(got.values()) <= site.staked * kept
    if place < PENALISED:
        assert got[next(iter(site.shares))] > EARLY
    for view in ("stakerCount", "totalShares", "totalStaked", "exitClaims"):
        assert pool.number(site.storage, view) == 0, view


def _taken(pool: Pool, rogue: ChecksumAddress, storage: PoolStorage) -> int:
    """What the hostile contract, once in place, can bring out of a storage that all have left."""
    held = pool.balance(storage.address)
    release = call_of("PoolStorage", storage.address, "release", rogue, EVERYTHING)
    penalty = storage.send_penalty(pool.box, Juels(1), b"9" * 32)
    for call in (release, storage.withdraw(EVERYTHING), penalty):
        with pytest.raises(TxReverted, match="storage: nothing"):
            pool.chain.send(by(rogue, call), account("anybody"))
    return held - pool.balance(storage.address)
