# SPDX-License-Identifier: MIT
"""What the contracts say of everybody's money, all of it at one block."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from linkpool.chain.addresses import address
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.facts import DepositState, NodeState, StandingState
from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.economics import NodeBook
from linkpool.story.books import Books

MOST_IDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Amounts in juels. `stakes` by (storage, staker); `held` is LINK by its own ledger; `claims`
    of leavers: still at stake, and to be paid now; `deposits` of collateral by storage, reference;
    `standings` of oracles at the reputation provider.
    """

    block: int
    nodes: Mapping[str, NodeState]
    stakes: Mapping[tuple[str, str], int]
    claimable: Mapping[str, int]
    held: Mapping[str, int]
    claims: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    deposits: Mapping[tuple[str, int], DepositState] = field(default_factory=dict)
    standings: Mapping[str, StandingState] = field(default_factory=dict)


async def observe(suite: Suite, network: AgreementSuite, books: Books, block: int) -> Seen:
    """Asks for everybody that the books know."""
    places = [(node, staker) for node, book in books.nodes.items() for staker in _stakers(book)]
    holders = [*books.nodes, books.pool_owners, *books.exchange.places, *books.exchange.purses]
    leavers = [(n, s, ids) for n, book in books.nodes.items() for s, ids in claimed(book).items()]
    open_ = [place for place, one in books.exchange.deposits.items() if not one.closed]
    nodes, stakes, claimable, held, claims, deposits = await asyncio.gather(
        asyncio.gather(*(_node(suite, node, block) for node in books.nodes)),
        asyncio.gather(*(_stake(suite, *place, block) for place in places)),
        asyncio.gather(*(_claimable(suite, owner, block) for owner in books.owners.owed)),
        asyncio.gather(*(suite.link.balance_of(address(h), block=block) for h in holders)),
        asyncio.gather(*(_claims(suite, *leaver, block) for leaver in leavers)),
        asyncio.gather(*(_deposit(network, *place, block) for place in open_)),
    )
    members = books.exchange.members
    standings = await asyncio.gather(*(_standing(network, books, one, block) for one in members))
    return Seen(
        block=block,
        nodes=dict(zip(books.nodes, nodes, strict=True)),
        stakes=dict(zip(places, stakes, strict=True)),
        claimable=dict(zip(books.owners.owed, claimable, strict=True)),
        held=dict(zip(holders, held, strict=True)),
        claims=dict(zip(((n, s) for n, s, _ in leavers), claims, strict=True)),
        deposits=dict(zip(open_, deposits, strict=True)),
        standings=dict(zip(members, standings, strict=True)),
    )


def claimed(book: NodeBook) -> dict[str, list[int]]:
    """Leavers with claims that are not paid in full, and on which penalties: ten at most, as many
    as the contract is asked for at once.
    """
    found = ((staker, book.risk.claimed_by(staker)[:MOST_IDS]) for staker in _stakers(book))
    return {staker: ids for staker, ids in found if ids}


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


async def _claims(
    suite: Suite, storage: str, staker: str, ids: list[int], block: int
) -> tuple[int, int]:
    contract = PoolStorage(suite.connection, address(storage))
    return await contract.exit_claim_of(address(staker), ids, block=block)


async def _deposit(
    network: AgreementSuite, depositor: str, reference: int, block: int
) -> DepositState:
    return await network.penalties.deposit(address(depositor), reference, block=block)


async def _standing(
    network: AgreementSuite, books: Books, oracle: str, block: int
) -> StandingState:
    provider = network.provider(books.exchange.network.reputation)
    return await provider.standing(address(oracle), block=block)
