# SPDX-License-Identifier: MIT
"""Through the command line: a node, stakes, income, distribution, withdrawal, to the juel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.calls import Call
from linkpool.chain.suite import Suite
from linkpool.units import Juels, link, show_link
from tests.flows.program import DEV, Program

NODE = DEV[9].address
OPERATOR = DEV[8].address
STAKER, OTHER = DEV[1].address, DEV[2].address


@pytest.fixture(scope="module")
def _with_node(deployed: Program) -> Program:
    deployed.sign("node", "create", NODE, "--operator", OPERATOR, "--limit", "1000")
    deployed.send(lambda suite: suite.link.transfer(STAKER, link("500")))
    deployed.send(lambda suite: suite.link.transfer(OTHER, link("500")))
    return deployed


@pytest.fixture
def node(_with_node: Program) -> Iterator[Program]:
    """A node that takes 1,000 LINK, two stakers with 500 LINK each; fresh for each test."""
    chain = _with_node.anvil
    snapshot = chain.rpc("evm_snapshot")
    yield _with_node
    chain.rpc("evm_revert", snapshot)


def income(program: Program, amount: str) -> None:
    """Profit: plain LINK to the node's storage; a block passes, so that it can leave again."""
    storage = address(shown(program)["storage"])
    program.send(lambda suite: suite.link.transfer(storage, link(amount)))
    program.anvil.rpc("evm_mine")


def shown(program: Program) -> dict[str, Any]:
    state: dict[str, Any] = program("node", "show", NODE, "--json").json["node"]
    return state


def test_a_stake_is_credited_whole(node: Program) -> None:
    done = node.sign("stake", NODE, "12.5", by=1)
    assert (done["staker"], done["stake"]) == (STAKER, str(link("12.5")))
    assert shown(node)["staked"] == str(link("12.5"))
    listed = node("node", "list", "--json").json["nodes"]
    assert [(one["node"], one["stakers"]) for one in listed] == [(NODE, 1)]


def test_a_stake_for_somebody_else_is_his(node: Program) -> None:
    done = node.sign("stake", NODE, "5", "--for", OTHER, by=1)
    assert (done["staker"], done["stake"]) == (OTHER, str(link("5")))
    position = node("node", "show", NODE, "--staker", OTHER, "--json").json["position"]
    assert position["stake"] == str(link("5"))


def test_income_is_shared_and_leaves_with_the_stake(node: Program) -> None:
    """100 LINK: a quarter to the owners, 45 and 30 LINK to stakes of 60 and 40."""
    node.sign("stake", NODE, "60", by=1)
    node.sign("stake", NODE, "40", by=2)
    income(node, "100")
    paid = node.sign("distribute", NODE, by=5)
    assert paid["owners"] == str(link("25"))
    assert paid["operations"] == "0"
    node.anvil.rpc("evm_mine")
    part = node.sign("withdraw", NODE, "5", by=1)
    assert part["paid"] == str(link("5"))
    rest = int(node.sign("withdraw", NODE, "all", by=1)["paid"])
    other = int(node.sign("withdraw", NODE, "all", by=2)["paid"])
    # A position is paid at most a juel less than its exact part; that juel is the last one's.
    assert link("100") - 1 <= rest <= link("100")
    assert rest + other == link("170")
    assert shown(node)["stakers"] == 0


def test_every_refusal_is_one_line_and_sends_nothing(node: Program) -> None:
    node.sign("stake", NODE, "10", by=1)
    node.anvil.rpc("evm_mine")
    before = node.ask(lambda connection: connection.nonce(STAKER))
    cases = [
        (("stake", NODE, "0"), "zero does nothing"),
        (("stake", NODE, "1.0000000000000000001"), "more than 18 decimals"),
        (("stake", NODE, "-5"), "No such option"),
        (("stake", NODE, "ten"), "is no amount of LINK"),
        (("stake", NODE, "491"), f"the wallet has {show_link(link('490'))}"),
        (("stake", OTHER, "1"), f"{OTHER} is no node of this pool"),
        (("stake", NODE.swapcase(), "1"), "is no address"),
        (("stake", NODE[:-1] + "D", "1"), "wrong checksum"),
        (("stake", NODE, "1", "--for", NODE), "has a part in the pool itself"),
        (("withdraw", NODE, "0"), "zero does nothing"),
        (("withdraw", NODE, "10.000000000000000001"), "10 LINK can be withdrawn now"),
        (("withdraw", NODE, "1", "--wallet", "dev:3"), "has no stake at this node"),
        (("distribute", NODE), "nothing has come in"),
        (("claim-exit", NODE), "has no claim on a closed penalty"),
        (("node", "show", OTHER), "is no node of this pool"),
        (("stake", NODE, "1", "--from", OTHER), "--from goes with --unsigned or --safe"),
        (("node", "terms", NODE, "makers"), "give the new value"),
        (("node", "terms", NODE, "makers", "25%"), "makers is 25 % already"),
        (("node", "terms", NODE, "makers", "--activate"), "nothing is announced for makers"),
        (("node", "terms", NODE, "cost", "--cancel"), "nothing is announced for cost"),
        (("node", "terms", NODE, "--activate"), "--activate needs the term"),
        (("node", "terms", NODE, "cost", "--activate", "--cancel"), "choose one"),
        (("node", "terms", NODE, "cost", "1", "--cancel"), "leave the value '1' out"),
        (("node", "terms", NODE, "minimum", "--cancel"), "minimum never waits"),
        (("node", "revoke", OTHER), "is not approved"),
    ]
    for command, complaint in cases:
        by = () if "--wallet" in command else ("--wallet", "dev:1")
        signed = () if "show" in command else (*by, "--yes")
        refused = node(*command, *signed)
        assert refused.code == 2, (command, refused)
        assert complaint in refused.complaint, command
        assert refused.out == ""
    assert node.ask(lambda connection: connection.nonce(STAKER)) == before


