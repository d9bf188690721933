# SPDX-License-Identifier: MIT
"""Everybody leaves: how many transactions, how much gas, how many blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from bench.chain import account
from bench.drills.pool import PENALISED, SENT, Pool
from linkpool.chain.calls import Call
from linkpool.chain.contracts import EVERYTHING

SIZES = (30_000_000, 36_000_000, 45_000_000)
"""Gas of one block: Ethereum's limits of 2024, of early 2025 and of mid 2025."""

_WIDE = 200_000_000
_ALLOWED = 160_000
"""Gas limit of a withdrawal; the dearest of the drill uses three quarters of it."""

Sent = tuple[Call, ChecksumAddress]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exodus:
    """What it took: gas of each transaction in order, gas used by each block."""

    gas: tuple[int, ...]
    blocks: tuple[int, ...]
    seconds: int
    """By the chain's clock, twelve seconds a block."""

    @property
    def total(self) -> int:
        return sum(self.gas)


def withdrawals(pool: Pool) -> list[Sent]:
    """Of all stakers, each straight from the node's PoolStorage."""
    return [(site.storage.withdraw(EVERYTHING), who) for site, who in pool.stakers]


def claims(pool: Pool) -> list[Sent]:
    """Of all stakers of the nodes with a penalty; anybody may ask for them."""
    return [
        (site.storage.claim_exit(who, [1]), who)
        for site in pool.sites[:PENALISED]
        for who in site.shares
    ]


def settle_penalties(pool: Pool) -> None:
    """After their life: the first comes back in full, the second is resolved as lost."""
    first, second = (site.storage for site in pool.sites[:PENALISED])
    back = pool.world.link.transfer_and_call(first.address, SENT, bytes(32))
    pool.chain.send(back, pool.box)
    pool.chain.send(second.resolve_overdue(pool.box, bytes(32)), account("anybody"))


def leave(pool: Pool, sent: Sequence[Sent], size: int) -> Exodus:
    """All at once into blocks of this size that hold nothing else, mined until none is left."""
    chain = pool.chain
    for _, who in sent:
        chain.fund(who)
    chain.rpc("evm_setBlockGasLimit", hex(size))
    chain.rpc("evm_setAutomine", False)
    chain.rpc("anvil_setBlockTimestampInterval", 12)
    begun, first = chain.now, int(chain.rpc("eth_blockNumber"), 16) + 1
    nonces = {who: chain.nonce(who) for _, who in sent}
    for call, who in sent:
        chain.queue(call, who, nonce=nonces[who], gas=_ALLOWED)
        nonces[who] += 1
    gas: list[int] = []
    blocks: list[int] = []
    while len(gas) < len(sent):
        chain.mine()
        used = _block(pool, first + len(blocks))
        assert used, "a block without a transaction: the rest is stuck"
        gas += used
        blocks.append(sum(used))
    seconds = chain.now - begun
    chain.rpc("anvil_setBlockTimestampInterval", 1)
    chain.rpc("evm_setAutomine", True)
    chain.rpc("evm_setBlockGasLimit", hex(_WIDE))
    return Exodus(gas=tuple(gas), blocks=tuple(blocks), seconds=seconds)


def _block(pool: Pool, number: int) -> list[int]:
    """Gas of each transaction of a block, all of which succeeded."""
    found = pool.chain.rpc("eth_getBlockReceipts", hex(number))
    assert all(int(one["status"], 16) == 1 for one in found)
    return [int(one["gasUsed"], 16) for one in found]


def blocks_of(gas: Sequence[int], size: int) -> int:
    """Blocks that transactions fill, each taken while its limit still fits."""
    count, left = 0, 0
    for used in gas:
        if left < _ALLOWED:
            count, left = count + 1, size
        left -= used
    return count
