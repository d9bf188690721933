# SPDX-License-Identifier: MIT
"""What the contracts say of everybody's money, all of it at one block."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from linkpool.chain.addresses import address
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.facts import NodeState
from linkpool.chain.suite import Suite
from linkpool.economics import NodeBook
from linkpool.story.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Amounts in juels. `stakes` by (storage, staker); `held` is LINK by its own ledger."""

    block: int
    nodes: Mapping[str, NodeState]
    stakes: Mapping[tuple[str, str], int]
    claimable: Mapping[str, int]
    held: Mapping[str, int]


async def observe(suite: Suite, books: Books, block: int) -> Seen:
    """Asks for everybody that the books know."""
    places = [(node, staker) for node, book in books.nodes.items() for staker in _stakers(book)]
    holders = [*books.nodes, books.pool_owners]
    nodes, stakes, claimable, held = await asyncio.gather(
        asyncio.gather(*(_node(suite, node, block) for node in books.nodes)),
        asyncio.gather(*(_stake(suite, *place, block) for place in places)),
        asyncio.gather(*(_claimable(suite, owner, block) for owner in books.owners.owed)),
        asyncio.gather(*(suite.link.balance_of(address(h), block=block) for h in holders)),
    )
    return Seen(
        block=block,
        nodes=dict(zip(books.nodes, nodes, strict=True)),
        stakes=dict(zip(places, stakes, strict=True)),
        claimable=dict(zip(books.owners.owed, claimable, strict=True)),
        held=dict(zip(holders, held, strict=True)),
    )


def _stakers(book: NodeBook) -> list[str]:
    return list(dict.fromkeys([*(p.staker for p in book.past), *book.open]))


async def _node(suite: Suite, storage: str, block: int) -> NodeState:
    contract = PoolStorage(suite.connection, address(storage))
    return await suite.node_state(await contract.node_address(block=block), block=block)


async def _stake(suite: Suite, storage: str, staker: str, block: int) -> int:
    contract = PoolStorage(suite.connection, address(storage))
    return await contract.stake_of(address(staker), block=block)


async def _claimable(suite: Suite, owner: str, block: int) -> int:
    return await suite.owners.claimable(address(owner), suite.link.address, block=block)
