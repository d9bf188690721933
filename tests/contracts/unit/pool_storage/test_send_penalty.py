# SPDX-License-Identifier: MIT
"""sendPenalty(): stake leaves for a whitelisted penalty contract (whitepaper 6.1.3.2)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    PENALTY_LIFE,
    PPM,
    Contract,
    Suite,
    actor,
    link,
    logs,
    mock,
    word,
)
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    books,
    earn,
    oracle_request,
    send,
    stake_for,
)


@pytest.fixture
def staked(suite: Suite, listed: Contract) -> Suite:
    """100 LINK staked, the box on the whitelist."""
    suite.stake(ALICE, link(100))
    return suite


def test_what_is_sent_is_at_risk(staked: Suite, listed: Contract, operator: str) -> None:
    id_ = staked.store.sendPenalty(listed.address, link(5), word(7), sender=operator)
    deadline = boa.env.timestamp + PENALTY_LIFE
    (event,) = logs(staked.store, "PenaltySent")
    assert (event.target, event.reference, event.id) == (listed.address, word(7), id_)
    assert (event.amount, event.pledge, event.weight) == (link(5), 0, 50_000)
    assert event.deadline == deadline
    assert listed.received(staked.store.address, word(7)) == link(5)
    assert staked.link.balanceOf(listed.address) == link(5)
    found = books(staked.store)
    assert (found.staked, found.at_risk, found.stakers_at_risk) == (link(100), link(5), link(5))
    assert staked.store.liquid() == link(95)
    assert staked.store.openPenalties() == [1]
    kept = staked.store.penalty(listed.address, word(7))
    assert tuple(kept) == (1, 1, link(5), 0, 0, 0, 50_000, deadline)
    assert staked.store.penaltyById(1) == kept


def test_p9_the_owners_due_is_pledged_first(staked: Suite, listed: Contract, operator: str) -> None:
    earn(staked, link(4))
    staked.store.sendPenalty(listed.address, link(3), word(1), sender=operator)
    (event,) = logs(staked.store, "PenaltySent")
    assert event.pledge == link(1)
    found = books(staked.store)
    assert (found.owners, found.pledged) == (link(1), link(1))
    assert (found.at_risk, found.stakers_at_risk) == (link(3), link(2))


def test_p9_two_penalties_do_not_pledge_the_same_juel(
    staked: Suite, listed: Contract, operator: str
) -> None:
    earn(staked, link(4))
    for i, (amount, pledge) in enumerate([("0.6", "0.6"), ("1", "0.4"), ("1", "0")]):
        staked.store.sendPenalty(listed.address, link(amount), word(i), sender=operator)
        (event,) = logs(staked.store, "PenaltySent")
        assert event.pledge == link(pledge)
    assert staked.store.ownersPledged() == link(1)


def test_the_operator_and_logic_send_and_nobody_else(
    staked: Suite, listed: Contract, operator: str, logic: str
) -> None:
    staked.store.sendPenalty(listed.address, 1, word(1), sender=operator)
    staked.store.sendPenalty(listed.address, 1, word(2), sender=logic)
    who = staked.actors
    for outsider in (who.owner, who.stranger, who.node_address, ALICE, who.creator):
        with boa.reverts("storage: only logic"):
            staked.store.sendPenalty(listed.address, 1, word(3), sender=outsider)


def test_another_nodes_operator_sends_none_of_this_nodes_stake(
    staked: Suite, listed: Contract
) -> None:
    other = actor("other operator")
    store = staked.create_node(actor("node 2"), operator=other)
    with boa.reverts("storage: only logic"):
        staked.store.sendPenalty(listed.address, 1, word(1), sender=other)
    staked.stake(ALICE, link(20), store)
    assert store.sendPenalty(listed.address, link(1), word(1), sender=other) == 1
    assert (store.atRisk(), staked.store.atRisk()) == (link(1), 0)


def test_p5_only_an_active_destination_is_sent_to(
    staked: Suite, listed: Contract, operator: str, owner: str
) -> None:
    fresh = mock("penalty_box", staked.link.address)
    staked.factory.announceDestination(fresh.address, sender=owner)
    staked.factory.removeDestination(listed.address, sender=owner)
    for target in (fresh.address, listed.address, operator, staked.link.address, "0x" + "00" * 20):
        with boa.reverts("storage: not a destination"):
            staked.store.sendPenalty(target, link(1), word(1), sender=operator)


def test_p5_a_destination_whose_code_changed_is_refused(
    staked: Suite, listed: Contract, operator: str
) -> None:
    for code in (mock("consumer_puppet").bytecode, bytes.fromhex("ef0100") + bytes(20), b""):
        boa.env.set_code(listed.address, code)
        with boa.reverts("storage: not a destination"):
            staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator)


def test_nothing_cannot_be_sent(suite: Suite, listed: Contract, operator: str) -> None:
    with boa.reverts("storage: nothing to send"):
        suite.store.sendPenalty(listed.address, link(1), word(1), sender=operator)
    suite.stake(ALICE, link(100))
    with boa.reverts("storage: nothing to send"):
        suite.store.sendPenalty(listed.address, 0, word(1), sender=operator)


def test_p15_the_cap_is_exact_to_the_juel(staked: Suite, listed: Contract, operator: str) -> None:
    with boa.reverts("storage: over the loss cap"):
        staked.store.sendPenalty(listed.address, link(5) + 1, word(1), sender=operator)
    staked.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    with boa.reverts("storage: over the loss cap"):
        staked.store.sendPenalty(listed.address, 1, word(2), sender=operator)


def test_p15_the_pledge_weighs_too(staked: Suite, listed: Contract, operator: str) -> None:
    earn(staked, link(4))
    with boa.reverts("storage: over the loss cap"):
        staked.store.sendPenalty(listed.address, link("5.15") + 1, word(1), sender=operator)
    staked.store.sendPenalty(listed.address, link("5.15"), word(1), sender=operator)
    assert staked.store.penaltyById(1).weight == 50_000


def test_p15_the_smallest_penalty_weighs_a_millionth(
    staked: Suite, listed: Contract, operator: str
) -> None:
    for i, (amount, weight) in enumerate(
        [(1, 1), (link(100) // PPM, 1), (link(100) // PPM + 1, 2)]
    ):
        staked.store.sendPenalty(listed.address, amount, word(i), sender=operator)
        (event,) = logs(staked.store, "PenaltySent")
        assert event.weight == weight


@pytest.mark.parametrize("amount", [link(100) + 1, 2**93, 2**236, ALL])
def test_no_amount_however_large_overflows(
    staked: Suite, listed: Contract, operator: str, amount: int
) -> None:
    with boa.reverts("storage: exceeds liquid stake"):
        staked.store.sendPenalty(listed.address, amount, word(1), sender=operator)


def test_what_is_at_risk_already_cannot_be_sent_again(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    reckless.stake(ALICE, link(10))
    reckless.store.sendPenalty(reckless_box.address, link(6), word(1), sender=operator)
    with boa.reverts("storage: exceeds liquid stake"):
        reckless.store.sendPenalty(reckless_box.address, link(4) + 1, word(2), sender=operator)
    reckless.store.sendPenalty(reckless_box.address, link(4), word(2), sender=operator)
    assert reckless.store.liquid() == 0


def test_escrow_and_dues_cannot_be_sent(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    """Other people's LINK lies at the same address."""
    reckless.stake(ALICE, link(10))
    reckless.fund(reckless.store.address, link(4))
    earn(reckless, 0)
    with boa.reverts("storage: exceeds liquid stake"):
        reckless.store.sendPenalty(reckless_box.address, link(14) + 1, word(1), sender=operator)
    reckless.store.sendPenalty(reckless_box.address, link(13), word(1), sender=operator)
    assert reckless.store.penaltyById(1).pledge == link(1)


