# SPDX-License-Identifier: MIT
"""What agreements are about, and from where each node has its answer: one is slow, one is wrong.

All nodes run the same job, the bundled one with the source written into it: each has a source of
its own, and the job's name says what is odd about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from eth_utils.address import to_checksum_address

from linkpool.economics import Outcome
from linkpool.oracle.spec import load, template

# Longer than an agreement leaves for answers, see `market`.
SECONDS: Final = 17
PERCENT: Final = 20
TIMES: Final = 100
PATIENCE: Final = 2 * SECONDS  # of the nodes
LIKE: Final = "get-uint256-local"
SOMEBODY: Final = to_checksum_address("0x" + "01" * 20)


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is odd about a node's source: its URL's query, in words, and what comes of it."""

    query: str
    words: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Topic:
    """A question that agreements ask. `odd` by node."""

    base: str
    quote: str
    job: UUID
    odd: Mapping[str, Oddity] = field(hash=False)

    @property
    def words(self) -> str:
        return f"{self.base}/{self.quote} × {TIMES}"

    @property
    def job_id(self) -> bytes:
        """As an agreement names it."""
        return self.job.bytes.ljust(32, b"\0")

    def told(self, node: str) -> str:
        """About the node's source; empty where nothing is odd."""
        pair = f"{self.base}/{self.quote}"
        return f"{node} has {pair} {self.odd[node].words}, on purpose" if node in self.odd else ""

    def toml(self, node: str, source: str) -> str:
        """The node's job file."""
        odd = self.odd.get(node)
        query = f"?{odd.query}" if odd else ""
        text = template(LIKE)
        like = load(text, contract=SOMEBODY)
        for old, new in {
            like.name: f"{self.words}, {odd.words if odd else 'as it is'}",
            str(like.external_id): str(self.job),
            "$(asked.get)": f'{source}/{self.base}/{self.quote}{query}" timeout="{PATIENCE}s',
            "$(asked.path)": f"{self.base},{self.quote}",
            "$(asked.times)": str(TIMES),
            "uint256 value": "int256 value",
        }.items():
            text = text.replace(old, new)
        return text


TOPICS: Final = (
    Topic(
        "ETH",
        "USD",
        UUID("f2b1c0de-3c5c-4b5e-9a53-6f2d0a1e7a01"),
        {
            "birch": Oddity(
                f"after={SECONDS}", f"from a source that takes {SECONDS} s", Outcome.LATE
            )
        },
    ),
    Topic(
        "LINK",
        "USD",
        UUID("f2b1c0de-3c5c-4b5e-9a53-6f2d0a1e7a02"),
        {
            "cedar": Oddity(
                f"plus={PERCENT}", f"from a source that is {PERCENT} % too high", Outcome.WRONG
            )
        },
    ),
)
