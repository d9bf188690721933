# SPDX-License-Identifier: MIT
"""What an address may do: every function that changes state, tried as that address would call it.

The functions come from the ABIs; the arguments are such that logic in use is refused nothing that
it may do. Nothing is sent: each call is tried on top of the latest block.
"""

from __future__ import annotations

from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.chain import account, call_of
from bench.drills.pool import Pool
from bench.world import LIMIT
from linkpool.chain.codec import codec
from linkpool.errors import TxReverted
from linkpool.units import link

DONE = "done"
KEY = keccak(text="drill")

Outcomes = dict[str, str]
"""By `contract.function`: DONE, or the reason of the refusal."""

KINDS = ("Address", "Bool", "Bytes", "Bytes32", "Int", "String", "Uint")
WRITING = {f"{verb}{kind}" for verb in ("set", "delete") for kind in KINDS}
RULING = {"setPolicy", "setTerm", "cancelTerm", "setStakerAllowed", "release", "sendPenalty"}

LOGIC_MAY = {f"PoolStorage.{name}" for name in WRITING | RULING} | {
    f"poolData.{name}" for name in WRITING
}
"""What the mark in the registry allows, of a node's storage and of the pool's own data."""

MORE = {
    "Node": set[str](),
    "NodeStaking": set[str](),
    "NodeFactory": {"PoolStorageFactory.createStorage"},
    "LinkPool": {"NodeFactory.createNode"},
}
"""What serving under a name allows besides."""


def outcomes(pool: Pool, caller: ChecksumAddress) -> Outcomes:
    """Of every function of a storage, the pool's data, the registry, factory and NodeFactory."""
    site = pool.sites[3]
    read = pool.chain.read
    factory = pool.world.factory
    places = (
        ("PoolStorage", "PoolStorage", site.storage.address),
        ("poolData", "PoolStorage", read(factory, "poolData")),
        ("registry", "PoolStorage", read(factory, "poolStorage")),
        ("PoolStorageFactory", "PoolStorageFactory", factory.address),
        ("NodeFactory", "NodeFactory", pool.serving("NodeFactory")),
        ("Timelock", "Timelock", pool.world.known["Timelock"]),
    )
    return {
        f"{shown}.{function}": _tried(pool, caller, name, place, function)
        for shown, name, place in places
        for function in changing(name)
    }


def changing(name: str) -> list[str]:
    """Functions of a contract that may change state."""
    return [
        function
        for function, entry in codec(name).functions.items()
        if entry["stateMutability"] in ("nonpayable", "payable")
    ]


def allowed(found: Outcomes) -> set[str]:
    return {name for name, outcome in found.items() if outcome == DONE}


def _tried(
    pool: Pool, caller: ChecksumAddress, name: str, place: ChecksumAddress, function: str
) -> str:
    call = call_of(name, place, function, *_arguments(pool, name, function))
    try:
        pool.chain.view(call, caller)
    except TxReverted as error:
        return error.reason
    return DONE


def _arguments(pool: Pool, name: str, function: str) -> list[Any]:
    """Chosen where a meaning is needed, else anything of the right type."""
    entry = codec(name).functions[function]
    chosen = _chosen(pool)
    return chosen.get(function, [_anything(dict(one)) for one in entry["inputs"]])


def _chosen(pool: Pool) -> dict[str, list[Any]]:
    site, world = pool.sites[3], pool.world
    staker = next(iter(site.shares))
    fresh, operator = account("a fresh node"), world.operator
    new = (fresh, operator, operator, False, LIMIT, link("1"), 0, 0, 0, 0)
    return {
        "release": [staker, link("1")],
        "setPolicy": [(False, True, True, 0, 0)],
        "setTerm": [4, link("1")],
        "cancelTerm": [0],
        "sendPenalty": [pool.box, link("1"), KEY],
        "createStorage": [new],
        "createNode": [fresh, operator, LIMIT, False],
        "setContract": ["Other", pool.box, pool.code_hash(pool.box)],
        "announce": [world.factory.address, b"", KEY],
        "transferOperator": [fresh],
    }


def _anything(entry: dict[str, Any]) -> Any:
    kind = str(entry["type"])
    if kind.endswith("[]"):
        return []
    if kind == "tuple":
        return tuple(_anything(one) for one in entry["components"])
    if kind == "address":
        return account("anybody")
    if kind == "bool":
        return True
    if kind == "string":
        return "drill"
    if kind.startswith("bytes"):
        size = kind.removeprefix("bytes")
        return KEY[: int(size)] if size else KEY
    return 1
