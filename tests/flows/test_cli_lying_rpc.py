# SPDX-License-Identifier: MIT
"""An endpoint that wants the LINK that the command line moves."""

from __future__ import annotations

from typing import Any

import pytest
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import created_address
from linkpool.chain.codec import codec
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.errors import CheckFailed
from tests.flows.planting import liar
from tests.flows.program import DEV, Program, Result

NODE, OPERATOR, THIEF = DEV[6].address, DEV[1].address, DEV[9].address
ASKED = "0x" + codec("PoolStorageFactory").encode("getStorageInstance", (NODE,)).hex()


def test_a_stake_goes_to_a_storage_of_this_pool_whatever_an_endpoint_says(pool: Program) -> None:
    """It names an account of its own for the node's storage, and answers for it."""
    pool.sign("node", "create", NODE, "--operator", OPERATOR, "--limit", "5000")

    async def true_storage(suite: Suite) -> str:
        return (await suite.storage(NODE)).address

    async def stolen(suite: Suite) -> int:
        return await suite.link.balance_of(THIEF)

    storage, before = pool.suite(true_storage), pool.suite(stolen)

    def answer(method: str, params: list[Any], told: Any) -> Any:
        if method != "eth_call":
            return told
        call = dict(params[0])
        if call.get("input") == ASKED:
            return "0x" + "00" * 12 + THIEF[2:].lower()
        if str(call.get("to", "")).lower() == THIEF.lower():
            return pool.anvil.rpc("eth_call", call | {"to": storage}, *params[1:])
        return told

    with liar(pool.anvil.url, answer) as url:
        given = pool("stake", NODE, "1000", "--rpc", url, "--wallet", "dev:0", "--yes")
    assert given.code == CheckFailed.exit_code
    assert f"the storage of {NODE} is {THIEF}, which the pool's factory" in given.err
    assert pool.suite(stolen) == before
    assert pool("stake", NODE, "1000", "--wallet", "dev:0", "--yes").code == 0


@pytest.mark.parametrize(
    ("contract", "function", "command"),
    [
        ("PoolStorageFactory", "link", ("stake", NODE, "10")),
        ("PoolStorageFactory", "poolOwners", ("withdraw", NODE, "all")),
        ("PoolStorageFactory", "timelock", ("upgrade", "deploy", "Node")),
        ("ServiceAgreements", "getChainlinkToken", ("agreement", "settle", "1")),
        ("ServiceAgreements", "penalties", ("agreement", "settle", "1")),
        ("ServiceAgreements", "aggregator", ("agreement", "settle", "1")),
    ],
)
def test_what_is_fixed_in_the_pool_is_what_its_manifest_says(
    pool: Program, contract: str, function: str, command: tuple[str, ...]
) -> None:
    """Else one word of an endpoint moves another token than LINK, or calls a stranger."""
    asked = "0x" + codec(contract).encode(function, ()).hex()
    place = Manifest.load(pool.manifest()).address(contract)

    def answer(method: str, params: list[Any], told: Any) -> Any:
        lied = method == "eth_call" and (params[0]["to"], params[0]["input"]) == (place, asked)
        return "0x" + "00" * 12 + THIEF[2:].lower() if lied else told

    with liar(pool.anvil.url, answer) as url:
        given = pool(*command, "--rpc", url, "--unsigned")
    assert given.code == CheckFailed.exit_code, given
    assert f"is {THIEF}, " in given.err
    assert "use another RPC" in given.err
    assert given.out == ""


