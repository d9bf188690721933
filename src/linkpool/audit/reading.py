# SPDX-License-Identifier: MIT
"""Reads one deployment whole: what its factory names, then what those say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.audit import creations, history, networks, stores
from linkpool.audit.facts import Destination, Facts, History, Network, Powers, Shares, Suite
from linkpool.audit.source import Source, View, countable
from linkpool.chain.addresses import ZERO
from linkpool.chain.contracts import LOGIC
from linkpool.errors import NotJudged

_FACTORY = {
    "link": "link",
    "pool_owners": "poolOwners",
    "timelock": "timelock",
    "implementation": "implementation",
    "registry": "poolStorage",
    "data": "poolData",
    "delay": "delay",
    "sealed": "isSealed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which deployment: by its factory, or by its LinkPool. What only a manifest knows may lack."""

    factory: ChecksumAddress | None
    link_pool: ChecksumAddress | None = None
    agreements: ChecksumAddress | None = None
    reputation: ChecksumAddress | None = None
    first: int | None = None
    """Logs are read from here on, and from the first of its contracts on in any case; None: to be
    searched for.
    """
    own_link: bool = True
    """LINK is no token that everybody knows: how it was made is read, too."""
    more: tuple[ChecksumAddress, ...] = ()
    """Whose code is read, too."""
    made: Mapping[ChecksumAddress, str] = field(default_factory=dict)
    """Transactions that made contracts, where a manifest knows them."""


async def read(source: Source, target: Target) -> Facts:
    """Everything, at the source's block. NotJudged where there is no deployment."""
    factory = target.factory or await _factory_of(source, target.link_pool)
    said = await source.views(
        [View("PoolStorageFactory", factory, one) for one in _FACTORY.values()]
    )
    if None in said:
        raise NotJudged(
            f"there is no LinkPool at {target.link_pool or factory}: is this its network?"
        )
    roots = dict(zip(_FACTORY, said, strict=True))
    destinations = await _destinations(source, factory)
    agreements = target.agreements or await networks.found(source, destinations)
    made = await creations.read(
        source,
        [factory, roots["timelock"], *([] if agreements is None else [agreements])],
        target.made,
    )
    given = await history.beginning(source, factory) if target.first is None else target.first
    first = min([given, *(one.block for one in made.values() if one is not None)])
    past = await history.read(source, factory, roots["timelock"], first)
    suite = await _suite(source, factory, roots, past)
    network = await networks.read(
        source,
        suite.link,
        first,
        agreements=agreements,
        reputation=target.reputation,
    )
    every = await stores.read(source, suite, first)
    powers = await _powers(source, suite)
    rulers = (powers.owner, powers.owners_owner)
    parts = {
        *_parts(suite, past, destinations, [one.place for one in every]),
        *(one for one in rulers if one is not None),
        *networks.places(network),
        *target.more,
    }
    return Facts(
        moment=source.moment,
        suite=suite,
        powers=powers,
        shares=await _shares(source, suite),
        stores=every,
        destinations=destinations,
        history=past,
        network=network,
        codes=await source.codes(parts - {ZERO}),
        creations=made
        | await creations.read(source, _others(suite, network, made, target), target.made),
        unread=tuple(sorted(set(source.unread))),
    )


async def _factory_of(source: Source, link_pool: ChecksumAddress | None) -> ChecksumAddress:
    if link_pool is None:
        raise NotJudged("which deployment? give --manifest FILE or --link-pool ADDRESS")
    answer: ChecksumAddress | None = (await source.views([View("LinkPool", link_pool, "factory")]))[
        0
    ]
    if answer is None:
        raise NotJudged(f"there is no LinkPool at {link_pool}: is this its network?")
    return answer


