# SPDX-License-Identifier: MIT
"""A chain of blocks and logs that can fork, fail, lag and be asked in the middle of a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from linkpool.chain.rpc import Ask, RpcRefused
from linkpool.errors import ChainUnavailable

WANTED, OTHER = keccak(text="Wanted()"), keccak(text="Other()")
CONTRACTS = [to_checksum_address(f"0x{number:040x}") for number in range(1, 5)]
Key = tuple[str, int]


@dataclass(frozen=True)
class Emitted:
    """One log of a block: which contract, wanted or not."""

    contract: int
    wanted: bool = True


@dataclass(frozen=True)
class Made:
    """A block of any branch."""

    number: int
    hash: str
    parent: str
    logs: tuple[Emitted, ...]

    def header(self) -> dict[str, str]:
        return {
            "number": hex(self.number),
            "hash": self.hash,
            "parentHash": self.parent,
            "timestamp": hex(1_700_000_000 + 12 * self.number),
        }

    def entries(self) -> list[dict[str, Any]]:
        return [
            {
                "address": CONTRACTS[log.contract].lower(),
                "topics": ["0x" + (WANTED if log.wanted else OTHER).hex(), "0x" + "07" * 32],
                "data": f"0x{index:02x}",
                "blockNumber": hex(self.number),
                "blockHash": self.hash,
                "transactionHash": "0x" + keccak(text=self.hash).hex(),
                "logIndex": hex(index),
            }
            for index, log in enumerate(self.logs)
        ]


@dataclass
class FakeChain:
    """`blocks` is the canonical chain; what a test does to it is heard at the next request."""

    chain_id: int = 31337
    blocks: list[Made] = field(default_factory=list)
    requests: list[Ask] = field(default_factory=list)
    before: list[Callable[[], None]] = field(default_factory=list)
    """One of them happens before each message, the first one first."""
    within: list[Callable[[], None]] = field(default_factory=list)
    """As `before`, but after the first request of a message."""
    lag: int = 0
    most_logs: int = 10_000
    knows_orphans: bool = True
    _every: dict[str, Made] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        self.mine()

    # ---- What the world does ----

    def mine(self, *logs: Emitted) -> Made:
        parent = self.blocks[-1].hash if self.blocks else "0x" + "00" * 32
        self._made += 1
        hash_ = "0x" + keccak(text=f"{parent} {self._made}").hex()
        block = Made(len(self.blocks), hash_, parent, logs)
        self.blocks.append(block)
        self._every[hash_] = block
        return block

    def grow(self, count: int, *logs: Emitted) -> None:
        """So many blocks, each with these logs."""
        for _ in range(count):
            self.mine(*logs)

    def drop(self, depth: int) -> list[Made]:
        """The last blocks are gone (block 0 stays); `put` brings them back."""
        depth = min(depth, len(self.blocks) - 1)
        gone = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        return gone

    def put(self, blocks: Sequence[Made]) -> None:
        self.blocks += blocks

    def fork(self, depth: int, *logs: Sequence[Emitted]) -> None:
        """The last blocks are replaced by these."""
        self.drop(depth)
        for one in logs:
            self.mine(*one)

    def keys(self, watched: dict[str, int]) -> set[Key]:
        """Every log that should be known of contracts watched since a block."""
        return {
            (block.hash, index)
            for block in self.blocks
            for index, log in enumerate(block.logs)
            if log.wanted and watched.get(CONTRACTS[log.contract], 2**63) <= block.number
        }

    # ---- What the follower asks ----

    async def rpc(self, method: str, *params: Any) -> Any:
        (answer,) = await self.batch([(method, params)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        if self.before:
            self.before.pop(0)()
        await asyncio.sleep(0)
        answers = []
        for place, call in enumerate(calls):
            if place == 1 and self.within:
                self.within.pop(0)()
            self.requests.append(call)
            try:
                answers.append(self._answer(*call))
            except ChainUnavailable as error:
                answers.append(error)
        return answers

    async def heads(self) -> AsyncIterator[int]:
        last = -1
        while True:
            if len(self.blocks) - 1 != last:
                last = len(self.blocks) - 1
                yield last
            await asyncio.sleep(0.001)

    def _answer(self, method: str, params: Sequence[Any]) -> Any:
        seen = self.blocks[: max(1, len(self.blocks) - self.lag)]
        if method == "eth_getBlockByNumber":
            if params[0] == "latest":
                return seen[-1].header()
            number = int(params[0], 16)
            return seen[number].header() if number < len(seen) else None
        assert method == "eth_getLogs"
        return self._logs(seen, params[0])

    def _logs(self, seen: list[Made], asked: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in asked:
            chosen = [block for block in seen if block.hash == asked["blockHash"]]
            if self.knows_orphans:
                chosen = [self._every[asked["blockHash"]]]
            if not chosen:
                raise RpcRefused("no such block")
        else:  # a node that does not have these blocks yet says that there are no logs
            chosen = seen[int(asked["fromBlock"], 16) : int(asked["toBlock"], 16) + 1]
        found = [
            entry
            for block in chosen
            for entry in block.entries()
            if entry["address"] in [one.lower() for one in asked["address"]]
            and entry["topics"][0] in asked["topics"][0]
        ]
        if len(found) > self.most_logs:
            raise RpcRefused("more than 10000 results")
        return found


class Crash(BaseException):
    """The process ends here."""


def fail() -> None:
    raise ChainUnavailable("the network is away")


def crash() -> None:
    raise Crash
