# SPDX-License-Identifier: MIT
"""What each network fixes, and what a deployment may choose within it."""

from __future__ import annotations

import pytest

from linkpool.chain.addresses import address
from linkpool.deployment.profiles import PROFILES, Choice, Profile, choose
from linkpool.errors import UsageError
from linkpool.units import ether, link

DEPLOYER = address("0x00000000000000000000000000000000000000d1")
OWNER = address("0x00000000000000000000000000000000000000e2")
DAY = 86_400
EXPIRY = 300  # seconds after which a request can be taken back


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_penalty_ends_before_a_new_power_begins(profile: Profile) -> None:
    """Everyone can be out with everything before what was announced works (P4)."""
    assert 0 < profile.penalty_life < profile.delay
    assert profile.delay >= profile.shortest_delay
    assert profile.loss_cap == 50_000


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_collateral_outlasts_an_agreement(profile: Profile) -> None:
    """Of a penalty's life so much is left before the margin that an agreement can be settled."""
    unanswered = max(profile.late_time, EXPIRY - profile.answer_time)
    spent = profile.penalty_margin + profile.answer_time + unanswered
    assert spent < profile.penalty_life / 2


def test_the_network_of_each_profile() -> None:
    times = {n: (one.answer_time, one.late_time, one.penalty_margin) for n, one in PROFILES.items()}
    assert times == {
        "local": (10, 10, 60),
        "sepolia": (300, 300, 3_600),
        "mainnet": (300, 300, DAY),
    }
    terms = choose(PROFILES["mainnet"], Choice(owner=OWNER), deployer=DEPLOYER, now=0)
    assert terms.agreement_payment == link("0.01")
    short = choose(PROFILES["local"], Choice(delay=100), deployer=DEPLOYER, now=0)
    assert (short.penalty_life, short.penalty_margin) == (50, 12)


def test_chain_ids_and_link_are_the_networks_own() -> None:
    assert {name: one.chain_id for name, one in PROFILES.items()} == {
        "local": 31337,
        "sepolia": 11155111,
        "mainnet": 1,
    }
    assert PROFILES["sepolia"].link == "0x779877A7B0D9E8603169DdbD7836e478b4624789"
    assert PROFILES["mainnet"].link == "0x514910771AF9Ca656af840dff83E8264EcF986CA"
    assert PROFILES["local"].link is None


def test_mainnet_enforces_fourteen_days_and_a_named_owner() -> None:
    mainnet = PROFILES["mainnet"]
    with pytest.raises(UsageError, match="the owner has to be named"):
        choose(mainnet, Choice(), deployer=DEPLOYER, now=0)
    with pytest.raises(UsageError, match="too short for mainnet: 1209600 s at least"):
        choose(mainnet, Choice(owner=OWNER, delay=14 * DAY - 1), deployer=DEPLOYER, now=0)
    terms = choose(mainnet, Choice(owner=OWNER), deployer=DEPLOYER, now=100)
    assert (terms.owner, terms.wallet) == (OWNER, OWNER)
    assert (terms.delay, terms.penalty_life) == (14 * DAY, 7 * DAY)
    assert terms.sale_end == 100 + 365 * DAY
    assert (terms.valuation, terms.hard_cap) == (ether("4000"), ether("1000"))


def test_link_cannot_be_replaced_on_a_public_network() -> None:
    for name in ("sepolia", "mainnet"):
        with pytest.raises(UsageError, match="--link cannot be another"):
            choose(PROFILES[name], Choice(owner=OWNER, link=OWNER), deployer=DEPLOYER, now=0)
    same = Choice(owner=OWNER, link=PROFILES["mainnet"].link)
    assert choose(PROFILES["mainnet"], same, deployer=DEPLOYER, now=0).link == same.link
    local = choose(PROFILES["local"], Choice(link=OWNER), deployer=DEPLOYER, now=0)
    assert local.link == OWNER


def test_a_shorter_delay_shortens_the_penaltys_life() -> None:
    local = PROFILES["local"]
    assert choose(local, Choice(delay=10), deployer=DEPLOYER, now=0).penalty_life == 5
    with pytest.raises(UsageError, match="shorter than the delay"):
        choose(local, Choice(delay=10, penalty_life=10), deployer=DEPLOYER, now=0)
    with pytest.raises(UsageError, match="too short"):
        choose(local, Choice(delay=1), deployer=DEPLOYER, now=0)
