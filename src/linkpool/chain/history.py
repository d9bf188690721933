# SPDX-License-Identifier: MIT
"""What only logs tell: a node's penalty records by name, one agreement's whole life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Event
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.facts import PenaltyState
from linkpool.chain.suite import AgreementSuite

WINDOW: Final = 10_000
"""Blocks that one request for logs covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyRecord:
    """One penalty, with the names that its contract and its sender know it by."""

    target: ChecksumAddress
    reference: bytes
    sent: PenaltyState


async def penalty_records(storage: PoolStorage, *, first: int, block: int) -> list[PenaltyRecord]:
    """Every penalty that a node has sent since block `first`, as they are at `block`."""
    found = []
    for start in range(first, block + 1, WINDOW):
        last = min(start + WINDOW - 1, block)
        for event in await storage.events("PenaltySent", first=start, last=last):
            record = await storage.penalty_by_id(event.fields["id"], block=block)
            target, reference = event.fields["target"], bytes(event.fields["reference"])
            found.append(PenaltyRecord(target=target, reference=reference, sent=record))
    return found


async def agreement_events(
    suite: AgreementSuite, number: int, *, first: int, block: int
) -> list[Event]:
    """What ServiceAgreements and Aggregator logged about one agreement, in order, up to `block`.

    Looks from `block` back until the agreement was created, at `first` at the earliest.
    """
    topic = number.to_bytes(32)
    found: list[Event] = []
    for last in range(block, first - 1, -WINDOW):
        logs = await suite.connection.logs(
            addresses=[suite.agreements.address, suite.aggregator.address],
            topics=[None, topic],
            first=max(first, last - WINDOW + 1),
            last=last,
        )
        events = [
            suite.agreements.codec.event(log)
            if log.address == suite.agreements.address
            else suite.aggregator.codec.event(log)
            for log in logs
        ]
        known = [event for event in events if event is not None]
        found = known + found
        if any(event.name == "AgreementCreated" for event in known):
            break
    return found
