# SPDX-License-Identifier: MIT
"""The book of agreements: what the canonical logs say of each, kept as rows of a table.

One database transaction for a batch of events, the rows that come of them, and the place up to
which events are done. A row is made anew from all logs of its agreement as they stand now, so that
neither the order of events nor a replaced block matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, select

from linkpool.agreements import rows
from linkpool.agreements.facts import Agreement, Ended, Placed, Result, Stage
from linkpool.chain.calls import Event, Log
from linkpool.chain.codec import codec
from linkpool.chain.contracts.agreements import digest_of, terms_of
from linkpool.errors import ChainUnavailable
from linkpool.follower import events
from linkpool.store.tables import logs
from linkpool.telemetry import logger
from linkpool.units import Juels, Ppm

LOG: Final = logger("agreements")
CONSUMER: Final = "agreements"
BATCH: Final = 500
MANY: Final = 400  # agreements in one statement
LARGEST: Final = 2**63 - 1

_OF_AGREEMENTS: Final = (
    "AgreementCreated", "BidPlaced", "AgreementStarted", "AgreementCancelled", "OutcomeRecorded",
    "AgreementSettled",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The contracts whose logs make the book."""

    agreements: ChecksumAddress
    aggregator: ChecksumAddress
    penalties: ChecksumAddress


@dataclass(slots=True)
class Taken:
    """What a batch came to: events, and the agreements whose rows are other ones now."""

    events: int = 0
    replaced: bool = False
    """Some of what was seen before is gone with its block."""
    changed: dict[int, Agreement | None] = field(default_factory=dict)
    """None: it is no longer part of the chain."""


@cache
def _names() -> Mapping[bytes, str]:
    """Contract by the first topic of the logs about one agreement."""
    known = dict.fromkeys(codec("ServiceAgreements").topics(_OF_AGREEMENTS), "ServiceAgreements")
    return known | dict.fromkeys(codec("Aggregator").topics(("AnswerRecorded",)), "Aggregator")


def topics() -> tuple[bytes, ...]:
    """First topics of all logs that bidding needs."""
    return (*_names(), *codec("Penalties").topics(("Deposited",)))


def take(connection: Connection, places: Places) -> Taken:
    """The next batch of events; `events` 0 where there is none."""
    batch = events.pending(connection, CONSUMER, BATCH)
    taken = Taken(len(batch), any(event.kind == "removed" for event in batch))
    if batch:
        touched = {number for event in batch if (number := _about(event.log, places)) is not None}
        taken.changed = _again(connection, places, sorted(touched))
        events.advance(connection, CONSUMER, batch[-1].seq)
    return taken


def _about(log: Log, places: Places) -> int | None:
    """The agreement that a log is about; None for logs of others."""
    if len(log.topics) < 2 or log.address not in (places.agreements, places.aggregator):
        return None
    name = _names().get(log.topics[0])
    number = int.from_bytes(log.topics[1])
    return number if name is not None and number <= LARGEST else None


def _again(
    connection: Connection, places: Places, numbers: Sequence[int]
) -> dict[int, Agreement | None]:
    """Their rows, made anew."""
    changed: dict[int, Agreement | None] = {}
    for start in range(0, len(numbers), MANY):
        some = numbers[start : start + MANY]
        addresses = (places.agreements, places.aggregator)
        found = logs_of(connection, addresses, _names(), some)
        changed |= {number: readable(number, found[number]) for number in some}
        rows.forget(connection, places.agreements, some)
        rows.put(connection, [one for number in some if (one := changed[number]) is not None])
    return changed


def logs_of(
    connection: Connection,
    addresses: Collection[ChecksumAddress],
    first: Collection[bytes],
    numbers: Collection[int],
) -> dict[int, list[Log]]:
    """Of these contracts, with one of these first topics, by the agreement that they are about."""
    query = (
        select(logs)
        .where(
            logs.c.address.in_(addresses),
            logs.c.topic0.in_(["0x" + topic.hex() for topic in first]),
            logs.c.topic1.in_([f"0x{number:064x}" for number in numbers]),
        )
        .order_by(logs.c.block, logs.c.log_index)
    )
    found: dict[int, list[Log]] = defaultdict(list)
    for row in connection.execute(query):
        topics = (row.topic0, row.topic1, row.topic2, row.topic3)
        log = Log(
            address=row.address,
            topics=tuple(bytes.fromhex(one[2:]) for one in topics if one is not None),
            data=bytes(row.data),
            block=row.block,
            block_hash=bytes.fromhex(row.block_hash[2:]),
            tx=row.tx,
            index=row.log_index,
        )
        found[int.from_bytes(log.topics[1])].append(log)
    return found


