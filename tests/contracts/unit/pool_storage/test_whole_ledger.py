# SPDX-License-Identifier: MIT
"""Penalties in a ledger where every other figure stands: each act moves its own and no other."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, PENALTY_LIFE, Contract, Suite, actor, link, travel, word
from tests.contracts.unit.pool_storage.figures import Watched, booked
from tests.contracts.unit.pool_storage.support import ALICE, BOB, ask, earn, served

CUSTOMER = actor("customer")


@pytest.fixture
def busy(suite: Suite, listed: Contract, operator: str) -> Watched:
    """1,030 LINK of Alice (6/10) and Bob (4/10), owners' due 10, every other due, three penalties.

    Of 7 all is pledged; of 5 there are 3, and 2 are the stakers'; 8.24 are the stakers' alone.
    """
    suite.stake(ALICE, link(600))
    suite.stake(BOB, link(400))
    travel(12)
    served(suite, link("0.3"))
    ask(suite, CUSTOMER, link("2.5"), nonce=2)
    earn(suite, link("39.75"))
    for number, juels in enumerate(("7", "5", "8.24"), 101):
        suite.store.sendPenalty(listed.address, link(juels), word(number), sender=operator)
    found = Watched(suite, listed, boa.env.timestamp + PENALTY_LIFE)
    found.now(suite.store)
    return found


@pytest.fixture
def left(busy: Watched) -> Watched:
    """Alice took a tenth of the pool: claims of 0.2 on record 2 and of 0.824 on record 3."""
    busy.suite.store.withdraw(link("101.976"), sender=ALICE)
    busy.now(busy.suite.store)
    return busy


def test_the_figures_of_three_open_penalties(busy: Watched) -> None:
    assert busy.last == {
        "staked": link(1_030),
        "shares": link(1_000) * 10**15,
        "stakers": 2,
        "at_risk": link("20.24"),
        "stakers_at_risk": link("10.24"),
        "claims": 0,
        "escrow": link("2.5"),
        "owners": link(10),
        "pledged": link(10),
        "operations": link("0.05"),
        "pending": 0,
        "liquid": link("1019.76"),
        "count": 3,
        "open": [1, 2, 3],
        "allowance": 50_000 - 6_797 - 4_855 - 8_000,
        "overdue": (0, 0),
        "makers": 250_000,
        "ceiling": 500_000,
        "cost": link("0.05"),
        "operator": busy.suite.actors.operator,
        "node": busy.suite.actors.node_address,
        "penalty 1": busy.first(1, "0"),
        "penalty 2": busy.second(1, "0", "0"),
        "penalty 3": busy.third(1, "0", "0"),
        "shares 0": link(600) * 10**15,
        "shares 1": link(400) * 10**15,
        **{f"claim {who} {id_}": (0, 0) for who in (0, 1) for id_ in (1, 2, 3)},
    }


def test_a_fourth_penalty_takes_what_is_due_since_and_the_rest_of_the_stake(busy: Watched) -> None:
    store, box = busy.suite.store, busy.box
    earn(busy.suite, link(4))
    id_ = store.sendPenalty(box.address, link(6), word(104), sender=busy.suite.actors.operator)
    weight = -(-6 * 10**6 // 1_033)
    events, found = busy.now(store)
    sent = (box.address, word(104), 4, link(6), link(1), weight, busy.deadline)
    assert (id_, events) == (4, [("Settled", link(4), link(1), link(3)), ("PenaltySent", *sent)])
    assert found == {
        "staked": link(1_033),
        "at_risk": link("26.24"),
        "stakers_at_risk": link("15.24"),
        "owners": link(11),
        "pledged": link(11),
        "liquid": link("1017.76"),
        "count": 4,
        "open": [1, 2, 3, 4],
        "allowance": 30_348 - weight,
        "penalty 4": (4, 1, link(6), link(1), 0, 0, weight, busy.deadline),
        "claim 0 4": (0, 0),
        "claim 1 4": (0, 0),
    }


def test_a_place_that_is_free_again_is_taken_by_the_next(busy: Watched) -> None:
    store, box = busy.suite.store, busy.box
    busy.give_back("5", 102)
    assert store.openPenalties() == [1, 3]
    for number in (104, 105):
        store.sendPenalty(box.address, 1_000, word(number), sender=busy.suite.actors.operator)
    assert store.openPenalties() == [1, 4, 3, 5]
    assert [store.penaltyById(id_).amount for id_ in (3, 4, 5)] == [link("8.24"), 1_000, 1_000]


def test_a_leaver_takes_their_part_of_the_stakers_exposure_along(busy: Watched) -> None:
    store = busy.suite.store
    assert store.withdraw(link("101.976"), sender=ALICE) == link("101.976")
    events, found = busy.now(store)
    assert events == [
        ("ExitClaimOpened", ALICE, 1, 0),
        ("ExitClaimOpened", ALICE, 2, link("0.2")),
        ("ExitClaimOpened", ALICE, 3, link("0.824")),
        ("Withdrawal", busy.suite.actors.node_address, ALICE, link("101.976")),
    ]
    assert found == {
        "staked": link(927),
        "shares": link(900) * 10**15,
        "stakers_at_risk": link("9.216"),
        "claims": link("1.024"),
        "liquid": link("917.784"),
        "penalty 2": busy.second(1, "0"),
        "penalty 3": busy.third(1, "0"),
        "shares 0": link(500) * 10**15,
        "claim 0 2": (link("0.2"), 0),
        "claim 0 3": (link("0.824"), 0),
    }


def test_a_part_waits_and_what_is_final_falls_on_claims_and_stakers(left: Watched) -> None:
    """0.824 of the 8.24 are Alice's claim: of a half that is lost she bears a tenth."""
    events, found = left.give_back("1", 102)
    assert events == [left.returned(2, "1")]
    assert found == {"at_risk": link("19.24"), "penalty 2": left.second(1, "1")}
    events, found = left.final("4.12", 103)
    assert events == [
        left.returned(3, "4.12"),
        left.slashed(3, "4.12"),
        booked(3, "0", "0.412", "3.708"),
    ]
    assert found == {
        "staked": link("923.292"),
        "at_risk": link(11),
        "stakers_at_risk": link("1.8"),
        "claims": link("0.612"),
        "liquid": link("921.492"),
        "open": [1, 2],
        "allowance": 30_348 + 4_000,
        "penalty 3": left.third(2, "4.12"),
        "claim 0 3": (0, link("0.412")),
    }


