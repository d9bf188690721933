# SPDX-License-Identifier: MIT
"""Keys that are kept elsewhere sign for the command line, on a real chain."""

from __future__ import annotations

from typing import Any

import pytest

from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.sender import Sender
from linkpool.chain.signers.kms import KmsSigner
from linkpool.units import Wei, link
from tests.flows.program import DEV, Program
from tests.flows.signing import served
from tests.linkpool.chain.signer_stub import ADDRESS, StubSigner, kms, new_key

NODE = DEV[9].address
RICH = hex(10**19)


def staked_with(pool: Program, wallet: str, address: Any, *more: str) -> Any:
    """A node is made, the wallet gets ether and LINK and stakes with them."""
    pool.sign("node", "create", NODE, "--operator", DEV[8].address, "--limit", "1000")
    pool.anvil.rpc("anvil_setBalance", address, RICH)
    pool.send(lambda suite: suite.link.transfer(address, link("5")))
    return pool("stake", NODE, "5", "--wallet", wallet, "--yes", *more)


def test_a_stake_signed_by_web3signer(pool: Program) -> None:
    with served(StubSigner()) as stub:
        done = staked_with(pool, stub.wallet, ADDRESS)
        assert done.code == 0, done.err
        shown = pool("wallet", "show", "--wallet", stub.wallet, "--json").json
        assert shown["address"] == ADDRESS and shown["juels"] == "0"


@pytest.mark.parametrize(
    ("lie", "code", "complaint"),
    [
        ("chain id", 2, "signed another chain id than asked"),
        ("address", 2, f"did not sign with {ADDRESS}"),
        ("502", 3, "cannot be used: HTTP 502"),
    ],
)
def test_a_web3signer_that_fails_is_one_line_and_sends_nothing(
    pool: Program, lie: str, code: int, complaint: str
) -> None:
    with served(StubSigner()) as stub:
        stub.lie = lie
        refused = staked_with(pool, stub.wallet, ADDRESS)
        assert refused.code == code
        assert complaint in refused.err.splitlines()[-1]
        assert int(pool.anvil.rpc("eth_getTransactionCount", ADDRESS, "pending"), 16) == 0


def test_a_stake_signed_by_kms(pool: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with kms(monkeypatch) as client:
        key = new_key(client)
        address = KmsSigner.open_now(key, chain_id=31337).address
        done = staked_with(pool, f"kms:{key}", address)
        assert done.code == 0, done.err
        assert pool("wallet", "show", "--wallet", f"kms:{key}", "--json").json["address"] == address


def test_twenty_transactions_of_a_kms_key_are_mined(
    pool: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kms(monkeypatch) as client:
        signer = KmsSigner.open_now(new_key(client), chain_id=31337)
        pool.anvil.rpc("anvil_setBalance", signer.address, RICH)

        async def twenty(connection: Connection) -> int:
            sender = Sender(connection, signer)
            for _ in range(20):
                await sender.send(Call(to=NODE, data=b"", value=Wei(1), what="gift"))
            return await connection.nonce(signer.address)

        assert pool.ask(twenty) == 20


@pytest.mark.parametrize(
    ("wallet", "complaint"),
    [
        ("web3signer:http://me:token@host", "web3signer:URL#0xADDRESS"),
        (f"web3signer:host#{ADDRESS}", "the signer's address has to start with"),
        (f"web3signer:http://token:token@127.0.0.1:1/token#{ADDRESS}", "the signer at 127.0.0.1:1"),
        ("dev:x", "'dev:x' is no development key"),
        ("nobody", "no wallet 'nobody'"),
    ],
)
def test_a_wrong_wallet_is_one_line_without_tokens(
    pool: Program, wallet: str, complaint: str
) -> None:
    refused = staked_with(pool, wallet, ADDRESS)
    assert refused.code in (2, 3)
    assert complaint in refused.err.splitlines()[-1]
    assert "token" not in refused.err
