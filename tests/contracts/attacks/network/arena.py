# SPDX-License-Identifier: MIT
"""The network for a machine on pyrevm: nodes, an impostor, a consumer; with planted bugs."""

from __future__ import annotations

import shutil
import site
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from tests.contracts.stateful.build import (
    BANK,
    BLOCK_TIME,
    OPERATOR,
    OWNER,
    STRANGER,
    Base,
    Builder,
    Built,
    Patch,
    build,
    built,
    travel,
)
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.world import Deployed, Interface, actor
from tests.contracts.suite import CONTRACTS, DAY, DELAY

LINK = 10**18
ANSWER_TIME, LATE_TIME, MARGIN = 300, 300, DAY
MINIMUM = LINK // 100
STAKE, PURSE = 10_000 * LINK, 10**24
CONSUMER, HARMED = actor("network.consumer"), actor("network.harmed")
NODES = 3
# The last oracle of the arena is none of the pool's.
IMPOSTOR = NODES
# Which contract is made of which module.
MADE_OF = {"agreements_bids": "ServiceAgreements", "requests": "Aggregator"}


@cache
def patched(name: str, patch: Patch) -> Built:
    """A contract of the network with a planted bug."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "contracts"
        shutil.copytree(CONTRACTS, root)
        patch.apply(root)
        bundle = FilesystemInputBundle([Path(p) for p in site.getsitepackages()] + [root])
        out = compile_from_file_input(
            bundle.load_file(f"chainlink/{name}.vy"),
            input_bundle=bundle,
            output_formats=["abi", "bytecode"],
        )
    return Built(Interface(out["abi"]), bytes.fromhex(out["bytecode"].removeprefix("0x")))


@dataclass(frozen=True, kw_only=True)
class Arena:
    """The network as every example finds it."""

    base: Base
    agreements: Deployed
    penalties: Deployed
    aggregator: Deployed
    reputation: Deployed
    oracles: list[Deployed]


def arena(patch: Patch | None = None) -> Arena:
    """Deployed in the real order; everybody has LINK and is a member of the open provider."""
    base = build(Revm(), loss_cap=1_000_000)
    builder = Builder(base.world, None)
    token = base.link.address

    def ready(name: str) -> Built:
        if patch is not None:
            stem = Path(patch.path).stem
            if MADE_OF.get(stem, stem) == name:
                return patched(name, patch)
        return built(CONTRACTS / "chainlink" / f"{name}.vy")

    parts = {name: ready(name) for name in ("Penalties", "Aggregator")}
    agreements = builder.put(
        ready("ServiceAgreements"),
        token,
        ANSWER_TIME,
        LATE_TIME,
        MINIMUM,
        MARGIN,
        *(part.code for part in parts.values()),
    )
    penalties, aggregator = (
        Deployed(base.world, agreements.read(name.lower()), part.interface)
        for name, part in parts.items()
    )
    reputation = builder.put(ready("Reputation"), agreements.address, OWNER, True)
    base.factory.do(OWNER, "announceDestination", penalties.address)
    travel(base.world, DELAY)
    base.factory.do(STRANGER, "activateDestination", penalties.address)
    oracles = _stores(base)
    oracles.append(builder.mock("network_impostor", token))
    for index, oracle in enumerate(oracles):
        reputation.do(sender(index), "join", oracle.address)
        # As a provider it likes those best who come last.
        oracles[IMPOSTOR].do(STRANGER, "rate", oracle.address, 100_000 * index)
    for account in (CONSUMER, oracles[IMPOSTOR].address):
        base.link.do(BANK, "transfer", account, PURSE)
    travel(base.world, BLOCK_TIME)
    return Arena(
        base=base,
        agreements=agreements,
        penalties=penalties,
        aggregator=aggregator,
        reputation=reputation,
        oracles=oracles,
    )


def sender(index: int) -> str:
    """Who speaks for an oracle; for the impostor anybody does."""
    return actor(f"node{index}")


def _stores(base: Base) -> list[Deployed]:
    """Three nodes with one staker each."""
    found = list(base.stores)
    address = base.served["LinkPool"].do(
        OWNER, "createNode", sender(NODES - 1), OPERATOR, 10**27, False
    )
    found.append(Deployed(base.world, address, base.stores[0].interface))
    for store in found:
        base.link.do(actor("alice"), "transferAndCall", store.address, STAKE, b"")
    return found
