# SPDX-License-Identifier: MIT
"""A key in Web3Signer: what it signs is used only where it is what was asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from eth_account import Account

from linkpool.chain.signers.base import SignerRefused, SignerUnavailable
from linkpool.chain.signers.web3signer import Web3Signer
from linkpool.errors import LinkPoolError, UsageError, WrongNetwork
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.signer_stub import ADDRESS, KEY, StubSigner

CALL: dict[str, Any] = {
    "type": 2,
    "chainId": 31337,
    "nonce": 5,
    "gas": 100_000,
    "maxFeePerGas": 2_000_000_000,
    "maxPriorityFeePerGas": 1_000_000_000,
    "value": 7,
    "data": bytes(range(40)),
    "to": "0x" + "11" * 20,
}
CREATION = {key: given for key, given in CALL.items() if key != "to"}


def sign(stub: StubSigner, transaction: dict[str, Any], *, lie: str | None = None) -> bytes:
    async def story() -> bytes:
        async with stub:
            stub.lie = lie
            signer = Web3Signer(stub.url, ADDRESS, chain_id=31337, timeout=0.5)
            try:
                return await signer.sign(transaction)
            finally:
                await signer.close()

    return asyncio.run(story())


@pytest.mark.parametrize("lie", [None, "object"])
@pytest.mark.parametrize("transaction", [CALL, CREATION])
def test_it_signs_what_it_is_asked_to(transaction: dict[str, Any], lie: str | None) -> None:
    stub = StubSigner()
    raw = sign(stub, transaction, lie=lie)
    assert raw == bytes(Account.sign_transaction(transaction, KEY).raw_transaction)
    assert stub.asked[0]["method"] == "eth_signTransaction"
    assert stub.asked[0]["params"][0]["from"] == ADDRESS


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        ("chain id", "signed another chain id than asked"),
        ("nonce", "signed another nonce than asked"),
        ("gas", "signed another gas than asked"),
        ("value", "signed another value than asked"),
        ("ceiling", "signed another ceiling than asked"),
        ("data", "signed another data than asked"),
        ("to", "signed another to than asked"),
        ("address", f"did not sign with {ADDRESS}"),
        ("high s", f"did not sign with {ADDRESS}"),
        ("no transaction", "answered no transaction"),
        ("truncated", "answered no EIP-1559 transaction"),
        ("legacy", "answered no EIP-1559 transaction"),
        ("garbage", "does not speak JSON-RPC"),
        ("another question", "answered another question"),
        ("no key", "refused eth_signTransaction: Signing from account is not supported"),
    ],
)
def test_a_signer_that_lies_is_not_used(lie: str, complaint: str) -> None:
    with pytest.raises(SignerRefused, match=complaint) as caught:
        sign(StubSigner(), CALL, lie=lie)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        ("slow", r"no answer in 0\.5 s"),
        ("502", "HTTP 502"),
        ("internal", "Internal error"),
    ],
)
def test_a_signer_that_is_away_is_worth_another_try(lie: str, complaint: str) -> None:
    with pytest.raises(SignerUnavailable, match=rf"the signer at 127\.0\.0\.1:\d+ .*{complaint}"):
        sign(StubSigner(), CALL, lie=lie)


def test_another_chains_transaction_is_not_even_sent() -> None:
    stub = StubSigner()
    with pytest.raises(WrongNetwork):
        sign(stub, CALL | {"chainId": 1})
    assert stub.asked == []


@awaited
async def test_a_check_finds_a_missing_key() -> None:
    async with StubSigner() as stub:
        signer = Web3Signer(stub.url, ADDRESS, chain_id=31337)
        await signer.check()
        stub.lie = "no key"
        with pytest.raises(SignerRefused, match=f"has no key of {ADDRESS}"):
            await signer.check()
        await signer.close()


@awaited
async def test_tokens_of_its_address_are_hidden() -> None:
    signer = Web3Signer("http://me:s3cret@127.0.0.1:1/s3cret", ADDRESS, chain_id=31337)
    with pytest.raises(LinkPoolError) as caught:
        await signer.sign(CALL)
    assert "s3cret" not in f"{caught.value!r} {signer!r} {vars(signer)}"
    await signer.close()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("http://host", "web3signer:URL#0xADDRESS"),
        ("http://host#0x12", "no address"),
        (f"ftp://host#{ADDRESS}", "the signer's address has to start"),
        (f"ws://host#{ADDRESS}", "the signer's address has to start"),
    ],
)
def test_a_wrong_name_is_one_line(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        Web3Signer.parse(text, chain_id=31337)
