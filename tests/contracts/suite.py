# SPDX-License-Identifier: MIT
"""The whole suite on titanoboa: deployed in the real order, sealed, with one node; and its actors.

Amounts are juels (10**18 = 1 LINK), times seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import boa
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"
MOCKS = ROOT / "tests/contracts/mocks"
LINK_JSON = ROOT / "node_modules/@chainlink/abi/v0.4/LinkToken.json"

# titanoboa's contracts have their methods from the ABI only.
Contract = Any

ALL = 2**256 - 1
PPM = 1_000_000
ZERO = "0x" + "00" * 20
DAY = 86_400
DELAY = 14 * DAY
GRACE = 14 * DAY
LOSS_CAP = 50_000
PENALTY_LIFE = 7 * DAY
START = 1_900_000_800  # a fixed clock, noon of a day (UTC)


def link(text: str | int) -> int:
    """Exact juels of an amount of LINK.

    >>> link("1.5")
    1500000000000000000
    """
    juels = Decimal(text) * 10**18
    assert juels == int(juels), f"{text} LINK is no whole number of juels"
    return int(juels)


def actor(name: str) -> str:
    """The same address for the same name, in every test."""
    return to_checksum_address(keccak(text=f"actor.{name}")[-20:])


def key(name: str, account: str | None = None) -> bytes:
    """A key of the key-value data: keccak256(name) or keccak256(name + 32 byte address)."""
    tail = b"" if account is None else bytes(12) + bytes.fromhex(account[2:])
    return keccak(name.encode() + tail)


def word(number: int) -> bytes:
    """A bytes32, for references and salts."""
    return number.to_bytes(32, "big")


def travel(seconds: int) -> None:
    """Lets time pass; at least one block."""
    boa.env.timestamp += seconds
    boa.env.evm.patch.block_number += max(1, seconds // 12)


@cache
def deployer(path: Path) -> Any:
    """Compiled once for each session."""
    boa.interpret.set_search_paths([str(CONTRACTS)])
    return boa.load_partial(str(path))


def contract(name: str) -> Any:
    """The compiled contract of that name; `.deploy(…)` or `.at(address)` it."""
    return deployer(CONTRACTS / f"{name}.vy")


def mock(name: str, *args: Any) -> Contract:
    """A fresh test double from mocks/."""
    return deployer(MOCKS / f"{name}.vy").deploy(*args)


def deploy_link(holder: str) -> Contract:
    """Chainlink's own LinkToken v0.4; `holder` gets all of it."""
    found = json.loads(LINK_JSON.read_text())
    code = bytes.fromhex(found["bytecode"].removeprefix("0x"))
    address, _ = boa.env.deploy_code(sender=holder, bytecode=code)
    return boa.loads_abi(json.dumps(found["abi"]), name="LinkToken").at(address)


@dataclass(frozen=True, kw_only=True)
class Actors:
    """Who acts, one address for each role."""

    owner: str = actor("owner")
    deployer: str = actor("deployer")
    operator: str = actor("operator")
    node_address: str = actor("node")
    creator: str = actor("creator")
    staker: str = actor("staker")
    stranger: str = actor("stranger")
    bank: str = actor("bank")


@dataclass(frozen=True, kw_only=True)
class Core:
    """What every node rests on; deployed, not yet sealed."""

    link: Contract
    pool_owners: Contract
    timelock: Contract
    factory: Contract
    actors: Actors

    def store_at(self, address: str) -> Contract:
        """A PoolStorage by its address."""
        return contract("PoolStorage").at(address)

    def store_of(self, node_address: str) -> Contract:
        """A node's PoolStorage."""
        return self.store_at(self.factory.getStorageInstance(node_address))

    def fund(self, account: str, juels: int) -> None:
        """LINK from the bank, by plain transfer."""
        self.link.transfer(account, juels, sender=self.actors.bank)

    def by_timelock(self, target: Contract, data: bytes) -> None:
        """Announces a call by the owner, waits, executes it."""
        self.timelock.announce(target.address, data, bytes(32), sender=self.actors.owner)
        travel(self.timelock.delay())
        self.timelock.execute(target.address, data, bytes(32))

    def whitelist(self, target: str) -> None:
        """Announces a penalty destination by the owner, waits, activates it."""
        self.factory.announceDestination(target, sender=self.actors.owner)
        travel(self.factory.delay())
        self.factory.activateDestination(target)


