# SPDX-License-Identifier: MIT
"""`linkpool audit` of what cannot be judged: one line, an exit code, never "ok"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode

from linkpool.audit.release import hash_of
from linkpool.chain.anvil import Anvil, free_port
from linkpool.chain.codec import codec
from linkpool.deployment import Manifest
from tests.flows.planting import Plant, audit, deviations, liar
from tests.flows.program import DEV, Program, Result

NO_VERDICT = 14


def refused(result: Result, code: int = NO_VERDICT) -> str:
    """The one line of a refusal; nothing that could be taken for a verdict was printed."""
    assert result.code == code, (result.out, result.err)
    assert result.out == ""
    message: str = json.loads(result.err)["message"]
    assert "\n" not in message
    return message


@pytest.fixture
def plant(pool: Program) -> Plant:
    return Plant(pool)


@pytest.fixture(scope="module")
def stranger() -> Iterator[Anvil]:
    """A chain with another id."""
    with Anvil.start(chain_id=4242) as chain:
        yield chain


# ---- Wrong chain, wrong address, wrong manifest ----


def test_another_network_than_the_one_that_was_named_is_refused(pool: Program) -> None:
    assert "is local (chain id 31337), not sepolia" in refused(
        audit(pool, "--network", "sepolia"), 4
    )


def test_a_second_endpoint_of_another_chain_is_refused(pool: Program, stranger: Anvil) -> None:
    assert "is unknown network (chain id 4242)" in refused(audit(pool, "--rpc", stranger.url), 4)


def test_a_manifest_of_another_chain_is_refused(pool: Program, stranger: Anvil) -> None:
    given = pool("audit", "--rpc", stranger.url, "--json", "--manifest", str(pool.manifest()))
    assert "is of chain 31337, the RPC is chain 4242" in refused(given, 11)


def test_a_chain_without_a_manifest_is_no_guess(pool: Program, stranger: Anvil) -> None:
    given = pool("audit", "--rpc", stranger.url, "--json")
    assert "give --manifest FILE or --link-pool ADDRESS" in refused(given, 2)


@pytest.mark.parametrize("name", ["LinkToken", "PoolStorageFactory", "Node", "stranger"])
def test_an_address_that_is_no_deployment_is_refused(plant: Plant, name: str) -> None:
    """Node names the factory, too: it is no LinkPool all the same."""
    place = DEV[7].address if name == "stranger" else plant.place(name)
    message = refused(audit(plant.program, "--link-pool", place))
    assert place in message
    assert "no LinkPool" in message


def test_a_manifest_of_nothing_is_refused(plant: Plant, tmp_path: Path) -> None:
    """Of this very chain, at addresses where nothing stands."""
    text = plant.program.manifest().read_text()
    other = tmp_path / "other.json"
    other.write_text(text.replace(plant.place("PoolStorageFactory"), DEV[7].address))
    message = refused(audit(plant.program, "--manifest", str(other)))
    assert f"there is no LinkPool at {DEV[7].address}" in message


def test_a_manifest_of_another_release_is_no_verdict(plant: Plant, tmp_path: Path) -> None:
    """Chain and manifest agree on code that this program does not know."""
    content = json.loads(plant.program.manifest().read_text())
    for name in ("PoolStorageFactory", "PoolStorage"):
        place = plant.place(name)
        plant.reword(place)
        content["contracts"][name]["code_hash"] = hash_of(plant.code(place))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    both = {("code", "PoolStorageFactory"), ("code", "PoolStorage")}
    assert deviations(audit(plant.program)) == both
    message = refused(audit(plant.program, "--manifest", str(other)))
    assert "is of another release" in message


def test_a_token_of_unknown_code_is_no_verdict(plant: Plant, tmp_path: Path) -> None:
    """A byte more than Chainlink's: it answers as before, and the manifest says that it may."""
    place = plant.place("LinkToken")
    plant.put(place, plant.code(place) + b"\x00")
    content = json.loads(plant.program.manifest().read_text())
    assert deviations(audit(plant.program)) == {("code", "LINK")}
    content["contracts"]["LinkToken"]["code_hash"] = hash_of(plant.code(place))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(content))
    for words in (("--manifest", str(other)), ("--link-pool", plant.place("LinkPool"))):
        given = audit(plant.program, *words)
        assert given.code == NO_VERDICT
        findings = json.loads(given.out)["findings"]
        unjudged = [one["what"] for one in findings if one["verdict"] == "unknown"]
        assert unjudged == ["LINK"]


