# SPDX-License-Identifier: MIT
"""Keystore v3 files and development keys."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_keyfile.keyfile import create_keyfile_json

from linkpool.chain.accounts import (
    development,
    keystore_address,
    open_keystore,
    write_keystore,
)
from linkpool.errors import UsageError

FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def quick_keystore(folder: Path, password: str) -> Path:
    """A keystore whose password costs nothing to check."""
    content = create_keyfile_json(b"\7" * 32, password.encode(), kdf="pbkdf2", iterations=2)
    path = folder / "quick.json"
    path.write_text(json.dumps(content))
    return path


def test_development_keys_are_anvils_and_local_only() -> None:
    assert development(0, chain_id=31337).address == FIRST
    for chain_id in (1, 11155111, 5):
        with pytest.raises(UsageError, match="development keys are public"):
            development(0, chain_id=chain_id)


def test_a_key_shows_its_address_only() -> None:
    assert repr(development(0, chain_id=31337)) == f"KeySigner({FIRST})"


def test_a_keystore_opens_with_its_password_only(tmp_path: Path) -> None:
    path = quick_keystore(tmp_path, "right")
    signer = open_keystore(path, "right", chain_id=31337)
    assert signer.address == keystore_address(path)
    with pytest.raises(UsageError, match=r"wrong password for quick\.json"):
        open_keystore(path, "wrong", chain_id=31337)


def test_a_written_keystore_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path, account = write_keystore(tmp_path / "wallets", "hot", "pass", key=b"\7" * 32)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keystore_address(path) == account
    assert json.loads(path.read_text())["version"] == 3
    assert b"\7" * 8 not in path.read_bytes()
    with pytest.raises(UsageError, match="there is a wallet 'hot' already"):
        write_keystore(tmp_path / "wallets", "hot", "pass")


@pytest.mark.parametrize(
    ("name", "password", "key", "complaint"),
    [
        ("../evil", "pass", None, "is no wallet name"),
        ("", "pass", None, "is no wallet name"),
        ("hot", "", None, "an empty password"),
        ("hot", "pass", b"\7" * 31, "is no private key"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    tmp_path: Path, name: str, password: str, key: bytes | None, complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        write_keystore(tmp_path, name, password, key=key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"address": 5}', '{"crypto": {}}'])
def test_a_file_that_is_no_keystore_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "some.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="keystore v3"):
        keystore_address(path)
    with pytest.raises(UsageError, match="keystore v3"):
        open_keystore(path, "pass", chain_id=31337)


def test_a_keystore_that_states_another_address_is_refused(tmp_path: Path) -> None:
    path = quick_keystore(tmp_path, "right")
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"address": FIRST[2:].lower()}))
    with pytest.raises(UsageError, match=f"states {FIRST} but its key is of 0x"):
        open_keystore(path, "right", chain_id=31337)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no keystore at"):
        open_keystore(tmp_path / "none.json", "pass", chain_id=31337)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "wallets"):
        with pytest.raises(UsageError, match=r"hot\.json cannot be written: "):
            write_keystore(folder, "hot", "pass", key=b"\7" * 32)


def test_a_full_disk_leaves_no_half_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(UsageError, match=r"hot\.json cannot be written: no space left"):
            write_keystore(tmp_path, "hot", "pass", key=b"\7" * 32)
    assert write_keystore(tmp_path, "hot", "pass", key=b"\7" * 32)[0].exists()


@pytest.mark.parametrize("n", [2**22, 2**70, -1, 3, "many", None])
def test_a_keystore_that_asks_for_the_impossible_is_refused(tmp_path: Path, n: object) -> None:
    path = quick_keystore(tmp_path, "right")
    content = json.loads(path.read_text())
    content["crypto"] |= {"kdf": "scrypt"}
    content["crypto"]["kdfparams"] |= {"n": n, "r": 8, "p": 1}
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="no readable keystore v3 file"):
        open_keystore(path, "right", chain_id=31337)


@pytest.mark.parametrize("key", [b"\0" * 32, b"\xff" * 32, b"", b"\7" * 33])
def test_numbers_that_are_no_keys_are_refused(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(UsageError, match="no private key"):
        write_keystore(tmp_path, "hot", "pass", key=key)


def test_keystores_of_other_programs_open(tmp_path: Path) -> None:
    """As eth-account writes them, and as geth does: lower case names, no address needed."""
    content = Account.encrypt(b"\7" * 32, "right", kdf="pbkdf2", iterations=2)
    for name, change in (("plain", {}), ("old", {"Crypto": content["crypto"]})):
        shown = {key: given for key, given in content.items() if name == "plain" or key != "crypto"}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(shown | change))
        opened = open_keystore(path, "right", chain_id=31337)
        assert opened.address == Account.from_key(b"\7" * 32).address


def test_what_is_written_here_opens_elsewhere(tmp_path: Path) -> None:
    path, account = write_keystore(tmp_path, "hot", "pässword", key=b"\7" * 32)
    content = json.loads(path.read_text())
    assert bytes(Account.decrypt(content, "pässword")) == b"\7" * 32
    assert content["address"] == account[2:].lower()


def test_another_version_is_no_keystore_of_ours(tmp_path: Path) -> None:
    path = quick_keystore(tmp_path, "right")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 4}))
    with pytest.raises(UsageError, match="no readable keystore v3 file"):
        open_keystore(path, "right", chain_id=31337)
