# SPDX-License-Identifier: MIT
"""`linkpool deploy` on a local chain: parts, plan, check, unsigned, a second run."""

from __future__ import annotations

import json

import pytest
from eth_typing import ChecksumAddress

from linkpool.chain.accounts import Signer
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import PoolStorageFactory, Timelock
from linkpool.chain.sender import Sender
from linkpool.chain.suite import AgreementSuite
from linkpool.deployment import Manifest
from linkpool.deployment.manifest import Called, Deployed
from linkpool.units import Wei, link
from tests.flows.program import DEV, Program

OWNER = DEV[3].address


def nonce(program: Program, who: Signer = DEV[0]) -> int:
    return program.ask(lambda connection: connection.nonce(who.address))


def test_deploying_twice_sends_nothing_the_second_time(bare: Program) -> None:
    first = bare.sign("deploy")
    sent = nonce(bare)
    assert sent == 19
    assert bare.sign("deploy")["contracts"] == first["contracts"]
    assert nonce(bare) == sent
    assert bare("deploy", "--check", "--json").json["contracts"] == 14


def test_the_deployed_suite_is_sealed_and_belongs_to_its_owner(bare: Program) -> None:
    bare.sign("deploy", "--owner", OWNER, "--delay", "600")

    async def look(connection: Connection) -> None:
        manifest = Manifest.load(bare.manifest())
        factory = PoolStorageFactory(connection, manifest.address("PoolStorageFactory"))
        state = await factory.state()
        assert state.sealed
        assert state.owner == OWNER
        assert state.delay == 600
        assert state.implementation == manifest.address("PoolStorage")

    bare.ask(look)
    assert bare.sign("owners", "accept", by=3)["block"] > 0
    assert bare("owners", "show", "--json").json["state"]["owner"] == OWNER


def test_owners_go_first_and_the_pool_follows(bare: Program) -> None:
    """The published contract came a year before the pool."""
    bare.sign("deploy", "owners")
    owners = Manifest.load(bare.manifest()).address("PoolOwners")
    assert bare("deploy", "--check").code == 0
    assert bare("owners", "show", "--json").json["state"]["started"] is False
    refused = bare("node", "list")
    assert refused.code == 2
    assert "not finished" in refused.complaint
    bare.sign("deploy", "pool")
    assert Manifest.load(bare.manifest()).address("PoolOwners") == owners
    assert bare("deploy", "--check").code == 0


def test_the_pool_takes_owners_deployed_by_somebody_else(bare: Program) -> None:
    bare.sign("deploy", "owners")
    owners = Manifest.load(bare.manifest()).address("PoolOwners")
    link = Manifest.load(bare.manifest()).address("LinkToken")
    other = ("--manifest", str(bare.settings.parent / "other.json"))
    refused = bare("deploy", "pool", *other, "--yes", "--link", link)
    assert refused.code == 2
    assert "the pool needs PoolOwners" in refused.complaint
    bare.sign("deploy", "pool", *other, "--link", link, "--owners", owners)
    assert bare("deploy", "--check", *other).code == 0
    assert bare("node", "list", *other, "--json").json["nodes"] == []


def test_nothing_is_deployed_where_no_contract_stands(bare: Program) -> None:
    refused = bare("deploy", "pool", "--yes", "--owners", OWNER)
    assert refused.code == 2
    assert f"no contract at {OWNER}" in refused.complaint
    assert not bare.manifest().exists()


def test_the_plan_prices_every_step_and_sends_nothing(bare: Program) -> None:
    plan = bare("deploy", "--plan", "--json").json
    assert nonce(bare) == 0
    assert not bare.manifest().exists()
    bare.sign("deploy", "--owner", OWNER)
    planned = {step["name"]: step["gas"] for step in plan["steps"]}
    manifest = Manifest.load(bare.manifest())
    done: dict[str, Deployed | Called] = {**manifest.contracts, **manifest.calls}
    parts = {"Penalties", "Aggregator"}
    assert set(done) - set(planned) == parts | {"PoolOwners.transfer_ownership"}
    assert {done[name].gas for name in parts} == {None}  # their maker's is all of it
    for name, gas in planned.items():
        assert done[name].gas == pytest.approx(gas, rel=0.1), name
    spent = sum(done[name].gas or 0 for name in planned)
    assert plan["gas"] == pytest.approx(spent, rel=0.03)
    assert bare("deploy", "--plan", "--json").json["steps"] == []


def test_unsigned_steps_signed_elsewhere_give_the_same_suite(bare: Program) -> None:
    listed = bare("deploy", "--unsigned", "--from", DEV[5].address).json
    assert listed["chainId"] == 31337
    assert listed["from"] == DEV[5].address

    async def sign(connection: Connection) -> list[str]:
        sender = Sender(connection, DEV[5])
        created: dict[str, ChecksumAddress | None] = {}
        for one in listed["transactions"]:
            data, value = bytes.fromhex(one["data"][2:]), Wei(int(one["value"]))
            call = Call(to=one["to"], data=data, value=value, what=one["what"])
            receipt = await sender.send(call)
            created[one["what"]] = receipt.created
        factory, timelock = created["create PoolStorageFactory"], created["create Timelock"]
        agreements = created["create ServiceAgreements"]
        assert factory is not None
        assert timelock is not None
        assert agreements is not None
        state = await PoolStorageFactory(connection, factory).state()
        assert state.sealed
        assert await Timelock(connection, timelock).owner() == DEV[5].address
        network = await AgreementSuite.open(connection, agreements)
        assert await network.penalties.agreements() == agreements
        reputation = created["create Reputation"]
        assert reputation is not None
        assert await network.provider(reputation).agreements() == agreements
        return [one["what"] for one in listed["transactions"]]

    assert bare.ask(sign)[5] == "create PoolStorageFactory"


