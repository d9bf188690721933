# SPDX-License-Identifier: MIT
"""An endpoint that wants its own contract announced, or an announcement left alone."""

from __future__ import annotations

from typing import Any

import pytest
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.addresses import created_address
from linkpool.chain.calls import Call
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.errors import CheckFailed
from tests.flows.planting import liar
from tests.flows.program import DEV, Program

EVIL = DEV[9].address
CODE = "0x5f5ffd"


def operations(pool: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pool("upgrade", "list", "--json").json["operations"]
    return found


@pytest.fixture
def planted(pool: Program) -> Program:
    """Code of a stranger's on the chain."""
    pool.anvil.rpc("anvil_setCode", EVIL, CODE)
    pool.anvil.rpc("evm_mine")
    return pool


def test_a_new_contract_stands_where_its_sender_put_it(planted: Program) -> None:
    """The endpoint's receipt names another contract: nothing of it reaches the manifest."""
    nonce = int(planted.anvil.rpc("eth_getTransactionCount", DEV[0].address, "latest"), 16)

    def answer(method: str, _params: list[Any], told: Any) -> Any:
        if method == "eth_getTransactionReceipt" and told and told["contractAddress"]:
            return told | {"contractAddress": EVIL}
        return told

    with liar(planted.anvil.url, answer) as url:
        made = planted.sign("upgrade", "deploy", "Node", "--rpc", url)["address"]
        assert made == created_address(DEV[0].address, nonce)
        planted.sign("upgrade", "announce", "Node", "--rpc", url)
    (waiting,) = operations(planted)
    kept = Manifest.load(planted.manifest()).candidates["Node"]
    assert (waiting["new"], waiting["code_hash"]) == (made, kept.code_hash)
    assert waiting["doubts"] == []


def test_code_that_is_not_of_this_release_is_announced_by_its_hash_only(planted: Program) -> None:
    """Whoever names it has compiled it; an endpoint's word for it is not enough."""
    refused = planted("upgrade", "announce", "Node", EVIL, "--yes")
    assert refused.code == CheckFailed.exit_code
    assert f"the code at {EVIL} is not this release's Node" in refused.complaint
    wrong = planted("upgrade", "announce", "Node", EVIL, "--code-hash", "0x" + "ab" * 32, "--yes")
    assert wrong.code == CheckFailed.exit_code
    assert operations(planted) == []
    its = "0x" + keccak(hexstr=CODE).hex()
    planted.sign("upgrade", "announce", "Node", EVIL, "--code-hash", its)
    assert [one["code_hash"] for one in operations(planted)] == [its]


def test_released_code_that_an_endpoint_only_shows_is_not_announced(planted: Program) -> None:
    """It shows Node's code at its own contract: what is announced is the hash of Node's code, which
    the chain will not find there.
    """
    good = planted.sign("upgrade", "deploy", "Node")["address"]
    code = planted.anvil.rpc("eth_getCode", good, "latest")

    def answer(method: str, params: list[Any], told: Any) -> Any:
        return code if method == "eth_getCode" and params[0] == EVIL else told

    with liar(planted.anvil.url, answer) as url:
        planted.sign("upgrade", "announce", "Node", EVIL, "--rpc", url)
    (waiting,) = operations(planted)
    assert waiting["doubts"] == [
        f"other code at {EVIL} than announced: it cannot be executed like this"
    ]


def test_a_candidate_that_an_endpoint_shows_other_code_for_is_told(planted: Program) -> None:
    def answer(method: str, params: list[Any], told: Any) -> Any:
        return CODE if method == "eth_getCode" and params[1:] == ["latest"] else told

    with liar(planted.anvil.url, answer) as url:
        given = planted("upgrade", "deploy", "Node", "--rpc", url, "--yes")
    assert given.code == CheckFailed.exit_code
    assert "look with another RPC" in given.err
    made = Manifest.load(planted.manifest()).candidates["Node"]
    planted.sign("upgrade", "announce", "Node")
    assert [one["code_hash"] for one in operations(planted)] == [made.code_hash]


def test_a_deployment_is_where_its_deployer_put_it(bare: Program) -> None:
    """The endpoint names contracts of its own: the factory would be initialised with one."""

    def answer(method: str, _params: list[Any], told: Any) -> Any:
        if method == "eth_getTransactionReceipt" and told and told["contractAddress"]:
            return told | {"contractAddress": EVIL}
        return told

    with liar(bare.anvil.url, answer) as url:
        bare.sign("deploy", "--rpc", url)
    contracts = Manifest.load(bare.manifest()).contracts
    own = {created_address(DEV[0].address, nonce) for nonce in range(40)}
    parts = {created_address(contracts["ServiceAgreements"].address, nonce) for nonce in (1, 2)}
    assert {one.address for one in contracts.values()} <= own | parts
    assert bare("deploy", "--check").code == 0


# ---- What was announced otherwise than by this program ----


def announced(pool: Program, place: ChecksumAddress, code_hash: bytes, salt: bytes) -> None:
    async def announcement(suite: Suite) -> Call:
        return suite.timelock.announce(suite.factory.set_contract("Node", place, code_hash), salt)

    call = pool.suite(announcement)
    sent = {"from": DEV[0].address, "to": call.to, "data": "0x" + call.data.hex()}
    pool.anvil.rpc("eth_sendTransaction", sent)
    pool.anvil.rpc("evm_mine")


def test_an_operation_with_a_salt_of_its_own_is_cancelled(pool: Program) -> None:
    announced(pool, EVIL, keccak(b"whatever"), b"\x07" * 32)
    pool.sign("upgrade", "cancel", "Node", EVIL)
    assert [one["state"] for one in operations(pool)] == ["cancelled"]


def test_an_operation_is_cancelled_by_the_id_that_the_list_shows(pool: Program) -> None:
    for number in (1, 2):
        announced(pool, EVIL, keccak(b"whatever"), bytes([number]) * 32)
    refused = pool("upgrade", "cancel", "Node", EVIL, "--yes")
    assert "2 operations say that: give the id of one" in refused.complaint
    first, second = operations(pool)
    assert first["id"] in pool("upgrade", "list").out
    pool.sign("upgrade", "cancel", first["id"])
    assert [one["state"] for one in operations(pool)] == ["cancelled", "waiting"]
    assert "is not announced" in pool("upgrade", "cancel", first["id"], "--yes").complaint
    pool.sign("upgrade", "cancel", "Node", EVIL)
    assert [one["state"] for one in operations(pool)] == ["cancelled", "cancelled"]
    assert second["id"] != first["id"]


def test_an_endpoint_cannot_have_another_operation_cancelled(pool: Program) -> None:
    """It shows one operation under the other's id: an id follows from what it stands for."""
    announced(pool, EVIL, keccak(b"evil"), bytes(32))
    announced(pool, DEV[8].address, keccak(b"good"), bytes(32))
    evil, good = operations(pool)

    def answer(method: str, _params: list[Any], told: Any) -> Any:
        if method != "eth_getLogs":
            return told
        swapped = {evil["id"]: good["id"], good["id"]: evil["id"]}
        return [
            one | {"topics": [swapped.get(topic, topic) for topic in one["topics"]]} for one in told
        ]

    with liar(pool.anvil.url, answer) as url:
        refused = pool("upgrade", "cancel", "Node", EVIL, "--rpc", url, "--yes")
    assert refused.code == CheckFailed.exit_code
    assert "use another RPC" in refused.complaint
    assert [one["state"] for one in operations(pool)] == ["waiting", "waiting"]


def test_an_operation_with_a_salt_of_its_own_is_executed(pool: Program) -> None:
    new = pool.sign("upgrade", "deploy", "Node")["address"]
    made = Manifest.load(pool.manifest()).candidates["Node"]
    announced(pool, new, bytes.fromhex(made.code_hash[2:]), b"\x07" * 32)
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", "Node", by=5)
    assert Manifest.load(pool.manifest()).address("Node") == new
    assert pool("deploy", "--check").code == 0


# ---- Where the search begins ----


def test_a_late_manifest_hides_no_operation(pool: Program) -> None:
    announced(pool, EVIL, keccak(b"evil"), bytes(32))
    manifest = Manifest.load(pool.manifest())
    text = pool.manifest().read_text()
    for made in manifest.contracts.values():
        text = text.replace(f'"block": {made.block},', '"block": 9999,')
    pool.manifest().write_text(text)
    assert Manifest.load(pool.manifest()).first_block() == 9999
    assert [one["new"] for one in operations(pool)] == [EVIL]
    assert len(pool("upgrade", "history", "--json").json["changes"]) == 4
