# SPDX-License-Identifier: MIT
"""The audit knows every contract of the release, to its last immutable."""

from __future__ import annotations

import doctest
from typing import Final

import pytest

from linkpool.audit import words
from linkpool.audit.checks.code import Part
from linkpool.audit.checks.immutables import ANYTHING, wanted
from linkpool.audit.expected import Expected
from linkpool.audit.release import LINK_TOKEN, clone_of, hash_of, released
from linkpool.chain.artefacts import artefact
from linkpool.chain.contracts import LOGIC
from tests.linkpool.audit.makers import AGREEMENTS, NOBODY_SAID, facts, manifest, network, place

PARTS: Final = (
    *("PoolOwners", "Timelock", "PoolStorageFactory", "PoolStorage", *LOGIC),
    *("ServiceAgreements", "Penalties", "Aggregator", "Reputation"),
)
WITH_MANIFEST: Final = Expected(manifest=manifest(), path=None, profile=None)


@pytest.mark.parametrize("name", PARTS)
def test_every_immutable_has_an_expectation(name: str) -> None:
    """With a manifest that made the deployment, a value; nothing is left to chance."""
    build = released(name)
    assert build is not None
    known = facts(network=network())
    free = wanted(known, NOBODY_SAID, Part(name, place(5)))
    fixed = wanted(known, WITH_MANIFEST, Part(name, place(5)))
    for immutable in build.immutables:
        assert immutable in free
        assert fixed[immutable] != ANYTHING
        assert fixed[immutable].least == fixed[immutable].most


def test_names_of_immutables_are_unique_without_their_modules() -> None:
    for name in PARTS:
        build = released(name)
        assert build is not None
        offsets = sorted(build.immutables.values())
        assert offsets == [32 * number for number in range(len(offsets))]


def test_code_is_the_released_one_whatever_its_immutables_say() -> None:
    build = released("Node")
    assert build is not None
    creation = artefact("Node").bytecode
    at = next(
        start
        for start in range(len(creation) - build.size + 1)
        if build.is_code_of(creation[start : start + build.size] + bytes(32))
    )
    code = creation[at : at + build.size]
    assert build.is_code_of(code + (7).to_bytes(32))
    assert build.values(code + (7).to_bytes(32)) == {"FACTORY": 7}
    assert not build.is_code_of(code)
    assert not build.is_code_of(code + bytes(33))
    assert not build.is_code_of(b"\x00" + code[1:] + bytes(32))
    assert not build.is_code_of(b"")


def test_what_is_not_of_the_release_is_unknown() -> None:
    assert released("Bridge") is None
    assert released("LinkToken") is None
    assert hash_of(b"") == "none"
    assert len(LINK_TOKEN) == 66


def test_a_clone_names_the_code_that_it_runs() -> None:
    assert AGREEMENTS[2:].lower() in clone_of(AGREEMENTS).hex()
    assert len(clone_of(AGREEMENTS)) == 45


def test_the_examples_of_words_are_right() -> None:
    done = doctest.testmod(words)
    assert done.attempted
    assert not done.failed
