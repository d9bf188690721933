# SPDX-License-Identifier: MIT
"""Is every contract the released one, made with the right values?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eth_typing import ChecksumAddress

from linkpool.audit.checks.immutables import Want, wanted
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts
from linkpool.audit.findings import Finding, right, unknown, wrong
from linkpool.audit.release import LINK_TOKEN, clone_of, hash_of, released
from linkpool.chain.addresses import ZERO
from linkpool.chain.contracts import LOGIC

_BUILD = "code of this release"


class Part(NamedTuple):
    """A contract by the name that it serves under. The registry takes any name: what is no logic
    of this release is not looked up under it.
    """

    name: str
    place: ChecksumAddress
    known: bool = True


def parts(facts: Facts) -> list[Part]:
    """Every contract but LINK and the storages, in the order of the report."""
    suite, network = facts.suite, facts.network
    found = [
        Part("PoolOwners", suite.pool_owners),
        Part("Timelock", suite.timelock),
        Part("PoolStorageFactory", suite.factory),
        Part("PoolStorage", suite.implementation),
        *(logic(name, place) for name, place in suite.contracts.items() if place != ZERO),
    ]
    if network is not None:
        found += [
            Part("ServiceAgreements", network.agreements),
            Part("Penalties", network.penalties),
            Part("Aggregator", network.aggregator),
        ]
        if network.reputation is not None:
            found.append(Part("Reputation", network.reputation))
    return found


def logic(name: str, place: ChecksumAddress) -> Part:
    """A contract as the registry has it."""
    return Part(name, place, name in LOGIC)


def is_released(facts: Facts, part: Part) -> bool:
    """Whether it is what this release has under its name, whatever its immutables say."""
    build = released(part.name) if part.known else None
    return build is not None and build.is_code_of(facts.codes.get(part.place, b""))


def is_as_wanted(facts: Facts, expected: Expected, part: Part) -> bool:
    """Whether it is what this release has under its name, made with the right values."""
    return is_released(facts, part) and not _bad(facts, expected, part)


def check(facts: Facts, expected: Expected) -> Iterator[Finding]:
    yield _link(facts, expected)
    for part in parts(facts):
        if not is_released(facts, part):
            yield _foreign(facts, part)
            continue
        yield right("code", part.name, f"{part.place}, {_BUILD}", _BUILD)
        if part.name != "Timelock":  # its only one is the delay, which has a line of its own
            yield from _immutables(facts, expected, part)
    yield from _clones(facts)


def _foreign(facts: Facts, part: Part) -> Finding:
    code = facts.codes.get(part.place, b"")
    if not code:
        return wrong("code", part.name, f"{part.place}, no code", _BUILD)
    if not part.known:
        found = f"{part.place}, a kind of contract that this release does not have"
        return wrong("code", part.name, found, "no contract under this name")
    return wrong("code", part.name, f"{part.place}, code {hash_of(code)}", _BUILD)


def _immutables(facts: Facts, expected: Expected, part: Part) -> Iterator[Finding]:
    bad = _bad(facts, expected, part)
    for name, value, want in bad:
        yield wrong("immutables", f"{part.name}.{name}", want.shown(value), want.text)
    if not bad:
        names = ", ".join(_values(facts, part))
        yield right("immutables", part.name, names, "as they have to be")


def _values(facts: Facts, part: Part) -> dict[str, int]:
    build = released(part.name)
    assert build is not None
    return build.values(facts.codes[part.place])


def _bad(facts: Facts, expected: Expected, part: Part) -> list[tuple[str, int, Want]]:
    wants = wanted(facts, expected, part)
    return [
        (name, value, wants[name])
        for name, value in _values(facts, part).items()
        if not wants[name].holds(value)
    ]


def _clones(facts: Facts) -> Iterator[Finding]:
    """Every node's storage, and the two of the pool itself."""
    clone = clone_of(facts.suite.implementation)
    every = {
        "the registry": facts.suite.registry,
        "the pool's data": facts.suite.data,
        **{f"PoolStorage {one.index}": one.place for one in facts.stores},
    }
    bad = [name for name, place in every.items() if facts.codes.get(place, b"") != clone]
    for name in bad:
        code = facts.codes.get(every[name], b"")
        yield wrong("code", name, f"{every[name]}, code {hash_of(code)}", "forwards to PoolStorage")
    if not bad:
        count = len(facts.stores)
        text = f"{count} of nodes, registry, pool's data: they run PoolStorage"
        yield right("code", "storages", text, "forward to PoolStorage")


def _link(facts: Facts, expected: Expected) -> Finding:
    place, code = facts.suite.link, hash_of(facts.codes.get(facts.suite.link, b""))
    if expected.link is not None and place != expected.link:
        return wrong("code", "LINK", place, expected.link)
    if expected.profile is not None and expected.profile.link == place:
        return right("code", "LINK", f"{place}, Chainlink's own on {expected.profile.name}")
    if code == LINK_TOKEN:
        return right("code", "LINK", f"{place}, Chainlink's LinkToken v0.4", "a LinkToken")
    manifest = expected.manifest
    made = None if manifest is None else manifest.contracts.get("LinkToken")
    if made is not None and code != made.code_hash:
        return wrong("code", "LINK", f"{place}, code {code}", f"code {made.code_hash}")
    # Everybody's money is what this code says that it is, and no manifest vouches for it.
    return unknown("code", "LINK", f"{place}, code {code}", "a token that this release knows")
