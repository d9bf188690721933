# SPDX-License-Identifier: MIT
"""A key in AWS KMS: made there, never leaves it. boto3 finds region and credentials by itself."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from eth_keys.datatypes import PublicKey
from eth_typing import ChecksumAddress

from linkpool.chain.envelope import ORDER
from linkpool.chain.signers.base import DigestSigner, SignerRefused, SignerUnavailable
from linkpool.errors import SetupMissing, UsageError

_SPEC: Final = "ECC_SECG_P256K1"
_ALGORITHM: Final = "ECDSA_SHA_256"  # of a digest that is given: whose hash it is does not matter
# What stands before x and y of an uncompressed secp256k1 point in a SubjectPublicKeyInfo.
_SECP256K1: Final = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a03420004")
_POINT: Final = 64
_RETRY: Final = frozenset(
    (
        "ThrottlingException",
        "LimitExceededException",
        "KMSInternalException",
        "DependencyTimeoutException",
        "KeyUnavailableException",
        "ServiceUnavailableException",
        "RequestTimeout",
        "ExpiredTokenException",
    )
)


class KmsSigner(DigestSigner):
    """Open with `await KmsSigner.open(key, chain_id=…)`."""

    def __init__(self, client: Any, key: str, address: ChecksumAddress, *, chain_id: int) -> None:
        super().__init__(address, chain_id=chain_id)
        self._client = client
        self._key = key

    @classmethod
    async def open(cls, key: str, *, chain_id: int) -> KmsSigner:
        """`key`: an id, an ARN or alias/NAME. The key's address is asked for."""
        return await asyncio.to_thread(cls.open_now, key, chain_id=chain_id)

    @classmethod
    def open_now(cls, key: str, *, chain_id: int) -> KmsSigner:
        """`open` for programs without a loop."""
        client = _client(key)
        answer = _asked(key, client.get_public_key, KeyId=key)
        encoded = bytes(answer["PublicKey"])
        point = encoded[len(_SECP256K1) :]
        if not encoded.startswith(_SECP256K1) or len(point) != _POINT:
            raise SignerRefused(f"the KMS key {key} is no {_SPEC} key for SIGN_VERIFY: make one")
        address = PublicKey(point).to_checksum_address()
        return cls(client, key, address, chain_id=chain_id)

    async def _signature(self, digest: bytes) -> tuple[int, int, int]:
        answer = await asyncio.to_thread(
            _asked,
            self._key,
            self._client.sign,
            KeyId=self._key,
            Message=digest,
            MessageType="DIGEST",
            SigningAlgorithm=_ALGORITHM,
        )
        r, s = _unpacked(bytes(answer["Signature"]))
        if not (0 < r < ORDER and 0 < s < ORDER):
            raise SignerRefused(f"the KMS key {self._key} answered no signature")
        return r, s, 0


def _client(key: str) -> Any:
    try:
        # Forty megabytes that only this signer needs.
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise SetupMissing("AWS KMS needs boto3: `pip install linkpool[kms]`") from None
    parts = key.split(":")
    region = parts[3] if key.startswith("arn:") and len(parts) > 5 else None
    patience = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3})
    try:
        # A session of its own: the shared one keeps what the environment said first.
        return boto3.session.Session().client("kms", region_name=region, config=patience)
    except (BotoCoreError, ValueError) as error:
        raise UsageError(f"AWS KMS cannot be used: {error}") from None


def _asked(key: str, function: Any, **arguments: Any) -> dict[str, Any]:
    """An answer of KMS; what it refuses, by whose fault it is."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
    )

    try:
        answer: dict[str, Any] = function(**arguments)
        return answer
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        kind = SignerUnavailable if code in _RETRY else SignerRefused
        raise kind(f"AWS KMS refused to use the key {key}: {code}") from None
    except NoCredentialsError:
        raise UsageError("AWS KMS needs credentials: set AWS_PROFILE or give a role") from None
    except ParamValidationError:
        raise UsageError("kms:KEY: expected a key's id, its ARN or alias/NAME") from None
    except BotoCoreError as error:
        raise SignerUnavailable(f"AWS KMS cannot be reached: {type(error).__name__}") from None


def _unpacked(signature: bytes) -> tuple[int, int]:
    """r and s of an ECDSA signature in DER: SEQUENCE { INTEGER r, INTEGER s }."""
    try:
        body, rest = _item(signature, 0x30)
        first, after = _item(body, 0x02)
        second, end = _item(after, 0x02)
    except (ValueError, IndexError):
        raise SignerRefused("AWS KMS answered no ECDSA signature") from None
    if rest or end:
        raise SignerRefused("AWS KMS answered no ECDSA signature")
    return int.from_bytes(first, "big", signed=True), int.from_bytes(second, "big", signed=True)


def _item(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Content of the first element, which has to have this tag, and what follows it. Signatures are
    short: one byte of length.
    """
    length = data[1]
    content = data[2 : 2 + length]
    if data[0] != tag or length > 0x7F or len(content) != length or not content:
        raise ValueError("no such element")
    return content, data[2 + length :]
