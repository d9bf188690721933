# SPDX-License-Identifier: MIT
"""`linkpool check`, and the start that it forbids."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from linkpool.chain.accounts import write_keystore
from linkpool.chain.anvil import Anvil, free_port
from tests.flows.program import Program, Result
from tests.flows.signing import served
from tests.linkpool.chain.signer_stub import ADDRESS, StubSigner

NODE = 9


def checked(program: Program, *arguments: str) -> tuple[Result, dict[str, tuple[str, str]]]:
    """The result, and level and text of each check."""
    result = program("check", *arguments, "--json")
    document: Any = json.loads(result.out)
    return result, {one["check"]: (one["level"], one["text"]) for one in document["checks"]}


@pytest.fixture
def own(pool: Program, tmp_path: Path) -> Program:
    """The pool's network, with a state, a port and a password of the test's own."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "local.json").write_text(pool.manifest().read_text())
    (tmp_path / "password").write_text("right\n")
    made = Program.at(tmp_path, pool.anvil, password_file=str(tmp_path / "password"))
    with made.settings.open("a") as file:
        file.write(f"[api]\nport = {free_port()}\n")
    return made


def test_all_is_well_but_for_an_approval(own: Program) -> None:
    result, found = checked(own, "--node-key", f"dev:{NODE}")
    assert result.code == 0
    text = found.pop(f"node dev:{NODE}")
    assert text[0] == "warning"
    assert "linkpool node approve 0x" in text[1]
    assert {level for level, _ in found.values()} == {"ok"}
    assert {"disk", "port", "database", "jobs", "pool", f"key dev:{NODE}"} < set(found)
    assert "a node can start" in own("check").out


def test_a_look_makes_no_state(own: Program, tmp_path: Path) -> None:
    typo = tmp_path / "typo"
    elsewhere = ("--manifest", str(own.manifest()), "--state", str(typo))
    result, found = checked(own, *elsewhere)
    assert (result.code, found["disk"][0], found["jobs"][0]) == (0, "ok", "ok")
    assert not typo.exists()


def test_what_is_wrong_is_named(own: Program, tmp_path: Path) -> None:
    wallets = tmp_path / "wallets"
    write_keystore(wallets, "good", "right")
    write_keystore(wallets, "locked", "another")
    (wallets / "broken.json").write_text("{")
    keys = [part for name in ("good", "locked", "broken", "none") for part in ("--node-key", name)]
    result, found = checked(own, *keys)
    assert result.code == 9
    assert found["key good"][0] == "ok"
    assert found["balance good"][0] == "warning"
    assert found["key locked"] == ("fatal", "wrong password for locked.json")
    assert found["key broken"][0] == found["key none"][0] == "fatal"


def test_a_price_of_gas_that_no_request_has_to_pay(own: Program) -> None:
    with own.settings.open("a") as file:
        file.write("[runs]\nlink_per_ether = 200\n")
    result, found = checked(own)
    assert result.code == 0
    assert found["payment"][0] == "warning"
    assert "a request has to pay 0 LINK: set runs.gate" in found["payment"][1]


def test_a_remote_signer_is_asked_for_the_key_and_its_token_is_not_shown(own: Program) -> None:
    with served(StubSigner()) as stub:
        wallet = stub.wallet.replace("//", "//me:token@").replace("#", "/token#")
        place = f"web3signer:{stub.url}"
        result, found = checked(own, "--node-key", wallet)
        assert result.code == 0
        assert found[f"key {place}"] == ("ok", f"signs for {ADDRESS}")
        stub.lie = "no key"
        result, found = checked(own, "--node-key", wallet)
        assert result.code == 9
        assert found[f"key {place}"][0] == "fatal"
        assert f"has no key of {ADDRESS}" in found[f"key {place}"][1]
        stub.lie = "502"
        result, found = checked(own, "--node-key", wallet)
        assert result.code == 0
        assert found[f"key {place}"][0] == "warning"
        start = own("oracle", "run", "--node-key", wallet, "--rpc", "http://127.0.0.1:1")
        assert "token" not in result.out + result.err + start.out + start.err
    wrong = own("check", "--node-key", "web3signer:http://me:token@host")
    assert wrong.code == 9
    assert "token" not in wrong.out + wrong.err


def test_rpcs_of_other_chains_and_rpcs_that_are_gone(own: Program) -> None:
    with Anvil.start(chain_id=1) as other:
        gone = f"http://127.0.0.1:{free_port()}"
        result, found = checked(own, "--rpc", f"{own.anvil.url},{other.url},{gone}")
    assert result.code == 9
    levels = sorted(level for name, (level, _) in found.items() if name.startswith("RPC "))
    assert levels == ["fatal", "ok", "warning"]
    result, found = checked(own, "--rpc", gone)
    assert result.code == 9
    assert found["pool"][0] == "fatal"


def test_a_manifest_of_another_chain_is_no_pool(own: Program, tmp_path: Path) -> None:
    with Anvil.start() as fresh:
        result, found = checked(own, "--rpc", fresh.url)
    assert result.code == 9
    assert found["pool"][0] == "fatal"


def test_a_state_that_is_none(own: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = own.settings.read_text().replace(str(tmp_path / "state"), str(tmp_path / "file"))
    own.settings.write_text(text)
    result, found = checked(own, "--manifest", str(tmp_path / "state" / "local.json"))
    assert result.code == 9
    assert found["state"][0] == "fatal"
    assert found["database"][0] == "fatal"


def test_a_damaged_database_and_a_port_in_use_forbid_the_start(
    own: Program, tmp_path: Path
) -> None:
    (tmp_path / "state" / "state.db").write_bytes(b"no database" * 500)
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = own.settings.read_text()
        own.settings.write_text(text.partition("port = ")[0] + f"port = {other.getsockname()[1]}\n")
        result, found = checked(own)
        assert result.code == 9
        assert (found["port"][0], found["database"][0]) == ("fatal", "fatal")
        start = own("oracle", "run", "--node-key", f"dev:{NODE}")
        assert start.code == 8
        assert f"cannot listen on 127.0.0.1 port {other.getsockname()[1]}" in start.err
