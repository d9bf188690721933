# SPDX-License-Identifier: MIT
"""Collateral by the command line: announced, sent, reserved, released, resolved, to the juel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linkpool.units import link
from tests.flows.market import NODES, OPERATOR, STAKER, Market
from tests.flows.program import DEV, Program

FIRST, OTHER = NODES[:2]
NODE = DEV[FIRST].address


@pytest.fixture(scope="module")
def _opened(deployed: Program) -> Market:
    """For `market`: here without collateral."""
    market = Market(deployed)
    market.open()
    return market


def records(market: Market) -> list[Any]:
    found: list[Any] = market.program("penalty", "list", NODE, "--json").json["penalties"]
    return found


def send(market: Market, amount: str, *more: str) -> Any:
    return market.program.sign("penalty", "send", NODE, amount, *more, by=OPERATOR)


def test_collateral_goes_out_backs_a_bid_and_comes_back(market: Market) -> None:
    program = market.program
    assert records(market) == []
    sent = send(market, "30")
    assert (sent["reference"], sent["id"]) == ("1", 1)
    (one,) = records(market)
    assert (one["target"], one["amount"], one["state"]) == (
        market.penalties(),
        str(link("30")),
        "open",
    )
    program.sign("reputation", "join", NODE, by=FIRST)
    market.create(oracles="2", penalty="12")
    market.bid(1, FIRST)
    deposit = records(market)[0]["deposit"]
    assert (deposit["balance"], deposit["reserved"]) == (str(link("30")), str(link("12")))
    part = program.sign("penalty", "release", NODE, "1", by=FIRST)
    assert (part["returned"], part["closed"]) == (str(link("18")), False)
    assert records(market)[0]["returned"] == str(link("18"))
    held = program("penalty", "release", NODE, "1", "--yes", "--wallet", f"dev:{OPERATOR}")
    assert held.complaint.startswith("all 12 LINK are reserved for agreements: ")
    program.anvil.advance(60)
    program.sign("agreement", "cancel", "1")
    rest = program.sign("penalty", "release", NODE, "1", by=OPERATOR)
    assert (rest["returned"], rest["closed"]) == (str(link("12")), True)
    assert records(market)[0]["state"] == "closed"
    shown = program("node", "show", NODE, "--json").json["node"]
    assert (shown["open_penalties"], shown["staked"]) == (0, str(link("1000")))
    again = program("penalty", "release", NODE, "1", "--yes")
    assert again.complaint == "that deposit was given back for good"


def test_near_the_deadline_anyone_sends_it_back(market: Market) -> None:
    program = market.program
    send(market, "30")
    early = program("penalty", "release", NODE, "1", "--yes", "--wallet", "dev:3")
    assert early.code == 2
    whose = f"{DEV[3].address} is neither the node's operator nor one of its keys: others may from "
    assert early.complaint.startswith(whose)
    program.anvil.advance(1_800 - 60)
    assert program.sign("penalty", "release", NODE, "1", by=3)["closed"] is True


def test_anyone_books_what_never_came_back(market: Market) -> None:
    program = market.program
    send(market, "30")
    early = program("penalty", "resolve", NODE, "1", "--yes", "--wallet", "dev:3")
    assert early.code == 2
    assert early.complaint.startswith("that penalty is overdue in ")
    program.anvil.advance(1_801)
    assert records(market)[0]["state"] == "overdue"
    lost = program.sign("penalty", "resolve", NODE, "1", by=3)
    assert lost["lost"] == str(link("30"))
    (one,) = records(market)
    assert (one["state"], one["lost"]) == ("closed", "0")  # Penalties still has it
    staked = program("node", "show", NODE, "--json").json["node"]["staked"]
    assert staked == str(link("970"))
    again = program("penalty", "resolve", NODE, "1", "--yes")
    assert again.complaint == "that penalty is closed already"
    # It comes back to who bore the loss.
    program.sign("penalty", "release", NODE, "1", by=3)
    back = program("node", "show", NODE, "--json").json["node"]["staked"]
    assert int(back) in (link("1000") - 1, link("1000"))


def test_who_stakes_beside_what_is_overdue_knows_what_it_costs(
    market: Market, tmp_path: Path
) -> None:
    """The manifest names a cap below what is overdue: on chain that takes several losses."""
    program = market.program
    send(market, "30")
    program.anvil.advance(1_801)
    program.sign("penalty", "resolve", NODE, "1", by=3)
    program.sign("withdraw", DEV[OTHER].address, "101", by=STAKER)
    written = json.loads(program.manifest().read_text())
    written["terms"]["loss_cap"] = 20_000
    strict = tmp_path / "strict.json"
    strict.write_text(json.dumps(written))
    stake = ("stake", NODE, "100", "--for", DEV[3].address, "--wallet", f"dev:{STAKER}", "--yes")
    refused = program(*stake, "--manifest", str(strict))
    assert refused.code == 2
    assert refused.complaint.startswith("30 LINK are overdue here, more than the 19.79591836734693")
    assert refused.complaint.endswith(
        "100 LINK would be worth 97.272727272727272727 LINK at once; --join-overdue stakes "
        "nevertheless"
    )
    done = program(*stake, "--manifest", str(strict), "--join-overdue", "--json").json
    assert "your 100 LINK would be worth 97.272727272727272727 LINK at once" in done["warnings"][0]
    assert 0 <= 97_272_727_272_727_272_727 - int(done["stake"]) <= 1
    program.sign("stake", NODE, "1", by=STAKER)  # the cap that the storage has is not reached


def test_references_are_found_and_never_used_twice(market: Market) -> None:
    assert send(market, "1", "--reference", "2")["reference"] == "2"
    assert send(market, "1")["reference"] == "3"
    assert send(market, "1", "--reference", "0")["reference"] == "0"
    assert [one["reference"] for one in records(market)] == ["2", "3", "0"]
    refused = market.program("penalty", "send", NODE, "1", "--reference", "3", "--yes")
    assert refused.complaint == "--reference 3 was used before: leave it out"


def test_every_refusal_is_one_line_and_sends_nothing(market: Market) -> None:
    program, stranger = market.program, DEV[3].address
    sent = program.ask(lambda connection: connection.nonce(DEV[OPERATOR].address))
    cases = [
        (("send", NODE, "0"), "zero does nothing"),
        (("send", NODE, "51"), "5 % of the stake may be put at risk now: 50 LINK"),
        (("send", stranger, "1"), "is no node of this pool"),
        (("send", NODE, "1", "--target", stranger), f"`linkpool whitelist announce {stranger}`"),
        (("send", NODE, "1", "--reference", str(2**40)), "is too high: below 1099511627776"),
        (("send", NODE, "1", "--reference", "first"), "'first' is no reference"),
        (("send", NODE, "1", "--reference", "0x12"), "32 are needed"),
        (("send", NODE, "9" * 5_000), "has 5,000 characters: no amount of LINK has"),
        (("release", NODE, "9" * 5_000), "999' is no reference: a number, or 0x"),
        (("release", NODE, "9"), "the node has no such deposit"),
        (("release", stranger, "1"), "is no node of this pool"),
        (("resolve", NODE, "9"), "the node has sent no such penalty"),
        (("resolve", NODE, "1", "--target", stranger), "the node has sent no such penalty"),
    ]
    for command, complaint in cases:
        refused = program("penalty", *command, "--yes", "--wallet", f"dev:{OPERATOR}")
        assert refused.code == 2, command
        assert complaint in refused.complaint, command
    assert program.ask(lambda c: c.nonce(DEV[OPERATOR].address)) == sent
    foreign = program("penalty", "send", NODE, "1", "--yes", "--wallet", f"dev:{STAKER}")
    assert foreign.code == 2
    assert f"is not the node's operator, {DEV[OPERATOR].address}: --wallet" in foreign.complaint
    unsigned = program("penalty", "send", NODE, "1", "--unsigned", "--from", DEV[STAKER].address)
    assert unsigned.json["from"] == DEV[STAKER].address  # whoever signs it elsewhere


def test_ten_at_a_time(market: Market) -> None:
    for _ in range(10):
        send(market, "1")
    refused = market.program("penalty", "send", NODE, "1", "--yes", "--wallet", f"dev:{OPERATOR}")
    assert refused.complaint == "10 penalties of this node are open: no more at a time"


def test_a_safe_that_operates_a_node_sends_the_same(market: Market, tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    assert market.program("penalty", "send", NODE, "5", "--safe", str(file)).code == 0
    (only,) = json.loads(file.read_text())["transactions"]
    assert only["contractMethod"]["name"] == "sendPenalty"
    sent = {"from": DEV[OPERATOR].address, "to": only["to"], "data": only["data"]}
    market.program.anvil.rpc("eth_sendTransaction", sent)
    assert [one["amount"] for one in records(market)] == [str(link("5"))]
    printed = market.program("penalty", "release", NODE, "1", "--unsigned").json
    assert printed["transactions"][0]["what"] == "Penalties.release"


def test_a_pool_that_has_not_announced_its_contract_says_how(market: Market) -> None:
    program, place = market.program, market.penalties()
    program.sign("whitelist", "remove", place)
    refused = program("penalty", "send", NODE, "1", "--yes", "--wallet", f"dev:{OPERATOR}")
    assert refused.complaint == (
        f"{place} is no active destination: the owner runs `linkpool whitelist announce {place}`, "
        f"anyone `linkpool whitelist activate {place}` after the delay"
    )
    assert "is no active destination" in program("penalty", "list", NODE).out
