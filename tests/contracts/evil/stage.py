# SPDX-License-Identifier: MIT
"""The evil pool: everybody with power is hostile and acts as one; stakers and a consumer are not.

Three scenarios, each with the pool's own cap and with none: a pool whose logic is honest beside a
hostile contract in the registry; one whose whole logic is hostile from the first block; one whose
logic was honest when people staked and has been replaced since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.contracts.evil.chain import ETHER, Chain
from tests.contracts.stateful.build import (
    BANK,
    BLOCK_TIME,
    OPERATOR,
    OWNER,
    STRANGER,
    SUPPLY,
    Built,
    Patch,
    built,
    built_link,
    built_with,
    travel,
)
from tests.contracts.stateful.world import Deployed, Interface, actor
from tests.contracts.suite import DAY, DELAY, PENALTY_LIFE, ROOT

LOGIC = ("LinkPool", "NodeFactory", "Node", "NodeStaking")
SCENARIOS = ("beside", "first block", "upgrade")
CAPS = (50_000, 1_000_000)
ARTEFACTS = ROOT / "src/linkpool/chain/abi"
PUPPET = Path(__file__).parent / "puppet.vy"
LINK = 10**18
NODES = 2
ANSWER_TIME, LATE_TIME, MINIMUM = 300, 300, LINK // 100

HONEST = tuple(actor(f"evil.honest{n}") for n in range(4))
ASKER, HOLDER = actor("evil.asker"), actor("evil.holder")
KEEPER, HEIR, CREATOR = actor("evil.keeper"), actor("evil.heir"), actor("evil.creator")
NODE_KEYS = tuple(actor(f"evil.node{n}") for n in range(5))
WALLETS = tuple(actor(f"evil.wallet{n}") for n in range(2))
HOSTILE = (OWNER, OPERATOR, STRANGER, KEEPER, HEIR, CREATOR, *NODE_KEYS, *WALLETS)


@dataclass(kw_only=True)
class Stage:
    """The deployment that every chunk of a run starts from."""

    chain: Chain
    scenario: str
    loss_cap: int
    link: Deployed
    owners: Deployed
    timelock: Deployed
    factory: Deployed
    served: dict[str, Deployed]
    puppets: dict[str, Deployed]
    network: dict[str, Deployed]
    storage: Deployed
    stores: list[Deployed]
    # Every address by a name that does not change when the deployment does.
    names: dict[str, str] = field(default_factory=dict)

    def contracts(self) -> dict[str, Deployed]:
        """Everything with an interface of its own, by name."""
        stores = {f"store{index}": store for index, store in enumerate(self.stores)}
        core = {"LINK": self.link, "PoolOwners": self.owners, "Timelock": self.timelock}
        core["PoolStorageFactory"] = self.factory
        return {**core, **self.served, **self.network, **stores}

    def registering(self, name: str, new: str) -> bytes:
        """The call that puts a contract, and no other code, into the registry."""
        code = self.chain.code_hash(new)
        return self.factory.interface.encode("setContract", name, new, code)


@cache
def released(name: str) -> Built:
    """The very code that a deployment has, from its committed artefact."""
    found = json.loads((ARTEFACTS / f"{name.rpartition('/')[2]}.json").read_text())
    return Built(Interface(found["abi"]), bytes.fromhex(found["bytecode"].removeprefix("0x")))


class Builder:
    """Deploys in the order of a real deployment; one contract may have a planted bug."""

    def __init__(self, chain: Chain, patch: Patch | None, patched: str) -> None:
        self.chain, self.patch, self.patched = chain, patch, patched

    def code(self, name: str) -> Built:
        if self.patch is not None and self.patched == name:
            return built_with(self.patch, f"{name}.vy")
        return released(name)

    def put(self, found: Built, *args: object) -> Deployed:
        code = found.code + found.interface.constructor(*args)
        return Deployed(self.chain, self.chain.deploy(OWNER, code), found.interface)

    def own(self, name: str, *args: object) -> Deployed:
        return self.put(self.code(name), *args)

    def at(self, name: str, address: str) -> Deployed:
        return Deployed(self.chain, address, self.code(name).interface)


def build(scenario: str, loss_cap: int, patch: Patch | None = None, patched: str = "") -> Stage:
    """A sealed deployment with two nodes, in which everybody honest has staked."""
    chain = Chain()
    builder = Builder(chain, patch, patched)
    link = builder.put(built_link())
    link.do(OWNER, "transfer", BANK, SUPPLY)
    owners = _owners(builder, link, scenario != "first block")
    timelock = builder.own("Timelock", OWNER, DELAY)
    factory = builder.own("PoolStorageFactory", link.address, owners.address, timelock.address)
    storage = builder.own("PoolStorage", factory.address, loss_cap, PENALTY_LIFE)
    factory.do(OWNER, "initialise", storage.address)
    parts = (*LOGIC, "Rogue", "Box0", "Box1", "Consumer")
    puppets = {name: builder.put(built(PUPPET), link.address) for name in parts}
    served = {name: builder.own(name, factory.address) for name in LOGIC}
    first = puppets if scenario == "first block" else served
    stage = Stage(
        chain=chain,
        scenario=scenario,
        loss_cap=loss_cap,
        link=link,
        owners=owners,
        timelock=timelock,
        factory=factory,
        served=served,
        puppets=puppets,
        network=_network(builder, link),
        storage=storage,
        stores=[],
    )
    for name in LOGIC:
        chain.send(OWNER, factory.address, stage.registering(name, first[name].address))
    factory.do(OWNER, "seal")
    _create_nodes(stage)
    _fund(stage)
    _wait_for_powers(stage)
    _stake(stage)
    if scenario == "upgrade":
        _by_timelock(stage, {name: puppets[name].address for name in LOGIC})
    _name_all(stage)
    return stage


def _owners(builder: Builder, link: Deployed, sale: bool) -> Deployed:
    """PoolOwners before or in its sale: an honest holder, and the owner with the most."""
    end = builder.chain.time + 90 * DAY
    figures = (4_000 * ETHER, 1_000 * ETHER, end, 1_000 * ETHER)
    owners = builder.own("PoolOwners", OWNER, OWNER, *figures)
    owners.do(OWNER, "whitelistToken", link.address, 0)
    owners.do(OWNER, "setOwnerShare", HOLDER, 700 * ETHER)
    owners.do(OWNER, "setOwnerShare", OWNER, 2_000 * ETHER)
    owners.do(OWNER, "whitelistWallet", HONEST[0])
    if sale:
        owners.do(OWNER, "startContribution")
    return owners


def _network(builder: Builder, link: Deployed) -> dict[str, Deployed]:
    parts = (builder.code("chainlink/Penalties").code, builder.code("chainlink/Aggregator").code)
    figures = (ANSWER_TIME, LATE_TIME, MINIMUM, DAY)
    agreements = builder.own("chainlink/ServiceAgreements", link.address, *figures, *parts)
    return {
        "ServiceAgreements": agreements,
        "Penalties": builder.at("chainlink/Penalties", agreements.read("penalties")),
        "Aggregator": builder.at("chainlink/Aggregator", agreements.read("aggregator")),
        "Reputation": builder.own("chainlink/Reputation", agreements.address, OWNER, True),
    }


def _create_nodes(stage: Stage) -> None:
    chain, storage = stage.chain, stage.storage
    for index in range(NODES):
        node = NODE_KEYS[index]
        if stage.scenario == "first block":
            terms = (node, OPERATOR, WALLETS[0], False, SUPPLY, LINK, LINK // 10, LINK // 20)
            call = stage.factory.interface.encode("createStorage", (*terms, 500_000, 250_000))
            stage.puppets["NodeFactory"].do(STRANGER, "act", stage.factory.address, call)
            address = stage.factory.read("getStorageInstance", node)
        else:
            pool = stage.served["LinkPool"]
            address = pool.do(OWNER, "createNode", node, OPERATOR, SUPPLY, False)
        stage.stores.append(Deployed(chain, address, storage.interface))


def _fund(stage: Stage) -> None:
    rich = (*HONEST, ASKER, *HOSTILE, *(p.address for p in stage.puppets.values()))
    for account in rich:
        stage.chain.enrich(account)
        stage.link.do(BANK, "transfer", account, 10**25)
    pool = stage.served["LinkPool"]
    if stage.scenario != "first block":
        pool.do(OWNER, "setCreator", CREATOR, 3)


def _by_timelock(stage: Stage, contracts: dict[str, str]) -> None:
    factory, timelock = stage.factory, stage.timelock
    calls = [stage.registering(name, new) for name, new in contracts.items()]
    for call in calls:
        timelock.do(OWNER, "announce", factory.address, call, bytes(32))
    travel(stage.chain, DELAY)
    for call in calls:
        timelock.do(STRANGER, "execute", factory.address, call, bytes(32))


def _wait_for_powers(stage: Stage) -> None:
    """Two hostile penalty contracts and the honest one, hostile logic: all announced together."""
    targets = [stage.puppets["Box0"], stage.puppets["Box1"], stage.network["Penalties"]]
    for target in targets:
        stage.factory.do(OWNER, "announceDestination", target.address)
    _by_timelock(stage, {"Rogue": stage.puppets["Rogue"].address})
    for target in targets:
        stage.factory.do(STRANGER, "activateDestination", target.address)


def _stake(stage: Stage) -> None:
    for number, staker in enumerate(HONEST):
        store = stage.stores[number % NODES].address
        stage.link.do(staker, "transferAndCall", store, (number + 1) * 1_000 * LINK + number, b"")
    travel(stage.chain, BLOCK_TIME)


def _name_all(stage: Stage) -> None:
    found = {name: contract.address for name, contract in stage.contracts().items()}
    found |= {f"puppet {name}": puppet.address for name, puppet in stage.puppets.items()}
    found["PoolStorage"] = stage.storage.address
    found["registry"] = stage.factory.read("poolStorage")
    found["pool data"] = stage.factory.read("poolData")
    stage.names |= found
