# SPDX-License-Identifier: MIT
"""A key in Web3Signer (or another program that speaks `eth_signTransaction`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.chain import wire
from linkpool.chain.addresses import address as parsed
from linkpool.chain.envelope import Envelope
from linkpool.chain.refusals import detail, shown
from linkpool.chain.signers.base import SignerRefused, SignerUnavailable, compared, pinned
from linkpool.chain.transport import Address, EndpointFailed, HttpTransport, TooLarge
from linkpool.errors import UsageError

_ANSWER_BYTES: Final = 2**20
_INTERNAL: Final = -32603


class Web3Signer:
    """One account of one Web3Signer; close it when done."""

    def __init__(
        self, url: str, address: ChecksumAddress, *, chain_id: int, timeout: float = 10
    ) -> None:
        place = Address.parse(url, what="the signer's")
        if place.is_socket:
            raise UsageError("the signer's address has to start with http:// or https://")
        self.address = address
        self.chain_id = chain_id
        self.name = f"the signer at {place.name}"
        self._transport = HttpTransport(place, timeout=timeout, answer_bytes=_ANSWER_BYTES)
        self._asked = 0

    @classmethod
    def parse(cls, text: str, *, chain_id: int) -> Web3Signer:
        """`URL#0xADDRESS`."""
        url, _, account = text.rpartition("#")
        if not url:
            raise UsageError("a Web3Signer's wallet is web3signer:URL#0xADDRESS")
        return cls(url, parsed(account), chain_id=chain_id)

    def __repr__(self) -> str:
        return f"Web3Signer({self.address})"

    async def close(self) -> None:
        await self._transport.close()

    async def check(self) -> None:
        """SignerUnavailable or SignerRefused where it could not sign now."""
        accounts = await self._ask("eth_accounts", [])
        if not isinstance(accounts, list) or self.address.lower() not in [
            str(one).lower() for one in accounts
        ]:
            raise SignerRefused(f"{self.name} has no key of {self.address}: load it there")

    async def sign(self, transaction: Mapping[str, Any]) -> bytes:
        envelope = pinned(transaction, self.chain_id)
        found = await self._ask("eth_signTransaction", [self._request(envelope)])
        if isinstance(found, dict):
            found = found.get("raw")  # some answer the transaction beside its bytes
        try:
            raw = bytes.fromhex(str(found).removeprefix("0x"))
        except ValueError:
            raise SignerRefused(f"{self.name} answered no transaction: do not use it") from None
        return compared(raw, envelope, self.address, self.name)

    def _request(self, envelope: Envelope) -> dict[str, str]:
        request = {
            "from": self.address,
            "gas": hex(envelope.gas),
            "maxFeePerGas": hex(envelope.ceiling),
            "maxPriorityFeePerGas": hex(envelope.tip),
            "nonce": hex(envelope.nonce),
            "value": hex(envelope.value),
            "data": "0x" + envelope.data.hex(),
            "chainId": hex(envelope.chain_id),
        }
        if envelope.to:
            request["to"] = "0x" + envelope.to.hex()
        return request

    async def _ask(self, method: str, params: list[Any]) -> Any:
        self._asked += 1
        number = self._asked
        try:
            body = wire.compose([(method, params)], number)
            answer = await self._transport.exchange(body, range(number, number + 1))
        except EndpointFailed as failure:
            raise SignerUnavailable(f"{self.name} cannot be used: {failure.reason}") from None
        except TooLarge:
            raise SignerRefused(f"{self.name} answered too much: do not use it") from None
        if not isinstance(answer, dict):
            raise SignerRefused(f"{self.name} does not speak JSON-RPC: check its address")
        if told := answer.get("error"):
            message, code, _ = detail(told)
            kind = SignerUnavailable if code == _INTERNAL else SignerRefused
            raise kind(f"{self.name} refused {method}: {shown(message)}")
        if answer.get("id") != number:
            raise SignerRefused(f"{self.name} answered another question: do not use it")
        return answer.get("result")
