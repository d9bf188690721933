# SPDX-License-Identifier: MIT
"""EIP-1559 bytes as an independent implementation makes them."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from rlp.codec import length_prefix

from linkpool.chain.accounts import KeySigner, development
from linkpool.chain.envelope import ORDER, Envelope, Signed, recovered
from linkpool.errors import UsageError, WrongNetwork

WORD = 2**64 - 1
TRANSACTIONS = st.fixed_dictionaries(
    {
        "type": st.just(2),
        "chainId": st.just(31337),
        "nonce": st.integers(0, WORD),
        "gas": st.integers(21_000, WORD),
        "maxFeePerGas": st.integers(0, 2**128),
        "maxPriorityFeePerGas": st.integers(0, 2**128),
        "value": st.integers(0, 2**128),
        "data": st.binary(max_size=300),
    },
    optional={"to": st.binary(min_size=20, max_size=20).map(to_checksum_address)},
)
SIMPLE: dict[str, Any] = {
    "type": 2,
    "chainId": 31337,
    "nonce": 1,
    "gas": 21_000,
    "maxFeePerGas": 2,
    "maxPriorityFeePerGas": 1,
    "value": 0,
    "data": b"",
    "to": "0x" + "11" * 20,
}


@given(transaction=TRANSACTIONS, key=st.integers(1, ORDER - 1).map(lambda n: n.to_bytes(32, "big")))
def test_signed_bytes_are_those_of_another_implementation(
    transaction: dict[str, Any], key: bytes
) -> None:
    raw = asyncio.run(KeySigner(key, chain_id=31337).sign(transaction))
    assert raw == bytes(Account.sign_transaction(transaction, key).raw_transaction)
    signed = Signed.decode(raw)
    assert signed.envelope == Envelope.of(transaction)
    assert signed.sender == Account.from_key(key).address
    assert signed.s <= ORDER // 2


@given(raw=st.binary(max_size=200) | st.binary(max_size=200).map(lambda raw: b"\2" + raw))
def test_bytes_that_are_no_transaction_are_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        Signed.decode(raw)


@pytest.mark.parametrize(
    "items", [[], [b""] * 12, [b""] * 8 + [[]] + [b""] * 2, [[]] * 12, [b"", [b""]] * 6]
)
def test_lists_of_another_shape_are_a_value_error(items: Any) -> None:
    with pytest.raises(ValueError, match="right fields"):
        Signed.decode(b"\2" + rlp.encode(items))


def test_a_list_of_lists_without_end_is_a_value_error() -> None:
    nested = b"\xc0"
    for _ in range(2_000):
        nested = length_prefix(len(nested), 0xC0) + nested
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)  # as programs have it; the libraries of some tests raise it
    try:
        with pytest.raises(ValueError, match="no RLP"):
            Signed.decode(b"\2" + nested)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    "change",
    [
        {"type": 1},
        {"gasPrice": 5},
        {"accessList": [{"address": "0x", "storageKeys": []}]},
        {"from": "0x"},
        {"authorizationList": []},
    ],
)
def test_what_would_be_left_out_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no EIP-1559 transaction"):
        Envelope.of(SIMPLE | change)


def test_a_transaction_of_another_chain_is_not_signed() -> None:
    with pytest.raises(WrongNetwork, match=r"signer is for local .* transaction for mainnet"):
        asyncio.run(development(0, chain_id=31337).sign(SIMPLE | {"chainId": 1}))


def test_the_higher_form_of_a_signature_is_nobodys() -> None:
    signer = development(0, chain_id=31337)
    signed = Signed.decode(asyncio.run(signer.sign(SIMPLE)))
    digest = signed.envelope.digest
    assert recovered(digest, signed.v, signed.r, signed.s) == signer.address
    assert recovered(digest, 1 - signed.v, signed.r, ORDER - signed.s) is None
    assert recovered(digest, signed.v, 0, signed.s) is None
    assert recovered(digest, 7, signed.r, signed.s) is None