# ---- Endpoints ----


@pytest.mark.parametrize(
    "other", ["{url}", "http://localhost:{port}", "http://user:key@127.1:{port}/x"]
)
def test_one_endpoint_is_no_second_opinion(pool: Program, other: str) -> None:
    """By whatever spelling."""
    named = other.format(url=pool.anvil.url, port=pool.anvil.port)
    message = refused(audit(pool, "--rpc", named), 2)
    assert "number 1 and 2 are the same endpoint" in message
    assert "key" not in message
    both = f"{pool.anvil.url}, {named}"
    assert "same endpoint" in refused(pool("audit", "--rpc", both, "--json"), 2)


def test_one_endpoint_twice_in_the_settings_counts_once(
    anvil: Anvil, tmp_path: Path, pool: Program
) -> None:
    twice = Program.at(tmp_path, anvil, rpc=f"{anvil.url},http://localhost:{anvil.port}")
    report = twice("audit", "--manifest", str(pool.manifest()), "--json").json
    assert (report["believed"], len(report["endpoints"])) == (True, 1)


@pytest.mark.parametrize("given", ["", " ", ","])
def test_an_empty_address_is_not_the_default_chain(pool: Program, given: str) -> None:
    assert "--rpc names no address" in refused(pool("audit", "--rpc", given, "--json"), 2)
    both = pool("audit", "--rpc", pool.anvil.url, "--rpc", given, "--json")
    assert "--rpc names no address" in refused(both, 2)


def test_no_endpoint_is_no_verdict(pool: Program) -> None:
    message = refused(pool("audit", "--rpc", f"http://127.0.0.1:{free_port()}", "--json"), 3)
    assert "RPC down" in message


def test_one_of_two_endpoints_that_is_down_is_no_verdict(pool: Program) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    assert "RPC down" in refused(audit(pool, "--rpc", down), 3)


def test_an_endpoint_that_lies_about_code_is_found_by_another(plant: Plant) -> None:
    """It shows the released code where the chain has other code."""
    place = plant.place("NodeStaking")
    good = "0x" + plant.code(place).hex()
    plant.put(place, b"\x00" * 500)

    def answer(method: str, params: list[Any], true: Any) -> Any:
        return good if method == "eth_getCode" and params[0] == place else true

    with liar(plant.program.anvil.url, answer) as url:
        alone = plant.program("audit", "--rpc", url, "--json").json
        assert alone["verdict"] == "ok"
        assert alone["believed"]
        for order in ((url, plant.program.anvil.url), (plant.program.anvil.url, url)):
            rpc = [word for one in order for word in ("--rpc", one)]
            given = plant.program("audit", *rpc, "--json")
            assert "disagree about 1 facts of block" in refused(given)
            assert place in json.loads(given.err)["findings"][0]
    assert deviations(audit(plant.program)) == {("code", "NodeStaking")}


def test_an_endpoint_that_hides_logs_is_found_by_another(plant: Plant) -> None:
    def answer(method: str, _params: list[Any], true: Any) -> Any:
        return true[:-1] if method == "eth_getLogs" else true

    with liar(plant.program.anvil.url, answer) as url:
        assert "disagree about" in refused(audit(plant.program, "--rpc", url))
        alone = plant.program("audit", "--rpc", url, "--json")
        assert alone.code == NO_VERDICT
        assert json.loads(alone.out)["verdict"] == "unknown"


