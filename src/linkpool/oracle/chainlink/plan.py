# SPDX-License-Identifier: MIT
"""What of an export is taken, what is there already, and what is not taken and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from linkpool.oracle.chainlink.found import DIRECT_REQUEST, Export, FoundBridge, FoundJob, FoundKey
from linkpool.oracle.errors import SpecError
from linkpool.oracle.spec import JobSpec, load

Action = Literal["add", "have", "leave"]

_OTHERS: Final = {
    "offchainreporting": "OCR needs Chainlink's peer-to-peer network",
    "offchainreporting2": "OCR needs Chainlink's peer-to-peer network",
    "bootstrap": "OCR needs Chainlink's peer-to-peer network",
    "fluxmonitor": "flux aggregators are retired",
    "vrf": "randomness needs a VRF key and its coordinator",
    "keeper": "upkeeps are served by Chainlink Automation",
    "cron": "only requests of contracts start a job here",
    "webhook": "only requests of contracts start a job here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the plan. `content` is what is added; `notes` are what to know about it."""

    kind: Literal["job", "bridge", "key"]
    name: str
    action: Action
    why: str = ""
    notes: tuple[str, ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Bridges come first: jobs name them."""

    items: tuple[Item, ...]

    @property
    def additions(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.action == "add")


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is here. `storages`: each PoolStorage of the pool with the node that answers for it."""

    chain_id: int
    storages: Mapping[ChecksumAddress, ChecksumAddress]
    jobs: frozenset[tuple[str, ChecksumAddress]] = frozenset()
    """External job id and contract of each."""
    bridges: Mapping[str, str] = field(default_factory=dict)
    """name -> URL"""
    wallets: frozenset[str] = frozenset()
    """Addresses of the keystores."""


def make_plan(
    export: Export,
    present: Present,
    *,
    contracts: Mapping[ChecksumAddress, ChecksumAddress],
    shadow: bool = False,
) -> Plan:
    """`contracts` maps old oracle addresses to new ones; `shadow` takes jobs only to compare."""
    bridges = [_bridge(one, present) for one in export.bridges]
    known = {one.name for one in export.bridges} | present.bridges.keys()
    jobs = [_job(one, present, contracts, shadow, known) for one in export.jobs]
    keys = [_key(one, present) for one in export.keys]
    return Plan((*bridges, *_once(jobs), *keys))


def moved(toml: str, contracts: Mapping[ChecksumAddress, ChecksumAddress]) -> str:
    """The file with every old address, however it is written, replaced by its new one."""
    for old, new in contracts.items():
        toml = re.sub(rf"{old}(?![0-9a-fA-F])", new, toml, flags=re.IGNORECASE)
    return toml


def _bridge(found: FoundBridge, present: Present) -> Item:
    url = present.bridges.get(found.name)
    if url == found.url:
        return Item(kind="bridge", name=found.name, action="have", why="is here already")
    if url is not None:
        why = "another bridge has this name here: remove or rename it first"
        return Item(kind="bridge", name=found.name, action="leave", why=why)
    note = "a new incoming token is made: an asynchronous adapter has to be told"
    return Item(
        kind="bridge",
        name=found.name,
        action="add",
        notes=(note,),
        content={
            "name": found.name,
            "url": found.url,
            "confirmations": found.confirmations,
            "minimumContractPayment": str(found.minimum_payment),
            "outgoingToken": found.outgoing_token,
        },
    )


def _job(
    found: FoundJob,
    present: Present,
    contracts: Mapping[ChecksumAddress, ChecksumAddress],
    shadow: bool,
    bridges: set[str],
) -> Item:
    if found.kind != DIRECT_REQUEST:
        why = _OTHERS.get(found.kind, "only direct requests are served here")
        return _left(found, f"type {found.kind}: {why}")
    toml = found.toml if shadow else moved(found.toml, contracts)
    try:
        spec = load(toml)
    except SpecError as error:
        return _left(found, str(error))
    if spec.chain_id not in (None, present.chain_id):
        return _left(found, f"it is for chain {spec.chain_id}, this is {present.chain_id}")
    node = present.storages.get(spec.contract)
    if node is None and not shadow:
        hint = f"give --contract {spec.contract}=NEW, or --shadow to compare only"
        return _left(found, f"{spec.contract} is no PoolStorage of this pool: {hint}")
    if node is not None and shadow:
        return _left(found, f"{spec.contract} is a PoolStorage: its own node answers there")
    if (str(spec.external_id), spec.contract) in present.jobs:
        return Item(kind="job", name=found.name, action="have", why="is here already")
    return Item(
        kind="job",
        name=found.name,
        action="add",
        notes=tuple(_notes(spec, bridges, shadow)),
        content={"toml": toml, "shadow": shadow, "node": node, "contract": spec.contract},
    )


def _notes(spec: JobSpec, bridges: set[str], shadow: bool) -> list[str]:
    notes = [f"compares with what is answered at {spec.contract}"] if shadow else []
    wanted = {t.attributes.get("name", "") for t in spec.graph.tasks if t.kind == "bridge"}
    notes += [
        f"bridge {name} is not in the export: add it before the first request"
        for name in sorted(wanted - bridges)
        if "$(" not in name
    ]
    if spec.forwarding_allowed:
        notes.append("forwardingAllowed has no meaning here: the node's own key sends")
    return notes


def _key(found: FoundKey, present: Present) -> Item:
    if not is_address(found.address):
        return Item(kind="key", name=found.address, action="leave", why="is no address")
    address = to_checksum_address(found.address)
    if address in present.wallets:
        return Item(kind="key", name=address, action="have", why="is a wallet already")
    if found.keystore is None:
        why = "not asked for: give --keys-password-file FILE to take it"
        return Item(kind="key", name=address, action="leave", why=why)
    if not isinstance(found.keystore.get("crypto", found.keystore.get("Crypto")), Mapping):
        return Item(kind="key", name=address, action="leave", why="is no keystore v3 file")
    note = "never run two nodes with one key: stop the old one first"
    content = {"keystore": found.keystore}
    return Item(kind="key", name=address, action="add", notes=(note,), content=content)


def _left(found: FoundJob, why: str) -> Item:
    return Item(kind="job", name=f"{found.name} ({found.origin})", action="leave", why=why)


def _once(jobs: list[Item]) -> list[Item]:
    """A job that the export has as a file and in its list is taken once."""
    seen: set[tuple[str, ChecksumAddress]] = set()
    kept = []
    for item in jobs:
        if item.action == "add":
            spec = load(str(item.content["toml"]))
            same = (str(spec.external_id), spec.contract)
            if same in seen:
                continue
            seen.add(same)
        kept.append(item)
    return kept