@dataclass(frozen=True, kw_only=True)
class Suite(Core):
    """The sealed suite with one node of 1,000,000 LINK limit."""

    pool: Contract
    node_factory: Contract
    node: Contract
    staking: Contract
    store: Contract

    def create_node(
        self,
        node_address: str,
        *,
        operator: str | None = None,
        limit: int = 10**24,
        private: bool = False,
    ) -> Contract:
        """One more node by the owner; gives its PoolStorage."""
        store = self.pool.createNode(
            node_address,
            operator or self.actors.operator,
            limit,
            private,
            sender=self.actors.owner,
        )
        return self.store_at(store)

    def stake(self, staker: str, juels: int, store: Contract | None = None) -> None:
        """Funds a staker and stakes straight into a PoolStorage."""
        self.fund(staker, juels)
        target = (store or self.store).address
        self.link.transferAndCall(target, juels, b"", sender=staker)


def deploy_pool_owners(actors: Actors) -> Contract:
    """PoolOwners with the paper's figures: 4000 ETH, 1000 of it for contributors."""
    ether = 10**18
    return contract("PoolOwners").deploy(
        actors.owner,
        actors.owner,
        4000 * ether,
        1000 * ether,
        boa.env.timestamp + 90 * DAY,
        1000 * ether,
        sender=actors.owner,
    )


def code_hash(address: str) -> bytes:
    """Of the code there; 32 zero bytes for 0x0, as `setContract` wants it."""
    return bytes(32) if address == ZERO else keccak(boa.env.get_code(address))


def deploy_core(actors: Actors, *, delay: int = DELAY) -> Core:
    """LINK, PoolOwners, Timelock and the factory: neither initialised nor sealed."""
    token = deploy_link(actors.bank)
    pool_owners = deploy_pool_owners(actors)
    timelock = contract("Timelock").deploy(actors.owner, delay, sender=actors.deployer)
    factory = contract("PoolStorageFactory").deploy(
        token.address, pool_owners.address, timelock.address, sender=actors.deployer
    )
    return Core(
        link=token, pool_owners=pool_owners, timelock=timelock, factory=factory, actors=actors
    )


def initialise(core: Core, *, loss_cap: int = LOSS_CAP, life: int = PENALTY_LIFE) -> None:
    """Gives the factory the code of every PoolStorage."""
    implementation = contract("PoolStorage").deploy(core.factory.address, loss_cap, life)
    core.factory.initialise(implementation.address, sender=core.actors.deployer)


def deploy_suite(
    actors: Actors | None = None,
    *,
    delay: int = DELAY,
    loss_cap: int = LOSS_CAP,
    limit: int = 10**24,
) -> Suite:
    """Everything, in the order of a real deployment, sealed, with the first node, which may
    take `limit` juels.
    """
    who = actors or Actors()
    core = deploy_core(who, delay=delay)
    initialise(core, loss_cap=loss_cap, life=min(PENALTY_LIFE, delay // 2))
    served: dict[str, Contract] = {}
    for name in ("LinkPool", "NodeFactory", "Node", "NodeStaking"):
        served[name] = contract(name).deploy(core.factory.address, sender=who.deployer)
        place = served[name].address
        core.factory.setContract(name, place, code_hash(place), sender=who.deployer)
    core.factory.seal(sender=who.deployer)
    store = served["LinkPool"].createNode(
        who.node_address, who.operator, limit, False, sender=who.owner
    )
    return Suite(
        link=core.link,
        pool_owners=core.pool_owners,
        timelock=core.timelock,
        factory=core.factory,
        actors=who,
        pool=served["LinkPool"],
        node_factory=served["NodeFactory"],
        node=served["Node"],
        staking=served["NodeStaking"],
        store=core.store_at(store),
    )


def logs(source: Contract, name: str) -> list[Any]:
    """The events of that name that the last call made `source` emit."""
    return [entry for entry in source.get_logs() if type(entry).__name__ == name]
