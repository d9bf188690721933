# SPDX-License-Identifier: MIT
"""The token is the asset: what nobody knows is never "ok"."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from linkpool.audit.checks import code
from linkpool.audit.expected import Expected
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.release import hash_of
from linkpool.deployment.manifest import Deployed
from linkpool.deployment.profiles import PROFILES
from tests.linkpool.audit.makers import LINK, NOBODY_SAID, facts, manifest, place

FOREIGN = b"\x60" * 9


def token(expected: Expected, found: bytes = FOREIGN) -> Finding:
    """What is said of LINK with this code."""
    every = code.check(facts(codes=facts().codes | {LINK: found}), expected)
    return next(one for one in every if one.what == "LINK")


def naming(code_hash: str, *, at: int = 2) -> Expected:
    """A manifest that knows the token."""
    made = Deployed(address=place(at), arguments={}, code_hash=code_hash, block=1, tx="0x1", gas=1)
    known = replace(manifest(), contracts={"LinkToken": made})
    return Expected(manifest=known, path=Path("here.json"), profile=None)


@pytest.mark.parametrize("found", [FOREIGN, b""])
def test_a_token_that_nobody_knows_is_not_judged(found: bytes) -> None:
    assert token(NOBODY_SAID, found).verdict is Verdict.UNKNOWN
    local = replace(NOBODY_SAID, profile=PROFILES["local"])
    assert token(local, found).verdict is Verdict.UNKNOWN


def test_no_manifest_vouches_for_a_token() -> None:
    """Who writes a hostile token writes its manifest, too."""
    assert token(naming(hash_of(FOREIGN))).verdict is Verdict.UNKNOWN


def test_another_token_than_the_manifests_is_found() -> None:
    assert token(naming("0x" + "11" * 32)).verdict is Verdict.DEVIATES
    assert token(naming(hash_of(FOREIGN), at=77)).verdict is Verdict.DEVIATES


def test_on_a_known_chain_only_its_own_token_will_do() -> None:
    mainnet = replace(NOBODY_SAID, profile=PROFILES["mainnet"])
    assert token(mainnet).verdict is Verdict.DEVIATES


def test_chainlinks_own_token_will_do_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "LINK_TOKEN", hash_of(FOREIGN))
    assert token(NOBODY_SAID).verdict is Verdict.OK
