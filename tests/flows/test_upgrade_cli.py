# SPDX-License-Identifier: MIT
"""`linkpool upgrade …`: one registry write replaces a contract for every node, after the delay."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.units import link
from tests.flows.program import DEV, Program

NODE = DEV[9].address
HASH = "0x" + "ab" * 32


def registered(pool: Program, name: str) -> ChecksumAddress:
    async def ask(suite: Suite) -> ChecksumAddress:
        return await suite.factory.get_contract(name)

    return pool.suite(ask)


def operations(pool: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pool("upgrade", "list", "--json").json["operations"]
    return found


def mined(pool: Program, call: Call) -> None:
    """By the owner, without this program."""
    sent = {"from": DEV[0].address, "to": call.to, "data": "0x" + call.data.hex()}
    pool.anvil.rpc("eth_sendTransaction", sent)
    pool.anvil.rpc("evm_mine")


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


def test_the_way_back_is_the_same_way(pool: Program) -> None:
    """Its address is in the history, whoever deployed the contract."""
    new = pool.sign("upgrade", "deploy", "Node")["address"]
    old = registered(pool, "Node")
    for place in (new, old):
        pool.sign("upgrade", "announce", "Node", place)
        pool.anvil.advance(3_600)
        pool.sign("upgrade", "execute", "Node", place)
    assert registered(pool, "Node") == old
    assert Manifest.load(pool.manifest()).address("Node") == old
    changes = pool("upgrade", "history", "Node", "--json").json["changes"]
    assert [(one["old"], one["new"]) for one in changes] == [(ZERO, old), (old, new), (new, old)]
    assert {one["name"] for one in changes} == {"Node"}
    every = pool("upgrade", "history", "--json").json["changes"]
    assert {one["name"] for one in every} == {"LinkPool", "NodeFactory", "Node", "NodeStaking"}
    assert "nothing" in pool("upgrade", "history").out
    assert pool("upgrade", "history", "Nothing").out.splitlines()[0] == "0 changes"
    assert pool("deploy", "--check").code == 0


def test_two_announcements_for_one_name_are_told_to_everybody(pool: Program) -> None:
    """Anybody may execute them in either order: the older one may be the one that stays."""
    first = pool.sign("upgrade", "deploy", "Node")["address"]
    assert pool.sign("upgrade", "announce", "Node", first)["warnings"] == []
    second = pool.sign("upgrade", "deploy", "Node")["address"]
    told = pool.sign("upgrade", "announce", "Node", second)["warnings"]
    assert told == [f"Node {first} is announced too: anybody may execute them in either order"]
    assert [len(one["doubts"]) for one in operations(pool)] == [1, 1]
    assert (
        f"! setContract(Node, {first}): Node {second} is announced" in pool("upgrade", "list").out
    )
    pool.anvil.advance(3_600)
    warnings = pool.sign("upgrade", "execute", "Node", second)["warnings"]
    assert warnings[1:] == told
    assert [len(one["doubts"]) for one in operations(pool)] == [0, 0]


def test_an_announced_address_without_code_is_told_to_everybody(pool: Program) -> None:
    """By somebody who does not announce with this program, which refuses it."""

    async def announcement(suite: Suite) -> Call:
        call = suite.factory.set_contract("NodeAuction", NODE, keccak(b"anything"))
        return suite.timelock.announce(call, bytes(32))

    mined(pool, pool.suite(announcement))
    (waiting,) = operations(pool)
    assert (waiting["name"], waiting["new"]) == ("NodeAuction", NODE)
    assert waiting["doubts"] == [f"no code at {NODE} yet: nobody can know what it will do"]
    assert f"no code at {NODE} yet" in pool("upgrade", "list").out
    assert "0x" + keccak(b"anything").hex() in pool("upgrade", "list").out
    pool.anvil.rpc("anvil_setCode", NODE, "0x5f5ffd")
    pool.anvil.rpc("evm_mine")
    (waiting,) = operations(pool)
    told = f"other code at {NODE} than announced: it cannot be executed like this"
    assert waiting["doubts"] == [told]


def test_a_new_kind_of_contract_comes_and_goes(pool: Program) -> None:
    """Its owner knows its code; nothing else tells a typing mistake from it."""
    pool.anvil.rpc("anvil_setCode", NODE, "0x5f5ffd")
    its = "0x" + keccak(hexstr="5f5ffd").hex()
    told = pool.sign("upgrade", "announce", "NodeProfile", NODE, "--code-hash", its)["warnings"]
    assert "nothing of this release asks for NodeProfile" in told[0]
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", "NodeProfile", NODE)
    assert registered(pool, "NodeProfile") == NODE
    assert Manifest.load(pool.manifest()).address("NodeProfile") == NODE
    told = pool.sign("upgrade", "announce", "NodeProfile", "none")["warnings"]
    assert "nothing serves as NodeProfile from then on" in told[0]
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", "NodeProfile", "none")
    assert registered(pool, "NodeProfile") == ZERO
    assert "NodeProfile" not in Manifest.load(pool.manifest()).contracts
    assert pool("deploy", "--check").code == 0


def test_a_name_that_is_no_text_is_shown_and_hides_nothing(pool: Program) -> None:
    """The registry takes any bytes; what is written there is one line, whatever it holds."""
    pool.anvil.rpc("anvil_setCode", NODE, "0x5f5ffd")

    async def announcement(suite: Suite) -> Call:
        call = suite.factory.set_contract("?\nNo", NODE, keccak(hexstr="5f5ffd"))
        crooked = replace(call, data=call.data.replace(b"?\nNo", b"\xff\nNo"))
        return suite.timelock.announce(crooked, bytes(32))

    mined(pool, pool.suite(announcement))
    (waiting,) = operations(pool)
    assert (waiting["name"], waiting["new"]) == ("\\xff\nNo", NODE)
    assert "setContract(\\xff\\nNo, 0x" in pool("upgrade", "list").out
    pool.anvil.advance(3_600)
    mined(pool, pool.suite(executing(waiting)))
    changes = pool("upgrade", "history", "--json").json["changes"]
    assert [one["name"] for one in changes][4:] == ["\\xff\nNo"]
    assert "\\xff\\nNo" in pool("upgrade", "history").out


def executing(operation: dict[str, Any]) -> Callable[[Suite], Awaitable[Call]]:
    async def call(suite: Suite) -> Call:
        data, salt = (bytes.fromhex(operation[key][2:]) for key in ("data", "salt"))
        return suite.timelock.execute(operation["target"], data, salt)

    return call


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
        ("deploy", "PoolStorage"): "'PoolStorage' cannot be deployed here: one of LinkPool, ",
        ("announce", "Node"): "no new Node is known here",
        ("announce", "Node", current): f"Node is {current} already",
        ("announce", "Node", NODE): f"{NODE}: `linkpool upgrade deploy Node` first",
        ("announce", "Node", NODE, "--code-hash", HASH): f"there is no contract at {NODE}",
        ("announce", "LinkToken", NODE): "LinkToken cannot be replaced, it is fixed",
        ("announce", "PoolOwners", NODE): "PoolOwners cannot be replaced, it is fixed",
        ("announce", "Penalties", NODE): "Penalties is none of the pool's own contracts",
        ("announce", "node", NODE): "no contract is called 'node': Node is",
        ("announce", "Foo"): "no new Foo is known here: give its ADDRESS",
        ("announce", "Foo", NODE): "this release has no Foo (it has LinkPool, ",
        ("announce", "Foo", NODE, "--code-hash", HASH): f"there is no contract at {NODE}",
        ("announce", "Foo", "none"): "nothing serves as Foo",
        ("announce", "Node", "none"): "every node needs a Node: replace it",
        ("announce", "Foo", NODE, "--code-hash", "abc"): "'abc' is no hash",
        ("announce", "F" * 33, NODE): "a contract's name has 1 to 32 bytes",
        ("announce", "", NODE): "a contract's name has 1 to 32 bytes",
        ("execute", "Node", "none"): "every node needs a Node: replace it",
        ("execute", "Foo", NODE): "that is not announced",
        ("cancel", "Foo", NODE): f"Foo {NODE} is not announced: see `linkpool upgrade list`",
        ("cancel", HASH): f"{HASH} is not announced: see `linkpool upgrade list`",
    }
    for command, complaint in cases.items():
        refused = pool("upgrade", *command, "--yes")
        assert refused.code == 2, command
        assert complaint in refused.complaint
    assert operations(pool) == []


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
