# SPDX-License-Identifier: MIT
"""Did the released creation code make every contract, or may something hidden lie in its storage?

Other creation code can write what it likes (a role, an announcement that nobody saw) and then leave
the released code behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import get_abi_input_types

from linkpool.audit.checks.code import Part, is_released, parts
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Creation, Facts
from linkpool.audit.findings import Finding, right, unknown, wrong
from linkpool.audit.release import (
    LINK_TOKEN,
    LINK_TOKEN_CREATION,
    Released,
    hash_of,
    released,
)
from linkpool.audit.words import counted
from linkpool.chain.artefacts import artefact

_WANTED = "the released creation code"
_MADE_BY_AGREEMENTS = {"Penalties": "penaltiesCode", "Aggregator": "aggregatorCode"}


def check(facts: Facts, expected: Expected) -> Iterator[Finding]:
    wanted = [
        one
        for one in parts(facts)
        if one.name not in _MADE_BY_AGREEMENTS and is_released(facts, one)
    ]
    found = [_one(facts, expected, part) for part in wanted]
    if _brings_its_link(facts, expected):
        found.insert(0, _link(facts, expected))
    yield from (one for one in found if one is not None)
    good = found.count(None)
    if good:
        yield right("creation", counted(good, "contract"), f"made by {_WANTED}", _WANTED)


def _brings_its_link(facts: Facts, expected: Expected) -> bool:
    """Whether LINK is Chainlink's code and nothing but its creation says what it started with."""
    code = facts.codes.get(facts.suite.link, b"")
    return not expected.pins_link and hash_of(code) == LINK_TOKEN


def _link(facts: Facts, expected: Expected) -> Finding | None:
    """Other code could have written a balance of more LINK than there is, which nobody can spend
    and no sum can hold.
    """
    made = facts.creations.get(facts.suite.link)
    if made is None:
        return _lost(facts, expected, Part("LINK", facts.suite.link))
    if hash_of(made.code) != LINK_TOKEN_CREATION:
        return _foreign("LINK", made)
    return None


def _lost(facts: Facts, expected: Expected, part: Part) -> Finding:
    named = expected.manifest is not None and any(
        one.address == part.place and one.tx for one in expected.manifest.contracts.values()
    )
    advice = (
        "the manifest names one that the RPC does not have, ask another"
        if named
        else "give the --manifest, which names it, or an RPC that keeps old state"
    )
    found = f"the transaction that made it is not found, its storage may hold anything: {advice}"
    return unknown("creation", part.name, found, _WANTED)


def _foreign(name: str, made: Creation) -> Finding:
    found = f"other code made it ({made.tx}), its storage may hold anything"
    return wrong("creation", name, found, _WANTED)


def _one(facts: Facts, expected: Expected, part: Part) -> Finding | None:
    made, build = facts.creations.get(part.place), released(part.name)
    assert build is not None
    if made is None:
        return _lost(facts, expected, part)
    if not build.is_creation_of(made.code):
        return _foreign(part.name, made)
    if part.name == "ServiceAgreements" and not _makes_its_parts(made, build):
        found = f"made with other code for its parts ({made.tx})"
        return wrong("creation", part.name, found, _WANTED)
    return None


def _makes_its_parts(made: Creation, build: Released) -> bool:
    """Whether Penalties and Aggregator were made by released code, too."""
    abi = artefact("ServiceAgreements").abi
    entry = next(one for one in abi if one["type"] == "constructor")
    names = [one["name"] for one in entry["inputs"]]
    try:
        values = decode(get_abi_input_types(entry), made.code[build.creation_size :])  # type: ignore[arg-type]
    except (DecodingError, OverflowError):
        return False
    given = dict(zip(names, values, strict=True))
    for name, argument in _MADE_BY_AGREEMENTS.items():
        its = released(name)
        code = given[argument]
        if its is None or len(code) != its.creation_size or not its.is_creation_of(code):
            return False
    return True
