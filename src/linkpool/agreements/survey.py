# SPDX-License-Identifier: MIT
"""Everything that a look starts from, read from the database at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, select

from linkpool.agreements import book, records, rows
from linkpool.agreements.book import Places
from linkpool.agreements.facts import Agreement, Chance, Deposit, Node, Stage
from linkpool.agreements.policy import Refusal, Why
from linkpool.agreements.records import Bidding, Key, Verdict
from linkpool.agreements.turns import Moment, Step
from linkpool.store.tables import blocks
from linkpool.transactions.intents import Outcome
from linkpool.units import Juels

BID = "bid"
Refused = tuple[Agreement, ChecksumAddress, Refusal]


class Service(Protocol):
    """What an oracle would do with a request. `why` it would not serve it, empty where it would;
    `confirmations`: blocks that it waits for, the request's own included.
    """

    @property
    def why(self) -> str: ...

    @property
    def confirmations(self) -> int: ...


Serving = Callable[[Connection, ChecksumAddress, bytes, Juels, ChecksumAddress, int], Service]
"""Of an oracle: for a job, this payment, a requester, and this gas beside the answer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """`live`: what can be bid for, and what our oracles have to do with. `sent`: attempts of all
    steps by their key. `services`: for those that could be bid for.
    """

    chain_id: int
    at: Moment
    block_hash: str
    live: Sequence[Agreement]
    biddings: Mapping[Key, Bidding]
    sent: Mapping[str, Outcome]
    references: Mapping[ChecksumAddress, Sequence[int]]
    services: Mapping[Key, Service]

    def following(self, agreement: Agreement, step: str, oracle: ChecksumAddress) -> str | None:
        """The key under which the step can be tried now; None where it cannot."""
        return records.following(_first(self.chain_id, agreement, step, oracle), self.sent)

    def decided(self, agreement: Agreement, oracle: ChecksumAddress) -> Bidding | None:
        """What was decided about this very agreement."""
        found = self.biddings.get((agreement.id, oracle))
        return found if found is not None and found.posted == agreement.posted else None

    def on_its_way(self, agreement: Agreement, oracle: ChecksumAddress) -> Bidding | None:
        """A bid that was made, is not among the agreement's bids and may still come."""
        made = self.decided(agreement, oracle)
        if made is None or made.intent is None or oracle in agreement.bidders:
            return None
        sent = self.sent.get(made.intent)
        return None if sent is None or records.lost(sent) else made


def survey(
    connection: Connection, places: Places, oracles: Sequence[ChecksumAddress], serving: Serving,
    *, chain_id: int, bid_gas: int,
) -> Survey | None:  # fmt: skip
    """None before any block is known."""
    query = select(blocks.c.number, blocks.c.hash, blocks.c.timestamp)
    ring = connection.execute(query.order_by(blocks.c.number.desc())).all()
    if not ring:
        return None
    at = Moment(ring[0].number, tuple(row.timestamp for row in ring))
    live = rows.live(connection, places.agreements, oracles, now=at.now)
    firsts = [
        _first(chain_id, one, step, oracle)
        for one in live
        for oracle in oracles
        for step in _steps(one, oracle, at)
    ]
    return Survey(
        chain_id=chain_id,
        at=at,
        block_hash=ring[0].hash,
        live=live,
        biddings=records.read(connection, places.agreements, [one.id for one in live]),
        sent=records.attempts(connection, firsts),
        references=book.references(connection, places.penalties, oracles),
        services={
            (one.id, oracle): serving(
                connection, oracle, one.job, one.payment, places.aggregator, bid_gas
            )
            for one in live
            for oracle in oracles
            if open_for(one, oracle, at)
        },
    )


def _first(chain_id: int, one: Agreement, step: str, oracle: ChecksumAddress) -> str:
    return records.base(chain_id, one.contract, one.id, one.posted, step, oracle)


def _steps(one: Agreement, oracle: ChecksumAddress, at: Moment) -> list[str]:
    """Those that this oracle's node may have tried, or may try next."""
    bid = [BID] if oracle not in one.bidders else []
    if one.stage is Stage.STARTED:
        return [*bid, Step.SETTLE] if oracle in one.asked else bid
    late = at.now >= one.bid_deadline and oracle in one.bidders
    return [Step.START, Step.CANCEL] if late else bid


