# SPDX-License-Identifier: MIT
"""What the contracts refuse the model refuses, with the parameter's name and the bound."""

from __future__ import annotations

import re

import pytest

from linkpool.economics import contracts
from linkpool.economics.parameters import specs
from linkpool.economics.reading import parameters
from linkpool.errors import UsageError
from tools.sources import ROOT

DAY = 86_400


def constant(file: str, name: str) -> int:
    text = (ROOT / "contracts" / file).read_text(encoding="utf-8")
    (value,) = re.findall(rf"^{name}: (?:public\()?constant\(uint256\)\)? = (.+)$", text, re.M)
    factors = [int(part) for part in value.split("#")[0].split("*") if part]
    return factors[0] if len(factors) == 1 else factors[0] * factors[1]


def test_the_bounds_are_the_contracts_own() -> None:
    makers, held = specs()["makers"], specs()["held_seconds"]
    assert makers.high * 10_000 == constant("modules/terms.vy", "MOST_MAKERS")
    assert constant("modules/agreements_bids.vy", "MOST_BIDS") == contracts.MOST_BIDS
    text = (ROOT / "contracts" / "modules" / "ledger.vy").read_text(encoding="utf-8")
    assert "M76: constant(uint256) = 2**76 - 1" in text
    assert contracts.MOST_PRICE == 2**76 - 1
    assert specs()["stake_limit"].high * 10**18 < 2**90
    from linkpool.deployment.profiles import PROFILES

    life = max(profile.penalty_life for profile in PROFILES.values())
    assert held.high == life - DAY


@pytest.mark.parametrize(
    ("scenario", "settings", "said"),
    [
        ("paper", ["makers=50.1"], "makers: 0 to 50 %; not 50.1"),
        ("agreements", ["held-seconds=518401"], "held-seconds: more than 0, at most 518,400"),
        ("direct", ["minimum-price=22668"], "minimum-price: 75,560 LINK an answer, and the"),
        ("agreements", ["margin=100000", "gas-price=900"], "minimum-price: 392,2"),
        ("agreements", ["bids-won=6.4"], "bids-won: an agreement takes 62 bids; 6.452 % at least"),
        ("agreements", ["penalty=1000.1"], "penalty: 1,000 LINK at most: a node's collateral is"),
        ("agreements", ["loss-cap=0"], "penalty: 0 LINK at most: a node's collateral is 0 %"),
        ("agreements", ["nodes-per-request=32"], "nodes-per-request: an agreement has 31 oracles"),
    ],
)
def test_beyond_them_is_refused(scenario: str, settings: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parameters(scenario, settings)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("scenario", "settings"),
    [
        ("paper", ["makers=50"]),
        ("direct", ["minimum-price=22667"]),
        ("agreements", ["bids-won=6.46"]),
        ("agreements", ["penalty=1000"]),
        ("agreements", ["held-seconds=518400"]),
        ("aggregated", ["bids-won=1"]),
        ("paper", ["gas-price=1e6", "eth-price=1e9", "penalty=1e6"]),
    ],
)
def test_up_to_them_it_may_be_asked(scenario: str, settings: list[str]) -> None:
    parameters(scenario, settings)
