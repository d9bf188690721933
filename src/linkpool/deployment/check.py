# SPDX-License-Identifier: MIT
"""Manifest against chain, line by line; nothing found means nothing differs."""

from __future__ import annotations

from linkpool.chain.addresses import ZERO
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import LOGIC, PoolOwners, PoolStorageFactory, Timelock
from linkpool.deployment.manifest import Manifest


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
    return [
        f"{what} is {have} on chain, {want} in the manifest"
        for what, have, want in pairs
        if have != want
    ]
