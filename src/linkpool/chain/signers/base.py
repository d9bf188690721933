# SPDX-License-Identifier: MIT
"""What a signer promises, and the checks that hold it to that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

from eth_typing import ChecksumAddress

from linkpool.chain.envelope import Envelope, Signed, lower, recovered
from linkpool.chain.networks import chain_name
from linkpool.errors import ChainUnavailable, UsageError, WrongNetwork


class Signer(Protocol):
    """An address and its signature; nothing else of the key is ever visible."""

    @property
    def address(self) -> ChecksumAddress: ...

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed raw transaction. WrongNetwork for another chain's, SignerRefused or
        SignerUnavailable where a remote signer fails.
        """
        ...


class SignerUnavailable(ChainUnavailable):
    """A remote signer cannot be reached now: worth another try."""


class SignerRefused(UsageError):
    """A remote signer does not sign, or signs something else than it was asked to."""


class DigestSigner(ABC):
    """Signs the digest of what it was given, and nothing but that."""

    def __init__(self, address: ChecksumAddress, *, chain_id: int) -> None:
        self.address = address
        self.chain_id = chain_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        envelope = pinned(transaction, self.chain_id)
        digest = envelope.digest
        r, s, likely = await self._signature(digest)
        if s != lower(s):
            s, likely = lower(s), 1 - likely
        for v in (likely, 1 - likely):
            if recovered(digest, v, r, s) == self.address:
                return envelope.signed(v, r, s)
        raise SignerRefused(f"the signature is not of {self.address}: the key was changed?")

    @abstractmethod
    async def _signature(self, digest: bytes) -> tuple[int, int, int]:
        """r, s and the likely parity of the point (0 or 1)."""


def pinned(transaction: Mapping[str, Any], chain_id: int) -> Envelope:
    """The transaction to sign; WrongNetwork where it is not of the signer's chain."""
    envelope = Envelope.of(transaction)
    if envelope.chain_id != chain_id:
        raise WrongNetwork(
            f"the signer is for {chain_name(chain_id)}, the transaction for "
            f"{chain_name(envelope.chain_id)}: nothing was signed"
        )
    return envelope


def compared(raw: bytes, asked: Envelope, address: ChecksumAddress, signer: str) -> bytes:
    """`raw`, if it is what was asked for and `address` signed it; SignerRefused else."""
    try:
        signed = Signed.decode(raw)
    except ValueError:
        raise SignerRefused(f"{signer} answered no EIP-1559 transaction: do not use it") from None
    for name in Envelope.__dataclass_fields__:
        if getattr(signed.envelope, name) != getattr(asked, name):
            what = name.replace("_", " ")
            raise SignerRefused(f"{signer} signed another {what} than asked: do not use it")
    if signed.sender != address:
        raise SignerRefused(f"{signer} did not sign with {address}: do not use it")
    if signed.envelope.signed(signed.v, signed.r, signed.s) != raw:
        raise SignerRefused(f"{signer} answered in a form the chain refuses: do not use it")
    return raw
