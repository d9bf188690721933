# SPDX-License-Identifier: MIT
"""A key in AWS KMS, against moto's server on the loopback."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Iterator
from typing import Any

import pytest

from linkpool.chain.envelope import ORDER, Signed
from linkpool.chain.signers.base import SignerRefused, SignerUnavailable
from linkpool.chain.signers.kms import KmsSigner, _unpacked
from linkpool.errors import SetupMissing, UsageError, WrongNetwork
from tests.linkpool.chain.signer_stub import kms, new_key
from tests.linkpool.chain.test_web3signer import CALL


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, kms(patch) as found:
        yield found


def open_now(key: str) -> KmsSigner:
    return asyncio.run(KmsSigner.open(key, chain_id=31337))


def test_every_signature_is_low_and_recovers_the_keys_address(client: Any) -> None:
    signer = open_now(new_key(client))
    for nonce in range(20):
        signed = Signed.decode(asyncio.run(signer.sign(CALL | {"nonce": nonce})))
        assert signed.sender == signer.address
        assert signed.s <= ORDER // 2
        assert signed.envelope.nonce == nonce
    assert repr(signer) == f"KmsSigner({signer.address})"


def test_an_alias_and_an_arn_are_the_same_key(client: Any) -> None:
    key = new_key(client)
    client.create_alias(AliasName="alias/node-a", TargetKeyId=key)
    arn = client.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    assert open_now("alias/node-a").address == open_now(arn).address == open_now(key).address


def test_another_chains_transaction_is_refused(client: Any) -> None:
    signer = open_now(new_key(client))
    with pytest.raises(WrongNetwork):
        asyncio.run(signer.sign(CALL | {"chainId": 1}))


def test_keys_that_cannot_sign_for_the_chain_are_one_line(client: Any) -> None:
    with pytest.raises(SignerRefused, match="no ECC_SECG_P256K1 key"):
        open_now(new_key(client, "ECC_NIST_P256"))
    with pytest.raises(SignerRefused, match="NotFoundException"):
        open_now("12345678-1234-1234-1234-123456789012")
    with pytest.raises(UsageError, match="kms:KEY: expected a key's id, its ARN or alias/NAME"):
        open_now("")


def test_a_key_that_is_gone_is_refused(client: Any) -> None:
    made = open_now(new_key(client))
    gone = "12345678-1234-1234-1234-123456789012"
    signer = KmsSigner(made._client, gone, made.address, chain_id=31337)
    with pytest.raises(SignerRefused, match=f"refused to use the key {gone}: NotFoundException"):
        asyncio.run(signer.sign(CALL))


def test_a_signature_of_another_key_is_refused(client: Any) -> None:
    first, second = open_now(new_key(client)), open_now(new_key(client))
    crossed = KmsSigner(second._client, second._key, first.address, chain_id=31337)
    with pytest.raises(SignerRefused, match=f"is not of {first.address}"):
        asyncio.run(crossed.sign(CALL))


def test_no_network_and_no_credentials_are_one_line(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key(client)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SignerUnavailable, match="AWS KMS cannot be reached"):
        open_now(key)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    with pytest.raises(UsageError, match="needs credentials"):
        open_now(key)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(UsageError, match="You must specify a region"):
        open_now(key)


def test_boto3_is_only_needed_by_who_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("boto"):
            raise ImportError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SetupMissing, match=r"pip install linkpool\[kms\]"):
        KmsSigner.open_now("key", chain_id=31337)


@pytest.mark.parametrize(
    "der",
    ["", "30", "3006", "30060201010201", "3106020101020101", "300602010102010100", "30020200"],
)
def test_what_is_no_signature_is_refused(der: str) -> None:
    with pytest.raises(SignerRefused, match="no ECDSA signature"):
        _unpacked(bytes.fromhex(der))


def test_a_signature_in_der() -> None:
    assert _unpacked(bytes.fromhex("30070202008002017f")) == (128, 127)