def test_more_than_the_limit_is_refused_with_what_fits(node: Program) -> None:
    node.sign("node", "limit", NODE, "15")
    node.sign("stake", NODE, "10", by=1)
    refused = node("stake", NODE, "5.1", "--yes", "--wallet", "dev:2")
    assert refused.code == 2
    assert "limit is 15 LINK: 5 LINK more fit" in refused.complaint
    node.sign("stake", NODE, "5", by=2)


def test_less_than_the_smallest_position_is_refused(node: Program) -> None:
    refused = node("stake", NODE, "0.5", "--yes", "--wallet", "dev:1")
    assert "a position has at least 1 LINK" in refused.complaint


def test_a_disabled_node_takes_no_stake_and_pays_out(node: Program) -> None:
    node.sign("stake", NODE, "10", by=1)
    node.sign("node", "disable", NODE)
    refused = node("stake", NODE, "1", "--yes", "--wallet", "dev:1")
    assert "disabled" in refused.complaint
    assert node.sign("withdraw", NODE, "all", by=1)["paid"] == str(link("10"))
    node.sign("node", "enable", NODE)
    node.sign("stake", NODE, "1", by=1)


def test_a_private_node_takes_its_list_only(node: Program) -> None:
    node.sign("node", "private", NODE)
    node.sign("node", "allow", NODE, STAKER)
    node.sign("stake", NODE, "1", by=1)
    refused = node("stake", NODE, "1", "--yes", "--wallet", "dev:2")
    assert "private" in refused.complaint
    node.sign("node", "allow", NODE, STAKER, "--remove")
    assert node("stake", NODE, "1", "--yes", "--wallet", "dev:1").code == 2
    node.sign("node", "private", NODE, "--off")
    node.sign("stake", NODE, "1", by=2)


def test_lower_terms_work_at_once_and_higher_ones_wait(node: Program) -> None:
    assert node.sign("node", "terms", NODE, "makers", "20%")["announced"] is None
    assert shown(node)["makers"] == 200_000
    waiting = node("node", "terms", NODE, "makers", "30%", "--yes", "--wallet", "dev:0").out
    assert "30 %; nothing has changed yet" in waiting
    assert f"`linkpool node terms {NODE} makers --activate`" in waiting
    assert shown(node)["makers"] == 200_000
    announced = node("node", "terms", NODE, "--json").json["announced"]
    assert announced["makers"]["value"] == 300_000
    early = node("node", "terms", NODE, "makers", "--activate", "--yes")
    assert "ready in" in early.complaint
    node.anvil.advance(3_600)
    node.sign("node", "terms", NODE, "makers", "--activate", by=6)
    assert shown(node)["makers"] == 300_000


def test_an_announced_term_can_be_cancelled(node: Program) -> None:
    node.sign("node", "terms", NODE, "wallet", OTHER)
    node.sign("node", "terms", NODE, "wallet", "--cancel")
    assert node("node", "terms", NODE, "--json").json["announced"] == {}


@pytest.mark.parametrize(
    ("term", "new", "field", "value"),
    [
        ("cost", "0.04", "operational_cost", link("0.04")),
        ("payment", "0.2", "minimum_payment", link("0.2")),
        ("minimum", "2", "minimum_stake", link("2")),
    ],
)
def test_prices_change_at_once(
    node: Program, term: str, new: str, field: str, value: Juels
) -> None:
    node.sign("node", "terms", NODE, term, new)
    assert shown(node)[field] == str(value)


def test_an_approved_node_can_be_revoked(node: Program) -> None:
    terms = ("--operator", OPERATOR, "--limit", "10")
    node.sign("node", "approve", OTHER, *terms)
    approved = node.suite(lambda suite: suite.link_pool.approval_of(OTHER))
    assert (approved.operator, approved.limit) == (OPERATOR, link("10"))
    node.sign("node", "revoke", OTHER)
    assert node.suite(lambda suite: suite.link_pool.approval_of(OTHER)).operator == ZERO


def test_who_is_not_the_owner_hears_the_contracts_own_words(node: Program) -> None:
    for command in (("limit", NODE, "5"), ("enable", NODE), ("private", NODE)):
        refused = node("node", *command, "--yes", "--wallet", "dev:4")
        assert refused.code == 5
        assert refused.complaint.startswith("Node.set")
        assert "node: " in refused.complaint