def test_the_network_around_the_pool_is_part_of_it(bare: Program) -> None:
    """Bids, collateral, answers and reputation know each other, and nobody else rules them."""
    bare.sign("deploy", "--owner", OWNER)
    manifest = Manifest.load(bare.manifest())

    async def look(connection: Connection) -> None:
        suite = await AgreementSuite.open(connection, manifest.address("ServiceAgreements"))
        assert suite.penalties.address == manifest.address("Penalties")
        assert suite.aggregator.address == manifest.address("Aggregator")
        assert suite.link.address == manifest.address("LinkToken")
        terms = await suite.agreements.terms()
        assert (terms.answer_time, terms.late_time) == (10, 10)
        assert terms.minimum_payment == link("0.01")
        assert await suite.penalties.margin() == 60
        provider = suite.provider(manifest.address("Reputation"))
        assert await provider.owner() == OWNER
        assert await provider.is_open()
        assert await provider.agreements() == suite.agreements.address

    bare.ask(look)


def test_a_sealed_pool_without_the_network_gets_it(bare: Program) -> None:
    """What an interruption, or an older program, left out is added: sealing does not forbid it."""
    bare.sign("deploy")
    manifest, network = Manifest.load(bare.manifest()), bare.manifest()
    lost = ("ServiceAgreements", "Penalties", "Aggregator", "Reputation")
    for name in lost:
        del manifest.contracts[name]
    manifest.save(network)
    planned = bare("deploy", "--plan", "--json").json["steps"]
    assert [one["name"] for one in planned] == ["ServiceAgreements", "Reputation"]
    bare.sign("deploy")
    assert bare("deploy", "--check", "--json").json["contracts"] == 14


def test_check_finds_another_network(pool: Program) -> None:
    content = json.loads(pool.manifest().read_text())
    content["terms"] |= {"late_time": 11, "agreement_payment": "1"}
    pool.manifest().write_text(json.dumps(content))
    checked = pool("deploy", "--check", "--json")
    assert json.loads(checked.err)["findings"] == [
        "agreements: late time is 10 on chain, 11 in the manifest",
        f"agreements: least payment is {link('0.01')} on chain, 1 in the manifest",
    ]


def test_a_safe_is_told_what_to_do_instead(bare: Program) -> None:
    refused = bare("deploy", "--safe", str(bare.settings.parent / "batch.json"))
    assert refused.code == 2
    assert "deploy with a wallet and --owner SAFE" in refused.complaint


def test_check_finds_changed_code(pool: Program) -> None:
    node = Manifest.load(pool.manifest()).address("Node")
    pool.anvil.rpc("anvil_setCode", node, "0x00")
    checked = pool("deploy", "--check", "--json")
    assert checked.code == 9
    findings = json.loads(checked.err)["findings"]
    assert len(findings) == 1
    assert findings[0].startswith(f"Node at {node} has code 0x")


def test_check_finds_a_new_owner(pool: Program) -> None:
    pool.send(lambda suite: suite.timelock.transfer_ownership(OWNER))
    pool.send(lambda suite: suite.timelock.accept_ownership(), by=3)
    checked = pool("deploy", "--check")
    assert checked.code == 9
    assert f"timelock: owner is {OWNER} on chain" in checked.err


def test_only_who_began_a_deployment_goes_on_with_it(bare: Program) -> None:
    bare.sign("deploy", "owners")
    refused = bare("deploy", "--yes", "--wallet", "dev:1")
    assert refused.code == 2
    assert f"begun by {DEV[0].address}" in refused.complaint


def test_a_resumption_with_other_terms_is_refused(bare: Program) -> None:
    bare.sign("deploy", "owners", "--delay", "600")
    refused = bare("deploy", "--yes", "--delay", "700")
    assert refused.code == 11
    assert "was begun with delay 600" in refused.complaint


def test_a_manifest_of_an_earlier_chain_is_refused(bare: Program, pool: Program) -> None:
    """Same chain id, another genesis: the local chain was started afresh."""
    bare.manifest().parent.mkdir(parents=True, exist_ok=True)
    bare.manifest().write_text(pool.manifest().read_text())
    for command in (("deploy", "--yes"), ("node", "list"), ("deploy", "--check")):
        refused = bare(*command)
        assert refused.code == 11
        assert "another chain with the same id" in refused.complaint
    assert nonce(bare) == 0


def test_a_manifest_of_another_chain_is_refused(bare: Program) -> None:
    bare.sign("deploy", "owners")
    content = json.loads(bare.manifest().read_text())
    content["chain_id"] = 1
    bare.manifest().write_text(json.dumps(content))
    refused = bare("deploy", "--yes")
    assert refused.code == 11
    assert "is of chain 1, the RPC is chain 31337" in refused.complaint


def test_a_broken_manifest_is_refused(bare: Program) -> None:
    bare.manifest().parent.mkdir(parents=True)
    bare.manifest().write_text('{"format": 1, "network"')
    refused = bare("deploy", "--yes")
    assert refused.code == 11
    assert "not readable as a manifest" in refused.complaint
    bare.manifest().write_text('{"format": 2, "network": "local"}')
    assert "no complete manifest" in bare("deploy", "--yes").complaint


def test_an_unfunded_deployer_is_told_before_anything_is_sent(bare: Program) -> None:
    bare.anvil.rpc("anvil_setBalance", DEV[0].address, hex(10**15))
    refused = bare("deploy", "--yes")
    assert refused.code == 6
    assert "send " in refused.complaint
    assert nonce(bare) == 0
    assert not bare.manifest().exists()
