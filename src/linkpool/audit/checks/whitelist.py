# SPDX-License-Identifier: MIT
"""Where may stake go as a penalty, and is that still what was announced?"""

from __future__ import annotations

from collections.abc import Iterator

from linkpool.audit.checks.code import Part, is_released
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Destination, Facts
from linkpool.audit.findings import Finding, look, right, wrong
from linkpool.audit.release import hash_of
from linkpool.audit.words import day

_ANNOUNCED, _ACTIVE = 1, 2


def check(facts: Facts, _expected: Expected) -> Iterator[Finding]:
    listed = [one for one in facts.destinations if one.state in (_ANNOUNCED, _ACTIVE)]
    for one in listed:
        yield _entry(facts, one)
    if not listed:
        yield right("whitelist", "destinations", "none: no penalty can leave")


def _is_ours(facts: Facts, one: Destination) -> bool:
    """Released code alone is not enough: it obeys the ServiceAgreements that made it."""
    network = facts.network
    if network is None or one.target != network.penalties:
        return False
    return is_released(facts, Part("Penalties", one.target))


def _entry(facts: Facts, one: Destination) -> Finding:
    code = facts.codes.get(one.target, b"")
    if not code:
        found = (
            "no code: what is created in the transaction that uses it can be destroyed in it and "
            "replaced"
        )
        return wrong("whitelist", one.target, found, f"code {one.code_hash}, there for good")
    now = hash_of(code)
    if now != one.code_hash:
        found = f"code {now}: no penalty leaves for it any more, what lies there may be lost"
        return wrong("whitelist", one.target, found, f"code {one.code_hash}, as announced")
    ours = _is_ours(facts, one)
    kind = "Penalties of this network" if ours else "a contract of others: read its code"
    if one.state == _ACTIVE:
        if one.active is False:
            return wrong("whitelist", one.target, "active, and the factory refuses it", "active")
        return (right if ours else look)(
            "whitelist", one.target, f"active, {kind}", "code unchanged"
        )
    if facts.moment.time > one.lapse:
        return right("whitelist", one.target, "announced, lapsed", "code unchanged")
    found = f"announced, {kind}; anyone may activate it from {day(one.ready)} on"
    return look("whitelist", one.target, found, "code unchanged")
