# SPDX-License-Identifier: MIT
"""Every wrong role on every function of every contract (the table is roles.py)."""

from __future__ import annotations

import boa
import pytest
from boa.util.abi import Address
from eth_abi.abi import decode

from tests.contracts.roles import ROWS, Row, contracts, prepare
from tests.contracts.suite import Contract, Suite

RESTRICTED = [row for row in ROWS if row.allowed is not None]
OPEN = [row for row in ROWS if row.allowed is None]
REFUSALS = {row.reason for row in RESTRICTED}
# Selector of Error(string).
ERROR = bytes.fromhex("08c379a0")
# Views are told by the ABI; everything else needs a row.
READING = ("view", "pure")


@pytest.fixture
def roles(suite: Suite) -> dict[str, str]:
    return prepare(suite)


def _refusal(suite: Suite, row: Row, caller: str) -> str:
    """What the caller is told, "" where the call goes through; all of it undone."""
    target = contracts(suite)[row.contract]
    data = getattr(target, row.function).prepare_calldata(*row.arguments(suite))
    with boa.env.anchor():
        boa.env.evm.vm.state.clear_transient_storage()
        run = boa.env.execute_code(
            to_address=Address(target.address), sender=Address(caller), data=data
        )
    if not run.is_error:
        return ""
    if run.output[:4] != ERROR:
        return "no reason"
    return str(decode(["string"], run.output[4:])[0])


@pytest.mark.parametrize("row", RESTRICTED, ids=lambda row: row.name)
def test_every_wrong_role_is_refused(suite: Suite, roles: dict[str, str], row: Row) -> None:
    assert row.allowed is not None
    told = {
        role: _refusal(suite, row, address)
        for role, address in roles.items()
        if role not in row.allowed
    }
    assert {role: words for role, words in told.items() if words != row.reason} == {}


@pytest.mark.parametrize(
    "row", [row for row in RESTRICTED if row.allowed], ids=lambda row: row.name
)
def test_the_right_roles_are_not_refused_for_who_they_are(
    suite: Suite, roles: dict[str, str], row: Row
) -> None:
    assert row.allowed is not None
    told = {role: _refusal(suite, row, roles[role]) for role in row.allowed}
    assert {role: words for role, words in told.items() if words == row.reason} == {}


@pytest.mark.parametrize("row", OPEN, ids=lambda row: row.name)
def test_what_anyone_may_is_refused_to_nobody_for_who_they_are(
    suite: Suite, roles: dict[str, str], row: Row
) -> None:
    told = {role: _refusal(suite, row, address) for role, address in roles.items()}
    assert {role: words for role, words in told.items() if words in REFUSALS} == {}


def _changing(part: Contract) -> set[str]:
    return {
        entry["name"]
        for entry in part.abi
        if entry["type"] == "function" and entry["stateMutability"] not in READING
    }


def test_every_function_that_changes_state_has_a_row(suite: Suite) -> None:
    """A new external without a row fails here."""
    for name, part in contracts(suite).items():
        if name == "Registry":
            continue  # a PoolStorage: only its key-value rules differ
        rows = {row.function for row in ROWS if row.contract == name}
        assert rows == _changing(part), name


def test_the_registry_has_a_row_for_every_writer_of_data(suite: Suite) -> None:
    writers = {
        name
        for name in _changing(suite.store)
        if any(name == verb + kind for verb in ("set", "delete") for kind in _kinds())
    }
    assert len(writers) == 14
    assert {row.function for row in ROWS if row.contract == "Registry"} == writers


def _kinds() -> tuple[str, ...]:
    return ("Address", "Bool", "Bytes32", "Bytes", "Int", "String", "Uint")


def test_no_function_of_chainlinks_operator_that_moves_link_freely_exists(suite: Suite) -> None:
    """Each would be a door that P1 forbids."""
    doors = {"ownerForward", "ownerTransferAndCall", "distributeFunds", "transferOwnership"}
    assert _changing(suite.store) & doors == set()
    withdraw = next(entry for entry in suite.store.abi if entry.get("name") == "withdraw")
    assert [argument["type"] for argument in withdraw["inputs"]] == ["uint256"]
