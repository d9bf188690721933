# SPDX-License-Identifier: MIT
"""`linkpool upgrade …`: one registry write replaces a contract for every node, after the delay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_typing import ChecksumAddress

from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.units import link
from tests.flows.program import DEV, Program

NODE = DEV[9].address


def registered(pool: Program, name: str) -> ChecksumAddress:
    async def ask(suite: Suite) -> ChecksumAddress:
        return await suite.factory.get_contract(name)

    return pool.suite(ask)


def operations(pool: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pool("upgrade", "list", "--json").json["operations"]
    return found


@pytest.mark.parametrize("name", ["LinkPool", "NodeFactory", "Node", "NodeStaking"])
def test_every_logic_contract_is_replaced_after_the_delay(pool: Program, name: str) -> None:
    old = registered(pool, name)
    new = pool.sign("upgrade", "deploy", name)["address"]
    assert registered(pool, name) == old
    pool.sign("upgrade", "announce", name)
    assert "ready in" in pool("upgrade", "execute", name, "--yes").complaint
    assert [one["state"] for one in operations(pool)] == ["waiting"]
    pool.anvil.advance(3_600)
    assert [one["state"] for one in operations(pool)] == ["ready"]
    pool.sign("upgrade", "execute", name, by=5)
    assert registered(pool, name) == new
    assert [one["state"] for one in operations(pool)] == ["executed"]
    assert Manifest.load(pool.manifest()).address(name) == new
    assert pool("deploy", "--check").code == 0


def test_a_node_works_on_with_a_new_node_contract(pool: Program) -> None:
    pool.sign("node", "create", NODE, "--operator", DEV[8].address, "--limit", "100")
    pool.sign("stake", NODE, "10")
    pool.sign("upgrade", "deploy", "Node")
    pool.sign("upgrade", "announce", "Node")
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", "Node")
    pool.sign("node", "limit", NODE, "200")
    assert pool("node", "show", NODE, "--json").json["node"]["limit"] == str(link("200"))
    assert pool.sign("withdraw", NODE, "all")["paid"] == str(link("10"))


def test_what_somebody_else_executed_is_taken_into_the_manifest(pool: Program) -> None:
    """The operation is anyone's to execute: a Safe, a stranger."""
    new = pool.sign("upgrade", "deploy", "Node")["address"]
    pool.sign("upgrade", "announce", "Node")
    pool.anvil.advance(3_600)
    printed = pool("upgrade", "execute", "Node", "--unsigned", "--from", NODE).json
    (only,) = printed["transactions"]
    sent = {"from": NODE, "to": only["to"], "data": only["data"]}
    pool.anvil.rpc("eth_sendTransaction", sent)
    pool.anvil.rpc("evm_mine")
    assert pool("deploy", "--check").code == 9
    assert "put in place by somebody else" in pool("upgrade", "execute", "Node").out
    assert Manifest.load(pool.manifest()).address("Node") == new
    assert pool("deploy", "--check").code == 0
    assert f"Node is {new} already" in pool("upgrade", "execute", "Node", new, "--yes").complaint


def test_an_announcement_can_be_cancelled_and_made_again(pool: Program) -> None:
    new = pool.sign("upgrade", "deploy", "Node")["address"]
    assert "is not announced" in pool("upgrade", "cancel", "Node", "--yes").complaint
    pool.sign("upgrade", "announce", "Node", new)
    pool.sign("upgrade", "cancel", "Node", new)
    assert [one["state"] for one in operations(pool)] == ["cancelled"]
    assert "is not announced" in pool("upgrade", "execute", "Node", "--yes").complaint
    pool.sign("upgrade", "announce", "Node", new)
    assert [one["state"] for one in operations(pool)] == ["waiting"]


def test_an_announcement_lapses(pool: Program) -> None:
    pool.sign("upgrade", "deploy", "Node")
    pool.sign("upgrade", "announce", "Node")
    pool.anvil.advance(3_601 + 14 * 86_400)
    assert "has lapsed" in pool("upgrade", "execute", "Node", "--yes").complaint
    assert [one["state"] for one in operations(pool)] == ["lapsed"]
    assert "lapsed" in pool("upgrade", "list").out


def test_what_cannot_be_upgraded_is_refused_in_one_line(pool: Program) -> None:
    current = registered(pool, "Node")
    cases = {
        ("deploy", "PoolStorage"): "'PoolStorage' cannot be upgraded",
        ("announce", "Node"): "no new Node is known here",
        ("announce", "Node", current): f"Node is {current} already",
        ("announce", "Node", NODE): f"there is no contract at {NODE}",
    }
    for command, complaint in cases.items():
        refused = pool("upgrade", *command, "--yes")
        assert refused.code == 2
        assert complaint in refused.complaint


def test_only_the_owner_announces(pool: Program) -> None:
    pool.sign("upgrade", "deploy", "Node", by=4)
    refused = pool("upgrade", "announce", "Node", "--yes", "--wallet", "dev:4")
    assert refused.code == 5
    assert refused.complaint.startswith("Timelock.announce: ")


def test_a_safe_owner_gets_a_batch(pool: Program) -> None:
    new = pool.sign("upgrade", "deploy", "Node")["address"]
    file = pool.settings.parent / "upgrade.json"
    safe = DEV[6].address
    assert pool("upgrade", "announce", "Node", "--safe", str(file), "--from", safe).code == 0
    (only,) = json.loads(file.read_text())["transactions"]
    pool.anvil.rpc(
        "eth_sendTransaction", {"from": DEV[0].address, "to": only["to"], "data": only["data"]}
    )
    (waiting,) = operations(pool)
    assert waiting["state"] == "waiting"
    assert waiting["what"] == f"setContract(Node, {new})"
