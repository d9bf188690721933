# SPDX-License-Identifier: MIT
"""Manifest against chain, line by line; nothing found means nothing differs."""

from __future__ import annotations

from collections.abc import Iterable

from linkpool.chain.addresses import ZERO
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import (
    LOGIC,
    Aggregator,
    Penalties,
    PoolOwners,
    PoolStorageFactory,
    Reputation,
    ServiceAgreements,
    Timelock,
)
from linkpool.deployment.manifest import Manifest
from linkpool.deployment.steps import OPEN


async def differences(connection: Connection, manifest: Manifest) -> list[str]:
    """One line for each difference. What is not deployed yet is not looked for."""
    found = [
        f"{name} at {one.address} has code {await connection.code_hash(one.address) or 'none'}, "
        f"the manifest says {one.code_hash}"
        for name, one in manifest.contracts.items()
        if await connection.code_hash(one.address) != one.code_hash
    ]
    if manifest.pending is not None:
        found.append(f"{manifest.pending.step} is on its way: run `linkpool deploy` again")
    if found:
        return found  # reads of contracts that are not there say nothing more
    if "PoolOwners" in manifest.contracts:
        found += await _owners(connection, manifest)
    if "PoolStorageFactory.seal" in manifest.calls:
        found += await _pool(connection, manifest)
    if "Reputation" in manifest.contracts:
        found += await _network(connection, manifest)
    return found


async def _owners(connection: Connection, manifest: Manifest) -> list[str]:
    owners = PoolOwners(connection, manifest.address("PoolOwners"))
    if manifest.contracts["PoolOwners"].tx is not None and (
        "PoolOwners.whitelistToken" not in manifest.calls
    ):
        return []
    if not await owners.is_distributed(manifest.address("LinkToken")):
        return ["PoolOwners does not distribute LINK: its owner has to whitelist the token"]
    return []


async def _pool(connection: Connection, manifest: Manifest) -> list[str]:
    factory = PoolStorageFactory(connection, manifest.address("PoolStorageFactory"))
    timelock = Timelock(connection, manifest.address("Timelock"))
    state = await factory.state()
    pairs = [
        ("factory: link", await factory.link(), manifest.address("LinkToken")),
        ("factory: PoolOwners", await factory.pool_owners(), manifest.address("PoolOwners")),
        ("factory: timelock", await factory.timelock(), timelock.address),
        ("factory: implementation", state.implementation, manifest.address("PoolStorage")),
        ("factory: sealed", state.sealed, True),
        ("timelock: delay", await timelock.delay(), manifest.terms.delay),
        ("timelock: owner", await timelock.owner(), manifest.terms.owner),
    ]
    for name in LOGIC:
        have = await factory.get_contract(name)
        pairs.append((f"registry: {name}", have, manifest.address(name)))
        if have != ZERO and not await factory.is_logic(have):
            pairs.append((f"registry: {name} is logic", False, True))
    return _told(pairs)


async def _network(connection: Connection, manifest: Manifest) -> list[str]:
    terms, link = manifest.terms, manifest.address("LinkToken")
    agreements = ServiceAgreements(connection, manifest.address("ServiceAgreements"))
    penalties = Penalties(connection, manifest.address("Penalties"))
    aggregator = Aggregator(connection, manifest.address("Aggregator"))
    reputation = Reputation(connection, manifest.address("Reputation"))
    have = await agreements.terms()
    return _told(
        [
            ("agreements: link", await agreements.link(), link),
            ("agreements: Penalties", await agreements.penalties(), penalties.address),
            ("agreements: Aggregator", await agreements.aggregator(), aggregator.address),
            ("agreements: answer time", have.answer_time, terms.answer_time),
            ("agreements: late time", have.late_time, terms.late_time),
            ("agreements: least payment", have.minimum_payment, terms.agreement_payment),
            ("penalties: link", await penalties.link(), link),
            ("penalties: agreements", await penalties.agreements(), agreements.address),
            ("penalties: margin", await penalties.margin(), terms.penalty_margin),
            ("aggregator: link", await aggregator.link(), link),
            ("aggregator: agreements", await aggregator.agreements(), agreements.address),
            ("reputation: agreements", await reputation.agreements(), agreements.address),
            ("reputation: owner", await reputation.owner(), terms.owner),
            ("reputation: open", await reputation.is_open(), OPEN),
        ]
    )


def _told(pairs: Iterable[tuple[str, object, object]]) -> list[str]:
    return [
        f"{what} is {have} on chain, {want} in the manifest"
        for what, have, want in pairs
        if have != want
    ]
