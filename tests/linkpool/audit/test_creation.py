# SPDX-License-Identifier: MIT
"""Who made a contract: the released creation code, or code that may have written anything first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress

from linkpool.audit.checks import creation
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Creation
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.release import LINK_TOKEN, hash_of
from linkpool.chain.artefacts import artefact
from linkpool.deployment.manifest import Deployed
from linkpool.deployment.profiles import PROFILES
from tests.linkpool.audit.makers import (
    AGREEMENTS,
    LINK,
    NOBODY_SAID,
    facts,
    manifest,
    network,
    runtime,
)


def naming(place: ChecksumAddress) -> Expected:
    """A manifest that knows the transaction of the contract there."""
    made = Deployed(address=place, arguments={}, code_hash="none", block=1, tx="0x1", gas=1)
    known = replace(manifest(), contracts={"Any": made})
    return Expected(manifest=known, path=Path("here.json"), profile=None)


def made(**changes: Any) -> bytes:
    """What creates ServiceAgreements, with its arguments."""
    arguments = {
        "link": LINK,
        "answerTime": 300,
        "lateTime": 300,
        "minimumPayment": 1,
        "margin": 60,
        "penaltiesCode": artefact("Penalties").bytecode,
        "aggregatorCode": artefact("Aggregator").bytecode,
    } | changes
    return artefact("ServiceAgreements").creation(*arguments.values()).data


def token(of: Creation | None, expected: Expected = NOBODY_SAID) -> list[Finding]:
    """Of LINK, where it is Chainlink's code."""
    code = link_code()
    known = facts(codes=facts().codes | {LINK: code}, creations={LINK: of})
    return list(creation.check(known, expected))


def link_code() -> bytes:
    """Chainlink's LinkToken v0.4 as it stands on chain."""
    whole = artefact("LinkToken").bytecode
    return next(whole[at:] for at in range(len(whole)) if hash_of(whole[at:]) == LINK_TOKEN)


def test_a_token_of_the_deployments_own_was_made_by_chainlinks_creation_code() -> None:
    """Other code could have written a balance beyond all the LINK there is."""
    code = artefact("LinkToken").bytecode
    (good,) = token(Creation(tx="0x1", block=1, code=code))
    assert (good.verdict, good.what) == (Verdict.OK, "1 contract")
    for other in (b"", b"\x5f" + code, code + b"\x00", link_code()):
        (bad,) = token(Creation(tx="0x1", block=1, code=other))
        assert (bad.verdict, bad.what) == (Verdict.DEVIATES, "LINK")
    (lost,) = token(None)
    assert (lost.verdict, lost.what) == (Verdict.UNKNOWN, "LINK")
    assert token(None, replace(NOBODY_SAID, profile=PROFILES["mainnet"])) == []


@pytest.mark.parametrize("expected", [NOBODY_SAID, naming(AGREEMENTS)])
def test_a_transaction_that_is_not_found_comes_with_advice(expected: Expected) -> None:
    advice = {False: "give the --manifest, which names it", True: "the RPC does not have, ask"}
    assert advice[expected.manifest is not None] in verdict(None, expected).found


def verdict(of: Creation | None, expected: Expected = NOBODY_SAID) -> Finding:
    """Of ServiceAgreements alone: nothing else here has released code."""
    codes = facts().codes | {AGREEMENTS: runtime("ServiceAgreements")}
    known = facts(network=network(), codes=codes, creations={AGREEMENTS: of})
    (finding,) = creation.check(known, expected)
    return finding


def test_the_released_creation_code_is_right_whatever_its_numbers() -> None:
    assert verdict(Creation(tx="0x1", block=1, code=made())).verdict is Verdict.OK
    assert verdict(Creation(tx="0x1", block=1, code=made(margin=7))).verdict is Verdict.OK


def test_what_nobody_knows_is_not_judged() -> None:
    assert verdict(None).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\x00" + made()[1:],
        artefact("Timelock").bytecode,
        artefact("ServiceAgreements").bytecode,
        artefact("ServiceAgreements").bytecode + encode(["uint256"] * 7, [2**255] * 7),
        made(penaltiesCode=artefact("Penalties").bytecode + b"\x00"),
        made(aggregatorCode=artefact("Penalties").bytecode),
        made(aggregatorCode=b""),
    ],
)
def test_any_other_creation_code_is_found(code: bytes) -> None:
    assert verdict(Creation(tx="0x1", block=1, code=code)).verdict is Verdict.DEVIATES
