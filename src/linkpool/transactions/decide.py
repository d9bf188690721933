# SPDX-License-Identifier: MIT
"""What to do with each unmined intent of an account: pure, from the database's rows and what the
chain said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from linkpool.chain.sending import SendOutcome, Sent
from linkpool.transactions.fees import Price, raised
from linkpool.transactions.intents import FILLER
from linkpool.transactions.limits import TransactionLimits
from linkpool.transactions.withdrawal import WITHDRAWN

Kind = Literal["call", "cancel"]
_NEVER: Final = (SendOutcome.FATAL, SendOutcome.REVERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Signed bytes of an intent, at its nonce of today."""

    id: int
    kind: Kind
    hash: str
    price: Price
    since: int | None
    """The head when an RPC first had it."""
    error: str | None
    given: bool
    """To an RPC, since anybody last asked for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmined:
    """An intent that is in no block."""

    id: int
    key: str
    nonce: int
    state: str
    cancel: bool
    replace: bool
    reason: str | None
    attempts: tuple[Attempt, ...]
    """Oldest first; each may still be mined."""

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def withdrawn(self) -> bool:
        """Its cause is gone from the chain."""
        return self.cancel and self.reason == WITHDRAWN

    @property
    def fills(self) -> bool:
        """It is an empty transfer itself: cancelling would sign the same bytes again."""
        return self.key.startswith(FILLER)

    @property
    def kind(self) -> Kind:
        """What its next attempt is."""
        return "cancel" if self.cancel and not self.fills else "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An account on chain, at one look."""

    head: int
    count: int
    """Transactions mined: the next nonce that a block takes."""
    pending: int
    """The same with what waits in the RPC's pool without a gap."""
    progress: int
    """The head at which `count` last grew, as far as this process has seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Something to sign."""

    intent: Unmined
    kind: Kind
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    new: tuple[Draft, ...]
    over_limit: int
    """Replacements that are due and would offer more than allowed."""


def to_sign(
    unmined: Sequence[Unmined], at: Position, price: Price, limits: TransactionLimits
) -> Drafts:
    """First attempts for the nonces inside the window, replacements for the lowest that do not get
    on. A nonce that the chain has used is never signed for again.
    """
    new: list[Draft] = []
    over_limit = 0
    waiting = [
        one
        for one in sorted(unmined, key=lambda one: one.nonce)
        if at.count <= one.nonce < at.count + limits.in_flight
    ]
    for rank, one in enumerate(waiting):
        if one.last is None:
            new.append(Draft(intent=one, kind=one.kind, price=price))
        elif _replacement_due(one, rank, at, limits):
            offer = raised(_highest(one.attempts), price, limits) or _afresh(one, price)
            if offer is None:
                over_limit += 1
            else:
                new.append(Draft(intent=one, kind=one.kind, price=offer))
    return Drafts(new=tuple(new), over_limit=over_limit)


def _afresh(one: Unmined, price: Price) -> Price | None:
    """Where nothing has to be outbid: a cancellation of what no RPC ever took, or will be given
    again.
    """
    called = all(each.kind == "call" for each in one.attempts)
    refused = all(each.since is None for each in one.attempts)
    return price if one.cancel and called and (refused or one.withdrawn) else None


def _replacement_due(one: Unmined, rank: int, at: Position, limits: TransactionLimits) -> bool:
    last = one.last
    if last is None or last.kind != one.kind:
        return last is not None
    if rank >= limits.replace_together:
        return False
    overdue = last.since is not None and stuck_blocks(last.since, at) >= limits.replace_after
    return one.replace or overdue


def stuck_blocks(since: int, at: Position) -> int:
    """Blocks without progress. Waiting behind others of the same account is no reason to pay
    more: the clock starts again whenever the account gets on.
    """
    return max(at.head - max(since, at.progress), 0)


def _highest(attempts: Sequence[Attempt]) -> Price:
    """Nodes compare with whichever they have."""
    return Price(
        ceiling=max(one.price.ceiling for one in attempts),
        tip=max(one.price.tip for one in attempts),
    )


def to_resend(
    one: Unmined, at: Position, *, sent_at: int | None, limits: TransactionLimits
) -> bool:
    """Whether its stored bytes go out again: never those of a call whose cause is gone. `sent_at`:
    the head when this process last sent them; None where it never has, as after a restart.
    """
    if one.last is None or one.nonce < at.count:
        return False
    if one.withdrawn and one.last.kind == "call":
        return False
    if sent_at is None or not one.last.given:
        return True
    unknown = one.last.since is None or one.nonce >= at.pending
    return unknown and at.head - sent_at >= limits.resend_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a broadcast's outcome means for its intent."""

    known: bool
    """An RPC has it."""
    replace: bool
    give_up: bool
    """These bytes will never be taken: fill the nonce with something that will."""
    error: str | None
    """Kept with the attempt: outcome and the RPC's words."""


def verdict(one: Unmined, attempt: Attempt, sent: Sent) -> Verdict:
    """Given up is only what two broadcasts in a row were refused for good and no RPC ever had in
    any form: a single wrong answer of one RPC cancels nothing. What fills a nonce is never given
    up: nothing could take its place.
    """
    refused = sent.outcome in _NEVER
    ever_known = any(other.since is not None for other in one.attempts)
    again = attempt.error is not None and attempt.error.startswith(tuple(_NEVER))
    replaceable = attempt.kind == "call" and not one.fills
    return Verdict(
        known=sent.known,
        replace=sent.outcome is SendOutcome.UNDERPRICED,
        give_up=refused and again and not ever_known and replaceable,
        error=None if sent.known else f"{sent.outcome}: {sent.message}"[:500],
    )


def stalls(at: Position, limits: TransactionLimits) -> bool:
    """The account has not got on for as long as a replacement waits."""
    return at.head - at.progress >= limits.replace_after


def holes(nonces: Sequence[int], at: Position, limits: TransactionLimits) -> list[int]:
    """Of an account that stalls: the nonces that nothing of ours (`nonces`) will use and that keep
    its unmined intents waiting. Whoever else may have a transaction there has had his time.
    """
    waiting = [nonce for nonce in nonces if nonce >= at.count]
    if not waiting:
        return []
    return list(range(at.count, min(min(waiting), at.count + limits.in_flight)))
