# SPDX-License-Identifier: MIT
"""The sealed suite with two nodes in a world, whichever engine runs it; patched for planted bugs.

Everything that waits is real: destinations and the hostile logic are announced and wait.
"""

from __future__ import annotations

import json
import shutil
import site
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.output import build_abi_output

from tests.contracts.stateful.world import Deployed, Interface, World, actor
from tests.contracts.suite import CONTRACTS, DAY, DELAY, LINK_JSON, MOCKS, PENALTY_LIFE, deployer

OWNER, BANK, OPERATOR, STRANGER = (actor(n) for n in ("owner", "bank", "operator", "stranger"))
STAKERS = ("alice", "bob", "carol", "dave")
BOXES = 2
SUPPLY = 10**27
BLOCK_TIME = 12


@dataclass(frozen=True)
class Built:
    """Compiler output of one contract."""

    interface: Interface
    code: bytes


@dataclass(frozen=True)
class Patch:
    """One line of a module replaced: a planted bug."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        source = (root / self.path).read_text(encoding="utf-8")
        assert source.count(self.old) == 1, f"{self.path} has no longer one {self.old!r}"
        (root / self.path).write_text(source.replace(self.old, self.new), encoding="utf-8")


@cache
def built(path: Path) -> Built:
    """Our own source, from titanoboa's cache where it is there."""
    found = deployer(path)
    return Built(Interface(build_abi_output(found.compiler_data)), found.compiler_data.bytecode)


@cache
def built_with(patch: Patch, file: str = "PoolStorage.vy") -> Built:
    """A contract, by its path below contracts/, with a planted bug."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "contracts"
        shutil.copytree(CONTRACTS, root)
        patch.apply(root)
        bundle = FilesystemInputBundle([Path(p) for p in site.getsitepackages()] + [root])
        out = compile_from_file_input(
            bundle.load_file(file),
            input_bundle=bundle,
            output_formats=["abi", "bytecode"],
        )
    return Built(Interface(out["abi"]), bytes.fromhex(out["bytecode"].removeprefix("0x")))


@cache
def built_link() -> Built:
    found = json.loads(LINK_JSON.read_text())
    return Built(Interface(found["abi"]), bytes.fromhex(found["bytecode"].removeprefix("0x")))


@dataclass(kw_only=True)
class Base:
    """The suite as every example of the machine finds it."""

    world: World
    loss_cap: int
    link: Deployed
    pool_owners: Deployed
    timelock: Deployed
    factory: Deployed
    served: Mapping[str, Deployed]
    stores: list[Deployed]
    boxes: list[Deployed]
    consumers: list[Deployed]
    rogue: Deployed
    refuser: Deployed
    contracts: dict[str, Deployed] = field(default_factory=dict)


class Builder:
    """Deploys in the order of a real deployment."""

    def __init__(self, world: World, patch: Patch | None) -> None:
        self.world = world
        self.patch = patch

    def put(self, found: Built, *args: object) -> Deployed:
        code = found.code + found.interface.constructor(*args)
        return Deployed(self.world, self.world.deploy(OWNER, code), found.interface)

    def own(self, name: str, *args: object) -> Deployed:
        return self.put(built(CONTRACTS / f"{name}.vy"), *args)

    def mock(self, name: str, *args: object) -> Deployed:
        return self.put(built(MOCKS / f"{name}.vy"), *args)

    def storage(self, factory: Deployed, loss_cap: int) -> Deployed:
        arguments = (factory.address, loss_cap, PENALTY_LIFE)
        if self.patch is not None:
            return self.put(built_with(self.patch), *arguments)
        return self.own("PoolStorage", *arguments)


def travel(world: World, seconds: int) -> None:
    """Lets time pass: at least one block."""
    world.time += seconds
    world.block += max(1, seconds // BLOCK_TIME)


def build(world: World, *, loss_cap: int, patch: Patch | None = None) -> Base:
    """The whole suite, sealed; two nodes, two penalty contracts, hostile logic in the registry."""
    builder = Builder(world, patch)
    link = builder.put(built_link())
    link.do(OWNER, "transfer", BANK, SUPPLY)
    ether = 10**18
    owners = builder.own(
        "PoolOwners",
        OWNER,
        OWNER,
        4000 * ether,
        1000 * ether,
        world.time + 90 * DAY,
        1000 * ether,
    )
    timelock = builder.own("Timelock", OWNER, DELAY)
    factory = builder.own("PoolStorageFactory", link.address, owners.address, timelock.address)
    implementation = builder.storage(factory, loss_cap)
    factory.do(OWNER, "initialise", implementation.address)
    served = {}
    for name in ("LinkPool", "NodeFactory", "Node", "NodeStaking"):
        served[name] = builder.own(name, factory.address)
        place = served[name].address
        factory.do(OWNER, "setContract", name, place, builder.world.code_hash(place))
    factory.do(OWNER, "seal")
    stores = []
    for index in range(2):
        node = actor(f"node{index}")
        address = served["LinkPool"].do(OWNER, "createNode", node, OPERATOR, SUPPLY, False)
        stores.append(Deployed(world, address, implementation.interface))
    base = Base(
        world=world,
        loss_cap=loss_cap,
        link=link,
        pool_owners=owners,
        timelock=timelock,
        factory=factory,
        served=served,
        stores=stores,
        boxes=[builder.mock("penalty_box", link.address) for _ in range(BOXES)],
        consumers=[builder.mock("hostile_consumer") for _ in range(2)],
        rogue=builder.mock("logic_target"),
        refuser=builder.mock("logic_target"),
    )
    _wait_for_powers(base)
    return base


def _wait_for_powers(base: Base) -> None:
    """Destinations and hostile logic, announced together."""
    for box in base.boxes:
        base.factory.do(OWNER, "announceDestination", box.address)
    code_hash = base.world.code_hash(base.rogue.address)
    call = base.factory.interface.encode("setContract", "Rogue", base.rogue.address, code_hash)
    base.timelock.do(OWNER, "announce", base.factory.address, call, bytes(32))
    travel(base.world, DELAY)
    for box in base.boxes:
        base.factory.do(STRANGER, "activateDestination", box.address)
    base.timelock.do(STRANGER, "execute", base.factory.address, call, bytes(32))
    link = base.link
    for name in STAKERS:
        link.do(BANK, "transfer", actor(name), 10**26)
    for account in (STRANGER, *(c.address for c in base.consumers)):
        link.do(BANK, "transfer", account, 10**26)
    travel(base.world, BLOCK_TIME)