def test_what_follows_a_final_return_is_shared_as_if_it_had_come_in_time(left: Watched) -> None:
    left.final("4.12", 103)
    events, found = left.give_back("2.06", 103)
    assert events == [left.returned(3, "2.06"), booked(3, "0", "0.206", "1.854")]
    assert found == {
        "staked": link("925.146"),
        "claims": link("0.818"),
        "liquid": link("923.346"),
        "penalty 3": left.third(2, "6.18"),
        "claim 0 3": (0, link("0.618")),
    }
    store = left.suite.store
    assert store.claimExit(ALICE, [1, 2, 3]) == link("0.618")
    events, found = left.now(store)
    assert events == [("ExitClaimed", ALICE, link("0.618"))]
    assert found == {"claims": link("0.2"), "claim 0 3": (0, 0)}
    left.suite.fund(left.box.address, link(3))
    events, found = left.final("3", 103)
    assert events == [left.returned(3, "3"), booked(3, "0", "0", "0")]
    assert found == {
        "staked": link(927),
        "claims": link("0.406"),
        "liquid": link("925.2"),
        "pending": link("0.94"),
        "penalty 3": left.third(2, "8.24"),
        "claim 0 3": (0, link("0.206")),
    }


def test_a_record_that_nobody_left_is_closed_and_opened_up_by_what_comes_later(
    busy: Watched,
) -> None:
    """No pledge, no claim: the stakers alone bear what is missing."""
    events, found = busy.final("4.12", 103)
    assert events == [
        busy.returned(3, "4.12"),
        busy.slashed(3, "4.12"),
        booked(3, "0", "0", "4.12"),
    ]
    assert found == {
        "staked": link("1025.88"),
        "at_risk": link(12),
        "stakers_at_risk": link(2),
        "liquid": link("1023.88"),
        "open": [1, 2],
        "allowance": 34_348,
        "penalty 3": busy.third(2, "4.12", "0"),
    }
    events, found = busy.give_back("2.06", 103)
    assert events == [busy.returned(3, "2.06"), booked(3, "0", "0", "2.06")]
    assert found == {
        "staked": link("1027.94"),
        "liquid": link("1025.94"),
        "penalty 3": busy.third(2, "6.18", "0"),
    }
    busy.suite.fund(busy.box.address, link(3))
    events, found = busy.give_back("3", 103)
    assert events == [busy.returned(3, "3"), booked(3, "0", "0", "0")]
    assert found == {
        "staked": link(1_030),
        "liquid": link(1_028),
        "pending": link("0.94"),
        "penalty 3": busy.third(2, "8.24", "0"),
    }