def open_for(one: Agreement, oracle: ChecksumAddress, at: Moment) -> bool:
    """Whether the oracle could still bid."""
    return one.stage is Stage.OPEN and at.now < one.bid_deadline and oracle not in one.bidders


# ---- What follows from it: pure ----


def chances(found: Survey, oracle: ChecksumAddress, *, confirmations: int) -> list[Agreement]:
    """Agreements that the oracle could bid for, deep enough, without a bid on its way."""
    deep = found.at.number - max(confirmations, 1) + 1
    return [
        one
        for one in found.live
        if one.block <= deep
        and open_for(one, oracle, found.at)
        and found.on_its_way(one, oracle) is None
    ]


def shallow(
    found: Survey, oracles: Sequence[ChecksumAddress], *, confirmations: int
) -> list[Bidding]:
    """Those that wait for confirmations, where nothing is written down yet."""
    deep = found.at.number - max(confirmations, 1) + 1
    return [
        Bidding(
            agreement=one.id,
            oracle=oracle,
            verdict=Verdict.WAITING,
            reason=f"waits for {confirmations} confirmations",
            posted=one.posted,
            amount=one.penalty,
        )
        for oracle in oracles
        for one in found.live
        if one.block > deep
        and open_for(one, oracle, found.at)
        and found.decided(one, oracle) is None
    ]


def with_pending(node: Node, found: Survey) -> Node:
    """The node's deposits with what its bids that are on their way will reserve."""
    pending: dict[int, int] = {}
    for one in found.live:
        made = found.on_its_way(one, node.oracle)
        if made is not None and made.reference is not None:
            pending[made.reference] = pending.get(made.reference, 0) + made.amount
    return replace(node, deposits=tuple(_more(one, pending) for one in node.deposits))


def _more(deposit: Deposit, pending: Mapping[int, int]) -> Deposit:
    return replace(deposit, reserved=Juels(deposit.reserved + pending.get(deposit.reference, 0)))


def followed_up(found: Survey, oracles: Sequence[ChecksumAddress]) -> list[Bidding]:
    """Bids that have arrived since, and those that cannot any more."""
    changed = []
    for one in found.live:
        for oracle in oracles:
            made = found.decided(one, oracle)
            if made is None or made.intent is None:
                continue
            new = _followed_up(made, one, found)
            if new != made:
                changed.append(new)
    return changed


def _followed_up(made: Bidding, one: Agreement, found: Survey) -> Bidding:
    if made.oracle in one.bidders:
        return replace(made, verdict=Verdict.PLACED, kind="", reason="")
    if made.verdict is Verdict.MISSED:
        return made
    if open_for(one, made.oracle, found.at):
        return replace(made, verdict=Verdict.BID, kind="", reason="")
    sent = found.sent.get(made.intent or "")
    reason = (sent.reason if sent is not None else None) or "it was in no block in time"
    return replace(made, verdict=Verdict.MISSED, kind=Why.TRANSACTION, reason=reason)


def chance(found: Survey, one: Agreement, oracle: ChecksumAddress, member: bool) -> Chance:
    service = found.services[one.id, oracle]
    waits = (service.confirmations - 1) * found.at.spacing
    return Chance(agreement=one, unserved=service.why, waits=waits, member=member)


def news(found: Survey, refused: Sequence[Refused]) -> list[tuple[Bidding, Bidding | None]]:
    """What is to be written down of these refusals, and what was decided before. What was refused
    before its end is not refused as late.
    """
    made = []
    for one, oracle, refusal in refused:
        before = found.decided(one, oracle)
        again = before is not None and before.verdict is Verdict.REFUSED
        if again and refusal.kind is Why.LATE:
            continue
        new = Bidding(
            agreement=one.id,
            oracle=oracle,
            verdict=Verdict.REFUSED,
            kind=refusal.kind,
            reason=refusal.reason,
            posted=one.posted,
            amount=one.penalty,
        )
        if new != before:
            made.append((new, before))
    return made
