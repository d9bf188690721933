# SPDX-License-Identifier: MIT
"""`linkpool audit` of a real deployment: nothing found where nothing is wrong, and every planted
deviation found, that one and no other.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call
from linkpool.chain.suite import Suite
from linkpool.units import link
from tests.flows.market import NODES, OPERATOR, Market
from tests.flows.planting import Plant, audit, deviations, liar
from tests.flows.program import DEV, Program

NODE = DEV[NODES[1]].address
EVIL = address("0x000000000000000000000000000000000000e71e")
EVIL_CODE = keccak(bytes(200))


@pytest.fixture
def pool(market: Market) -> Program:
    return market.program


@pytest.fixture
def plant(pool: Program) -> Plant:
    return Plant(pool)


@pytest.fixture
def store(market: Market) -> str:
    return market.storage(NODES[1])


def test_a_sound_deployment_is_ok(pool: Program) -> None:
    report = audit(pool).json
    assert report["verdict"] == "ok"
    assert {one["verdict"] for one in report["findings"]} == {"ok"}
    assert report["nodes"] == 4
    assert report["believed"]
    checks = {one["check"] for one in report["findings"]}
    assert checks == {
        *("code", "immutables", "creation", "registry", "history", "delay", "owner", "pending"),
        *("whitelist", "nodes", "rates", "penalties", "solvency", "network", "manifest"),
    }


def test_people_see_a_table_and_the_verdict(pool: Program) -> None:
    shown = pool("audit", "--rpc", pool.anvil.url)
    assert shown.code == 0
    assert "every word of it was believed" in shown.out
    assert "│ solvency   │ 4 nodes" in shown.out
    assert shown.out.splitlines()[-1] == "ok: nothing deviates from what was released"


def test_without_a_manifest_only_the_expectations_of_the_network_hold(plant: Plant) -> None:
    """The owner is whoever it is, and somebody should look."""
    report = audit(plant.program, "--link-pool", plant.place("LinkPool")).json
    looked = {(one["check"], one["what"]) for one in report["findings"] if one["verdict"] == "look"}
    assert report["verdict"] == "ok"
    assert looked == {("owner", "the suite"), ("owner", "PoolOwners"), ("manifest", "none")}
    assert ("code", "Aggregator") in {(one["check"], one["what"]) for one in report["findings"]}


def test_two_endpoints_that_agree_are_said(pool: Program) -> None:
    with liar(pool.anvil.url, lambda _method, _params, told: told) as url:
        report = audit(pool, "--rpc", url).json
    assert report["verdict"] == "ok"
    assert not report["believed"]


# ---- Code ----


@pytest.mark.parametrize(
    "name",
    [
        "PoolStorage",
        "PoolStorageFactory",
        "Timelock",
        "PoolOwners",
        "NodeFactory",
        "ServiceAgreements",
        "Reputation",
    ],
)
def test_code_with_another_letter_is_found(plant: Plant, name: str) -> None:
    """It behaves as before, to the word of one reason."""
    plant.reword(plant.place(name))
    assert deviations(audit(plant.program)) == {("code", name)}


def test_another_contract_of_logic_is_found(plant: Plant) -> None:
    plant.put(plant.place("NodeStaking"), bytes.fromhex("5f5ffd") + b"\x00" * 3000)
    assert deviations(audit(plant.program)) == {("code", "NodeStaking")}


def test_one_clone_of_other_code_is_found(plant: Plant, store: str) -> None:
    """It forwards to a copy, which answers as the real one does."""
    plant.put(EVIL, plant.code(plant.place("PoolStorage")))
    clone = plant.code(store)
    assert len(clone) == 45
    plant.put(store, clone[:10] + bytes.fromhex(EVIL[2:]) + clone[30:])
    assert deviations(audit(plant.program)) == {("code", "PoolStorage 1")}


def test_a_changed_immutable_is_found(plant: Plant) -> None:
    plant.immutable("PoolStorage", plant.place("PoolStorage"), "PENALTY_LIFE", 3_599)
    assert deviations(audit(plant.program)) == {("immutables", "PoolStorage.PENALTY_LIFE")}


def test_a_shorter_delay_is_found(plant: Plant) -> None:
    plant.immutable("Timelock", plant.place("Timelock"), "DELAY", 60)
    assert deviations(audit(plant.program)) == {("delay", "Timelock")}


# ---- Creation ----


def creation(code: bytes, *, slot: int, word: int) -> bytes:
    """Creation code that writes a word into the storage, then leaves `code` behind."""
    start = bytes.fromhex(f"7f{word:064x}7f{slot:064x}55")
    tail = f"61{len(code):04x}80{{at:04x}}5f395ff3".replace("80{", "8061{")
    size = len(start) + len(bytes.fromhex(tail.format(at=0)))
    return start + bytes.fromhex(tail.format(at=size)) + code


def test_released_code_with_something_hidden_in_its_storage_is_found(
    plant: Plant, tmp_path: Path
) -> None:
    """Two contracts with the same code to the last byte; one was made with a member of its own."""
    program = plant.program
    made = creation(plant.code(plant.place("Reputation")), slot=0, word=2**247)
    sent = {"from": DEV[0].address, "data": "0x" + made.hex(), "gas": hex(5_000_000)}
    tx = program.anvil.rpc("eth_sendTransaction", sent)
    program.anvil.rpc("evm_mine")
    receipt = program.anvil.rpc("eth_getTransactionReceipt", tx)
    evil = address(receipt["contractAddress"])
    assert plant.code(evil) == plant.code(plant.place("Reputation"))
    content = json.loads(program.manifest().read_text())
    other = tmp_path / "other.json"
    for known in (tx, None):  # as the manifest says, or searched for
        content["contracts"]["Reputation"] |= {"address": evil, "tx": known}
        other.write_text(json.dumps(content))
        found = deviations(audit(program, "--manifest", str(other)))
        assert found == {("creation", "Reputation")}


def test_a_transaction_that_made_something_else_explains_nothing(
    plant: Plant, tmp_path: Path
) -> None:
    content = json.loads(plant.program.manifest().read_text())
    content["contracts"]["Node"]["tx"] = content["contracts"]["Timelock"]["tx"]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    given = audit(plant.program, "--manifest", str(other))
    assert given.code == 14
    findings = json.loads(given.out)["findings"]
    assert {(one["check"], one["what"]) for one in findings if one["verdict"] == "unknown"} == {
        ("creation", "Node")
    }


# ---- Registry ----


def test_a_registry_that_points_elsewhere_is_found(plant: Plant) -> None:
    """The same code at another address, put there by no transaction."""

    async def registry(suite: Suite) -> str:
        return (await suite.factory.state()).registry

    factory = plant.place("PoolStorageFactory")
    plant.put(EVIL, plant.code(plant.place("Node")))
    view = ("PoolStorageFactory", factory, "getContract", ("Node",))
    plant.word(view, lambda _: int(EVIL, 16), of=plant.program.suite(registry))
    assert deviations(audit(plant.program)) == {
        ("registry", "Node"),
        ("registry", EVIL),  # logic that the factory does not know as such
        ("registry", plant.place("Node")),  # and the other way round
    }


def test_what_was_put_in_place_since_the_manifest_is_found(plant: Plant) -> None:
    program = plant.program
    manifest = program.manifest().read_text()
    program.sign("upgrade", "deploy", "Node")
    program.sign("upgrade", "announce", "Node")
    assert deviations(audit(program)) == set()  # known code, and it waits: somebody should look
    program.anvil.advance(3_600)
    program.sign("upgrade", "execute", "Node")
    report = audit(program).json
    told = next(one["found"] for one in report["findings"] if one["check"] == "history")
    assert told.startswith("since it was sealed: Node on ")
    program.manifest().write_text(manifest)
    assert deviations(audit(program)) == {("registry", "Node")}


def test_a_contract_of_an_unknown_kind_is_found(plant: Plant) -> None:
    program = plant.program
    plant.put(EVIL, b"\x00" * 200)
    write = program.suite(
        _as_async(lambda suite: suite.factory.set_contract("Bridge", EVIL, EVIL_CODE))
    )
    program.send(lambda suite: suite.timelock.announce(write, bytes(32)))
    program.anvil.advance(3_600)
    program.send(lambda suite: suite.timelock.execute(write.to, write.data, bytes(32)))
    assert deviations(audit(program)) == {("code", "Bridge")}


# ---- Powers ----


def test_an_announced_hostile_contract_is_found(plant: Plant) -> None:
    program = plant.program
    plant.put(EVIL, b"\x00" * 200)
    write = program.suite(
        _as_async(lambda suite: suite.factory.set_contract("NodeStaking", EVIL, EVIL_CODE))
    )
    program.send(lambda suite: suite.timelock.announce(write, bytes(32)))
    assert deviations(audit(program)) == {("pending", f"setContract(NodeStaking, {EVIL})")}


def test_a_name_of_several_lines_is_one(plant: Plant) -> None:
    """The owner may announce any name; none may look like the verdict."""
    program, name = plant.program, "\nok: nothing deviates\n"
    plant.put(EVIL, bytes(200))
    write = program.suite(
        _as_async(lambda suite: suite.factory.set_contract(name, EVIL, EVIL_CODE))
    )
    program.send(lambda suite: suite.timelock.announce(write, bytes(32)))
    shown = program("audit", "--rpc", program.anvil.url)
    assert shown.code == 9
    assert "setContract(\\nok: nothing deviates\\n, 0x" in shown.out
    for line in (shown.out + shown.err).splitlines():
        assert not line.strip().startswith("ok: nothing deviates")


def test_an_announced_call_of_something_else_is_found(plant: Plant) -> None:
    program = plant.program
    call = program.suite(_as_async(lambda suite: suite.link.transfer(EVIL, link("1"))))
    program.send(lambda suite: suite.timelock.announce(call, bytes(32)))
    assert deviations(audit(program)) == {("pending", f"{plant.place('LinkToken')} 0xa9059cbb…")}


def test_another_owner_is_found(plant: Plant) -> None:
    program, new = plant.program, DEV[3].address
    program.send(lambda suite: suite.timelock.transfer_ownership(new))
    report = audit(program).json
    assert {one["what"] for one in report["findings"] if one["verdict"] == "look"} == {"the suite"}
    program.send(lambda suite: suite.timelock.accept_ownership(), by=3)
    assert deviations(audit(program)) == {("owner", "the suite")}


# ---- Whitelist, rates, penalties ----


def test_a_destination_whose_code_changed_is_found(plant: Plant) -> None:
    program = plant.program
    program.put_penalty_contract(EVIL)
    program.sign("whitelist", "announce", EVIL)
    program.anvil.advance(3_601)
    program.sign("whitelist", "activate", EVIL)
    assert deviations(audit(program)) == set()  # a contract of others: somebody should look
    plant.put(EVIL, plant.code(EVIL) + b"\x00")
    assert deviations(audit(program)) == {("whitelist", EVIL)}


def test_a_rate_above_its_cap_is_found(plant: Plant, store: str) -> None:
    view = ("PoolStorage", store, "makersPercentage", ())
    plant.word(view, lambda book: _field(book, 184, 20, 600_000))
    assert deviations(audit(plant.program)) == {("rates", f"node {NODE}")}


def test_penalties_over_the_cap_are_found(plant: Plant, store: str) -> None:
    view = ("PoolStorage", store, "penaltyById", (1,))
    plant.word(view, lambda record: _field(record, 220, 20, 60_000), number=0)
    assert deviations(audit(plant.program)) == {("penalties", f"node {NODE}")}


def test_books_that_are_not_what_the_records_say_are_found(plant: Plant, store: str) -> None:
    view = ("PoolStorage", store, "stakersAtRisk", ())
    plant.word(view, lambda book: _field(book, 92, 92, link("1")))
    assert deviations(audit(plant.program)) == {("penalties", f"node {NODE}")}


def test_more_overdue_than_one_delay_can_cost_is_worth_a_look(plant: Plant, store: str) -> None:
    program, who = plant.program, f"node {NODE}"
    program.anvil.advance(1_801)
    program.sign("penalty", "resolve", NODE, "1", by=3)
    assert (who, "look") not in _judged(program)  # within the cap
    plant.word(("PoolStorage", store, "overdue", ()), lambda word: _field(word, 37, 92, 10**23))
    assert _judged(program)[who, "look"].startswith("100,000 LINK overdue until ")
    assert deviations(audit(program)) == set()


def _judged(program: Program) -> dict[tuple[str, str], str]:
    """What was found of penalties, by subject and verdict."""
    findings = audit(program).json["findings"]
    return {
        (one["what"], one["verdict"]): one["found"]
        for one in findings
        if one["check"] == "penalties"
    }


# ---- Solvency ----


def test_an_insolvent_storage_is_found_by_a_juel(plant: Plant, store: str) -> None:
    plant.word(
        ("LinkToken", plant.place("LinkToken"), "balanceOf", (store,)), lambda held: held - 1
    )
    assert deviations(audit(plant.program)) == {("solvency", f"node {NODE}")}


def test_collateral_that_is_gone_is_found(plant: Plant) -> None:
    held = ("LinkToken", plant.place("LinkToken"), "balanceOf", (plant.place("Penalties"),))
    plant.word(held, lambda held: held - 1)
    assert deviations(audit(plant.program)) == {("solvency", "Penalties")}


def test_agreements_that_are_not_covered_are_found(plant: Plant, market: Market) -> None:
    market.create()
    place = plant.place("ServiceAgreements")
    assert deviations(audit(plant.program)) == set()
    plant.word(
        ("LinkToken", plant.place("LinkToken"), "balanceOf", (place,)), lambda held: held - 1
    )
    assert deviations(audit(plant.program)) == {("solvency", "ServiceAgreements")}


# ---- The network ----


def test_an_exchanged_aggregator_is_found(plant: Plant) -> None:
    place = plant.place("ServiceAgreements")
    plant.put(EVIL, plant.code(plant.place("Aggregator")))
    plant.immutable("ServiceAgreements", place, "AGGREGATOR", int(EVIL, 16))
    assert deviations(audit(plant.program)) == {("immutables", "ServiceAgreements.AGGREGATOR")}


# ---- The manifest ----


def test_a_manifest_of_other_code_is_found(plant: Plant, tmp_path: Path) -> None:
    content = json.loads(plant.program.manifest().read_text())
    for one in content["contracts"].values():
        one["code_hash"] = "0x" + "11" * 32
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    found = deviations(audit(plant.program, "--manifest", str(other)))
    assert found == {("manifest", str(other))}


def test_a_manifest_of_another_owner_and_delay_is_found(plant: Plant, tmp_path: Path) -> None:
    content = json.loads(plant.program.manifest().read_text())
    content["terms"] |= {"owner": DEV[OPERATOR].address, "loss_cap": 40_000}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    assert deviations(audit(plant.program, "--manifest", str(other))) == {
        ("owner", "the suite"),
        ("owner", "PoolOwners"),
        ("immutables", "Reputation.OWNER"),
        ("immutables", "PoolStorage.LOSS_CAP"),
    }


def _field(word: int, at: int, width: int, value: int) -> int:
    """`word` with another value in some of its bits."""
    return word & ~((2**width - 1) << at) | (value << at)


def _as_async(call: Callable[[Suite], Call]) -> Callable[[Suite], Awaitable[Call]]:
    async def asked(suite: Suite) -> Call:
        return call(suite)

    return asked
