# SPDX-License-Identifier: MIT
"""The steps of a deployment in order: pure, from terms to calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eth_typing import ChecksumAddress

from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import LOGIC, PoolOwners, PoolStorageFactory
from linkpool.deployment.profiles import Terms

Part = Literal["owners", "pool", "all"]
Addresses = Mapping[str, ChecksumAddress]


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Creates one contract; the arguments may name contracts of earlier steps."""

    name: str
    gas: int
    arguments: Callable[[Addresses], tuple[Any, ...]]

    def call(self, _connection: Connection, known: Addresses) -> Call:
        return artefact(self.name).creation(*self.arguments(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Calls a contract of an earlier step; `done` asks the chain whether that has happened."""

    name: str
    gas: int
    call: Callable[[Connection, Addresses], Call]
    done: Callable[[Connection, Addresses], Any]


Step = Create | Act


def steps(part: Part, terms: Terms, *, deployer: ChecksumAddress, own_link: bool) -> list[Step]:
    """In order. `own_link`: LINK and Multicall3 are part of the deployment (local chain)."""
    found: list[Step] = []
    if own_link:
        found += [
            Create(name="LinkToken", gas=GAS["LinkToken"], arguments=_nothing),
            Create(name="Multicall3", gas=GAS["Multicall3"], arguments=_nothing),
        ]
    if part in ("owners", "all"):
        found += _owners(terms, deployer)
    if part in ("pool", "all"):
        found += _pool(terms)
    return found


# Gas of each step as measured on a local chain (Prague); a test keeps it within 3 %.
GAS = {
    "LinkToken": 1_000_000,
    "Multicall3": 1_000_000,
    "PoolOwners": 1_000_000,
    "PoolOwners.whitelistToken": 100_000,
    "PoolOwners.transfer_ownership": 50_000,
    "Timelock": 1_000_000,
    "PoolStorageFactory": 1_000_000,
    "PoolStorage": 1_000_000,
    "PoolStorageFactory.initialise": 100_000,
    "LinkPool": 1_000_000,
    "NodeFactory": 1_000_000,
    "Node": 1_000_000,
    "NodeStaking": 1_000_000,
    "PoolStorageFactory.setContract": 100_000,
    "PoolStorageFactory.seal": 50_000,
}


def _nothing(_known: Addresses) -> tuple[Any, ...]:
    return ()


def _owners(terms: Terms, deployer: ChecksumAddress) -> list[Step]:
    def made_with(_known: Addresses) -> tuple[Any, ...]:
        return (
            terms.wallet,
            terms.wallet,
            terms.valuation,
            terms.hard_cap,
            terms.sale_end,
            terms.minimum_cap,
        )

    def owners(connection: Connection, known: Addresses) -> PoolOwners:
        return PoolOwners(connection, known["PoolOwners"])

    async def offered(connection: Connection, known: Addresses) -> bool:
        contract = owners(connection, known)
        return terms.owner in (await contract.pending_owner(), await contract.owner())

    found: list[Step] = [
        Create(name="PoolOwners", gas=GAS["PoolOwners"], arguments=made_with),
        Act(
            name="PoolOwners.whitelistToken",
            gas=GAS["PoolOwners.whitelistToken"],
            call=lambda c, known: owners(c, known).whitelist_token(
                known["LinkToken"], terms.link_minimum
            ),
            done=lambda c, known: owners(c, known).is_distributed(known["LinkToken"]),
        ),
    ]
    if terms.owner != deployer:
        found.append(
            Act(
                name="PoolOwners.transfer_ownership",
                gas=GAS["PoolOwners.transfer_ownership"],
                call=lambda c, known: owners(c, known).transfer_ownership(terms.owner),
                done=offered,
            )
        )
    return found


def _pool(terms: Terms) -> list[Step]:
    def factory(connection: Connection, known: Addresses) -> PoolStorageFactory:
        return PoolStorageFactory(connection, known["PoolStorageFactory"])

    async def initialised(connection: Connection, known: Addresses) -> bool:
        state = await factory(connection, known).state()
        return state.implementation == known["PoolStorage"]

    async def closed(connection: Connection, known: Addresses) -> bool:
        return (await factory(connection, known).state()).sealed

    return [
        Create(
            name="Timelock",
            gas=GAS["Timelock"],
            arguments=lambda _known: (terms.owner, terms.delay),
        ),
        Create(
            name="PoolStorageFactory",
            gas=GAS["PoolStorageFactory"],
            arguments=lambda known: (known["LinkToken"], known["PoolOwners"], known["Timelock"]),
        ),
        Create(
            name="PoolStorage",
            gas=GAS["PoolStorage"],
            arguments=lambda known: (
                known["PoolStorageFactory"],
                terms.loss_cap,
                terms.penalty_life,
            ),
        ),
        Act(
            name="PoolStorageFactory.initialise",
            gas=GAS["PoolStorageFactory.initialise"],
            call=lambda c, known: factory(c, known).initialise(known["PoolStorage"]),
            done=initialised,
        ),
        *(
            Create(name=name, gas=GAS[name], arguments=lambda known: (known["PoolStorageFactory"],))
            for name in LOGIC
        ),
        *(_registered(name) for name in LOGIC),
        Act(
            name="PoolStorageFactory.seal",
            gas=GAS["PoolStorageFactory.seal"],
            call=lambda c, known: factory(c, known).seal(),
            done=closed,
        ),
    ]


def _registered(name: str) -> Act:
    def factory(connection: Connection, known: Addresses) -> PoolStorageFactory:
        return PoolStorageFactory(connection, known["PoolStorageFactory"])

    async def done(connection: Connection, known: Addresses) -> bool:
        return await factory(connection, known).get_contract(name) == known[name]

    return Act(
        name=f"PoolStorageFactory.setContract.{name}",
        gas=GAS["PoolStorageFactory.setContract"],
        call=lambda c, known: factory(c, known).set_contract(name, known[name]),
        done=done,
    )