def test_a_second_endpoint_is_asked_where_the_link_goes(pool: Program) -> None:
    """The first names the storage that comes next, which a thief's node will have: LINK that lies
    there before would be its income.
    """
    pool.sign("node", "create", NODE, "--operator", OPERATOR, "--limit", "5000")
    factory = Manifest.load(pool.manifest()).address("PoolStorageFactory")
    coming = created_address(factory, 4)
    counted = "0x" + codec("PoolStorageFactory").encode("storageCount", ()).hex()

    async def true_storage(suite: Suite) -> str:
        return (await suite.storage(NODE)).address

    storage = pool.suite(true_storage)

    def answer(method: str, params: list[Any], told: Any) -> Any:
        if method != "eth_call":
            return told
        call = dict(params[0])
        if call.get("input") == ASKED:
            return "0x" + "00" * 12 + coming[2:].lower()
        if call.get("input") == counted:
            return "0x" + (2).to_bytes(32).hex()
        if str(call.get("to", "")).lower() == coming.lower():
            return pool.anvil.rpc("eth_call", call | {"to": storage}, "latest")
        return told

    words = ("stake", NODE, "1000", "--wallet", "dev:0", "--unsigned", "--rpc")
    with liar(pool.anvil.url, answer) as url:
        alone = pool(*words, url)
        assert alone.code == 0  # nothing that an endpoint can be held against
        both = pool(*words, f"{url},{pool.anvil.url}")
    assert both.code == CheckFailed.exit_code
    assert f"another endpoint says {coming}: one of them lies, nothing was sent" in both.err
    with liar(pool.anvil.url, lambda _method, _params, told: told) as url:
        assert pool(*words, f"{url},{pool.anvil.url}").code == 0


def test_storages_stand_where_the_factory_creates_them(pool: Program) -> None:
    """The third creation is the first node's; what an endpoint may say follows from that."""
    pool.sign("node", "create", NODE, "--operator", OPERATOR, "--limit", "5000")

    async def places(suite: Suite) -> tuple[ChecksumAddress, ChecksumAddress, int]:
        factory = suite.factory
        count = await factory.storage_count()
        return (await suite.storage(NODE)).address, factory.address, count

    place, factory, count = pool.suite(places)
    assert place == created_address(factory, 2 + count)


# ---- Fees: a tip goes to whoever makes the block ----


def tips(pool: Program, told: list[int], *words: str) -> tuple[Result, dict[str, Any]]:
    """A command through an endpoint that suggests these tips, the last one for ever; and the newest
    transaction of the chain.
    """
    left = list(told)

    def answer(method: str, _params: list[Any], true: Any) -> Any:
        if method != "eth_maxPriorityFeePerGas":
            return true
        return hex(left.pop(0) if len(left) > 1 else left[0])

    with liar(pool.anvil.url, answer) as url:
        given = pool(*words, "--rpc", url, "--wallet", "dev:0", "--yes")
    newest = pool.anvil.rpc("eth_getBlockByNumber", "latest", True)["transactions"]
    return given, newest[-1]


def test_an_endpoint_does_not_choose_the_tip(pool: Program) -> None:
    given, sent = tips(pool, [10**15], "upgrade", "deploy", "Node")
    assert given.code == 0, given.err
    assert int(sent["maxPriorityFeePerGas"], 16) == 20 * 10**9
    assert int(sent["maxFeePerGas"], 16) < 50 * 10**9


def test_what_is_signed_is_what_was_shown(pool: Program) -> None:
    given, sent = tips(pool, [10**9, 15 * 10**9], "upgrade", "deploy", "Node")
    assert given.code == 0, given.err
    assert int(sent["maxPriorityFeePerGas"], 16) == 10**9


def test_a_deployment_pays_no_tip_of_an_endpoints_choice(bare: Program) -> None:
    given, sent = tips(bare, [10**15], "deploy")
    assert given.code == 0, given.err
    assert int(sent["maxPriorityFeePerGas"], 16) == 20 * 10**9


def test_gas_that_costs_more_than_anybody_pays_is_not_bought(pool: Program) -> None:
    def answer(method: str, _params: list[Any], told: Any) -> Any:
        return told | {"baseFeePerGas": hex(10**15)} if method == "eth_getBlockByNumber" else told

    before = pool.anvil.rpc("eth_blockNumber")
    with liar(pool.anvil.url, answer) as url:
        given = pool("upgrade", "deploy", "Node", "--rpc", url, "--wallet", "dev:0", "--yes")
    assert given.code == 2
    assert "says that gas costs 1,000,000 gwei, at most 500 are paid" in given.err
    assert pool.anvil.rpc("eth_blockNumber") == before
