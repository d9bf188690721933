# SPDX-License-Identifier: MIT
"""What became of the requests, from the chain's own logs and receipts and nothing else."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.oracle.lab import Node
from bench.oracle.rpc import Rpc
from linkpool.chain.codec import codec

WINDOW: Final = 25
(REQUESTED,) = codec("PoolStorage").topics(["OracleRequest"])
(ANSWERED,) = codec("PoolStorage").topics(["OracleResponse"])
(CANCELLED,) = codec("PoolStorage").topics(["CancelOracleRequest"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Requests of some blocks and their answers. `failed` are the nodes' own transactions that
    were mined and reverted: gas for nothing, at best.
    """

    requests: dict[str, int]
    answers: dict[str, list[int]]
    cancelled: set[str]
    failed: list[str]

    @property
    def answered(self) -> int:
        return sum(1 for request in self.requests if self.answers.get(request))

    @property
    def missed(self) -> list[str]:
        """Neither answered nor cancelled."""
        done = self.answers.keys() | self.cancelled
        return [request for request in self.requests if request not in done]

    @property
    def doubled(self) -> int:
        """Answers beyond the first, answers to nothing, and fulfilments that reverted."""
        again = sum(len(blocks) - 1 for blocks in self.answers.values())
        return again + len(self.answers.keys() - self.requests.keys()) + len(self.failed)

    @property
    def blocks_waited(self) -> list[int]:
        """From the request's block to the answer's, for each answered request."""
        return [
            blocks[0] - self.requests[request]
            for request, blocks in self.answers.items()
            if request in self.requests
        ]


def count(rpc: Rpc, nodes: Sequence[Node], first: int, last: int) -> Count:
    """Of blocks `first` to `last`, both included, on the chain as it is now."""
    requests: dict[str, int] = {}
    answers: dict[str, list[int]] = {}
    cancelled: set[str] = set()
    for log in _logs(rpc, nodes, first, last):
        block, topic = int(log["blockNumber"], 16), bytes.fromhex(log["topics"][0][2:])
        if topic == REQUESTED:
            requests["0x" + log["data"][66:130]] = block  # the second word
        elif topic == ANSWERED:
            answers.setdefault(log["topics"][1], []).append(block)
        else:
            cancelled.add(log["topics"][1])
    return Count(
        requests=requests,
        answers=answers,
        cancelled=cancelled,
        failed=list(_failed(rpc, nodes, first, last)),
    )


def settle(
    rpc: Rpc, nodes: Sequence[Node], first: int, *, asked: int = 0, seconds: float
) -> tuple[Count, float]:
    """Counts once everything is answered, or after that many seconds; and how long it took.
    `asked`: how much was asked for at least, mined or not.
    """
    began = time.monotonic()
    while True:
        logs = _logs(rpc, nodes, first, rpc.head())
        kinds = Counter(log["topics"][0] for log in logs)
        open_ = max(asked, kinds["0x" + REQUESTED.hex()]) - kinds["0x" + ANSWERED.hex()]
        took = time.monotonic() - began
        if open_ <= 0 or took > seconds:
            return count(rpc, nodes, first, rpc.head()), took
        time.sleep(1)


def _logs(rpc: Rpc, nodes: Sequence[Node], first: int, last: int) -> Iterator[dict[str, Any]]:
    topics = ["0x" + topic.hex() for topic in (REQUESTED, ANSWERED, CANCELLED)]
    for start in range(first, last + 1, WINDOW):
        wanted = {
            "address": [node.storage for node in nodes],
            "topics": [topics],
            "fromBlock": hex(start),
            "toBlock": hex(min(start + WINDOW - 1, last)),
        }
        yield from rpc("eth_getLogs", wanted)


def _failed(rpc: Rpc, nodes: Sequence[Node], first: int, last: int) -> Iterator[str]:
    senders = {node.address.lower() for node in nodes}
    for block in range(first, last + 1):
        for receipt in rpc("eth_getBlockReceipts", hex(block)) or ():
            if receipt["from"] in senders and receipt["status"] != "0x1":
                yield str(receipt["transactionHash"])
