# SPDX-License-Identifier: MIT
"""`linkpool key …` without a chain and without a running node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_keyfile.keyfile import create_keyfile_json

from linkpool.chain.accounts import read_key
from linkpool.cli import run

Key = Callable[..., tuple[int, str, str]]


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Key:
    monkeypatch.setattr("linkpool.chain.keystore._COST", 2)  # a password costs nothing to check
    (tmp_path / "password").write_text("of the node\n")
    (tmp_path / "other").write_text("of the other node\n")
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'wallets = "{tmp_path}/wallets"\npassword_file = "{tmp_path}/password"\n'
        f'state = "{tmp_path}/state"\n'
    )

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--settings", str(settings), "key", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def foreign(folder: Path) -> Path:
    """Another node's keystore."""
    content = create_keyfile_json(b"\7" * 32, b"of the other node", kdf="pbkdf2", iterations=2)
    path = folder / "UTC--2018--chainlink.json"
    path.write_text(json.dumps(content))
    return path


def test_a_key_comes_from_another_node_and_goes_to_a_third(key: Key, tmp_path: Path) -> None:
    old = ("--old-password-file", str(tmp_path / "other"))
    code, out, _ = key("import", "alder", "--keystore", str(foreign(tmp_path)), *old, "--json")
    assert code == 0
    address = json.loads(out)["address"]
    _, out, _ = key("list", "--json")
    (listed,) = json.loads(out)["keys"]
    assert (listed["name"], listed["address"], listed["disabled"]) == ("alder", address, True)
    goes = tmp_path / "third.json"
    new = ("--new-password-file", str(tmp_path / "other"))
    assert key("export", "alder", "--out", str(goes), *new)[0] == 0
    assert goes.stat().st_mode & 0o777 == 0o600
    assert read_key(goes, "of the other node") == b"\7" * 32
    code, _, err = key("export", "alder", "--out", str(goes), *new)
    assert (code, "exists already" in err) == (2, True)


def test_a_new_key_is_deleted_only_when_that_is_meant(key: Key, tmp_path: Path) -> None:
    assert key("new", "birch")[0] == 0
    code, _, err = key("delete", "birch")
    assert (code, err) == (
        2,
        "error: a deleted key is lost: `linkpool key export` first, then say --yes\n",
    )
    assert key("delete", "birch", "--yes")[0] == 0
    assert key("list")[1].startswith("0 keys")
    assert not (tmp_path / "state").exists()
    assert "no key 'birch'" in key("delete", "birch", "--yes")[2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "is no readable keystore v3 file"),
        ("", "is no readable keystore v3 file"),
        ("[" * 5000, "is no readable keystore v3 file"),
        ("[]", "is no readable keystore v3 file"),
        ('{"crypto": {"kdf": "none"}, "version": 3}', "is no readable keystore v3 file"),
        ("heavy", "is no readable keystore v3 file"),
        ("bent", "is no readable keystore v3 file"),
        ("wrong", "wrong password for some.json"),
    ],
)
def test_a_keystore_that_cannot_be_used_is_one_line(
    key: Key, tmp_path: Path, content: str | None, complaint: str
) -> None:
    path, password = tmp_path / "some.json", "other"
    if content is not None:
        path.write_text(content)
    if content in ("heavy", "bent", "wrong"):
        keystore = json.loads(foreign(tmp_path).read_text())
        if content == "heavy":  # a terabyte of memory to check one password
            keystore["crypto"]["kdf"] = "scrypt"
            keystore["crypto"]["kdfparams"] |= {"n": 2**33, "r": 8, "p": 1}
        if content == "bent":
            keystore["crypto"]["ciphertext"] = "zz"
        if content == "wrong":
            password = "password"
        path.write_text(json.dumps(keystore))
    old = ("--old-password-file", str(tmp_path / password))
    code, out, err = key("import", "alder", "--keystore", str(path), *old)
    assert (code, out) == (2, "")
    assert complaint in err and err.count("\n") == 1
    assert not (tmp_path / "wallets").exists()
