# SPDX-License-Identifier: MIT
"""Passwords are kept as scrypt; parameters and salt are part of the text."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from linkpool.errors import UsageError

COST: Final = 2**14  # 16 MiB and some tens of milliseconds for each guess
BLOCK: Final = 8
PARALLEL: Final = 1
SHORTEST: Final = 16
LONGEST: Final = 256
_NOBODY: Final = f"scrypt${COST}${BLOCK}${PARALLEL}${'00' * 16}${'00' * 32}"


def sealed(password: str) -> str:
    """What is stored of a password."""
    salt = secrets.token_bytes(16)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${salt.hex()}${_derived(password, salt).hex()}"


def matches(password: str, stored: str | None) -> bool:
    """Takes as long for a user who does not exist (None): times tell no names."""
    _, cost, block, parallel, salt, digest = (stored or _NOBODY).split("$")
    found = _derived(
        password, bytes.fromhex(salt), cost=int(cost), block=int(block), parallel=int(parallel)
    )
    return hmac.compare_digest(found, bytes.fromhex(digest)) and stored is not None


def require_strong(password: str, email: str) -> None:
    """UsageError that says what a password needs."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST} characters")
    if password != password.strip():
        raise UsageError("a password neither begins nor ends with a space")
    if email.lower() in password.lower():
        raise UsageError("a password does not contain the email")


def _derived(
    password: str, salt: bytes, *, cost: int = COST, block: int = BLOCK, parallel: int = PARALLEL
) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=parallel,
        maxmem=64 * 2**20,
        dklen=32,
    )
