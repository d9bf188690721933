# SPDX-License-Identifier: MIT
"""What only logs tell: a node's penalty records by name, one agreement's whole life."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Event
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.contracts.agreements import terms_of
from linkpool.chain.facts import AgreementTerms, PenaltyState
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
    found: list[Event] = []
    for start, last in _back(first, block):
        logs = await suite.connection.logs(
            addresses=[suite.agreements.address, suite.aggregator.address],
            topics=[None, number.to_bytes(32)],
            first=start,
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


async def agreements_posted(
    suite: AgreementSuite, numbers: Collection[int], *, first: int, block: int
) -> dict[int, AgreementTerms]:
    """The terms of these agreements, as far as the endpoint has their logs. Looks as far back as
    for one.
    """
    [topic] = suite.agreements.codec.topics(["AgreementCreated"])
    found: dict[int, AgreementTerms] = {}
    for start, last in _back(first, block):
        missing = [number.to_bytes(32) for number in numbers if number not in found]
        if not missing:
            break
        logs = await suite.connection.logs(
            addresses=[suite.agreements.address],
            topics=[[topic], missing],
            first=start,
            last=last,
        )
        for event in suite.agreements.decode_logs(logs):
            found[event.fields["id"]] = terms_of(event.fields["terms"])
    return found


def _back(first: int, block: int) -> Iterator[tuple[int, int]]:
    """Windows of blocks, the newest first, down to `first`."""
    for last in range(block, first - 1, -WINDOW):
        yield max(first, last - WINDOW + 1), last
