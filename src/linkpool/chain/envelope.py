# SPDX-License-Identifier: MIT
"""EIP-1559 transactions as bytes: what is signed, what is sent, and back again.

Every transaction of this package is of this type; a signer's answer is decoded here and compared
with what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from linkpool.errors import UsageError

_TYPE: Final = b"\x02"
_FIELDS: Final = 9
ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1; s above its half is refused by the chain (EIP-2)."""

_KEYS: Final = frozenset(
    ("type", "chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas", "value", "data")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An unsigned transaction; fees in wei per gas. `to` empty creates a contract."""

    chain_id: int
    nonce: int
    tip: int
    ceiling: int
    gas: int
    to: bytes
    value: int
    data: bytes

    @classmethod
    def of(cls, transaction: Mapping[str, Any]) -> Self:
        """From the usual names; UsageError where it is no EIP-1559 transaction without a list of
        accesses, because then something else would be signed than was meant.
        """
        given = dict(transaction)
        to = given.pop("to", None) or ""
        if given.keys() != _KEYS or given["type"] not in (2, "0x2"):
            raise UsageError(f"no EIP-1559 transaction: {', '.join(sorted(given))}")
        return cls(
            chain_id=int(given["chainId"]),
            nonce=int(given["nonce"]),
            tip=int(given["maxPriorityFeePerGas"]),
            ceiling=int(given["maxFeePerGas"]),
            gas=int(given["gas"]),
            to=bytes.fromhex(to.removeprefix("0x")),
            value=int(given["value"]),
            data=_bytes(given["data"]),
        )

    @property
    def digest(self) -> bytes:
        """What is signed."""
        return bytes(keccak(_TYPE + rlp.encode(self._list())))

    def signed(self, v: int, r: int, s: int) -> bytes:
        """The raw transaction."""
        return bytes(_TYPE + rlp.encode([*self._list(), v, r, s]))

    def _list(self) -> list[Any]:
        return [
            self.chain_id,
            self.nonce,
            self.tip,
            self.ceiling,
            self.gas,
            self.to,
            self.value,
            self.data,
            [],
        ]


@dataclass(frozen=True, slots=True)
class Signed:
    """A raw transaction, taken apart."""

    envelope: Envelope
    v: int
    r: int
    s: int

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """ValueError where the bytes are no signed EIP-1559 transaction."""
        if raw[:1] != _TYPE:
            raise ValueError("not of type 2")
        try:
            items = rlp.decode(raw[1:])
        except (rlp.DecodingError, RecursionError) as error:
            raise ValueError("no RLP") from error
        if not isinstance(items, list) or len(items) != _FIELDS + 3 or items[8] != []:
            raise ValueError("not of the right fields")
        if not all(isinstance(one, bytes) for one in (*items[:8], *items[9:])):
            raise ValueError("not of the right fields")
        number = [int.from_bytes(one, "big") for one in items[:5]]
        envelope = Envelope(
            chain_id=number[0],
            nonce=number[1],
            tip=number[2],
            ceiling=number[3],
            gas=number[4],
            to=items[5],
            value=int.from_bytes(items[6], "big"),
            data=items[7],
        )
        v, r, s = (int.from_bytes(one, "big") for one in items[9:])
        return cls(envelope, v, r, s)

    @property
    def sender(self) -> ChecksumAddress | None:
        """Who signed it; None where the signature is none, or not the lower of its two forms."""
        return recovered(self.envelope.digest, self.v, self.r, self.s)


def recovered(digest: bytes, v: int, r: int, s: int) -> ChecksumAddress | None:
    """The signer's address; None where the signature is none, or not the lower of its two forms."""
    if not 0 < s <= ORDER // 2:
        return None
    try:
        public = Signature(vrs=(v, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError, ValueError):
        return None
    return public.to_checksum_address()


def lower(s: int) -> int:
    """The lower of a signature's two forms."""
    return min(s, ORDER - s)


def _bytes(given: Any) -> bytes:
    return bytes.fromhex(given.removeprefix("0x")) if isinstance(given, str) else bytes(given)
