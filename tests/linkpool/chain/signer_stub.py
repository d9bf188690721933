# SPDX-License-Identifier: MIT
"""Programs that keep keys: a Web3Signer that can be told to lie, and AWS KMS as moto has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import boto3
import httpx
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from eth_account import Account
from eth_utils.address import to_checksum_address
from moto.kms.utils import ECDSAPrivateKey
from moto.server import ThreadedMotoServer

from linkpool.chain.envelope import ORDER, Signed

KEY = b"\7" * 32
ADDRESS = Account.from_key(KEY).address
REGION = "eu-central-1"


class StubSigner:
    """`async with StubSigner() as stub`: signs what it is asked to with KEY, if it does not lie."""

    def __init__(self, *, chain_id: int = 31337) -> None:
        self.chain_id = chain_id
        self.lie: str | None = None
        self.asked: list[dict[str, Any]] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def wallet(self) -> str:
        """As the command line names it."""
        return f"web3signer:{self.url}#{ADDRESS}"

    async def _take(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        self.asked.append(asked)
        if self.lie == "slow":
            await asyncio.sleep(60)
        if self.lie == "502":
            return web.Response(status=502, text="bad gateway")
        if self.lie == "garbage":
            return web.Response(text="<html>")
        answer = {"jsonrpc": "2.0", "id": asked["id"]} | self._answer(
            asked["method"], asked["params"]
        )
        return web.json_response(answer | ({"id": 99} if self.lie == "another question" else {}))

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        if method == "eth_accounts":
            return {"result": [] if self.lie == "no key" else [ADDRESS.lower()]}
        if self.lie == "no key":
            message = "Signing from account is not supported by this signer"
            return {"error": {"code": -32000, "message": message}}
        if self.lie == "internal":
            return {"error": {"code": -32603, "message": "Internal error"}}
        if self.lie == "no transaction":
            return {"result": "0xzz"}
        if self.lie == "truncated":
            return {"result": self._signed(params[0])[:-2]}
        if self.lie == "legacy":
            return {"result": self._legacy(params[0])}
        if self.lie == "object":
            return {"result": {"raw": self._signed(params[0]), "tx": {}}}
        return {"result": self._signed(params[0])}

    def _signed(self, request: dict[str, Any]) -> str:
        asked: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": int(request["nonce"], 16),
            "gas": int(request["gas"], 16),
            "maxFeePerGas": int(request["maxFeePerGas"], 16),
            "maxPriorityFeePerGas": int(request["maxPriorityFeePerGas"], 16),
            "value": int(request["value"], 16),
            "data": request["data"],
        }
        if "to" in request:
            asked["to"] = to_checksum_address(request["to"])
        match self.lie:
            case "chain id":
                asked["chainId"] = 1
            case "nonce" | "gas" | "value":
                asked[self.lie] += 1
            case "ceiling":
                asked["maxFeePerGas"] += 1
            case "data":
                asked["data"] = "0xff"
            case "to":
                asked["to"] = "0x" + "66" * 20
        key = b"\6" * 32 if self.lie == "address" else KEY
        raw = bytes(Account.sign_transaction(asked, key).raw_transaction)
        if self.lie == "high s":
            signed = Signed.decode(raw)
            raw = signed.envelope.signed(1 - signed.v, signed.r, ORDER - signed.s)
        return "0x" + raw.hex()

    def _legacy(self, request: dict[str, Any]) -> str:
        asked = {
            "chainId": self.chain_id,
            "nonce": int(request["nonce"], 16),
            "gas": int(request["gas"], 16),
            "gasPrice": int(request["maxFeePerGas"], 16),
            "value": 0,
            "to": "0x" + "66" * 20,
        }
        return "0x" + bytes(Account.sign_transaction(asked, KEY).raw_transaction).hex()


@contextmanager
def kms(patch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an AWS KMS on the loopback, which the environment points to."""
    patch.setattr(ECDSAPrivateKey, "sign", _sign_digest)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    patch.setenv("AWS_ACCESS_KEY_ID", "testing")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    patch.setenv("AWS_DEFAULT_REGION", REGION)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # Keys and aliases lie in this process, also those of a server that has been stopped.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    try:
        yield boto3.client("kms")
    finally:
        server.stop()


def new_key(client: Any, spec: str = "ECC_SECG_P256K1") -> str:
    """The id of a new key."""
    made = client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["KeyId"])


def _sign_digest(self: ECDSAPrivateKey, message: bytes, _algorithm: str) -> bytes:
    """As AWS does it with MessageType DIGEST: moto 5.2.5 hashes the digest once more."""
    assert len(message) == 32
    signature: bytes = self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))
    return signature
