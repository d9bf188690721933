# SPDX-License-Identifier: MIT
"""When a penalty can be sent, given back, resolved: to the second and to the juel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linkpool.chain.addresses import ZERO
from linkpool.chain.facts import DepositState, NodeState, PenaltyState
from linkpool.errors import UsageError
from linkpool.nodes.penalties import (
    lost,
    require_overdue,
    require_release,
    require_send,
    standing,
    weight,
)
from linkpool.units import Juels, Ppm, link

NONE, STAKED = Juels(0), link("1000")
RECORD = PenaltyState(
    block=1,
    id=1,
    state=1,
    amount=link("30"),
    pledge=NONE,
    returned=NONE,
    claims=NONE,
    weight=Ppm(30_000),
    deadline=1_000,
)
DEPOSIT = DepositState(
    block=1, balance=link("30"), reserved=link("12"), deadline=1_000, closed=False
)


def node(*, allowance: int = 50_000, penalties: int = 0) -> NodeState:
    return NodeState(
        block=1,
        node=ZERO,
        storage=ZERO,
        operator=ZERO,
        operations_wallet=ZERO,
        enabled=True,
        private=False,
        limit=STAKED,
        minimum_stake=NONE,
        staked=STAKED,
        liquid=STAKED,
        at_risk=NONE,
        stakers=1,
        pending_income=NONE,
        owners_due=NONE,
        operations_due=NONE,
        escrowed=NONE,
        makers=Ppm(250_000),
        operational_cost=NONE,
        minimum_payment=NONE,
        open_penalties=penalties,
        loss_allowance=Ppm(allowance),
    )


def test_the_loss_cap_is_met_to_the_juel() -> None:
    require_send(node(), link("50"), staked=STAKED)
    with pytest.raises(UsageError, match="5 % of the stake may be put at risk now: 50 LINK"):
        require_send(node(), Juels(link("50") + 1), staked=STAKED)
    with pytest.raises(UsageError, match="0 % of the stake may be put at risk now: 0 LINK"):
        require_send(node(allowance=0), Juels(1), staked=STAKED)
    assert weight(Juels(1), STAKED) == 1  # rounded up


def test_a_node_without_stake_and_a_node_with_ten_penalties_send_nothing() -> None:
    with pytest.raises(UsageError, match="no stake to put at risk"):
        require_send(node(), Juels(1), staked=NONE)
    with pytest.raises(UsageError, match="10 penalties of this node are open"):
        require_send(node(penalties=10), Juels(1), staked=STAKED)


def test_a_record_is_overdue_after_its_deadline() -> None:
    assert standing(RECORD, 1_000) == "open"
    assert standing(RECORD, 1_001) == "overdue"
    assert standing(replace(RECORD, state=2), 1_001) == "closed"
    require_overdue(RECORD, 1_001)
    with pytest.raises(UsageError, match="overdue in 1 s, not before"):
        require_overdue(RECORD, 1_000)
    with pytest.raises(UsageError, match="closed already"):
        require_overdue(replace(RECORD, state=2), 1_001)
    with pytest.raises(UsageError, match="has sent no such penalty"):
        require_overdue(replace(RECORD, state=0), 1_001)


def test_what_is_lost_already() -> None:
    slashed = replace(DEPOSIT, balance=link("20"))
    back = replace(RECORD, returned=link("4"))
    assert lost(RECORD, DEPOSIT) == 0
    assert lost(back, slashed) == link("6")
    assert lost(replace(back, state=2), None) == link("26")
    assert lost(RECORD, None) is None  # of another contract, and open


def test_when_something_of_a_deposit_comes_back() -> None:
    require_release(DEPOSIT, 1, margin=100)
    full = replace(DEPOSIT, reserved=link("30"))
    with pytest.raises(UsageError, match="all 30 LINK are reserved for agreements: they come back"):
        require_release(full, 899, margin=100)
    require_release(full, 900, margin=100)  # from here on the contract says
    all_lost = replace(DEPOSIT, balance=NONE, reserved=NONE)
    require_release(all_lost, 1, margin=100)  # a final return of nothing
    with pytest.raises(UsageError, match="given back for good"):
        require_release(replace(DEPOSIT, closed=True), 1, margin=100)
    with pytest.raises(UsageError, match="no such deposit"):
        require_release(replace(DEPOSIT, deadline=0), 1, margin=100)