def test_what_is_overdue_waits_for_one_delay_and_its_leavers_part_is_the_owners(
    left: Watched,
) -> None:
    """Of 5 one is back: the pledge of 3 is lost, and of the other 2 one, a tenth of it Alice's."""
    store = left.suite.store
    left.give_back("1", 102)
    travel(PENALTY_LIFE + 1)
    store.resolveOverdue(left.box.address, word(102))
    until = boa.env.timestamp + DELAY
    events, found = left.now(store)
    assert events == [left.slashed(2, "4", overdue=True), booked(2, "3", "0.1", "0.9")]
    assert found == {
        "staked": link("926.1"),
        "at_risk": link("15.24"),
        "stakers_at_risk": link("7.416"),
        "claims": link("0.924"),
        "owners": link(7),
        "pledged": link(7),
        "liquid": link("918.684"),
        "open": [1, 3],
        "allowance": 30_348 + 4_855 - 3_884,
        "overdue": (link("0.9"), until),
        "penalty 2": left.second(2, "1"),
        "claim 0 2": (0, link("0.1")),
    }
    store.withdraw(link("183.7368"), sender=BOB)
    left.now(store)
    assert left.last["overdue"] == (link("0.72"), until)
    events, found = left.give_back("0.5", 102)
    assert events == [left.returned(2, "0.5"), booked(2, "3", "0.05", "0.45")]
    assert found == {
        "staked": link("741.33"),
        "claims": link("2.4572"),
        "liquid": link("735.3972"),
        "overdue": (link("0.27"), until),
        "penalty 2": left.second(2, "1.5"),
        "claim 0 2": (0, link("0.15")),
    }
    events, found = left.give_back("1.5", 102)
    assert events == [left.returned(2, "1.5"), booked(2, "2", "0", "0")]
    assert found == {
        "staked": link("741.6"),
        "claims": link("2.5072"),
        "owners": link("8.18"),
        "liquid": link("735.6672"),
        "overdue": (0, 0),
        "penalty 2": left.second(2, "3"),
        "claim 0 2": (0, link("0.2")),
    }


def test_a_pledge_is_lost_first_and_comes_back_last(busy: Watched) -> None:
    """The first record is the owners' alone; of the second the stakers are made whole first."""
    events, found = busy.final("2", 101)
    assert events == [busy.returned(1, "2"), busy.slashed(1, "5"), booked(1, "5", "0", "0")]
    assert found == {
        "at_risk": link("13.24"),
        "owners": link(5),
        "pledged": link(3),
        "open": [2, 3],
        "allowance": 30_348 + 6_797 - 4_855,
        "penalty 1": busy.first(2, "2"),
    }
    events, found = busy.give_back("4", 101)
    assert events == [busy.returned(1, "4"), booked(1, "1", "0", "0")]
    assert found == {"owners": link(9), "penalty 1": busy.first(2, "6")}
    events, found = busy.final("0.5", 102)
    assert events == [busy.returned(2, "0.5"), busy.slashed(2, "4.5"), booked(2, "3", "0", "1.5")]
    assert found == {
        "staked": link("1028.5"),
        "at_risk": link("8.24"),
        "stakers_at_risk": link("8.24"),
        "owners": link(6),
        "pledged": 0,
        "liquid": link("1020.26"),
        "open": [3],
        "allowance": 32_290 + 4_855 - 4_370,
        "penalty 2": busy.second(2, "0.5", "0"),
    }
    events, found = busy.give_back("2.25", 102)
    assert events == [busy.returned(2, "2.25"), booked(2, "2.25", "0", "0")]
    assert found == {
        "staked": link(1_030),
        "owners": link("6.75"),
        "liquid": link("1021.76"),
        "penalty 2": busy.second(2, "2.75", "0"),
    }