async def _suite(
    source: Source, factory: ChecksumAddress, roots: Mapping[str, Any], past: History
) -> Suite:
    names = list(dict.fromkeys([*LOGIC, *(one.name for one in past.changes)]))
    held = await source.views(
        [View("PoolStorageFactory", factory, "getContract", (name,)) for name in names]
    )
    contracts = {name: place or ZERO for name, place in zip(names, held, strict=True)}
    served = {*contracts.values(), *(one.new for one in past.changes)} - {ZERO}
    marks = await source.views(
        [View("PoolStorageFactory", factory, "isLogic", (place,)) for place in sorted(served)]
    )
    return Suite(
        factory=factory,
        contracts=contracts,
        logic={place: bool(mark) for place, mark in zip(sorted(served), marks, strict=True)},
        **roots,
    )


async def _powers(source: Source, suite: Suite) -> Powers:
    owner, pending, delay, owners, offered, creator = await source.views(
        [
            View("Timelock", suite.timelock, "owner"),
            View("Timelock", suite.timelock, "pending_owner"),
            View("Timelock", suite.timelock, "delay"),
            View("PoolOwners", suite.pool_owners, "owner"),
            View("PoolOwners", suite.pool_owners, "pending_owner"),
            View("LinkPool", suite.contracts["LinkPool"], "creator"),
        ]
    )
    return Powers(
        owner=owner,
        pending_owner=pending,
        delay=delay,
        owners_owner=owners,
        owners_pending=offered,
        creator=creator,
    )


async def _shares(source: Source, suite: Suite) -> Shares:
    listed, reserved, balance = await source.views(
        [
            View("PoolOwners", suite.pool_owners, "tokenWhitelist", (suite.link,)),
            View("PoolOwners", suite.pool_owners, "reservedFor", (suite.link,)),
            View("LinkToken", suite.link, "balanceOf", (suite.pool_owners,)),
        ]
    )
    return Shares(is_distributed=listed, reserved=reserved, balance=balance)


async def _destinations(source: Source, factory: ChecksumAddress) -> tuple[Destination, ...]:
    asked = View("PoolStorageFactory", factory, "destinationCount")
    count = countable(asked, (await source.views([asked]))[0])
    entries = [
        one
        for one in await source.views(
            [View("PoolStorageFactory", factory, "destinationAt", (at,)) for at in count]
        )
        if one is not None
    ]
    active = await source.views(
        [View("PoolStorageFactory", factory, "isDestination", (one[0],)) for one in entries]
    )
    return tuple(
        Destination(
            target=target,
            state=state,
            code_hash="0x" + code_hash.hex(),
            ready=ready,
            lapse=lapse,
            active=flag,
        )
        for (target, state, code_hash, ready, lapse), flag in zip(entries, active, strict=True)
    )


def _others(
    suite: Suite,
    network: Network | None,
    known: Collection[ChecksumAddress],
    target: Target,
) -> list[ChecksumAddress]:
    """What transactions of their own made, but for the `known`; the storages, Penalties and
    Aggregator are made by contracts.
    """
    served = [suite.pool_owners, suite.implementation]
    served += [one for one in suite.contracts.values() if one != ZERO]
    if target.own_link:
        served.append(suite.link)
    if network is not None and network.reputation is not None:
        served.append(network.reputation)
    return [one for one in served if one not in known]


def _parts(
    suite: Suite,
    past: History,
    destinations: Sequence[Destination],
    storages: Sequence[ChecksumAddress],
) -> set[ChecksumAddress]:
    """Whose code matters: what serves, and what announced operations would let serve."""
    fixed = {
        suite.factory,
        suite.link,
        suite.pool_owners,
        suite.timelock,
        suite.implementation,
        suite.registry,
        suite.data,
    }
    announced = {
        new
        for one in past.operations
        if one.target == suite.factory and (new := history.named(one.data)) is not None
    }
    served = {one.new for one in past.changes}
    parts = {*fixed, *suite.contracts.values(), *served, *announced, *storages}
    return parts | {one.target for one in destinations}