def test_ten_penalties_are_open_at_most(staked: Suite, listed: Contract, operator: str) -> None:
    for i in range(10):
        staked.store.sendPenalty(listed.address, link("0.1"), word(i), sender=operator)
    with boa.reverts("storage: ten penalties are open"):
        staked.store.sendPenalty(listed.address, link("0.1"), word(10), sender=operator)
    assert sorted(staked.store.openPenalties()) == list(range(1, 11))
    listed.giveBack(staked.store.address, link("0.1"), word(4))
    assert staked.store.sendPenalty(listed.address, 1, word(10), sender=operator) == 11
    assert sorted(staked.store.openPenalties()) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]


def test_a_record_is_never_used_again(staked: Suite, listed: Contract, operator: str) -> None:
    staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator)
    for _ in range(2):
        with boa.reverts("storage: reference already used"):
            staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator)
        listed.giveBackFinal(staked.store.address, 0, word(1))


def test_the_same_reference_at_another_target_is_another_record(
    staked: Suite, listed: Contract, operator: str
) -> None:
    other = mock("penalty_box", staked.link.address)
    staked.whitelist(other.address)
    for i, target in enumerate((listed, other), 1):
        assert staked.store.sendPenalty(target.address, link(1), word(1), sender=operator) == i
    other.giveBack(staked.store.address, link(1), word(1))
    assert staked.store.openPenalties() == [1]


def test_a_target_that_refuses_undoes_all(staked: Suite, listed: Contract, operator: str) -> None:
    listed.misbehave(1)
    before = books(staked.store)
    with boa.reverts("box: refused"):
        staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator)
    assert books(staked.store) == before
    assert staked.store.penaltyCount() == 0


def test_a_return_within_the_same_call_closes_the_record(
    staked: Suite, listed: Contract, operator: str
) -> None:
    listed.misbehave(2)
    staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator)
    kept = staked.store.penaltyById(1)
    assert (kept.state, kept.returned) == (2, link(1))
    assert staked.store.openPenalties() == []
    assert staked.store.stakeOf(ALICE) == link(100)
    assert staked.store.lossAllowance() == 50_000


def test_who_was_sent_a_penalty_sends_returns_only(
    staked: Suite, listed: Contract, operator: str, owner: str
) -> None:
    """For ever, and whatever else its LINK says it is."""
    staked.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    listed.giveBack(staked.store.address, link(5), word(1))
    staked.factory.removeDestination(listed.address, sender=owner)
    for data in (b"\x00", stake_for(ALICE), bytes(32), oracle_request(listed.address)):
        with boa.reverts("storage: "):
            send(staked, listed.address, link(2), data)
    with boa.reverts("storage: not a staker"):
        send(staked, listed.address, link(2))
    assert staked.store.stakeOf(listed.address) == 0


def test_a_disabled_node_still_sends(staked: Suite, listed: Contract, operator: str) -> None:
    staked.node.setEnabled(staked.actors.node_address, False, sender=operator)
    assert staked.store.sendPenalty(listed.address, link(1), word(1), sender=operator) == 1