def readable(number: int, found: Sequence[Log]) -> Agreement | None:
    """None, as if it had never been posted, where an RPC told what no contract says: one bad log
    stops nothing else.
    """
    try:
        one = project(found)
        if one is not None and one.bid_deadline > LARGEST:
            raise ValueError("bid deadline")
    except (ChainUnavailable, ValueError) as error:
        LOG.warning("agreement.unreadable", agreement=number, why=str(error))
        return None
    return one


# ---- From logs to agreements: pure ----


def project(found: Iterable[Log]) -> Agreement | None:
    """What the logs of one agreement, in the chain's order, say; None where it was never posted."""
    known: dict[str, list[Event]] = defaultdict(list)
    made: Log | None = None
    changed = 0
    for log in found:
        event = codec(_names()[log.topics[0]]).event(log)
        assert event is not None  # its topic is known
        known[event.name].append(event)
        made = log if event.name == "AgreementCreated" else made
        changed = max(changed, log.block)
    if made is None:
        return None
    fields = known["AgreementCreated"][-1].fields
    terms = terms_of(fields["terms"])
    return Agreement(
        contract=made.address,
        id=fields["id"],
        consumer=fields["consumer"],
        provider=terms.provider,
        job=terms.job,
        data=terms.data,
        oracles=terms.oracles,
        minimum_answers=terms.minimum_answers,
        payment=terms.payment,
        penalty=terms.penalty,
        tolerance=terms.tolerance,
        bid_deadline=terms.bid_deadline,
        answer_deadline=terms.answer_deadline,
        posted="0x" + digest_of(fields["consumer"], terms).hex(),
        block=made.block,
        changed=changed,
        stage=_stage(known),
        bids=tuple(sorted(map(_placed, known["BidPlaced"]), key=lambda bid: bid.order)),
        asked=tuple(one for event in known["AgreementStarted"] for one in event.fields["oracles"]),
        answered=tuple(event.fields["oracle"] for event in known["AnswerRecorded"]),
        ended=tuple(map(_ended, known["OutcomeRecorded"])),
    )


def _stage(known: Mapping[str, Sequence[Event]]) -> Stage:
    if known.get("AgreementSettled"):
        return Stage.SETTLED if known["AgreementSettled"][-1].fields["known"] else Stage.FAILED
    if known.get("AgreementCancelled"):
        return Stage.CANCELLED
    return Stage.STARTED if known.get("AgreementStarted") else Stage.OPEN


def _placed(event: Event) -> Placed:
    fields = event.fields
    return Placed(
        oracle=fields["oracle"],
        reference=fields["reference"],
        score=Ppm(fields["score"]),
        order=fields["order"],
    )


def _ended(event: Event) -> Ended:
    fields = event.fields
    return Ended(
        oracle=fields["oracle"],
        result=Result(fields["outcome"]),
        elapsed=fields["elapsed"],
        slashed=Juels(fields["slashed"]),
    )


# ---- Deposits ----


def references(
    connection: Connection, penalties: ChecksumAddress, oracles: Collection[ChecksumAddress]
) -> dict[ChecksumAddress, list[int]]:
    """The deposits that the oracles ever made, closed ones too."""
    [topic] = codec("Penalties").topics(("Deposited",))
    named = {"0x" + "00" * 12 + oracle[2:].lower(): oracle for oracle in oracles}
    found: dict[ChecksumAddress, list[int]] = {oracle: [] for oracle in oracles}
    query = select(logs.c.topic1, logs.c.topic2).where(
        logs.c.address == penalties,
        logs.c.topic0 == "0x" + topic.hex(),
        logs.c.topic1.in_(named),
    )
    for depositor, reference in connection.execute(query):
        found[named[depositor]].append(int(reference, 16))
    return {oracle: sorted(set(numbers)) for oracle, numbers in found.items()}
