# SPDX-License-Identifier: MIT
"""P1 and P2 as a staker meets them: the commands that move LINK, with logic that lies or fails."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.drills.versions import compiled
from linkpool.agreements.facts import Node
from linkpool.agreements.reads import ChainReads, Owned
from linkpool.chain.calls import Call
from linkpool.chain.contracts import LOGIC
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.units import link
from tests.flows.program import DEV, Program
from tools.sources import ROOT

NODE, OPERATOR = DEV[9].address, DEV[8].address
LIE = DEV[7].address
REFUSING = bytes.fromhex("625f5ffd5f526003601df3")  # whatever is asked, it reverts


@pytest.fixture(scope="module")
def _staked(deployed: Program) -> Program:
    deployed.sign("node", "create", NODE, "--operator", OPERATOR, "--limit", "1000")
    deployed.sign("stake", NODE, "60")
    return deployed


@pytest.fixture
def staked(_staked: Program, pool: Program) -> Program:
    """A node with 60 LINK of development key 0."""
    return pool


def created(pool: Program, code: bytes) -> ChecksumAddress:
    receipt = pool.send(lambda _suite: Call(to=None, data=code, what="create"))
    assert receipt.created is not None
    return receipt.created


def put(pool: Program, name: str, place: ChecksumAddress) -> None:
    code = bytes.fromhex(pool.anvil.rpc("eth_getCode", place, "latest")[2:])
    pool.sign("upgrade", "announce", name, place, "--code-hash", "0x" + keccak(code).hex())
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", name, place)


def storage(pool: Program) -> ChecksumAddress:
    async def ask(suite: Suite) -> ChecksumAddress:
        return await suite.factory.storage_of(NODE)

    return pool.suite(ask)


def held(pool: Program, who: ChecksumAddress) -> int:
    async def ask(suite: Suite) -> int:
        return await suite.link.balance_of(who)

    return pool.suite(ask)


def test_with_every_contract_of_logic_refusing_a_staker_gets_out_with_the_income(
    staked: Program,
) -> None:
    """The storage alone is asked; what is shown of a node comes from there too."""
    place = storage(staked)
    staked.send(lambda suite: suite.link.transfer(place, link("100")))
    for name in LOGIC:
        put(staked, name, created(staked, REFUSING))
    told = staked("node", "show", NODE, "--json").json["node"]
    assert (told["staked"], told["pending_income"]) == (str(link("60")), str(link("100")))
    paid = staked.sign("distribute", NODE, by=5)
    assert (paid["owners"], paid["operations"]) == (str(link("25")), "0")
    assert staked.sign("stake", NODE, "10")["stake"] == str(link("145"))
    staked.anvil.rpc("evm_mine")
    assert staked.sign("withdraw", NODE, "all")["paid"] == str(link("145"))
    assert "has no claim" in staked("claim-exit", NODE, "--yes").complaint


def test_a_link_pool_that_names_another_storage_gets_nobodys_stake(staked: Program) -> None:
    mock = ROOT / "tests" / "contracts" / "mocks" / "lying_pool.vy"

    async def honest(suite: Suite) -> ChecksumAddress:
        return suite.link_pool.address

    code = compiled(mock, mock.read_text(encoding="utf-8"))
    liar = created(staked, code + encode(["address"] * 2, [staked.suite(honest), LIE]))
    put(staked, "LinkPool", liar)
    before = held(staked, LIE)
    assert staked.sign("stake", NODE, "10")["stake"] == str(link("70"))
    assert held(staked, LIE) == before
    assert held(staked, storage(staked)) == link("70")
    for command in (["node", "show", NODE], ["penalty", "list", NODE]):
        refused = staked(*command)
        assert refused.code == 9
        assert refused.complaint.startswith(f"LinkPool {liar} says that the storage of {NODE} is")
    assert staked.sign("withdraw", NODE, "all")["paid"] == str(link("70"))


def test_a_bidder_asks_the_nodes_own_storage(staked: Program) -> None:
    """Whether it works and what it asks for: a LinkPool that refuses to answer silences nobody."""
    place = storage(staked)
    manifest = Manifest.load(staked.manifest())

    async def seen(suite: Suite) -> Node:
        reads = ChainReads(suite, manifest.address("ServiceAgreements"))
        block = await suite.connection.block_number()
        (found,) = await reads.nodes(
            [Owned(oracle=place, account=NODE, references=())], block=block
        )
        return found

    staked.sign("node", "terms", NODE, "payment", "0.25", by=8)
    before = staked.suite(seen)
    assert (before.enabled, before.minimum_payment) == (True, link("0.25"))
    put(staked, "LinkPool", created(staked, REFUSING))
    assert staked.suite(seen) == before
