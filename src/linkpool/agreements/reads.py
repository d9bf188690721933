# SPDX-License-Identifier: MIT
"""What a bidder asks the chain, all of it at one block."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from eth_typing import ChecksumAddress

from linkpool.agreements.book import Places
from linkpool.agreements.facts import Deposit, Network, Node
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.contracts import Penalties, PoolStorage, ServiceAgreements
from linkpool.chain.rpc import RpcRefused
from linkpool.chain.sender import preview
from linkpool.chain.suite import Suite
from linkpool.errors import TxReverted
from linkpool.units import WHOLE_PPM

SCORE_GAS: Final = 100_000  # a provider is somebody's contract
Member = tuple[ChecksumAddress, ChecksumAddress]  # provider and oracle


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A node of this process, and the numbers of all deposits it ever made."""

    oracle: ChecksumAddress
    account: ChecksumAddress
    references: Sequence[int]


class Outside(Protocol):
    """ChainUnavailable where no RPC answers."""

    async def network(self) -> tuple[Places, Network]: ...

    async def nodes(self, owned: Sequence[Owned], *, block: int) -> list[Node]: ...

    async def members(self, asked: Collection[Member], *, block: int) -> set[Member]:
        """Those whose provider has a score for them."""
        ...

    async def is_part(self, block: int, block_hash: str) -> bool:
        """Whether the chain has this block now."""
        ...

    async def limit(self, call: Call, *, sender: ChecksumAddress) -> int:
        """Gas limit; TxReverted or Unfunded where the call would come to nothing."""
        ...


class ChainReads:
    """The real ones."""

    def __init__(self, suite: Suite, agreements: ChecksumAddress) -> None:
        self._suite = suite
        self._contract = ServiceAgreements(suite.connection, agreements)
        self._penalties = Penalties(suite.connection, ZERO)

    async def network(self) -> tuple[Places, Network]:
        """UsageError where no ServiceAgreements stands there."""
        contract = self._contract
        terms, penalties, aggregator = await asyncio.gather(
            contract.terms(), contract.penalties(), contract.aggregator()
        )
        self._penalties = Penalties(self._suite.connection, penalties)
        places = Places(agreements=contract.address, aggregator=aggregator, penalties=penalties)
        return places, Network(
            answer_time=terms.answer_time,
            late_time=terms.late_time,
            margin=await self._penalties.margin(),
        )

    async def nodes(self, owned: Sequence[Owned], *, block: int) -> list[Node]:
        return list(await asyncio.gather(*(self._node(one, block) for one in owned)))

    async def _node(self, one: Owned, block: int) -> Node:
        # Of the node's own storage: LinkPool can be replaced, by one that lies or does not answer.
        storage = PoolStorage(self._suite.connection, one.oracle)
        enabled, minimum = await asyncio.gather(
            storage.enabled(block=block), storage.minimum_payment(block=block)
        )
        deposits = await asyncio.gather(
            *(self._deposit(one.oracle, number, block) for number in one.references)
        )
        return Node(
            oracle=one.oracle,
            account=one.account,
            enabled=enabled,
            minimum_payment=minimum,
            deposits=tuple(deposits),
        )

    async def _deposit(self, oracle: ChecksumAddress, reference: int, block: int) -> Deposit:
        found = await self._penalties.deposit(oracle, reference, block=block)
        return Deposit(
            reference=reference,
            balance=found.balance,
            reserved=found.reserved,
            deadline=found.deadline,
            closed=found.closed,
        )

    async def members(self, asked: Collection[Member], *, block: int) -> set[Member]:
        pairs = sorted(asked)
        there = await asyncio.gather(*(self._member(*pair, block) for pair in pairs))
        return {pair for pair, is_there in zip(pairs, there, strict=True) if is_there}

    async def _member(self, provider: ChecksumAddress, oracle: ChecksumAddress, block: int) -> bool:
        """As the contract sees it: the score is one word, at most the whole."""
        data = codec("Reputation").encode("score", (oracle,))
        call = Call(to=provider, data=data, what="Reputation.score", gas=SCORE_GAS)
        try:
            raw = await self._suite.connection.call(call, block=block)
        except (TxReverted, RpcRefused):
            return False
        return len(raw) == 32 and int.from_bytes(raw) <= WHOLE_PPM

    async def is_part(self, block: int, block_hash: str) -> bool:
        return str((await self._suite.connection.block(block)).get("hash")) == block_hash

    async def limit(self, call: Call, *, sender: ChecksumAddress) -> int:
        return (await preview(self._suite.connection, call, sender=sender)).limit


def owned(
    nodes: Mapping[ChecksumAddress, ChecksumAddress],
    references: Mapping[ChecksumAddress, Sequence[int]],
) -> list[Owned]:
    """`nodes`: account by oracle."""
    return [
        Owned(oracle=oracle, account=account, references=references.get(oracle, ()))
        for oracle, account in sorted(nodes.items())
    ]
