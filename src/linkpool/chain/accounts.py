# SPDX-License-Identifier: MIT
"""Who signs: a keystore v3 file, or on the local chain only one of anvil's well-known development
keys.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any, Final

from eth_keys.datatypes import PrivateKey
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError

from linkpool.chain import keystore
from linkpool.chain.envelope import ORDER
from linkpool.chain.networks import LOCAL_CHAIN_ID, chain_name
from linkpool.chain.signers.base import DigestSigner
from linkpool.chain.signers.base import Signer as Signer
from linkpool.errors import UsageError, reason_of

# Public knowledge, the phrase of every development chain: used elsewhere, the money is gone.
_DEVELOPMENT_PHRASE = "test test test test test test test test test test test junk"
_HARDENED: Final = 2**31
_ACCOUNTS: Final = (44 + _HARDENED, 60 + _HARDENED, _HARDENED, 0)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeySigner(DigestSigner):
    """A private key in memory."""

    def __init__(self, key: bytes, *, chain_id: int) -> None:
        self._key = PrivateKey(key)
        super().__init__(self._key.public_key.to_checksum_address(), chain_id=chain_id)

    async def _signature(self, digest: bytes) -> tuple[int, int, int]:
        signature = self._key.sign_msg_hash(digest)
        return signature.r, signature.s, signature.v


def development(index: int, *, chain_id: int) -> KeySigner:
    """Development key number `index`; refused on every chain but the local one."""
    if chain_id != LOCAL_CHAIN_ID:
        raise UsageError(
            f"development keys are public: not on {chain_name(chain_id)}; "
            "make a wallet with `linkpool wallet new`"
        )
    if not 0 <= index < 2**31:
        raise UsageError("development keys are numbered from 0 to 2147483647")
    return KeySigner(_derived(index), chain_id=chain_id)


def open_keystore(path: Path, password: str, *, chain_id: int) -> KeySigner:
    """The key in a keystore v3 file; UsageError where the file states another address than its
    key's, because everything was checked for the stated one.
    """
    signer = KeySigner(read_key(path, password), chain_id=chain_id)
    if _content(path).get("address") is not None and keystore_address(path) != signer.address:
        raise UsageError(
            f"{path} states {keystore_address(path)} but its key is of {signer.address}: "
            "do not use this file, import the key again"
        )
    return signer


def read_key(path: Path, password: str) -> bytes:
    """The private key in a keystore v3 file."""
    return decrypted(_content(path), password, path.name)


def decrypted(content: Any, password: str, name: str) -> bytes:
    """The private key in a keystore's content; `name` is for the error."""
    try:
        return keystore.decode(content, password)
    except keystore.WrongPassword:
        raise UsageError(f"wrong password for {name}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, ValidationError):
        raise UsageError(f"{name} is no readable keystore v3 file") from None


def encrypted(key: bytes, password: str) -> str:
    """A keystore v3 file's text; UsageError where that is no private key."""
    if not password:
        raise UsageError("an empty password protects nothing: give another")
    if len(key) != 32 or not 0 < int.from_bytes(key, "big") < ORDER:
        raise UsageError("that is no private key: 32 bytes in hexadecimal are needed")
    return json.dumps(keystore.encode(key, password), indent=2)


def write_keystore(
    folder: Path, name: str, password: str, *, key: bytes | None = None
) -> tuple[Path, ChecksumAddress]:
    """Encrypt `key` (None: a new one) into folder/name.json, readable by its owner only."""
    path = new_keystore(folder, name)
    secret = _new_key() if key is None else key
    text = encrypted(secret, password)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {reason_of(error)}") from None
    return path, PrivateKey(secret).public_key.to_checksum_address()


def new_keystore(folder: Path, name: str) -> Path:
    """Where a wallet with this name would be; UsageError where there is one, or none can be."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no wallet name: letters, digits, dot, dash, underscore")
    path = folder / f"{name}.json"
    if path.exists():
        raise UsageError(f"there is a wallet {name!r} already: choose another name")
    return path


def write_secret(path: Path, text: str) -> None:
    """Into a new file that its owner alone can read, on the disk when this returns; OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()  # half of it would take the name and open with no password
        raise


def keystore_address(path: Path) -> ChecksumAddress:
    """The address a keystore file states, without its password."""
    try:
        return to_checksum_address("0x" + _content(path)["address"].removeprefix("0x"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no readable keystore v3 file") from None


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise UsageError(f"no keystore at {path}: see `linkpool wallet list`") from None
    except (OSError, ValueError, RecursionError):
        raise UsageError(f"{path} is no readable keystore v3 file") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path} is no readable keystore v3 file")
    return content


def _new_key() -> bytes:
    return (secrets.randbelow(ORDER - 1) + 1).to_bytes(32, "big")


def _derived(index: int) -> bytes:
    """Key number `index` of the phrase (BIP-32, BIP-44)."""
    seed = hashlib.pbkdf2_hmac("sha512", _DEVELOPMENT_PHRASE.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for step in (*_ACCOUNTS, index):
        key = node[:32]
        public = PrivateKey(key).public_key.to_compressed_bytes()
        parent = b"\0" + key if step >= _HARDENED else public
        child = hmac.digest(node[32:], parent + step.to_bytes(4, "big"), "sha512")
        number = (int.from_bytes(child[:32], "big") + int.from_bytes(key, "big")) % ORDER
        node = number.to_bytes(32, "big") + child[32:]
    return node[:32]
