# SPDX-License-Identifier: MIT
"""Lines of words that fit a terminal, and what a person has to know before the first table."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from linkpool.story.cast import CLIENT, CONSUMER, HARMED, NODES, OWNER, SHARES, STAKERS, YOU

INDENT: Final = "  "


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Whole words; what is longer than a line is broken. Later lines are set in."""
    return wrap(
        text,
        max(width, len(indent) * 2 + 1),
        initial_indent=indent,
        subsequent_indent=indent + INDENT if indent else "",
        break_on_hyphens=False,
    )


WHAT: Final = (
    "LinkPool: people stake LINK behind oracle nodes and share what these earn. All of it happens "
    "on this machine, with play LINK:"
)
WHO: Final[Sequence[str]] = (
    f"{', '.join(NODES)}: oracle nodes, which answer questions for LINK",
    f"{', '.join(STAKERS)}: stakers, who put LINK behind nodes and share what these earn",
    f"{OWNER}, {', '.join(SHARES)}: the pool's owners, who get a part of what the nodes earn",
    f"{YOU}: the wallet dev:15, once it stakes",
    f"{CONSUMER}: asks one node at a time, and pays it",
    f"{CLIENT}: asks all nodes at once, by an agreement, and pays each",
    f"{HARMED}: {CLIENT}'s customer, whom bad answers harm: gets the collateral that nodes lose",
    "✓: every amount on the chain is what an independent calculation says; a juel is 10⁻¹⁸ LINK",
)
# Below the tables.
ASKING: Final = (
    f"{CLIENT} asks all, pays each; who is late or wrong pays {CLIENT}'s customer, {HARMED}"
)
OWNING: Final = "they have a part of the nodes' income: claimed is theirs, claimable waits for them"
