# SPDX-License-Identifier: MIT
"""Before anything is sent: what is to be deployed, what of it is there already, what is left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import created_address
from linkpool.chain.calls import Call
from linkpool.chain.clock import chain_time
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import LinkToken
from linkpool.chain.fees import USUAL, FeeBounds
from linkpool.deployment.manifest import Deployed, Manifest
from linkpool.deployment.profiles import NOTHING_CHOSEN, Choice, Profile, Terms, choose
from linkpool.deployment.steps import Create, Part, Step, steps
from linkpool.errors import LinkPoolError, ManifestError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be deployed."""

    part: Part
    profile: Profile
    choice: Choice = NOTHING_CHOSEN
    owners: ChecksumAddress | None = None
    """An existing PoolOwners to use instead of a new one."""
    timeout: float = 600
    """Seconds to wait for each transaction."""
    bounds: FeeBounds = USUAL


async def open_manifest(
    connection: Connection, path: Path, order: Order, deployer: ChecksumAddress
) -> Manifest:
    """The manifest to go on with, or a new one, not yet written. Refuses what does not fit."""
    genesis = await connection.genesis()
    if path.exists():
        manifest = Manifest.load(path)
        manifest.require_chain(path, connection.chain_id, genesis)
        _require_same(manifest.terms, order.choice, path)
    else:
        manifest = Manifest(
            network=order.profile.name,
            chain_id=connection.chain_id,
            genesis=genesis,
            deployer=deployer,
            terms=choose(
                order.profile,
                order.choice,
                deployer=deployer,
                now=await chain_time(connection),
            ),
        )
    await _adopt(connection, manifest, order)
    left = remaining(manifest, order)
    if left and manifest.deployer != deployer:
        raise UsageError(
            f"{path} was begun by {manifest.deployer}: go on with that wallet (--wallet)"
        )
    if left and order.part == "pool" and "PoolOwners" not in manifest.contracts:
        raise UsageError("the pool needs PoolOwners: `linkpool deploy owners`, or --owners ADDRESS")
    return manifest


def remaining(manifest: Manifest, order: Order) -> list[Step]:
    """The steps of this order that the manifest does not have as done."""
    every = steps(
        order.part,
        manifest.terms,
        deployer=manifest.deployer,
        own_link=manifest.terms.link is None,
    )
    owners = manifest.contracts.get("PoolOwners")
    adopted = owners is not None and owners.tx is None
    return [
        step
        for step in every
        if step.name not in manifest.contracts
        and step.name not in manifest.calls
        and not (adopted and step.name.startswith("PoolOwners."))
    ]


async def unsigned(connection: Connection, manifest: Manifest, order: Order) -> list[Call]:
    """The calls that are left, for the deployer to sign in this order from today's nonce on.

    Addresses of contracts that come into being on the way follow from the nonces.
    """
    nonce = await connection.nonce(manifest.deployer, pending=True)
    known = {name: one.address for name, one in manifest.contracts.items()}
    calls: list[Call] = []
    for number, step in enumerate(remaining(manifest, order)):
        calls.append(step.call(connection, known))
        if isinstance(step, Create):
            place = created_address(manifest.deployer, nonce + number)
            known |= {step.name: place} | step.made(place)
    return calls


async def _adopt(connection: Connection, manifest: Manifest, order: Order) -> None:
    """Take LINK and PoolOwners that exist already into the manifest, after a look at them."""
    link = manifest.terms.link
    if link is not None and "LinkToken" not in manifest.contracts:
        await _take(connection, manifest, "LinkToken", link)
        try:
            symbol = await LinkToken(connection, link).symbol()
        except LinkPoolError:
            symbol = ""
        if symbol != "LINK":
            raise UsageError(f"the contract at {link} does not call itself LINK: check --link")
    if order.owners is not None:
        have = manifest.contracts.get("PoolOwners")
        if have is None:
            await _take(connection, manifest, "PoolOwners", order.owners)
        elif have.address != order.owners:
            raise UsageError(f"the manifest has PoolOwners at {have.address}: leave out --owners")


async def _take(
    connection: Connection, manifest: Manifest, name: str, place: ChecksumAddress
) -> None:
    code_hash = await connection.code_hash(place)
    if code_hash is None:
        raise UsageError(f"there is no contract at {place}, where {name} should be")
    manifest.contracts[name] = Deployed(
        address=place, arguments={}, code_hash=code_hash, block=None, tx=None, gas=None
    )


def _require_same(have: Terms, choice: Choice, path: Path) -> None:
    """A resumption has to mean the same deployment."""
    for name in ("owner", "wallet", "link", "delay", "penalty_life"):
        chosen = getattr(choice, name)
        if chosen is not None and chosen != getattr(have, name):
            raise ManifestError(
                f"{path} was begun with {name.replace('_', '-')} {getattr(have, name)}: "
                "leave that option out, or choose another --manifest"
            )
