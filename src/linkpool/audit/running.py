# SPDX-License-Identifier: MIT
"""One audit: the same block read through every endpoint, compared, judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress

from linkpool.audit.comparing import differences
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts, Moment
from linkpool.audit.judging import Report, judge
from linkpool.audit.reading import Target, read
from linkpool.audit.source import Source
from linkpool.chain import wire
from linkpool.chain.connection import Connection
from linkpool.chain.networks import LOCAL_CHAIN_ID
from linkpool.errors import ChainUnavailable, NotJudged

_SHOWN = 10  # disagreements
_BEHIND = 50  # blocks; endpoints of one chain are seldom more apart
_OLD = 3_600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be judged, and at which block; None: the newest that every endpoint has."""

    expected: Expected
    link_pool: ChecksumAddress | None = None
    first: int | None = None
    block: int | None = None


async def audit(connections: Mapping[str, Connection], order: Order) -> Report:
    """`connections` to one endpoint each, by its name. NotJudged where no verdict can be given."""
    try:
        sources = await _sources(connections, order.block)
        facts = await asyncio.gather(*(_read(source, order) for source in sources))
    except ChainUnavailable as error:
        raise NotJudged(f"it could not be read: {error}") from None
    _require_agreement(list(connections), facts)
    return judge(facts[0], order.expected, list(connections))


def target(order: Order) -> Target:
    """The deployment that the manifest describes, else the one that LinkPool belongs to."""
    expected, manifest = order.expected, order.expected.manifest
    made = [] if manifest is None else list(manifest.contracts.values())
    first = order.first
    if first is None and manifest is not None:
        first = manifest.first_block()
    return Target(
        factory=None if manifest is None else manifest.address("PoolStorageFactory"),
        link_pool=order.link_pool,
        agreements=expected.place("ServiceAgreements"),
        reputation=expected.place("Reputation"),
        first=first,
        own_link=not expected.pins_link,
        more=tuple(one.address for one in made),
        made={one.address: one.tx for one in made if one.tx is not None},
    )


async def _read(source: Source, order: Order) -> Facts:
    facts = await _current(source, order)
    held = facts.suite.contracts["LinkPool"]
    if order.link_pool not in (None, held):
        raise NotJudged(f"{order.link_pool} is no LinkPool in use: its registry names {held}")
    return facts


async def _current(source: Source, order: Order) -> Facts:
    """The facts of a block that is still of the chain when all is read."""
    number = source.moment.number
    replaced = NotJudged(f"block {number} was replaced while it was read: run it again")
    try:
        facts = await read(source, target(order))
    except (ChainUnavailable, NotJudged):
        if not await source.is_current():
            raise replaced from None
        raise
    if not await source.is_current():
        raise replaced
    return facts


async def _sources(connections: Mapping[str, Connection], block: int | None) -> list[Source]:
    """Every endpoint at the same block."""
    heads = await asyncio.gather(*(one.block_number() for one in connections.values()))
    number = min(heads) if block is None else block
    if number > min(heads):
        raise NotJudged(f"there is no block {number} yet: the newest is {min(heads)}")
    moments = await asyncio.gather(*(_moment(one, number) for one in connections.values()))
    names = list(connections)
    if block is None:
        _require_newest(names, heads, moments[0], round(time.time()))
    for name, moment in zip(names, moments, strict=True):
        if moment != moments[0]:
            raise NotJudged(
                f"{names[0]} and {name} disagree about block {number}: "
                f"{moments[0].hash} and {moment.hash}"
            )
    return [
        Source(connection, name, moment)
        for (name, connection), moment in zip(connections.items(), moments, strict=True)
    ]


def _require_newest(names: Sequence[str], heads: Sequence[int], moment: Moment, now: int) -> None:
    """Else an endpoint that holds its head back has a block judged before something was announced.
    A local chain has a time of its own.
    """
    behind = max(heads) - min(heads)
    if behind > _BEHIND:
        late = names[heads.index(min(heads))]
        raise NotJudged(
            f"{late} is {behind:,} blocks behind: leave it out, or name the --block to judge"
        )
    if moment.chain_id != LOCAL_CHAIN_ID and now - moment.time > _OLD:
        raise NotJudged(
            f"block {moment.number}, which is called the newest, is {now - moment.time:,} s old: "
            "use another RPC, set the clock, or name the --block to judge"
        )


async def _moment(connection: Connection, number: int) -> Moment:
    header = await connection.block(number)
    hash_ = str(header.get("hash"))
    if len(wire.octets(hash_)) != 32:
        raise NotJudged(f"{connection.host} gives block {number} no hash: set another --rpc")
    return Moment(
        chain_id=connection.chain_id,
        genesis=await connection.genesis(),
        number=number,
        hash=hash_,
        time=wire.height(header.get("timestamp")),
    )


def _require_agreement(names: Sequence[str], facts: Sequence[Facts]) -> None:
    for name, other in zip(names[1:], facts[1:], strict=True):
        found = differences(facts[0], other)
        if found:
            count = len(found)
            raise NotJudged(
                f"{names[0]} and {name} disagree about {count} facts of block "
                f"{facts[0].moment.number}: one of them is wrong, nothing is judged",
                found[:_SHOWN],
            )
