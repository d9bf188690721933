# SPDX-License-Identifier: MIT
"""Facts of a sound deployment of two nodes, to be spoilt one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_abi_to_4byte_selector

from linkpool.audit.expected import Expected
from linkpool.audit.facts import (
    Books,
    Change,
    Creation,
    Destination,
    Facts,
    History,
    Moment,
    Network,
    Operation,
    Powers,
    Shares,
    Store,
    Suite,
)
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.judging import judge
from linkpool.audit.release import clone_of, hash_of, released
from linkpool.chain.addresses import ZERO, address, created_address
from linkpool.chain.artefacts import artefact
from linkpool.chain.codec import codec
from linkpool.chain.contracts import LOGIC
from linkpool.chain.facts import Announcement, PenaltyState
from linkpool.deployment.manifest import Deployed, Manifest
from linkpool.deployment.profiles import Terms
from linkpool.units import Juels, Ppm, Wei

NOW = 2_000_000_000
DELAY = 14 * 86_400
LINK_HERE = 10**21


def place(number: int) -> ChecksumAddress:
    """The same address for the same number."""
    return address(f"0x{number:040x}")


FACTORY, LINK, OWNERS, TIMELOCK = place(1), place(2), place(3), place(4)
IMPLEMENTATION, REGISTRY, DATA, OWNER = place(5), place(6), place(7), place(8)
AGREEMENTS = place(9)
TARGET, TARGET_CODE = place(70), b"\x60\x70"
CONTRACTS = {name: place(20 + number) for number, name in enumerate(LOGIC)}
SEALED = 100


def books(number: int, **changes: Any) -> Books:
    fields: dict[str, Any] = {
        "node": place(50 + number),
        "factory": FACTORY,
        "operator": place(60),
        "proposed": ZERO,
        "wallet": place(60),
        "staked": Juels(LINK_HERE),
        "owners_due": Juels(0),
        "pledged": Juels(0),
        "operations_due": Juels(0),
        "escrowed": Juels(0),
        "claims": Juels(0),
        "at_risk": Juels(0),
        "stakers_at_risk": Juels(0),
        "makers": Ppm(250_000),
        "ceiling": Ppm(500_000),
        "allowance": Ppm(50_000),
        "records": 0,
        "overdue": (Juels(0), 0),
        "waiting": (Announcement(value=0, ready=0, lapse=0),) * 3,
        "open": (),
    }
    return Books(**fields | changes)


def store(number: int, **changes: Any) -> Store:
    fields: dict[str, Any] = {
        "index": number,
        "place": place(40 + number),
        "balance": Juels(LINK_HERE),
        "is_storage": True,
        "found": place(40 + number),
        "books": books(number),
        "losses": (),
    }
    return Store(**fields | changes)


def penalty(**changes: Any) -> PenaltyState:
    fields: dict[str, Any] = {
        "block": 1,
        "id": 1,
        "state": 1,
        "amount": Juels(LINK_HERE // 50),
        "pledge": Juels(0),
        "returned": Juels(0),
        "claims": Juels(0),
        "weight": Ppm(20_000),
        "deadline": NOW + 1_000,
    }
    return PenaltyState(**fields | changes)


def operation(data: bytes, /, **changes: Any) -> Operation:
    """Announced a day ago."""
    fields: dict[str, Any] = {
        "id": b"\x01" * 32,
        "target": FACTORY,
        "data": data,
        "ready": NOW - 86_400 + DELAY,
        "lapse": NOW - 86_400 + 2 * DELAY,
        "announced": NOW - 86_400,
        "ended": "",
        "tx": "",
        "waits": True,
    }
    return Operation(**fields | changes)


def write(name: str | bytes, new: ChecksumAddress, code_hash: bytes = bytes(32)) -> bytes:
    """Calldata of a registry write; a name may be bytes that are no text."""
    raw = name.encode() if isinstance(name, str) else name
    entry = codec("PoolStorageFactory").functions["setContract"]
    given = encode(["bytes", "address", "bytes32"], [raw, new, code_hash])
    return function_abi_to_4byte_selector(entry) + given


def change(name: str, new: ChecksumAddress, **changes: Any) -> Change:
    fields: dict[str, Any] = {
        "name": name,
        "old": ZERO,
        "new": new,
        "block": 50,
        "time": NOW - 10**7,
        "tx": f"0x{name}",
    }
    return Change(**fields | changes)


def destination(**changes: Any) -> Destination:
    fields: dict[str, Any] = {
        "target": TARGET,
        "state": 2,
        "code_hash": hash_of(TARGET_CODE),
        "ready": 0,
        "lapse": 0,
        "active": True,
    }
    return Destination(**fields | changes)


def facts(**changes: Any) -> Facts:
    """Everything reads as it should, but for the code: no code is of any release here."""
    stores = (store(0), store(1))
    fields: dict[str, Any] = {
        "moment": Moment(chain_id=7, genesis="0x0", number=1_000, hash="0x1", time=NOW),
        "suite": Suite(
            factory=FACTORY,
            link=LINK,
            pool_owners=OWNERS,
            timelock=TIMELOCK,
            implementation=IMPLEMENTATION,
            registry=REGISTRY,
            data=DATA,
            delay=DELAY,
            sealed=True,
            contracts=CONTRACTS,
            logic=dict.fromkeys(CONTRACTS.values(), True),
        ),
        "powers": Powers(
            owner=OWNER,
            pending_owner=ZERO,
            delay=DELAY,
            owners_owner=OWNER,
            owners_pending=ZERO,
            creator=ZERO,
        ),
        "shares": Shares(is_distributed=True, reserved=Juels(0), balance=Juels(0)),
        "stores": stores,
        "destinations": (),
        "history": History(
            first=1,
            sealed=SEALED,
            changes=tuple(change(name, new) for name, new in CONTRACTS.items()),
            operations=(),
        ),
        "network": None,
        "unread": (),
        "creations": dict.fromkeys(
            (FACTORY, TIMELOCK, AGREEMENTS), Creation(tx="0x1", block=1, code=b"")
        ),
        "codes": dict.fromkeys(
            (REGISTRY, DATA, *(one.place for one in stores)), clone_of(IMPLEMENTATION)
        )
        | {TARGET: TARGET_CODE},
    }
    return Facts(**fields | changes)


def network(**changes: Any) -> Network:
    fields: dict[str, Any] = {
        "agreements": AGREEMENTS,
        "penalties": created_address(AGREEMENTS, 1),
        "aggregator": created_address(AGREEMENTS, 2),
        "penalties_agreements": AGREEMENTS,
        "aggregator_agreements": AGREEMENTS,
        "posted": 0,
        "open_cost": Juels(0),
        "agreements_balance": Juels(0),
        "deposits": 0,
        "deposited": Juels(0),
        "penalties_balance": Juels(0),
        "refused": Juels(0),
        "aggregator_balance": Juels(0),
        "reputation": None,
    }
    return Network(**fields | changes)


NOBODY_SAID = Expected(manifest=None, path=None, profile=None)


def said(changed: Facts, expected: Expected = NOBODY_SAID) -> dict[tuple[str, str], Finding]:
    """What the judge says beyond what he says of sound facts, by check and subject."""
    usual = {(one.check, one.what): one for one in judge(facts(), expected, ["one"]).findings}
    found = {(one.check, one.what): one for one in judge(changed, expected, ["one"]).findings}
    return {
        key: one
        for key, one in found.items()
        if one.verdict is not Verdict.OK and usual.get(key) != one
    }


def past(changed: Facts, **changes: Any) -> Facts:
    """Facts with another history."""
    return replace(changed, history=replace(changed.history, **changes))


def with_store(**changes: Any) -> Facts:
    """Facts with another second node."""
    return facts(stores=(store(0), store(1, **changes)))


def runtime(name: str) -> bytes:
    """The code that a contract's creation leaves behind, with immutables of zero."""
    build = released(name)
    assert build is not None
    whole = artefact(name).bytecode
    zero = bytes(32 * len(build.immutables))
    for start in range(len(whole) - build.size + 1):
        if build.is_code_of(whole[start : start + build.size] + zero):
            return whole[start : start + build.size] + zero
    raise AssertionError(name)


def manifest() -> Manifest:
    """Of the deployment that `facts` are of; its PoolOwners was made with it."""
    owners = Deployed(address=OWNERS, arguments={}, code_hash="none", block=1, tx="0x1", gas=1)
    terms = Terms(
        owner=OWNER,
        wallet=OWNER,
        link=LINK,
        delay=DELAY,
        penalty_life=7 * 86_400,
        loss_cap=Ppm(50_000),
        valuation=Wei(1),
        hard_cap=Wei(1),
        sale_end=NOW,
        minimum_cap=Juels(1),
        link_minimum=Juels(0),
        answer_time=300,
        late_time=300,
        penalty_margin=60,
        agreement_payment=Juels(1),
    )
    return Manifest(
        network="here",
        chain_id=7,
        genesis="0x0",
        deployer=place(61),
        terms=terms,
        contracts={"PoolOwners": owners},
    )
