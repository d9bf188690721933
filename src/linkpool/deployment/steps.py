# SPDX-License-Identifier: MIT
"""The steps of a deployment in order: pure, from terms to calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import created_address
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
    arguments: Callable[[Addresses], tuple[Any, ...]]
    parts: tuple[str, ...] = ()
    """Contracts that its constructor creates, in this order, from their code in the arguments."""

    @property
    def gas(self) -> int:
        codes = sum(creation_gas(artefact(name).bytecode) for name in (self.name, *self.parts))
        return codes + CONSTRUCTOR_GAS[self.name]

    def made(self, place: ChecksumAddress) -> dict[str, ChecksumAddress]:
        """Where its parts stand, once it stands at `place`: a contract's first nonce is 1."""
        return {name: created_address(place, 1 + n) for n, name in enumerate(self.parts)}

    def call(self, _connection: Connection, known: Addresses) -> Call:
        return artefact(self.name).creation(*self.arguments(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Calls a contract of an earlier step; `done` asks the chain whether that has happened."""

    name: str
    call: Callable[[Connection, Addresses], Call]
    done: Callable[[Connection, Addresses], Awaitable[bool]]

    @property
    def gas(self) -> int:
        return CALL_GAS[".".join(self.name.split(".")[:2])]


Step = Create | Act
OPEN = True  # every oracle may join the reputation provider that comes with the pool


def steps(part: Part, terms: Terms, *, deployer: ChecksumAddress, own_link: bool) -> list[Step]:
    """In order. `own_link`: LINK and Multicall3 are part of the deployment (local chain)."""
    found: list[Step] = []
    if own_link:
        found += [
            Create(name="LinkToken", arguments=_nothing),
            Create(name="Multicall3", arguments=_nothing),
        ]
    if part in ("owners", "all"):
        found += _owners(terms, deployer)
    if part in ("pool", "all"):
        found += _pool(terms)
    return found


# Measured on a local chain (Prague); a test keeps every step within 10 %, all of them within 3 %.
# Of a creation: what the constructor adds to, or leaves out of, the price of storing all of the
# creation code.
CONSTRUCTOR_GAS = {
    "LinkToken": 10_000,
    "Multicall3": -5_000,
    "PoolOwners": -127_000,
    "Timelock": -58_000,
    "PoolStorageFactory": 53_000,
    "PoolStorage": 3_000,
    "LinkPool": -35_000,
    "NodeFactory": -5_000,
    "Node": -4_000,
    "NodeStaking": -11_000,
    "ServiceAgreements": -87_000,
    "Reputation": -59_000,
}
CALL_GAS = {
    "PoolOwners.whitelistToken": 98_000,
    "PoolOwners.transfer_ownership": 47_500,
    "PoolStorageFactory.initialise": 331_500,
    "PoolStorageFactory.setContract": 107_700,
    "PoolStorageFactory.seal": 48_700,
}


def creation_gas(code: bytes) -> int:
    """Base fee of a creation, its bytes as calldata and as init code, every byte of it stored."""
    calldata = 16 * len(code) - 12 * code.count(0)
    words = (len(code) + 31) // 32
    return 53_000 + calldata + 2 * words + 200 * len(code)


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
        Create(name="PoolOwners", arguments=made_with),
        Act(
            name="PoolOwners.whitelistToken",
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
            arguments=lambda _known: (terms.owner, terms.delay),
        ),
        Create(
            name="PoolStorageFactory",
            arguments=lambda known: (known["LinkToken"], known["PoolOwners"], known["Timelock"]),
        ),
        Create(
            name="PoolStorage",
            arguments=lambda known: (
                known["PoolStorageFactory"],
                terms.loss_cap,
                terms.penalty_life,
            ),
        ),
        Act(
            name="PoolStorageFactory.initialise",
            call=lambda c, known: factory(c, known).initialise(known["PoolStorage"]),
            done=initialised,
        ),
        *(
            Create(name=name, arguments=lambda known: (known["PoolStorageFactory"],))
            for name in LOGIC
        ),
        *(_registered(name) for name in LOGIC),
        *_network(terms),
        Act(
            name="PoolStorageFactory.seal",
            call=lambda c, known: factory(c, known).seal(),
            done=closed,
        ),
    ]


def _network(terms: Terms) -> list[Step]:
    """The ChainLink network around the pool: agreements, collateral, answers, reputation."""
    parts = ("Penalties", "Aggregator")
    return [
        Create(
            name="ServiceAgreements",
            arguments=lambda known: (
                known["LinkToken"],
                terms.answer_time,
                terms.late_time,
                terms.agreement_payment,
                terms.penalty_margin,
                *(artefact(name).bytecode for name in parts),
            ),
            parts=parts,
        ),
        Create(
            name="Reputation",
            arguments=lambda known: (known["ServiceAgreements"], terms.owner, OPEN),
        ),
    ]


def _registered(name: str) -> Act:
    def factory(connection: Connection, known: Addresses) -> PoolStorageFactory:
        return PoolStorageFactory(connection, known["PoolStorageFactory"])

    async def done(connection: Connection, known: Addresses) -> bool:
        return await factory(connection, known).get_contract(name) == known[name]

    return Act(
        name=f"PoolStorageFactory.setContract.{name}",
        call=lambda c, known: factory(c, known).set_contract(
            name, known[name], logic_hash(name, known)
        ),
        done=done,
    )


_DATA_STORE = 2  # the factory's second creation is the pool's own data


def logic_hash(name: str, known: Addresses) -> bytes:
    """Of a contract of logic of this release as it has to stand on chain: known before it is
    deployed. Of `known` the factory and LINK are used.
    """
    factory = known["PoolStorageFactory"]
    immutables = {
        "FACTORY": factory,
        "LINK": known["LinkToken"],
        "STORE": created_address(factory, _DATA_STORE),
    }
    return artefact(name).code_hash(immutables)
