# SPDX-License-Identifier: MIT
"""Bad input is one clear line that says what to do, with its exit code, and nothing half done."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from linkpool.chain import packages
from linkpool.chain.anvil import Anvil, free_port
from linkpool.errors import SetupMissing
from linkpool.units import link
from tests.flows.program import DEV, Program
from tests.linkpool.chain.fake_node import FakeNode

NODE = DEV[9].address


def test_a_dead_rpc_is_named_without_its_token(pool: Program) -> None:
    url = f"http://127.0.0.1:{free_port()}/v3/secret-token"
    refused = pool("node", "list", "--rpc", url)
    assert refused.code == 3
    assert "RPC down at 127.0.0.1:" in refused.complaint
    assert "make up" in refused.complaint
    assert "secret" not in refused.err


def test_an_address_that_is_no_rpc_is_refused(pool: Program) -> None:
    assert "has to start with http" in pool("node", "list", "--rpc", "localhost:8545").complaint


def test_a_server_that_is_no_rpc_is_one_line(pool: Program) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().split(b"port ")[1].split()[0].decode()
        refused = pool("node", "list", "--rpc", f"http://127.0.0.1:{port}")
        server.kill()
    assert refused.code == 3
    assert f"127.0.0.1:{port}" in refused.complaint


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ("401", "it wants another key in its address"),
        ("404", "it has nothing at this path, look at its address"),
        ("502", "try again, or set another --rpc"),
    ],
)
def test_what_a_server_says_instead_of_answering_is_explained(
    pool: Program, fault: str, advice: str
) -> None:
    """To start a local chain is no advice about somebody else's server."""

    async def ask() -> str:
        node = FakeNode()
        node.fault = fault
        async with node:
            refused = await asyncio.to_thread(pool, "node", "list", "--rpc", node.url)
        assert refused.code == 3
        return refused.complaint

    complaint = asyncio.run(ask())
    assert f"(HTTP {fault}): {advice}" in complaint
    assert "make up" not in complaint


def test_a_server_that_never_answers_has_a_deadline(pool: Program, tmp_path: Path) -> None:
    settings = tmp_path / "patient.toml"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        settings.write_text(f'rpc = "http://127.0.0.1:{port}"\nrpc_seconds = 0.3\n')
        refused = Program(settings, pool.anvil)("node", "list")
    assert refused.code == 3
    assert "RPC down" in refused.complaint


def test_another_chain_id_is_refused(pool: Program) -> None:
    refused = pool("node", "list", "--network", "sepolia", "--rpc", pool.anvil.url)
    assert refused.code == 4
    assert "is local (chain id 31337), not sepolia (chain id 11155111)" in refused.complaint


def test_another_network_does_not_inherit_the_rpc(pool: Program) -> None:
    refused = pool("node", "list", "--network", "mainnet")
    assert refused.code == 2
    assert "no RPC for mainnet" in refused.complaint


def test_no_deployment_says_how_to_make_one(bare: Program) -> None:
    refused = bare("node", "list")
    assert refused.code == 11
    assert "run `linkpool deploy`" in refused.complaint


def test_a_manifest_of_contracts_that_are_not_there_is_named(pool: Program, tmp_path: Path) -> None:
    content = json.loads(pool.manifest().read_text())
    content["contracts"]["PoolStorageFactory"]["address"] = "0x" + "12" * 20
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(content))
    refused = pool("node", "list", "--manifest", str(moved))
    assert refused.code == 11
    assert f"{moved}: there is no PoolStorageFactory at 0x1212" in refused.complaint


def test_an_unfunded_wallet_is_told_what_it_needs(pool: Program) -> None:
    staker = DEV[1].address
    pool.sign("node", "create", NODE, "--operator", DEV[8].address, "--limit", "10")
    pool.send(lambda suite: suite.link.transfer(staker, link("5")))
    pool.anvil.rpc("anvil_setBalance", staker, "0x1")
    refused = pool("stake", NODE, "5", "--yes", "--wallet", "dev:1")
    assert refused.code == 6
    assert f"{staker} has 0.000000000000000001 ETH" in refused.complaint
    assert pool("node", "show", NODE, "--json").json["node"]["staked"] == "0"


def test_errors_are_json_where_json_was_asked_for(pool: Program) -> None:
    refused = pool("stake", NODE, "0", "--json")
    assert refused.code == 2
    error = json.loads(refused.err)
    assert (error["error"], error["exitCode"]) == ("UsageError", 2)
    assert refused.out == ""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (["stake"], "Missing argument 'NODE'"),
        (["stak"], "No such command 'stak'"),
        (["node", "shows"], "No such command 'shows'"),
        (["node", "create", NODE], "Missing option '--operator'"),
        (["deploy", "everything"], "'everything' is not one of"),
        (["deploy", "--delay", "0"], "greater than or equal to 1"),
        (["--settings", "/nowhere.toml", "node", "list"], "no settings file /nowhere.toml"),
    ],
)
def test_a_wrong_command_line_is_one_line(pool: Program, line: list[str], complaint: str) -> None:
    refused = pool(*line)
    assert refused.code == 2
    assert complaint in refused.complaint


def test_a_development_key_that_does_not_exist_is_refused(pool: Program) -> None:
    refused = pool("wallet", "show", "--wallet", f"dev:{2**31}")
    assert refused.code == 2
    assert "numbered from 0" in refused.complaint


def test_a_real_process_prints_one_line_and_exits_with_its_code(pool: Program) -> None:
    """What a shell sees; the other tests of this file run in this process."""
    command = [sys.executable, "-m", "linkpool", "--settings", str(pool.settings)]
    done = subprocess.run(
        [*command, "node", "show", NODE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f"error: {NODE} is no node of this pool: see `linkpool node list`\n"


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_LINK_TOKEN", "@chainlink/none/LinkToken.json")
    with pytest.raises(SetupMissing, match="run `make setup`"):
        packages.link_token()
    monkeypatch.setattr(packages, "_ANVIL", "@foundry-rs/none")
    with pytest.raises(SetupMissing, match="run `make setup`"):
        Anvil.start()
