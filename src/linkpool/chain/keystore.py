# SPDX-License-Identifier: MIT
"""Keystore version 3: a private key encrypted with a password, as every Ethereum client keeps it.

The usual library computes BLS pairings when it is imported: a second that each start would cost.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from typing import Any, Final

from Crypto.Cipher import AES
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

_VERSION: Final = 3
_CIPHER: Final = "aes-128-ctr"
_COST = 2**18  # scrypt's n: 256 MB and about a second for each guess of the password
_BLOCK: Final = 8  # scrypt's r
_MOST_MEMORY: Final = 2**30  # bytes a file may ask for to check its password
_MOST_ROUNDS: Final = 10**7


class WrongPassword(ValueError):
    """The file is whole, its password another."""


def encode(key: bytes, password: str) -> dict[str, Any]:
    """The content of a keystore file."""
    salt, start = secrets.token_bytes(32), secrets.token_bytes(16)
    costs = {"dklen": 32, "n": _COST, "r": _BLOCK, "p": 1, "salt": salt.hex()}
    derived = _derived("scrypt", costs, password)
    hidden = _crossed(key, derived, start)
    return {
        "version": _VERSION,
        "id": str(uuid.uuid4()),
        "address": PrivateKey(key).public_key.to_address().removeprefix("0x"),
        "crypto": {
            "cipher": _CIPHER,
            "cipherparams": {"iv": start.hex()},
            "ciphertext": hidden.hex(),
            "kdf": "scrypt",
            "kdfparams": costs,
            "mac": _seal(derived, hidden).hex(),
        },
    }


def decode(content: Mapping[str, Any], password: str) -> bytes:
    """The key. WrongPassword; ValueError, KeyError, TypeError or AttributeError where the content
    is no keystore of version 3.
    """
    crypto = content.get("crypto") or content["Crypto"]
    if content["version"] != _VERSION or crypto["cipher"] != _CIPHER:
        raise ValueError("another version or cipher")
    hidden = bytes.fromhex(crypto["ciphertext"].removeprefix("0x"))
    sealed = bytes.fromhex(crypto["mac"].removeprefix("0x"))
    start = bytes.fromhex(crypto["cipherparams"]["iv"].removeprefix("0x"))
    derived = _derived(crypto["kdf"], crypto["kdfparams"], password)
    if not hmac.compare_digest(_seal(derived, hidden), sealed):
        raise WrongPassword("another password")
    key = _crossed(hidden, derived, start)
    PrivateKey(key).public_key.to_address()
    return key


def _derived(kind: str, costs: Mapping[str, Any], password: str) -> bytes:
    """32 bytes out of the password; the file says how, and may not ask for everything."""
    salt = bytes.fromhex(costs["salt"].removeprefix("0x"))
    if costs["dklen"] != 32:
        raise ValueError("another length")
    if kind == "scrypt":
        n, r, p = int(costs["n"]), int(costs["r"]), int(costs["p"])
        if not 0 < 128 * n * r * p <= _MOST_MEMORY:
            raise ValueError("not bearable")
        return hashlib.scrypt(
            password.encode(), salt=salt, n=n, r=r, p=p, dklen=32, maxmem=2 * _MOST_MEMORY - 1
        )
    rounds = int(costs["c"])
    if kind != "pbkdf2" or costs["prf"] != "hmac-sha256" or not 0 < rounds <= _MOST_ROUNDS:
        raise ValueError("another way to a key")
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, 32)


def _crossed(data: bytes, derived: bytes, start: bytes) -> bytes:
    """Encrypts and decrypts."""
    if len(data) != 32 or len(start) != 16:
        raise ValueError("another length")
    cipher = AES.new(derived[:16], AES.MODE_CTR, nonce=b"", initial_value=start)
    return cipher.encrypt(data)


def _seal(derived: bytes, hidden: bytes) -> bytes:
    return bytes(keccak(derived[16:32] + hidden))
