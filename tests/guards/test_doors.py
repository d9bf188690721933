# SPDX-License-Identifier: MIT
"""Every call out of the contracts is on a list with its reason; a new one is seen."""

import json

import pytest

from tests.guards.test_contract_rules import HEAD, parsed
from tools import doors
from tools.doors import Door, Known

TEXT = """
interface T:
    def f(n: uint256) -> uint256: nonpayable
    def v() -> uint256: view

@external
def out(t: address, n: uint256):
    a: uint256 = extcall T(
        t  # who
    ).f(
        n + 1,
        default_return_value=0,
    )
    if staticcall T(t).v() == a and staticcall T(self).v() == 0:
        raw_call(t, b"", value=n, revert_on_failure=False)
    ledger._pay(t, n)

@internal
def _pay(to: address, amount: uint256):
    self.seen[create_minimal_proxy_to(to)] = True
    send(to, amount)
"""


def test_every_call_of_ours_is_explained() -> None:
    assert list(doors.complaints(doors.present(), *doors.read())) == []


def test_every_transfer_of_link_is_on_the_list() -> None:
    """P1: LINK leaves a PoolStorage by one function, called at five places, and as penalties."""
    modules = ("contracts/modules/", "contracts/PoolStorage")
    ours = [door for door, _ in doors.read()[1] if door.file.startswith(modules)]
    moving = [door for door in ours if "LINK.transfer" in door.call]
    assert sorted(door.function for door in moving) == ["_pay", "sendPenalty"]
    paying = [door.call for door in ours if "_pay(" in door.call and "owners_" not in door.file]
    assert sorted(call.partition("_pay")[2] for call in paying) == [
        "(POOL_OWNERS, owners)",
        "(msg.sender, payment)",
        "(self.operations_wallet, operations)",
        "(staker, paid)",
        "(staker, sum)",
    ]


def test_calls_are_read_whole_and_without_their_layout() -> None:
    calls = [(door.function, door.call) for door in doors.doors_in(parsed(HEAD + TEXT))]
    assert calls == [
        ("out", "extcall T(t).f(n+1, default_return_value=0)"),
        ("out", "staticcall T(t).v()"),
        ("out", "staticcall T(self).v()"),
        ("out", 'raw_call(t, b"", value=n, revert_on_failure=False)'),
        ("out", "ledger._pay(t, n)"),
        ("_pay", "create_minimal_proxy_to(to)"),
        ("_pay", "send(to, amount)"),
    ]


def test_a_call_that_was_not_read_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text and syntax tree have to agree on how many there are."""
    file = parsed(HEAD + TEXT)
    monkeypatch.setattr(doors, "CALLS", {"extcall"})
    with pytest.raises(ValueError, match="7 calls, 5 of them read"):
        doors.doors_in(file)


DOOR = Door("contracts/A.vy", "f", "extcall LINK.transfer(to, n)")
VIEW = Door("contracts/A.vy", "f", "staticcall LINK.balanceOf(self)")
PLACES = {"LINK": "the token"}


@pytest.mark.parametrize(
    ("found", "listed", "told"),
    [
        ([DOOR], [], "is new"),
        ([DOOR, DOOR], [(DOOR, Known("LINK", "safe"))], "is new"),
        ([], [(DOOR, Known("LINK", "safe"))], "is gone"),
        ([DOOR], [(DOOR, Known("LINK"))], "has no reason why it is safe"),
        ([DOOR], [(DOOR, Known("NOBODY", "safe"))], "which is none of the targets"),
        ([VIEW], [(VIEW, Known())], "which is none of the targets"),
    ],
)
def test_what_is_not_explained_is_told(
    found: list[Door], listed: list[tuple[Door, Known]], told: str
) -> None:
    wrong = [line for line in doors.complaints(found, PLACES, listed) if "not used" not in line]
    assert len(wrong) == 1
    assert told in wrong[0]


def test_an_explained_list_has_no_complaint() -> None:
    listed = [(DOOR, Known("LINK", "safe")), (VIEW, Known("LINK"))]
    assert list(doors.complaints([DOOR, VIEW], PLACES, listed)) == []
    assert list(doors.complaints([DOOR], {**PLACES, "OLD": "x"}, [listed[0]])) == [
        "target 'OLD' is not used"
    ]


def test_a_call_that_moved_to_another_file_keeps_its_reason() -> None:
    moved = Door("contracts/B.vy", DOOR.function, DOOR.call)
    copied = Door("contracts/B.vy", "g", DOOR.call)
    listed = [(DOOR, Known("LINK", "safe"))]
    assert dict(doors.accepted([moved, copied], listed)) == {
        moved: Known("LINK", "safe"),
        copied: Known(),
    }
    assert dict(doors.accepted([DOOR, moved], listed))[moved] == Known()


def test_accepting_keeps_reasons_and_gives_none() -> None:
    changed = Door(DOOR.file, DOOR.function, "extcall LINK.transfer(somebody, n)")
    kept = dict(doors.accepted([DOOR, changed], [(DOOR, Known("LINK", "safe"))]))
    assert kept == {DOOR: Known("LINK", "safe"), changed: Known()}
    told = list(doors.complaints([DOOR, changed], PLACES, list(kept.items())))
    assert len(told) == 2
    content = json.loads(doors.written(PLACES, kept.items()))
    assert [one["why"] for one in content["doors"]] == ["safe", ""]
