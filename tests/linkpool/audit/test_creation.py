# SPDX-License-Identifier: MIT
"""Who made a contract: the released creation code, or code that may have written anything first."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode

from linkpool.audit.checks import creation
from linkpool.audit.facts import Creation
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.release import released
from linkpool.chain.artefacts import artefact
from tests.linkpool.audit.makers import (
    AGREEMENTS,
    LINK,
    NOBODY_SAID,
    facts,
    network,
)


def runtime(name: str) -> bytes:
    """The code that a contract's creation leaves behind, with immutables of zero."""
    build = released(name)
    assert build is not None
    whole = artefact(name).bytecode
    zero = bytes(32 * len(build.immutables))
    for start in range(len(whole) - build.size + 1):
        if build.is_code_of(whole[start : start + build.size] + zero):
            return whole[start : start + build.size] + zero
    raise AssertionError(name)


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


def verdict(of: Creation | None) -> Finding:
    """Of ServiceAgreements alone: nothing else here has released code."""
    codes = facts().codes | {AGREEMENTS: runtime("ServiceAgreements")}
    known = facts(network=network(), codes=codes, creations={AGREEMENTS: of})
    (finding,) = creation.check(known, NOBODY_SAID)
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
