# SPDX-License-Identifier: MIT
"""Who signs: a keystore v3 file, or on the local chain only one of anvil's well-known development
keys.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.connection import LOCAL_CHAIN_ID, chain_name
from linkpool.errors import UsageError

# Public knowledge, the phrase of every development chain: used elsewhere, the money is gone.
_DEVELOPMENT_PHRASE = "test test test test test test test test test test test junk"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Signer(Protocol):
    """An address and its signature; nothing else of the key is ever visible."""

    @property
    def address(self) -> ChecksumAddress: ...

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed raw transaction."""
        ...


class KeySigner:
    """A private key in memory."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"

    @property
    def address(self) -> ChecksumAddress:
        return self._account.address

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)


def development(index: int, *, chain_id: int) -> KeySigner:
    """Development key number `index`; refused on every chain but the local one."""
    if chain_id != LOCAL_CHAIN_ID:
        raise UsageError(
            f"development keys are public: not on {chain_name(chain_id)}; "
            "make a wallet with `linkpool wallet new`"
        )
    if not 0 <= index < 2**31:
        raise UsageError("development keys are numbered from 0 to 2147483647")
    Account.enable_unaudited_hdwallet_features()
    return KeySigner(
        Account.from_mnemonic(_DEVELOPMENT_PHRASE, account_path=f"m/44'/60'/0'/0/{index}")
    )


def open_keystore(path: Path, password: str) -> KeySigner:
    """The key in a keystore v3 file; UsageError where the file states another address than its
    key's, because everything was checked for the stated one.
    """
    stated = None
    try:
        content = json.loads(path.read_text())
        signer = KeySigner(Account.from_key(Account.decrypt(content, password)))
        stated = content.get("address")
    except FileNotFoundError:
        raise UsageError(f"no keystore at {path}: see `linkpool wallet list`") from None
    except ValueError as error:
        if "MAC" in str(error):
            raise UsageError(f"wrong password for {path.name}") from None
        raise UsageError(f"{path} is no keystore v3 file") from None
    except (KeyError, TypeError, AttributeError, OSError):
        raise UsageError(f"{path} is no readable keystore v3 file") from None
    if stated is not None and keystore_address(path) != signer.address:
        raise UsageError(
            f"{path} states {keystore_address(path)} but its key is of {signer.address}: "
            "do not use this file, import the key again"
        )
    return signer


def write_keystore(
    folder: Path, name: str, password: str, *, key: bytes | None = None
) -> tuple[Path, ChecksumAddress]:
    """Encrypt `key` (None: a new one) into folder/name.json, readable by its owner only."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no wallet name: letters, digits, dot, dash, underscore")
    if not password:
        raise UsageError("an empty password protects nothing: give another")
    try:
        account: LocalAccount = Account.create() if key is None else Account.from_key(key)
    except ValueError:
        raise UsageError("that is no private key: 32 bytes in hexadecimal are needed") from None
    content = json.dumps(Account.encrypt(account.key, password), indent=2)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.json"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"there is a wallet {name!r} already: choose another name") from None
    with os.fdopen(handle, "w") as file:
        file.write(content)
    return path, account.address


def keystore_address(path: Path) -> ChecksumAddress:
    """The address a keystore file states, without its password."""
    try:
        return to_checksum_address(
            "0x" + json.loads(path.read_text())["address"].removeprefix("0x")
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise UsageError(f"{path} is no readable keystore v3 file") from None
