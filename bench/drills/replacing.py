# SPDX-License-Identifier: MIT
"""A contract of the suite replaced for every node, by the real Timelock after its real delay."""

from __future__ import annotations

from dataclasses import dataclass

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.chain import Receipt
from bench.drills.photo import Word, entry
from bench.drills.pool import Pool
from linkpool.chain.addresses import ZERO
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call
from linkpool.chain.contracts import Timelock

SALT = bytes(32)

_LOGIC = 4  # the registry's mark of a contract in use


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The transactions of one replacement."""

    announced: Receipt
    executed: Receipt


def timelock(pool: Pool) -> Timelock:
    return Timelock(pool.chain.connection, pool.world.known["Timelock"])


def delay(pool: Pool) -> int:
    return int(pool.chain.read(timelock(pool), "delay"))


def successor(pool: Pool, name: str) -> Receipt:
    """Another contract of the same code as the one in use, without any power yet."""
    return pool.create(artefact(name).creation(pool.world.factory.address).data)


def announce(pool: Pool, call: Call) -> Receipt:
    return pool.chain.send(timelock(pool).announce(call, SALT), pool.world.owner)


def execution(pool: Pool, call: Call) -> Call:
    assert call.to is not None
    return timelock(pool).execute(call.to, call.data, SALT)


def replace(pool: Pool, name: str, new: ChecksumAddress) -> Done:
    """Announced by the owner, waited for to the second, executed by somebody who is nobody."""
    call = pool.replacement(name, new)
    announced = announce(pool, call)
    ready = pool.chain.time(announced.block) + delay(pool)
    pool.chain.advance(ready - pool.chain.now - 1)
    return Done(announced=announced, executed=pool.chain.send(execution(pool, call), pool.builder))


def registry_words(
    pool: Pool, name: str, old: ChecksumAddress, new: ChecksumAddress
) -> dict[Word, tuple[int, int]]:
    """All that a replacement may change: who serves, and who is marked as logic."""
    factory = pool.world.factory.address
    registry: ChecksumAddress = pool.chain.read(pool.world.factory, "poolStorage")
    found = {
        (registry, entry("PoolStorage", "keyvalue.addresses", keccak(text="contract." + name))): (
            int(old, 16),
            int(new, 16),
        )
    }
    for place, marks in ((old, (1, 0)), (new, (0, 1))):
        if place == ZERO:
            continue
        logic = keccak(b"logic." + bytes.fromhex(place[2:]))
        found[registry, entry("PoolStorage", "keyvalue.bools", logic)] = marks
        roles = entry("PoolStorageFactory", "registry.rolesOf", place)
        found[factory, roles] = (marks[0] * _LOGIC, marks[1] * _LOGIC)
    return found
