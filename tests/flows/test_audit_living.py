# SPDX-License-Identifier: MIT
"""A pool at work is never taken for a broken one: agreements, slashes, leavers, losses, late
returns.
"""

from __future__ import annotations

from pathlib import Path

from tests.flows.market import CONSUMER, NODES, OPERATOR, STAKER, Market
from tests.flows.planting import audit
from tests.flows.program import DEV, Program

SLASHED, LEFT = DEV[NODES[0]].address, DEV[NODES[1]].address


def sound(market: Market) -> dict[str, str]:
    """What the report says of each subject's money; nothing in it may deviate."""
    report = audit(market.program).json
    assert {one["verdict"] for one in report["findings"]} == {"ok"}
    money = {"solvency", "penalties"}
    return {
        f"{one['check']} {one['what']}": f"{one['found']}; {one['expected']}"
        for one in report["findings"]
        if one["check"] in money
    }


def test_an_agreement_from_its_first_bid_to_its_slash(market: Market) -> None:
    program = market.program
    market.create()
    said = sound(market)
    assert said["solvency ServiceAgreements"] == "2 LINK held; 2 LINK for 1 agreement"
    for node in NODES:
        market.bid(1, node)
    program.anvil.advance(60)
    program.sign("agreement", "start", "1", by=CONSUMER)
    assert sound(market)["solvency ServiceAgreements"] == "0 LINK held; 0 LINK for 1 agreement"
    for node in NODES[1:]:
        market.answer(node, 100)
    program.anvil.advance(600)
    program.sign("agreement", "settle", "1", by=CONSUMER)
    assert sound(market)["solvency Penalties"] == "116 LINK held; 116 LINK for 4 deposits"
    program.sign("penalty", "release", SLASHED, "1", by=OPERATOR)
    said = sound(market)  # 4 of 30 LINK did not come back: that counts for a while
    assert said["penalties 4 nodes"].startswith("3 % of a stake at risk or lately lost")
    program.sign("distribute", LEFT)
    sound(market)


def test_leavers_losses_and_what_comes_back_late(market: Market) -> None:
    program = market.program
    program.sign("withdraw", LEFT, "500", by=STAKER)
    sound(market)
    program.sign("withdraw", SLASHED, "all", by=STAKER)
    sound(market)
    program.anvil.advance(1_801)
    sound(market)  # overdue, and nobody booked it yet
    for node in (LEFT, SLASHED):
        program.sign("penalty", "resolve", node, "1", by=CONSUMER)
    said = sound(market)
    assert said["penalties 4 nodes"].startswith("3 % of a stake at risk or lately lost")
    program.sign("stake", LEFT, "100", by=STAKER)
    sound(market)
    for node in NODES:
        program.sign("penalty", "release", DEV[node].address, "1", by=CONSUMER)
    sound(market)
    program.sign("claim-exit", LEFT, "--for", DEV[STAKER].address, by=CONSUMER)
    sound(market)


def test_it_needs_nothing_leaves_nothing_and_sends_nothing(market: Market, tmp_path: Path) -> None:
    chain, manifest = market.program.anvil, market.program.manifest()
    head = chain.rpc("eth_blockNumber")
    stranger = Program.at(tmp_path, chain)
    done = stranger("audit", "--rpc", chain.url, "--manifest", str(manifest))
    assert done.code == 0, done.err
    assert [one.name for one in tmp_path.iterdir()] == ["local.toml"]
    assert chain.rpc("eth_blockNumber") == head
    assert chain.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}