def test_an_endpoint_that_lies_about_storage_is_found_by_another(plant: Plant) -> None:
    place = plant.place("LinkToken").lower()

    def answer(method: str, params: list[Any], true: Any) -> Any:
        lied = method == "eth_call" and params[0]["to"].lower() == place
        return "0x" + "00" * 31 + "07" if lied else true

    with liar(plant.program.anvil.url, answer) as url:
        assert "disagree about" in refused(audit(plant.program, "--rpc", url))


def test_endpoints_with_different_blocks_are_no_verdict(plant: Plant) -> None:
    def answer(method: str, _params: list[Any], true: Any) -> Any:
        if method == "eth_getBlockByNumber" and isinstance(true, dict):
            return true | {"hash": "0x" + "ab" * 32}
        return true

    with liar(plant.program.anvil.url, answer) as url:
        assert "disagree about block" in refused(audit(plant.program, "--rpc", url))


def test_an_endpoint_that_holds_its_head_back_chooses_no_block(plant: Plant) -> None:
    """Before the announcement that everybody should see: two endpoints would agree on it."""
    chain = plant.program.anvil
    chain.rpc("anvil_mine", hex(60))

    def answer(method: str, _params: list[Any], true: Any) -> Any:
        return hex(int(true, 16) - 55) if method == "eth_blockNumber" else true

    with liar(chain.url, answer) as url:
        message = refused(audit(plant.program, "--rpc", url))
        head = int(chain.rpc("eth_blockNumber"), 16)
        assert audit(plant.program, "--rpc", url, "--block", str(head - 56)).code == 0
    assert "is 55 blocks behind: leave it out" in message


def test_a_block_that_is_replaced_meanwhile_is_no_verdict(plant: Plant) -> None:
    plant.program.anvil.rpc("evm_mine")
    done: list[bool] = []

    def answer(method: str, _params: list[Any], true: Any) -> Any:
        if method == "eth_getLogs" and not done:
            done.append(True)
            plant.program.anvil.rpc("anvil_reorg", 1, [])
        return true

    with liar(plant.program.anvil.url, answer) as url:
        given = plant.program("audit", "--rpc", url, "--json")
    assert "was replaced while it was read: run it again" in refused(given)


@pytest.mark.parametrize("garbage", ["words", {}, None, "0x" + "ff" * 64])
@pytest.mark.parametrize("method", ["eth_getCode", "eth_call", "eth_getLogs"])
def test_garbage_is_no_verdict(pool: Program, method: str, garbage: Any) -> None:
    def answer(asked: str, _params: list[Any], true: Any) -> Any:
        return garbage if asked == method else true

    with liar(pool.anvil.url, answer) as url:
        given = pool("audit", "--rpc", url, "--json")
    assert given.code in (9, NO_VERDICT), given
    if given.out:
        assert json.loads(given.out)["verdict"] != "ok"
    assert len(given.err.strip().splitlines()) == 1


def test_a_crafted_announcement_is_a_line_and_no_crash(plant: Plant) -> None:
    """Its target has dirt above its 20 bytes: no Timelock of ours announces so."""
    timelock, factory = plant.place("Timelock"), plant.place("PoolStorageFactory").lower()
    (topic,) = codec("Timelock").topics(["OperationAnnounced"])
    topics = ["0x" + one.hex() for one in (topic, b"\xab" * 32, b"\xff" * 32)]
    data = encode(["bytes", "bytes32", "uint256", "uint256"], [b"\x12", bytes(32), 2**40, 2**41])

    def answer(method: str, _params: list[Any], true: Any) -> Any:
        logs = method == "eth_getLogs" and [one for one in true if one["address"] == factory]
        if not logs:
            return true
        fake = {"address": timelock, "topics": topics, "data": "0x" + data.hex()}
        return [*true, logs[-1] | fake | {"logIndex": "0xff"}]

    with liar(plant.program.anvil.url, answer) as url:
        given = plant.program("audit", "--rpc", url, "--json")
    assert given.code == NO_VERDICT
    report = json.loads(given.out)
    (told,) = [one for one in report["findings"] if one["verdict"] == "unknown"]
    assert told["what"] == "logs"
    assert "of Timelock in 0x" in told["found"]


