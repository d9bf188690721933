# SPDX-License-Identifier: MIT
"""Do the contracts that serve come from announcements that waited?"""

from __future__ import annotations

from collections.abc import Iterator

from eth_typing import ChecksumAddress

from linkpool.audit.checks.code import is_as_wanted, logic
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Change, Facts
from linkpool.audit.findings import Finding, look, right, unknown, wrong
from linkpool.audit.words import counted, day
from linkpool.chain.addresses import ZERO
from linkpool.chain.contracts import LOGIC
from linkpool.deployment.writes import write_of


def check(facts: Facts, expected: Expected) -> Iterator[Finding]:
    if not facts.suite.sealed:
        yield wrong("registry", "seal", "open: its deployer writes it at will", "sealed")
    replayed = _replayed(facts)
    for name, place in facts.suite.contracts.items():
        yield _entry(facts, expected, name, place, replayed.get(name))
    yield from _marks(facts)
    yield from _beginning(facts)
    yield from _history(facts, replayed)
    yield from _past(facts, expected)


def _entry(
    facts: Facts,
    expected: Expected,
    name: str,
    place: ChecksumAddress,
    replayed: ChecksumAddress | None,
) -> Finding:
    wanted = expected.place(name) if name in LOGIC else None
    if replayed is not None and replayed != place:
        return wrong("registry", name, place, f"{replayed}, as was announced")
    if wanted is not None and wanted != place:
        return wrong("registry", name, place, wanted)
    if place == ZERO and name in LOGIC:
        return look("registry", name, "empty: it was taken out of service", "a contract")
    return right("registry", name, "empty" if place == ZERO else place)


def _marks(facts: Facts) -> Iterator[Finding]:
    """Who serves has the powers of logic, who served has them no more."""
    serving = set(facts.suite.contracts.values()) - {ZERO}
    for place, is_logic in facts.suite.logic.items():
        if is_logic and place not in serving:
            yield wrong("registry", place, "replaced, and still logic", "powerless")
        elif not is_logic and place in serving:
            yield wrong("registry", place, "serves, and is no logic", "logic")


def _replayed(facts: Facts) -> dict[str, ChecksumAddress]:
    """What the registry's logs say that it holds; empty where they lack the beginning."""
    held: dict[str, ChecksumAddress] = {}
    if facts.history.sealed is None:
        return held
    for one in facts.history.changes:
        held[one.name] = one.new
    return held


def _beginning(facts: Facts) -> Iterator[Finding]:
    """What lies before the logs that were read, nobody has seen; no manifest says where they may
    begin.
    """
    places = {"PoolStorageFactory": facts.suite.factory, "Timelock": facts.suite.timelock}
    if facts.unread:
        found = f"{counted(len(facts.unread), 'log')} not as this release writes them"
        yield unknown("history", "logs", f"{found}, the first {facts.unread[0]}", "every log read")
    if facts.network is not None:
        places["ServiceAgreements"] = facts.network.agreements
    for name, place in places.items():
        made = facts.creations.get(place)
        if facts.history.first and (made is None or made.block < facts.history.first):
            found = f"read from block {facts.history.first} on, and older ones may exist"
            yield unknown("history", f"logs since {name}", found, "every log since it was made")


def _history(facts: Facts, replayed: dict[str, ChecksumAddress]) -> Iterator[Finding]:
    history = facts.history
    if history.sealed is None:
        if facts.suite.sealed:
            found = f"the seal is not among the logs from block {history.first} on"
            yield unknown("history", "registry", found, "every change: give --from BLOCK")
        return
    gaps = _gaps(facts)
    for gap in gaps:
        yield unknown("history", gap, "its changes do not join", "every change: give --from BLOCK")
    later = [one for one in history.changes if one.block > history.sealed]
    bad = [one for one in later if not _waited(facts, one)]
    for one in bad:
        found = f"{one.new} since {day(one.time)}, without an announcement that waited"
        yield wrong("history", one.name, found, "announced, and put in place after the delay")
    if not bad and not gaps:
        yield right("history", "registry", _told(later), "every change announced before")


def _past(facts: Facts, expected: Expected) -> Iterator[Finding]:
    """Code that served and serves no more. Before the seal its deployer needed no announcement, and
    nobody was there to see it.
    """
    history = facts.history
    for end in history.changes:
        if end.old == ZERO or is_as_wanted(facts, expected, logic(end.name, end.old)):
            continue
        found = f"{end.old} served up to {day(end.time)}, with other code than this release's"
        early = history.sealed is not None and end.block <= history.sealed
        make = wrong if early else look
        yield make("history", f"{end.name} of the past", found, "code of this release")


def _gaps(facts: Facts) -> list[str]:
    held: dict[str, ChecksumAddress] = {}
    gaps = []
    for one in facts.history.changes:
        if held.get(one.name, ZERO) != one.old:
            gaps.append(one.name)
        held[one.name] = one.new
    missing = [
        name for name, place in facts.suite.contracts.items() if place != ZERO and name not in held
    ]
    return list(dict.fromkeys([*gaps, *missing]))


def _waited(facts: Facts, change: Change) -> bool:
    """Whether an operation that said just that was executed in the same transaction, in time."""
    for one in facts.history.operations:
        if one.tx == change.tx and one.ended == "executed" and one.target == facts.suite.factory:
            write = write_of(one.data)
            if write is not None and (write.name, write.new) == (change.name, change.new):
                return one.announced + facts.suite.delay <= one.ready <= change.time <= one.lapse
    return False


def _told(later: list[Change]) -> str:
    if not later:
        return "nothing was replaced since it was sealed"
    return "since it was sealed: " + ", ".join(f"{one.name} on {day(one.time)}" for one in later)
