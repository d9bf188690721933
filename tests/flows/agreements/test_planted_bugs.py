# SPDX-License-Identifier: MIT
"""The accounts can fail: each bug planted in a copy of a contract is found within a few days."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkpool.chain.anvil import Anvil
from tests.contracts.model.node_model import BrokenPromise
from tests.flows.agreements.course import Course
from tests.flows.agreements.planted import Planted

AGREEMENTS = 40
BUGS = {
    "a slash keeps a juel": (
        Planted(
            "chainlink/Penalties.vy",
            "chainlink/Penalties.vy",
            "LINK.transfer(beneficiary, total)",
            "LINK.transfer(beneficiary, total - 1)",
        ),
        "Penalties: ",
    ),
    "who is late loses all of the penalty": (
        Planted(
            "chainlink/ServiceAgreements.vy",
            "chainlink/ServiceAgreements.vy",
            "return penalty * LATE_SHARE // book.PPM",
            "return penalty",
        ),
        "settled as ",
    ),
    "a claim is paid without its loss": (
        Planted(
            "PoolStorage.vy",
            "modules/claims.vy",
            "penalties._share_of(face, kept, exposure)",
            "face",
        ),
        "P9: claimExit paid|exitClaimOf",
    ),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(tmp_path: Path, name: str) -> None:
    planted, said = BUGS[name]
    with Anvil.start() as anvil:
        course = Course(anvil, tmp_path, seed=1, agreements=AGREEMENTS, alter=planted.plant)
        with pytest.raises(BrokenPromise, match=said):
            course.run()