@pytest.mark.parametrize(
    ("contract", "function"),
    [
        ("PoolStorageFactory", "destinationCount"),
        ("PoolStorageFactory", "storageCount"),
        ("ServiceAgreements", "agreementCount"),
    ],
)
@pytest.mark.parametrize("count", [100_001, 2**200])
def test_a_contract_that_claims_more_than_anybody_can_read_is_no_verdict(
    plant: Plant, contract: str, function: str, count: int
) -> None:
    """A hostile one would have the auditor ask until its memory is full."""
    asked = "0x" + codec(contract).encode(function, ()).hex()
    place = plant.place(contract)

    def answer(method: str, params: list[Any], true: Any) -> Any:
        lied = method == "eth_call" and params[0] == {"to": place, "input": asked}
        return "0x" + count.to_bytes(32).hex() if lied else true

    with liar(plant.program.anvil.url, answer) as url:
        message = refused(plant.program("audit", "--rpc", url, "--json"))
    assert f"{contract} at {place} claims more than " in message


@pytest.mark.parametrize("count", [11, 5_000])
def test_more_open_penalties_than_a_node_can_have_are_not_asked_for(
    plant: Plant, count: int
) -> None:
    plant.program.sign(
        "node", "create", DEV[6].address, "--operator", DEV[1].address, "--limit", "5"
    )
    asked = "0x" + codec("PoolStorage").encode("openPenalties", ()).hex()
    more = "0x" + codec("PoolStorage").encode("penaltyById", (1,)).hex()[:8]
    methods: list[str] = []

    def answer(method: str, params: list[Any], true: Any) -> Any:
        methods.append(str(params[0]["input"])[:10] if method == "eth_call" else method)
        lied = method == "eth_call" and params[0]["input"] == asked
        return "0x" + encode(["uint256[]"], [range(count)]).hex() if lied else true

    with liar(plant.program.anvil.url, answer) as url:
        given = plant.program("audit", "--rpc", url, "--json")
    assert given.code == NO_VERDICT
    assert asked in methods
    assert more not in methods


def test_a_block_to_come_is_no_verdict(pool: Program) -> None:
    assert "there is no block 99999 yet" in refused(audit(pool, "--block", "99999"))


def test_logs_that_begin_too_late_are_no_verdict(pool: Program) -> None:
    """What was announced before cannot be known: here nobody says when the factory was made."""
    factory, head = Plant(pool).place("PoolStorageFactory"), pool.anvil.rpc("eth_blockNumber")

    def answer(method: str, _params: list[Any], true: Any) -> Any:
        hidden = method == "eth_getTransactionReceipt" and isinstance(true, dict)
        made = true.get("contractAddress") if hidden else None
        return None if made is not None and made.lower() == factory.lower() else true

    manifest = json.loads(pool.manifest().read_text())
    for one in manifest["contracts"].values():
        one["block"] = int(head, 16)
    pool.manifest().write_text(json.dumps(manifest))
    with liar(pool.anvil.url, answer) as url:
        given = pool("audit", "--rpc", url, "--json")
    assert given.code == NO_VERDICT
    report = json.loads(given.out)
    unjudged = {
        (one["check"], one["what"]) for one in report["findings"] if one["verdict"] == "unknown"
    }
    assert unjudged == {
        ("creation", "PoolStorageFactory"),
        ("history", "logs since PoolStorageFactory"),
    }


def test_the_manifest_that_is_named_is_the_one_that_counts(plant: Plant, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    assert "no deployment at" in refused(audit(plant.program, "--manifest", str(other)), 11)
    Manifest.load(plant.program.manifest()).save(other)
    assert audit(plant.program, "--manifest", str(other)).code == 0
