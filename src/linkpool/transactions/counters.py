# SPDX-License-Identifier: MIT
"""What a manager has done since it started, and how its accounts stand: plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Counters:
    """Each only grows."""

    signed: int = 0
    signing_failed: int = 0
    broadcasts: int = 0
    """Raw transactions given to the RPC pool, each repetition counted."""
    outcomes: dict[str, int] = field(default_factory=dict)
    """Broadcasts by SendOutcome."""
    replaced: int = 0
    gas_bump_exceeds_limit: int = 0
    """Looks at which a higher offer was due and the limit did not allow it."""
    mined: int = 0
    final: int = 0
    failed: int = 0
    cancelled: int = 0
    reorganised: int = 0
    """Mined transactions whose block was replaced."""
    nonces_used_elsewhere: int = 0
    """Nonces that were taken by a transaction this manager did not sign."""
    gaps_filled: int = 0
    chain_unavailable: int = 0
    """Looks that the loss of every RPC has cut short."""

    def sent(self, outcome: str) -> None:
        self.broadcasts += 1
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One account at the last look."""

    nonce: int
    """The next that a block takes."""
    waiting: int
    """Intents with a nonce and nothing signed."""
    unmined: int
    """Signed or sent, in no block."""
    stuck_blocks: int
    """Blocks since the account last got on, while something of it waits to be mined."""
    unfunded: bool
    """An RPC said that the account cannot pay for what it sends."""
