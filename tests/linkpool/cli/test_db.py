# SPDX-License-Identifier: MIT
"""`linkpool db upgrade` and `linkpool db check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linkpool.cli import run
from linkpool.store import versions
from linkpool.store.state import FILE, open_state


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINKPOOL_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_database_is_made_and_found_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "upgrade"]) == 0
    assert f"has version {versions.HEAD}, came from nothing" in capsys.readouterr().out
    assert run(["db", "upgrade", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"from": versions.HEAD, "to": versions.HEAD}
    assert run(["db", "check"]) == 0
    assert f"is sound, version {versions.HEAD}" in capsys.readouterr().out


def test_the_folder_can_be_named(tmp_path: Path, state: Path) -> None:
    named = tmp_path / "named"
    for word in ("upgrade", "check"):
        assert run(["db", word, "--state", str(named)]) == 0
    assert (named / FILE).exists() and not state.exists()


def test_there_has_to_be_one_to_be_checked(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db", "check"]) == 13
    assert "`linkpool db upgrade` makes one" in capsys.readouterr().err
    assert not state.exists()


def test_a_node_that_runs_is_named(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_it = open_state(state)
    assert run(["db", "check"]) == 13
    assert "is used by process" in capsys.readouterr().err
    with_it.close()


def test_a_damaged_file_has_its_exit_code(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state.mkdir()
    (state / FILE).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    for words in (["db", "check"], ["db", "upgrade"]):
        assert run(words) == 13
        assert "state.db is" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    ["job list", "job show 1", "job delete 1", "run list", "tx list", "bridge list", "user list"],
)
def test_what_reads_makes_no_state(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    typo = tmp_path / "typo"
    assert run([*words.split(), "--state", str(typo)]) == 13
    assert f"there is no node's state in {typo}: name another folder" in capsys.readouterr().err
    assert run(words.split()) == 13
    assert not typo.exists() and not state.exists()


def test_another_networks_state_is_not_taken_for_the_one_that_is_named(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_state(f"sqlite:///{state / FILE}", chain_id=1, genesis="0x01").close()
    for words in (["job", "list"], ["job", "list", "--network", "mainnet"]):
        assert run(words) == 0
    capsys.readouterr()
    assert run(["job", "list", "--network", "sepolia"]) == 4
    refused = capsys.readouterr().err
    assert f"{state} is the state of mainnet (chain id 1), not sepolia (chain id" in refused
