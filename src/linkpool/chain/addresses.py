# SPDX-License-Identifier: MIT
"""Addresses and identifiers: text in, checked values out."""

from __future__ import annotations

import rlp
from eth_typing import ChecksumAddress
from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address
from eth_utils.crypto import keccak

from linkpool.errors import UsageError

ZERO = ChecksumAddress(to_checksum_address("0x" + "00" * 20))


def address(text: str) -> ChecksumAddress:
    """The address in `text`. Mixed case has to carry a right checksum; one case only is taken as it
    is.

    >>> address("0x514910771af9ca656af840dff83e8264ecf986ca")
    '0x514910771AF9Ca656af840dff83E8264EcF986CA'
    """
    plain = text.strip()
    if not plain.startswith("0x") or not is_hex_address(plain):
        raise UsageError(f"{text!r} is no address: 0x and 40 hexadecimal digits are needed")
    digits = plain[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(plain):
        raise UsageError(f"{text} has a wrong checksum: copy the address again")
    return to_checksum_address(plain)


def created_address(sender: ChecksumAddress, nonce: int) -> ChecksumAddress:
    """Where the contract of `sender`'s transaction number `nonce` will stand (CREATE).

    >>> created_address(address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), 0)
    '0x5FbDB2315678afecb367f032d93F642f64180aa3'
    """
    return to_checksum_address(_created(bytes.fromhex(sender[2:]), nonce))


def is_created_by(sender: ChecksumAddress, place: ChecksumAddress, nonces: range) -> bool:
    """Whether `place` is where one of these creations of `sender` stands.

    >>> deployer = address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
    >>> is_created_by(deployer, address("0x5fbdb2315678afecb367f032d93f642f64180aa3"), range(9))
    True
    """
    plain, wanted = bytes.fromhex(sender[2:]), bytes.fromhex(place[2:])
    return any(_created(plain, nonce) == wanted for nonce in nonces)


def _created(sender: bytes, nonce: int) -> bytes:
    return keccak(rlp.encode([sender, nonce]))[12:]


def bytes32(text: str) -> bytes:
    """32 bytes from 64 hexadecimal digits with 0x, or from text of at most 32 bytes, padded at the
    end.
    """
    if text.startswith("0x"):
        try:
            raw = bytes.fromhex(text[2:])
        except ValueError:
            raise UsageError(f"{text!r} is not hexadecimal") from None
        if len(raw) != 32:
            raise UsageError(f"{text!r} has {len(raw)} bytes: 32 are needed")
        return raw
    raw = text.encode()
    if len(raw) > 32:
        raise UsageError(f"{text!r} has {len(raw)} bytes: at most 32 fit")
    return raw.ljust(32, b"\0")
