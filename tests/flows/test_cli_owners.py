# SPDX-License-Identifier: MIT
"""`linkpool owners …` and `linkpool whitelist …` against the real contracts."""

from __future__ import annotations

import json
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.deployment import Manifest
from linkpool.units import ether, link
from tests.flows.program import DEV, Program

CREATOR, CONTRIBUTOR, FRIEND = DEV[1].address, DEV[2].address, DEV[3].address
TARGET = DEV[7].address


def open_sale(pool: Program) -> None:
    pool.sign("owners", "share", CREATOR, "3000")
    pool.sign("owners", "allow", CONTRIBUTOR)
    pool.sign("owners", "start")


def holder(pool: Program, who: ChecksumAddress) -> dict[str, Any]:
    found: dict[str, Any] = pool("owners", "show", who, "--json").json["holder"]
    return found


def test_a_contribution_buys_shares_until_the_cap(pool: Program) -> None:
    early = pool("owners", "contribute", "1", "--yes", "--wallet", "dev:2")
    assert "the sale is not open yet" in early.complaint
    open_sale(pool)
    pool.sign("owners", "contribute", "16", by=2)
    assert holder(pool, CONTRIBUTOR)["shares"] == str(ether("16"))
    assert holder(pool, CONTRIBUTOR)["percentage"] == 400
    too_much = pool("owners", "contribute", "985", "--yes", "--wallet", "dev:2")
    assert "984 ETH are left of the sale" in too_much.complaint
    stranger = pool("owners", "contribute", "1", "--yes", "--wallet", "dev:4")
    assert "is not on the sale's list" in stranger.complaint
    pool.sign("owners", "finish")
    late = pool("owners", "contribute", "1", "--yes", "--wallet", "dev:2")
    assert "the sale is finished" in late.complaint


def test_income_is_booked_and_claimed_in_proportion(pool: Program) -> None:
    open_sale(pool)
    pool.sign("owners", "enter", CONTRIBUTOR, "1000")
    assert "have come in" in pool("owners", "distribute", "--yes").complaint
    pool.send(lambda suite: suite.link.transfer(suite.owners.address, link("100")))
    pool.sign("owners", "distribute", by=6)
    assert pool.sign("owners", "claim", by=2)["paid"] == str(link("25"))
    assert pool.sign("owners", "claim", "--for", CREATOR, by=6)["paid"] == str(link("75"))
    again = pool("owners", "claim", "--yes", "--wallet", "dev:2")
    assert again.code == 2
    assert "nothing is distributed" in again.complaint


def test_shares_move_but_for_what_their_holder_staked(pool: Program) -> None:
    open_sale(pool)
    pool.sign("owners", "stake", FRIEND, "1000", by=1)
    refused = pool("owners", "transfer", FRIEND, "2000.1", "--yes", "--wallet", "dev:1")
    assert "2,000 ETH of shares are free to move" in refused.complaint
    pool.sign("owners", "transfer", FRIEND, "2000", by=1)
    pool.sign("owners", "unstake", FRIEND, "1000", by=1)
    pool.sign("owners", "transfer", FRIEND, "1000", by=1)
    assert holder(pool, FRIEND)["shares"] == str(ether("3000"))
    state = pool("owners", "show", "--json").json
    assert state["holders"] == [{"holder": FRIEND, "shares": str(ether("3000"))}]
    assert FRIEND in pool("owners", "show").out


def test_one_more_token_is_the_owners_business(pool: Program) -> None:
    token = DEV[5].address
    pool.put_penalty_contract(token)
    refused = pool("owners", "token", token, "--yes", "--wallet", "dev:4")
    assert refused.code == 5
    assert refused.complaint.startswith("PoolOwners.whitelistToken: ")
    pool.sign("owners", "token", token, "5")
    assert pool("owners", "show", "--token", token, "--json").json["state"]["minimum"] == 5


def test_owners_commands_become_safe_batches(pool: Program) -> None:
    file = pool.settings.parent / "safe.json"
    assert pool("owners", "allow", CONTRIBUTOR, "--safe", str(file)).code == 0
    (only,) = json.loads(file.read_text())["transactions"]
    assert only["contractInputsValues"] == {"account": CONTRIBUTOR}


# ---- whitelist ----


def listed(pool: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pool("whitelist", "list", "--json").json["destinations"]
    return found


def test_a_destination_is_announced_activated_and_removed(pool: Program) -> None:
    pool.put_penalty_contract(TARGET)
    assert "is not announced" in pool("whitelist", "activate", TARGET, "--yes").complaint
    pool.sign("whitelist", "announce", TARGET)
    assert [(one["target"], one["state"]) for one in listed(pool)] == [(TARGET, 1)]
    assert "ready in" in pool("whitelist", "activate", TARGET, "--yes").complaint
    pool.anvil.advance(3_600)
    pool.sign("whitelist", "activate", TARGET, by=5)
    assert [(one["state"], one["valid"]) for one in listed(pool)] == [(2, True)]
    assert "active" in pool("whitelist", "list").out
    pool.sign("whitelist", "remove", TARGET)
    assert [(one["state"], one["valid"]) for one in listed(pool)] == [(0, False)]
    assert "is not on the list" in pool("whitelist", "remove", TARGET, "--yes").complaint


def test_an_announcement_lapses(pool: Program) -> None:
    pool.put_penalty_contract(TARGET)
    pool.sign("whitelist", "announce", TARGET)
    pool.anvil.advance(3_601 + 14 * 86_400)
    assert "has lapsed" in pool("whitelist", "activate", TARGET, "--yes").complaint
    assert "lapsed" in pool("whitelist", "list").out


def test_changed_code_is_shown_as_refused(pool: Program) -> None:
    pool.put_penalty_contract(TARGET)
    pool.sign("whitelist", "announce", TARGET)
    pool.anvil.advance(3_601)
    pool.sign("whitelist", "activate", TARGET)
    pool.anvil.rpc("anvil_setCode", TARGET, "0x6001")
    assert "refused: its code changed" in pool("whitelist", "list").out


def test_only_the_owner_announces(pool: Program) -> None:
    pool.put_penalty_contract(TARGET)
    refused = pool("whitelist", "announce", TARGET, "--yes", "--wallet", "dev:4")
    assert refused.code == 5
    assert "PoolStorageFactory.announceDestination: factory: " in refused.complaint
    assert "there is no contract at" in pool("whitelist", "announce", FRIEND, "--yes").complaint
    aggregator = Manifest.load(pool.manifest()).address("Aggregator")
    refused = pool("whitelist", "announce", aggregator, "--yes")
    assert refused.complaint == f"{aggregator} is Aggregator of this pool: no penalty contract"
