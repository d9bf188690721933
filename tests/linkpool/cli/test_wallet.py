# SPDX-License-Identifier: MIT
"""`linkpool wallet …` without a chain."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from linkpool.cli import run

Wallet = Callable[..., tuple[int, str, str]]
KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.fixture
def wallet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Wallet:
    (tmp_path / "password").write_text("only a test\n")
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'wallets = "{tmp_path}/wallets"\npassword_file = "{tmp_path}/password"\n'
        'network = "sepolia"\n'
    )

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--settings", str(settings), "wallet", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_a_key_is_imported_listed_and_used(wallet: Wallet, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(f"0x{KEY}\n")
    code, out, _ = wallet("import", "hot", "--key-file", str(key), "--json")
    assert code == 0
    assert json.loads(out)["address"] == FIRST
    assert KEY not in out
    assert KEY not in (tmp_path / "wallets" / "hot.json").read_text()
    assert wallet("use", "hot")[0] == 0
    listed = json.loads(wallet("list", "--json")[1])["wallets"]
    assert listed == [{"name": "hot", "address": FIRST, "used": True}]


def test_a_new_key_is_encrypted_with_the_files_password(wallet: Wallet, tmp_path: Path) -> None:
    code, out, _ = wallet("new", "fresh")
    assert code == 0
    assert "Without the password the key is lost" in out
    content = json.loads((tmp_path / "wallets" / "fresh.json").read_text())
    assert content["crypto"]["kdf"] == "scrypt"
    code, _, err = wallet("new", "fresh")
    assert (code, "there is a wallet 'fresh' already" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("use", "none"), 2, "no wallet 'none': see `linkpool wallet list`"),
        (("import", "hot", "--key-file", "/none"), 2, "/none cannot be read"),
        (("new", "../evil"), 2, "is no wallet name"),
        (("show",), 2, "no wallet: `linkpool wallet new NAME`"),
        (("show", "--wallet", "dev:0"), 2, "development keys are public"),
        (("show", "--wallet", "dev:x", "--network", "local"), 2, "is no development key"),
        (("show", "--wallet", "/none.json"), 2, "no keystore at /none.json"),
    ],
)
def test_bad_input_is_one_line(
    wallet: Wallet, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    got, out, err = wallet(*arguments)
    assert (got, out) == (code, "")
    assert complaint in err
    assert err.count("\n") == 1


def test_an_unreadable_file_hides_no_other_wallet(wallet: Wallet, tmp_path: Path) -> None:
    folder = tmp_path / "wallets"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps({"address": FIRST}))
    (folder / "stray.json").write_bytes(b"\xff")
    listed = json.loads(wallet("list", "--json")[1])["wallets"]
    assert [(one["name"], one["address"]) for one in listed] == [("good", FIRST), ("stray", None)]
    assert "no readable keystore" in wallet("list")[1]


def test_a_choice_that_cannot_be_read_is_one_line(wallet: Wallet, tmp_path: Path) -> None:
    chosen = tmp_path / "wallets" / "default"
    chosen.parent.mkdir()
    chosen.write_bytes(b"\xff")
    for command in ("list", "show"):
        code, out, err = wallet(command)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"{chosen} names no wallet" in err
    chosen.unlink()
    chosen.mkdir()
    assert "names no wallet" in wallet("list")[2]
    (chosen.parent / "good.json").write_text(json.dumps({"address": FIRST}))
    code, _, err = wallet("use", "good")
    assert (code, err.count("\n")) == (2, 1)


def test_a_key_file_that_is_no_text_is_one_line(wallet: Wallet, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\x00")
    code, out, err = wallet("import", "hot", "--key-file", str(tmp_path / "key"))
    assert (code, out, err) == (2, "", f"error: {tmp_path}/key is no text file: choose another\n")


def test_a_password_is_not_asked_for_where_nobody_is(
    wallet: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'wallets = "{tmp_path}/wallets"\n')
    monkeypatch.setattr("sys.stdin", io.StringIO("guess\n"))
    code, out, err = wallet("new", "hot")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "nobody is there to ask for the new password of hot: give --password-file" in err


@pytest.mark.parametrize("command", ["wallet", "key"])
@pytest.mark.parametrize(
    ("name", "complaint"),
    [("", "'' is no wallet name"), ("../x", "is no wallet name"), ("old", "there is a wallet")],
)
def test_a_name_that_cannot_be_is_refused_before_a_password_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, complaint: str
) -> None:
    (tmp_path / "old.json").write_text("{}")
    settings = tmp_path / "asking.toml"
    settings.write_text(f'wallets = "{tmp_path}"\n')
    assert run(["--settings", str(settings), command, "new", name]) == 2
    assert complaint in capsys.readouterr().err
