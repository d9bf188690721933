# SPDX-License-Identifier: MIT
"""The profiles of the public networks, rehearsed on chains with their ids and LINK in its place."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from linkpool.chain.accounts import write_keystore
from linkpool.chain.anvil import Anvil
from linkpool.chain.artefacts import artefact
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import LinkToken, PoolStorageFactory
from linkpool.deployment import PROFILES, Manifest
from linkpool.units import SUPPLY
from tests.flows.program import DEV, Program

# Public: key 0 of every development chain.
KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
PASSWORD = "only a test"
OWNER = DEV[3].address
DAY = 86_400
BALANCES = 1  # storage slot of the mapping in LinkToken v0.4
DAY = 86_400


def put_link(chain: Anvil, place: str) -> None:
    """Chainlink's LinkToken at the network's own address, all of it in development account 0."""
    made = artefact("LinkToken").creation()
    tx = chain.rpc("eth_sendTransaction", {"from": OWNER, "data": "0x" + made.data.hex()})
    while (receipt := chain.rpc("eth_getTransactionReceipt", tx)) is None:
        time.sleep(0.02)
    code = chain.rpc("eth_getCode", receipt["contractAddress"], "latest")
    chain.rpc("anvil_setCode", place, code)
    balance = keccak(encode(["address", "uint256"], [DEV[0].address, BALANCES]))
    chain.rpc("anvil_setStorageAt", place, "0x" + balance.hex(), "0x" + SUPPLY.to_bytes(32).hex())


@pytest.fixture(scope="module", params=["sepolia", "mainnet"])
def rehearsal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    profile = PROFILES[request.param]
    folder = tmp_path_factory.mktemp(profile.name)
    write_keystore(folder / "wallets", "hot", PASSWORD, key=KEY)
    (folder / "password").write_text(PASSWORD + "\n")
    with Anvil.start(chain_id=profile.chain_id, block_seconds=0.1) as chain:
        link = profile.link
        assert link is not None
        put_link(chain, link)
        yield Program.at(
            folder,
            chain,
            network=profile.name,
            wallet="hot",
            password_file=str(folder / "password"),
        )


def network(program: Program) -> str:
    return program.settings.stem


def test_what_a_public_network_forbids_is_refused_before_anything_is_sent(
    rehearsal: Program,
) -> None:
    profile = PROFILES[network(rehearsal)]
    owner = ("--owner", OWNER)
    cases = {
        ("--delay", "60", *owner): f"too short for {profile.name}",
        ("--link", OWNER, *owner): f"LINK on {profile.name} is {profile.link}",
        ("--wallet", "dev:0", *owner): "development keys are public",
        ("--penalty-life", str(profile.delay), *owner): "shorter than the delay",
        ("--network", "local", "--rpc", rehearsal.anvil.url): "not local (chain id 31337)",
    }
    for options, complaint in cases.items():
        refused = rehearsal("deploy", "--yes", *options)
        assert refused.code in (2, 4)
        assert complaint in refused.complaint
    if profile.owner_required:
        assert "the owner has to be named" in rehearsal("deploy", "--yes").complaint
    sent = rehearsal.ask(lambda connection: connection.nonce(DEV[0].address))
    assert sent == 0


def test_mainnet_waits_for_fourteen_days() -> None:
    mainnet = PROFILES["mainnet"]
    assert mainnet.shortest_delay == mainnet.delay == 14 * DAY
    assert mainnet.penalty_life == 7 * DAY


def test_the_suite_is_deployed_with_the_networks_link(rehearsal: Program) -> None:
    profile = PROFILES[network(rehearsal)]
    answer = rehearsal("deploy", "--owner", OWNER, "--yes", "--json").json
    path = rehearsal.manifest(profile.name)
    assert answer["manifest"] == str(path)
    manifest = Manifest.load(path)
    assert "Multicall3" not in manifest.contracts
    assert manifest.address("LinkToken") == profile.link
    last = max(one.block or 0 for one in manifest.calls.values())

    async def look(connection: Connection) -> None:
        factory = PoolStorageFactory(connection, manifest.address("PoolStorageFactory"))
        state = await factory.state()
        assert (state.sealed, state.owner, state.delay) == (True, OWNER, profile.delay)
        assert await factory.link() == profile.link
        assert await connection.block_number() - last + 1 >= profile.confirmations
        token = LinkToken(connection, manifest.address("LinkToken"))
        assert await token.balance_of(DEV[0].address) == SUPPLY

    rehearsal.ask(look)
    assert rehearsal("deploy", "--check").code == 0
    shown = rehearsal("wallet", "show", "--json").json
    assert shown["juels"] == str(SUPPLY)
    sent = rehearsal.ask(lambda connection: connection.nonce(DEV[0].address))
    assert rehearsal("deploy", "--yes").code == 0
    assert rehearsal.ask(lambda connection: connection.nonce(DEV[0].address)) == sent
