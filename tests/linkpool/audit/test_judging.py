# SPDX-License-Identifier: MIT
"""What the judge says of facts that no honest chain has, and of those that it has now and then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.audit.checks import money
from linkpool.audit.checks.code import Part
from linkpool.audit.checks.immutables import wanted
from linkpool.audit.expected import Expected
from linkpool.audit.facts import Loss, Operation
from linkpool.audit.findings import Finding, Verdict
from linkpool.audit.release import hash_of
from linkpool.chain.addresses import ZERO
from linkpool.chain.facts import Announcement
from linkpool.units import Juels, Ppm, show_link
from tests.linkpool.audit.makers import (
    AGREEMENTS,
    CONTRACTS,
    DELAY,
    FACTORY,
    LINK_HERE,
    NOBODY_SAID,
    NOW,
    OWNER,
    SEALED,
    TARGET,
    TARGET_CODE,
    TIMELOCK,
    books,
    change,
    destination,
    facts,
    manifest,
    network,
    operation,
    past,
    penalty,
    place,
    runtime,
    said,
    with_store,
    write,
)

NEW = place(99)
NODE = f"node {place(51)}"


def verdicts(found: dict[tuple[str, str], Finding]) -> dict[tuple[str, str], Verdict]:
    return {key: one.verdict for key, one in found.items()}


# ---- Registry and its history ----


def replaced(name: str = "Node", **changes: Any) -> Any:
    """Facts after one contract was replaced by an operation that waited."""
    began = facts()
    done = change(name, NEW, old=CONTRACTS[name], block=SEALED + 1, time=NOW - 1_000, tx="0xb")
    told = operation(
        write(name, NEW),
        **{
            "announced": NOW - 2_000 - DELAY,
            "ready": NOW - 2_000,
            "lapse": NOW + DELAY,
            "ended": "executed",
            "tx": "0xb",
            "waits": None,
        }
        | changes,
    )
    suite = replace(
        began.suite,
        contracts=CONTRACTS | {name: NEW},
        logic=began.suite.logic | {CONTRACTS[name]: False, NEW: True},
    )
    later = past(began, changes=(*began.history.changes, done), operations=(told,))
    return replace(later, suite=suite)


def test_a_replacement_that_waited_is_history() -> None:
    """What it put in place is another matter: its code."""
    assert verdicts(said(replaced())) == {
        ("code", "Node"): Verdict.DEVIATES,
        ("history", "Node of the past"): Verdict.LOOK,
    }


def test_other_code_that_served_before_the_seal_is_found() -> None:
    """Nobody could see what it wrote."""
    began = facts().history.changes
    served = (
        change("Node", NEW, block=SEALED - 3),
        change("Node", ZERO, old=NEW, block=SEALED - 2),
        *began,
    )
    found = said(past(facts(codes=facts().codes | {NEW: b"\x60"}), changes=served))
    assert verdicts(found) == {("history", "Node of the past"): Verdict.DEVIATES}


@pytest.mark.parametrize(
    "changes",
    [
        {"tx": "0xc"},
        {"ended": "cancelled"},
        {"target": NEW},
        {"data": write("NodeStaking", NEW)},
        {"data": write("Node", place(98))},
        {"data": b"\x12\x34"},
        {"announced": NOW - 2_000 - DELAY + 1},
        {"ready": NOW - 999},
        {"lapse": NOW - 1_001},
    ],
)
def test_a_replacement_that_no_announcement_covers_is_found(changes: dict[str, Any]) -> None:
    assert verdicts(said(replaced(**changes)))[("history", "Node")] is Verdict.DEVIATES


def test_a_registry_that_its_logs_do_not_explain_is_found() -> None:
    suite = replace(facts().suite, contracts=CONTRACTS | {"Node": NEW})
    found = verdicts(said(facts(suite=suite)))
    assert found[("registry", "Node")] is Verdict.DEVIATES


def test_logs_without_the_seal_judge_nothing() -> None:
    found = said(past(facts(), sealed=None, changes=()))
    assert verdicts(found) == {("history", "registry"): Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("place", "name"),
    [(FACTORY, "PoolStorageFactory"), (TIMELOCK, "Timelock"), (AGREEMENTS, "ServiceAgreements")],
)
@pytest.mark.parametrize("block", [None, 6])
def test_logs_that_begin_after_a_contract_judge_nothing(
    place: ChecksumAddress, name: str, block: int | None
) -> None:
    """Nor do they where nobody knows when it was made."""
    made = facts().creations[place]
    assert made is not None
    later = dict.fromkeys(facts().creations, replace(made, block=7))
    known = later | {place: None if block is None else replace(made, block=block)}
    changed = past(facts(creations=known, network=network()), first=7)
    found = said(changed)
    assert found[("history", f"logs since {name}")].verdict is Verdict.UNKNOWN
    assert [one for check, one in found if check == "history"] == [f"logs since {name}"]


def test_a_log_that_could_not_be_read_judges_nothing() -> None:
    """What it says may be what matters."""
    (one,) = said(facts(unread=("of Timelock in 0xa", "of Timelock in 0xb"))).values()
    assert one.verdict is Verdict.UNKNOWN
    assert one.found == "2 logs not as this release writes them, the first of Timelock in 0xa"


def test_changes_that_do_not_join_judge_nothing() -> None:
    lost = facts().history.changes[1:]
    assert verdicts(said(past(facts(), changes=lost))) == {("history", "LinkPool"): Verdict.UNKNOWN}


def test_a_registry_that_its_deployer_still_writes_is_found() -> None:
    found = said(facts(suite=replace(facts().suite, sealed=False)))
    assert verdicts(found) == {("registry", "seal"): Verdict.DEVIATES}


def test_replaced_logic_that_kept_its_powers_is_found() -> None:
    suite = replace(facts().suite, logic=facts().suite.logic | {NEW: True})
    found = said(facts(suite=suite))
    assert verdicts(found) == {("registry", NEW): Verdict.DEVIATES}


@pytest.mark.parametrize("name", ["Consumer", "Timelock", "PoolOwners", "Bridge"])
def test_a_released_contract_under_a_name_that_is_no_logic_is_unknown(name: str) -> None:
    """Nobody gets powers by being released as something else."""
    suite = replace(
        facts().suite,
        contracts=CONTRACTS | {name: NEW},
        logic=facts().suite.logic | {NEW: True},
    )
    changes = (*facts().history.changes, change(name, NEW, block=SEALED - 1))
    codes = facts().codes | {NEW: b"\x60"}
    found = [
        one
        for one in said(past(facts(suite=suite, codes=codes), changes=changes)).values()
        if one.what == name and "does not have" in one.found
    ]
    assert [one.verdict for one in found] == [Verdict.DEVIATES]


def test_a_contract_taken_out_of_service_is_worth_a_look() -> None:
    suite = replace(
        facts().suite,
        contracts=CONTRACTS | {"NodeFactory": ZERO},
        logic={one: one != CONTRACTS["NodeFactory"] for one in CONTRACTS.values()},
    )
    end = change("NodeFactory", ZERO, old=CONTRACTS["NodeFactory"], block=SEALED)
    found = said(past(facts(suite=suite), changes=(*facts().history.changes, end)))
    assert verdicts(found)[("registry", "NodeFactory")] is Verdict.LOOK


# ---- Who rules, what waits ----


def test_a_delay_below_the_networks_is_found() -> None:
    powers = replace(facts().powers, delay=DELAY - 1)
    assert verdicts(said(facts(powers=powers))) == {("delay", "Timelock"): Verdict.DEVIATES}


@pytest.mark.parametrize("delay", [DELAY - 1, 1])
def test_no_manifest_makes_a_short_delay_right(delay: int) -> None:
    """Who writes a hostile pool writes its manifest, too."""
    terms = replace(manifest().terms, delay=delay)
    said_so = Expected(manifest=replace(manifest(), terms=terms), path=None, profile=None)
    changed = facts(powers=replace(facts().powers, delay=delay))
    assert said(changed, said_so)[("delay", "Timelock")].verdict is Verdict.DEVIATES


def test_no_manifest_makes_a_higher_loss_cap_right() -> None:
    terms = replace(manifest().terms, loss_cap=Ppm(50_001))
    said_so = Expected(manifest=replace(manifest(), terms=terms), path=None, profile=None)
    want = wanted(facts(), said_so, Part("PoolStorage", place(5)))["LOSS_CAP"]
    assert want.holds(50_000)
    assert not want.holds(50_001)


def test_renounced_powers_are_worth_a_look() -> None:
    found = said(facts(powers=replace(facts().powers, owner=ZERO)))
    assert "renounced" in found[("owner", "the suite")].found


def test_whether_the_owner_is_a_key_is_said() -> None:
    codes = facts().codes
    for code, words in (
        (b"", "one key"),
        (b"\x60", "a contract"),
        (b"\xef\x01\x00" + bytes(20), "delegates"),
    ):
        found = said(facts(codes=codes | {OWNER: code}))
        line = found.get(("owner", "the suite"))
        assert line is None or words in line.found
        assert (line is None) == (code == b"")


def test_a_node_that_is_offered_to_another_operator_is_worth_a_look() -> None:
    found = said(with_store(books=books(1, proposed=place(66))))
    assert verdicts(found) == {("owner", NODE): Verdict.LOOK}
    assert found[("owner", NODE)].found == f"offered to {place(66)}, who may take it"


def waiting(*operations: Operation) -> dict[tuple[str, str], Finding]:
    return said(past(facts(), operations=operations))


@pytest.mark.parametrize("code", [b"", runtime("Node")])
def test_an_announced_contract_without_code_is_found(code: bytes) -> None:
    """Be the hash announced that of this release: such code can come and go in one transaction."""
    (one,) = waiting(operation(write("Node", NEW, keccak(code)))).values()
    assert one.verdict is Verdict.DEVIATES
    assert "no code yet, whatever the hash" in one.found
    assert one.expected == "code that stood there before the announcement"


@pytest.mark.parametrize("code", [b"", None])
def test_logic_that_serves_without_code_is_found(code: bytes | None) -> None:
    codes = {one: held for one, held in replaced().codes.items() if one != NEW}
    empty = replace(replaced(), codes=codes if code is None else codes | {NEW: code})
    one = said(empty)[("code", "Node")]
    assert (one.verdict, one.found) == (Verdict.DEVIATES, f"{NEW}, no code")


@pytest.mark.parametrize(
    ("announced", "verdict"), [(b"\x60", Verdict.DEVIATES), (b"\x61", Verdict.LOOK)]
)
def test_an_announced_contract_is_held_against_the_code_that_was_announced(
    announced: bytes, verdict: Verdict
) -> None:
    """With other code it cannot be executed: no danger, and nobody knows what it is for."""
    told = operation(write("Node", NEW, keccak(announced)))
    codes = facts().codes | {NEW: b"\x60"}
    (one,) = said(past(facts(codes=codes), operations=(told,))).values()
    assert one.verdict is verdict


def test_an_announced_name_that_is_no_text_is_found() -> None:
    (one,) = waiting(operation(write(b"\xff\xfe", NEW))).values()
    assert one.verdict is Verdict.DEVIATES
    assert one.what == f"setContract(\\xff\\xfe, {NEW})"


def test_an_announced_removal_is_worth_a_look() -> None:
    (one,) = waiting(operation(write("NodeFactory", ZERO))).values()
    assert one.verdict is Verdict.LOOK


def test_two_announcements_of_one_name_are_said() -> None:
    found = waiting(operation(write("Node", NEW)), operation(write("Node", ZERO)))
    assert found[("pending", "Node")].verdict is Verdict.LOOK


@pytest.mark.parametrize(
    "changes", [{"ended": "cancelled"}, {"ended": "executed"}, {"lapse": NOW - 1}]
)
def test_what_waits_no_more_is_no_matter(changes: dict[str, Any]) -> None:
    assert waiting(operation(write("Node", NEW), **changes)) == {}


def test_an_announcement_that_the_timelock_does_not_know_judges_nothing() -> None:
    (one,) = waiting(operation(write("Node", NEW), waits=False)).values()
    assert one.verdict is Verdict.UNKNOWN


def test_a_rate_that_waits_is_worth_a_look() -> None:
    none = Announcement(value=0, ready=0, lapse=0)
    higher = Announcement(value=400_000, ready=NOW + 5, lapse=NOW + 10)
    found = said(with_store(books=books(1, waiting=(higher, none, none))))
    line = found[("pending", f"makers' percentage of {NODE}")]
    assert line.verdict is Verdict.LOOK
    assert line.found.startswith("40 % from ")
    assert line.expected == "25 % today"


# ---- Money ----


def risky(**changes: Any) -> dict[str, Any]:
    """The books of a node with one penalty open."""
    away = LINK_HERE // 50
    fields = {
        "open": (penalty(),),
        "records": 1,
        "at_risk": Juels(away),
        "stakers_at_risk": Juels(away),
        "allowance": Ppm(30_000),
    }
    return {"books": books(1, **fields | changes), "balance": Juels(LINK_HERE - away)}


def test_a_penalty_within_the_cap_is_fine() -> None:
    assert said(with_store(**risky())) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"allowance": Ppm(30_001)},
        {"open": (penalty(weight=Ppm(50_001)),), "allowance": Ppm(0)},
        {"at_risk": Juels(LINK_HERE // 50 + 1)},
        {"stakers_at_risk": Juels(0)},
        {"pledged": Juels(1)},
        {"open": ()},
    ],
)
def test_books_that_let_more_go_than_they_say_are_found(changes: dict[str, Any]) -> None:
    spoilt = risky(**changes) | {"balance": Juels(2 * LINK_HERE)}
    assert verdicts(said(with_store(**spoilt))) == {("penalties", NODE): Verdict.DEVIATES}


def test_what_was_lost_lately_counts() -> None:
    """For one delay, whole days; then no more."""
    day = 86_400
    kept = Loss(weight=Ppm(20_001), time=(NOW - DELAY) // day * day)
    gone = Loss(weight=Ppm(20_001), time=kept.time - 1)
    spent = risky(allowance=Ppm(30_000))
    assert said(with_store(**spent, losses=(gone,))) == {}
    assert list(said(with_store(**spent, losses=(kept,)))) == [("penalties", NODE)]


def test_a_juel_that_is_missing_is_found_and_one_too_many_is_not() -> None:
    assert said(with_store(balance=Juels(LINK_HERE + 1))) == {}
    found = said(with_store(balance=Juels(LINK_HERE - 1)))
    assert found[("solvency", NODE)].verdict is Verdict.DEVIATES


def test_link_that_is_out_as_penalties_is_named_beside_what_is_held() -> None:
    """Else 1,000 staked and 980 held would look like 20 missing."""
    away = Juels(LINK_HERE // 50)
    changed = with_store(**risky() | {"balance": Juels(LINK_HERE - away)})
    (told,) = [one for one in money.check(changed, NOBODY_SAID) if one.what == "all nodes"]
    assert told.verdict is Verdict.OK
    amounts = [show_link(Juels(one)) for one in (2 * LINK_HERE, 2 * LINK_HERE - away, away)]
    assert told.found == "{} staked: {} held, {} more of it out as penalties".format(*amounts)
    assert told.expected == f"{amounts[1]} owed"


@pytest.mark.parametrize("owed", ["owners_due", "operations_due", "escrowed", "claims"])
def test_everything_that_is_owed_counts(owed: str) -> None:
    found = said(with_store(books=books(1, **{owed: Juels(1)})))
    assert found[("solvency", NODE)].verdict is Verdict.DEVIATES


@pytest.mark.parametrize(
    "changes", [{"found": place(77)}, {"found": None}, {"is_storage": False}, {"is_storage": None}]
)
def test_a_node_whose_storage_is_another_is_found(changes: dict[str, Any]) -> None:
    assert verdicts(said(with_store(**changes))) == {("nodes", NODE): Verdict.DEVIATES}


def test_a_storage_of_another_factory_is_found() -> None:
    found = said(with_store(books=books(1, factory=place(77))))
    assert verdicts(found) == {("nodes", NODE): Verdict.DEVIATES}


@pytest.mark.parametrize("changes", [{"makers": Ppm(500_001)}, {"ceiling": Ppm(1_000_001)}])
def test_rates_over_their_caps_are_found(changes: dict[str, Any]) -> None:
    found = said(with_store(books=books(1, **changes)))
    assert verdicts(found) == {("rates", NODE): Verdict.DEVIATES}


def test_a_storage_that_does_not_answer_is_not_judged() -> None:
    found = verdicts(said(with_store(books=None, found=None)))
    assert found == {
        (check, "1 storage"): Verdict.UNKNOWN
        for check in ("nodes", "rates", "penalties", "solvency")
    }


def test_income_of_owners_that_is_gone_is_found() -> None:
    shares = replace(facts().shares, reserved=Juels(1))
    assert verdicts(said(facts(shares=shares))) == {("solvency", "PoolOwners"): Verdict.DEVIATES}


CAP = 50_000
MOST = LINK_HERE * CAP // (10**6 - CAP)


def test_more_overdue_than_one_delay_can_cost_is_worth_a_look() -> None:
    """5 % of all there was: a nineteenth of what is left."""
    assert MOST == 52_631_578_947_368_421_052
    assert said(with_store(books=books(1, overdue=(Juels(MOST), NOW + 60)))) == {}
    (one,) = said(with_store(books=books(1, overdue=(Juels(MOST + 1), NOW + 60)))).values()
    assert (one.check, one.what, one.verdict) == ("penalties", NODE, Verdict.LOOK)
    assert one.found == (
        "52.631578947368421053 LINK overdue until 2033-05-18 03:34 UTC, beside 1,000 LINK: a new "
        "stake pays for all of it"
    )
    assert one.expected == "at most 52.631578947368421052 LINK overdue"


# ---- Whitelist and network ----


def test_a_destination_of_others_is_worth_a_look() -> None:
    (one,) = said(facts(destinations=(destination(),))).values()
    assert one.verdict is Verdict.LOOK
    assert "read its code" in one.found


@pytest.mark.parametrize("changes", [{"code_hash": "0x" + "11" * 32}, {"active": False}])
def test_a_destination_that_changed_is_found(changes: dict[str, Any]) -> None:
    (one,) = said(facts(destinations=(destination(**changes),))).values()
    assert one.verdict is Verdict.DEVIATES


@pytest.mark.parametrize("state", [1, 2])
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("code_hash", ["none", hash_of(TARGET_CODE)])
def test_a_destination_without_code_is_found(state: int, active: bool, code_hash: str) -> None:
    one = destination(
        state=state, active=active, code_hash=code_hash, ready=NOW + 5, lapse=NOW + 10
    )
    (line,) = said(facts(destinations=(one,), codes=facts().codes | {TARGET: b""})).values()
    assert (line.verdict, line.found[:8]) == (Verdict.DEVIATES, "no code:")


def test_a_destination_to_come_is_worth_a_look_until_it_lapses() -> None:
    coming = destination(state=1, ready=NOW + 5, lapse=NOW + 10, active=False)
    (one,) = said(facts(destinations=(coming,))).values()
    assert one.verdict is Verdict.LOOK
    lapsed = replace(coming, lapse=NOW - 1)
    assert said(facts(destinations=(lapsed, destination(state=0)))) == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"penalties_agreements": FACTORY}, ("network", "Penalties: ServiceAgreements")),
        ({"aggregator_agreements": None}, ("network", "Aggregator: ServiceAgreements")),
        ({"open_cost": Juels(1)}, ("solvency", "ServiceAgreements")),
        ({"deposited": Juels(1)}, ("solvency", "Penalties")),
        ({"refused": Juels(1)}, ("solvency", "Aggregator")),
    ],
)
def test_a_network_that_does_not_hold_together_is_found(
    changes: dict[str, Any], found: tuple[str, str]
) -> None:
    usual = set(said(facts(network=network())))  # its code is none here
    changed = said(facts(network=network(**changes)))
    assert set(changed) - usual == {found}
    assert changed[found].verdict is Verdict.DEVIATES