def test_the_preview_names_what_is_signed(node: Program) -> None:
    """Without --yes and without anybody to ask, the preview is shown and nothing is sent."""
    refused = node("stake", NODE, "7", "--wallet", "dev:1")
    assert refused.code == 2
    assert "add --yes" in refused.err
    for part in (STAKER, "7 LINK", NODE, "gas", "ETH"):
        assert part in refused.err
    assert shown(node)["staked"] == "0"


def test_no_is_an_answer(node: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_arguments, **_options: False)
    declined = node("stake", NODE, "7", "--wallet", "dev:1")
    assert declined.code == 12
    assert shown(node)["staked"] == "0"


def test_who_stakes_into_open_penalties_is_told(node: Program) -> None:
    node.sign("stake", NODE, "100", by=1)
    target = penalty_contract(node)
    node.send(lambda suite: suite.node.send_penalty(NODE, target, link("3"), bytes(32)), by=8)
    asked = node("stake", NODE, "10", "--wallet", "dev:2")
    assert "3 LINK of this node are in 1 open penalties: you join their risk at par" in asked.err
    leaving = node("withdraw", NODE, "all", "--wallet", "dev:1")
    assert "stays as a claim" in leaving.err


def test_a_leaver_is_paid_his_claim_once_the_penalty_is_back(node: Program) -> None:
    node.sign("stake", NODE, "100", by=1)
    target = penalty_contract(node)
    node.send(lambda suite: suite.node.send_penalty(NODE, target, link("3"), bytes(32)), by=8)
    left = node.sign("withdraw", NODE, "all", by=1)
    assert left["paid"] == str(link("97"))
    none_yet = node("claim-exit", NODE, "--yes", "--wallet", "dev:1")
    assert "no claim on a closed penalty" in none_yet.complaint
    give_back(node, target, link("2"))
    node.sign("claim-exit", NODE, "--for", STAKER, by=6)
    held = node("wallet", "show", "--wallet", "dev:1", "--json").json["juels"]
    assert held == str(link("499"))


def give_back(program: Program, target: ChecksumAddress, amount: Juels) -> None:
    """The penalty contract returns `amount` and closes the record; the rest is lost."""
    final = encode(["bytes32", "uint256"], [bytes(32), 1])
    storage = address(shown(program)["storage"])

    async def returned(suite: Suite) -> Call:
        return suite.link.transfer_and_call(storage, amount, final)

    call = program.suite(returned)
    program.anvil.rpc("anvil_impersonateAccount", target)
    sent = {"from": target, "to": call.to, "data": "0x" + call.data.hex()}
    program.anvil.rpc("eth_sendTransaction", sent)
    program.anvil.rpc("evm_mine")


def penalty_contract(program: Program) -> ChecksumAddress:
    """An active destination."""
    target = DEV[7].address
    program.put_penalty_contract(target)
    program.sign("whitelist", "announce", target)
    program.anvil.advance(3_601)
    program.sign("whitelist", "activate", target, by=6)
    return target


def test_unsigned_calldata_is_what_would_have_been_signed(node: Program) -> None:
    printed = node("stake", NODE, "7", "--unsigned", "--from", STAKER).json
    (only,) = printed["transactions"]
    assert printed["chainId"] == 31337
    assert printed["from"] == STAKER
    assert only["what"] == "LinkToken.transferAndCall"
    sent = {"from": STAKER, "to": only["to"], "data": only["data"], "value": "0x0"}
    node.anvil.rpc("eth_sendTransaction", sent)
    assert shown(node)["staked"] == str(link("7"))


def test_an_administrative_command_becomes_a_safe_batch(node: Program, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    answer = node("node", "limit", NODE, "5", "--safe", str(file), "--from", OTHER)
    assert answer.code == 0
    batch = json.loads(file.read_text())
    assert batch["chainId"] == "31337"
    assert batch["meta"]["createdFromSafeAddress"] == OTHER
    (only,) = batch["transactions"]
    assert only["contractMethod"]["name"] == "setStakeLimit"
    assert only["contractInputsValues"] == {"nodeAddress": NODE, "limit": str(link("5"))}
    node.anvil.rpc(
        "eth_sendTransaction", {"from": DEV[0].address, "to": only["to"], "data": only["data"]}
    )
    assert shown(node)["limit"] == str(link("5"))


def test_a_batch_that_cannot_be_written_is_one_line(node: Program, tmp_path: Path) -> None:
    for place in (tmp_path / "no-such-folder" / "batch.json", tmp_path):
        refused = node("node", "limit", NODE, "5", "--safe", str(place), "--from", OTHER)
        assert refused.code == 2
        assert str(place) in refused.complaint


def test_a_call_is_printed_or_written_not_both(node: Program, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    refused = node("node", "limit", NODE, "5", "--unsigned", "--safe", str(file), "--from", OTHER)
    assert refused.code == 2
    assert "choose one" in refused.complaint
    assert not file.exists()
