# SPDX-License-Identifier: MIT
"""Does the manifest describe what stands here?"""

from __future__ import annotations

from collections.abc import Iterator

from eth_typing import ChecksumAddress

from linkpool.audit.checks.code import Part, is_as_wanted, is_released, parts
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Facts
from linkpool.audit.findings import Finding, look, right, wrong
from linkpool.audit.release import hash_of, released
from linkpool.chain.addresses import created_address
from linkpool.chain.contracts import LOGIC
from linkpool.deployment.manifest import Manifest
from linkpool.errors import NotJudged

_KERNEL = ("PoolStorageFactory", "PoolStorage")
_PARTS = ("Penalties", "Aggregator")  # ServiceAgreements' own: their places follow from its


def require_this_release(facts: Facts, expected: Expected) -> None:
    """NotJudged where manifest and chain agree on custody code that this release does not have."""
    manifest = expected.manifest
    if manifest is None:
        return
    for name in _KERNEL:
        made = manifest.contracts.get(name)
        if made is None or is_released(facts, Part(name, made.address)):
            return
        if hash_of(facts.codes.get(made.address, b"")) != made.code_hash:
            return
    raise NotJudged(
        f"{expected.path} is of another release: chain and manifest agree, and this program does "
        "not know their code; audit with the release that deployed it"
    )


def check(facts: Facts, expected: Expected) -> Iterator[Finding]:
    manifest = expected.manifest
    if manifest is None:
        yield look("manifest", "none", "nobody said what this should be", "--manifest FILE")
        return
    places = list(_places(facts, manifest))
    codes = _codes(facts, expected, manifest)
    yield from places
    if len(codes) > len(manifest.contracts) // 2:
        found = f"code of {len(codes)} contracts is another than it says"
        yield wrong("manifest", str(expected.path), found, "a manifest of this deployment")
    else:
        yield from codes
    if manifest.pending is not None:
        yield look("manifest", manifest.pending.step, "on its way", "a finished deployment")
    if not places and not codes:
        text = f"{len(manifest.contracts)} contracts are where and what it says"
        yield right("manifest", str(expected.path), text)


def _places(facts: Facts, manifest: Manifest) -> Iterator[Finding]:
    """The registry's are compared where it is looked at."""
    for part in parts(facts):
        made = manifest.contracts.get(part.name)
        if made is None or not part.known or part.name in LOGIC:
            continue
        if part.name in _PARTS and not _is_made_by_agreements(facts, part.place):
            continue  # it is said already
        if made.address != part.place:
            yield wrong("manifest", part.name, part.place, made.address)


def _is_made_by_agreements(facts: Facts, place: ChecksumAddress) -> bool:
    assert facts.network is not None
    return place in (created_address(facts.network.agreements, nonce) for nonce in (1, 2))


def _codes(facts: Facts, expected: Expected, manifest: Manifest) -> list[Finding]:
    """Of contracts that are as they have to be, or that no release has; of others it is said."""
    found = []
    for name, made in manifest.contracts.items():
        now = hash_of(facts.codes.get(made.address, b""))
        if name == "LinkToken" or now == made.code_hash:
            continue
        if released(name) is None or is_as_wanted(facts, expected, Part(name, made.address)):
            found.append(wrong("manifest", name, f"code {now}", f"code {made.code_hash}"))
    return found
