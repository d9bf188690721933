# SPDX-License-Identifier: MIT
"""`linkpool import chainlink` as an operator uses it: a plan, then its jobs, bridges and keys."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from linkpool.chain.accounts import read_key
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.suite import Suite
from tests.flows.program import DEV, Program
from tests.linkpool.oracle.chainlink.stub import (
    EMAIL,
    ORACLE,
    PASSWORD,
    Stub,
    direct_request,
    other,
    stub,
)

NODE = DEV[9].address


@pytest.fixture
def old() -> Iterator[Stub]:
    """The node that is left: two jobs that move, one that does not, a bridge, a key."""
    with stub() as server:
        server.jobs = [direct_request(1), direct_request(2), other(3, "offchainreporting2")]
        yield server


@pytest.fixture
def mine(deployed: Program, tmp_path: Path) -> Program:
    """The pool with a node, and a state folder of the test's own."""
    settings = deployed.settings.read_text().replace('"state"', '"elsewhere"')
    manifest = deployed.manifest()
    path = tmp_path / "linkpool.toml"
    state = f'state = "{tmp_path / "state"}"\nwallets = "{tmp_path / "wallets"}"\n'
    kept = [line for line in settings.splitlines() if not line.startswith(("state =", "wallets ="))]
    path.write_text("\n".join([*kept, state]))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "local.json").write_text(manifest.read_text())
    return Program(path, deployed.anvil)


@pytest.fixture
def storage(mine: Program) -> PoolStorage:
    def found(suite: Suite) -> Awaitable[PoolStorage]:
        return suite.storage(NODE)

    if NODE not in [one["node"] for one in mine("node", "list", "--json").json["nodes"]]:
        mine.sign("node", "create", NODE, "--operator", DEV[1].address, "--limit", "1000")
    return mine.suite(found)


@pytest.fixture
def source(old: Stub, tmp_path: Path) -> tuple[str, ...]:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"{EMAIL}\n{PASSWORD}\n")
    return ("import", "chainlink", "--url", old.url, "--credentials", str(credentials))


def actions(shown: Any) -> list[tuple[str, str]]:
    return [(item["kind"], item["action"]) for item in shown["items"]]


def test_the_plan_says_what_is_taken_and_changes_nothing(
    mine: Program, storage: PoolStorage, source: tuple[str, ...]
) -> None:
    shown = mine(*source, "--contract", f"{ORACLE}={storage.address}")
    assert shown.code == 0, shown.err
    for text in ("3 of 5 would be taken", "OCR needs", "not asked for", "Nothing was changed"):
        assert text in shown.out
    state = mine.settings.parent / "state"
    assert [path.name for path in state.iterdir()] == ["local.json"]


def test_jobs_and_bridges_move_and_a_second_time_adds_nothing(
    mine: Program, storage: PoolStorage, source: tuple[str, ...]
) -> None:
    command = (*source, "--contract", f"{ORACLE}={storage.address}", "--json")
    done = mine(*command, "--yes").json
    jobs = mine("job", "list", "--json").json["jobs"]
    assert [(job["name"], job["node"], job["shadow"]) for job in jobs] == [
        ("price 1", NODE, False),
        ("price 2", NODE, False),
    ]
    assert {job["directRequestSpec"]["contractAddress"] for job in jobs} == {storage.address}
    (bridge,) = mine("bridge", "list", "--json").json["bridges"]
    assert bridge["url"] == "http://127.0.0.1:8080/prices"
    assert len(done["incomingTokens"]["prices"]) > 20
    again = mine(*command).json
    assert actions(again) == [
        ("bridge", "have"),
        ("job", "have"),
        ("job", "have"),
        ("job", "leave"),
        ("key", "leave"),
    ]


def test_keys_become_wallets(
    mine: Program, old: Stub, source: tuple[str, ...], tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text("of the new wallets\n")
    done = mine(*source, "--keys-password-file", str(password), "--yes")
    assert done.code == 0, done.err
    (path,) = (tmp_path / "wallets").glob("*.json")
    assert read_key(path, "of the new wallets") == old.key.key
    assert f"wallet {path.stem}" in done.out
    assert "of the new wallets" not in done.out + done.err


def test_shadow_jobs_keep_the_old_contract(mine: Program, source: tuple[str, ...]) -> None:
    done = mine(*source, "--shadow", "--yes", "--json").json
    assert ("job", "add") in actions(done)
    jobs = mine("job", "list", "--json").json["jobs"]
    assert {
        (one["shadow"], one["directRequestSpec"]["contractAddress"].lower()) for one in jobs
    } == {(True, ORACLE.lower())}


def test_an_export_in_a_folder_will_do(mine: Program, storage: PoolStorage, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "jobs.json").write_text(json.dumps({"data": [direct_request(7)]}))
    command = ("import", "chainlink", "--export", str(folder), "--json")
    (item,) = mine(*command).json["items"]
    assert "is no PoolStorage of this pool" in item["why"]
    contract = f"{ORACLE}={storage.address}"
    (item,) = mine(*command, "--contract", contract, "--yes").json["items"]
    assert (item["name"], item["action"]) == ("price 7", "add")
    assert item["notes"] == ["bridge prices is not in the export: add it before the first request"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "give --url with --credentials"),
        (("--url", "http://127.0.0.1:1"), "--url needs --credentials"),
        (("--export", "nowhere"), "nowhere is no folder"),
        (("--export", ".", "--contract", "0x12"), "expected OLD=NEW"),
        (("--export", ".", "--contract", "0x12=0x34"), "address"),
    ],
)
def test_bad_input_is_one_line(mine: Program, more: tuple[str, ...], said: str) -> None:
    result = mine("import", "chainlink", *more)
    assert result.code == 2
    assert said in result.complaint
