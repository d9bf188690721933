# SPDX-License-Identifier: MIT
"""A private anvil driven one request after the other: impersonated senders, exact receipts."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, cast

from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from linkpool.chain.anvil import Anvil
from linkpool.chain.calls import Call, Log
from linkpool.chain.codec import codec
from linkpool.chain.connection import Connection
from linkpool.chain.contracts.base import Contract
from linkpool.chain.reverts import revert_reason
from linkpool.errors import TxReverted

GAS = 16_000_000
"""Gas limit of every transaction: below that of one transaction on Ethereum (EIP-7825)."""

_RICH = 10**22
_BLOCK_GAS = 200_000_000
_START = 1_900_000_800
_LOOKS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A mined transaction that succeeded."""

    tx: str
    gas: int
    block: int
    created: ChecksumAddress | None
    logs: tuple[Log, ...]


def account(name: str) -> ChecksumAddress:
    """The same address for the same name, without a key: the chain signs for everybody."""
    return to_checksum_address(keccak(text=f"bench.{name}")[-20:])


class Chain:
    """`with Chain.start() as chain`. Every sender may send; each transaction gets its own block."""

    def __init__(self, process: Anvil) -> None:
        self._process = process
        self._http = http.client.HTTPConnection("127.0.0.1", process.port, timeout=120)
        self._rich: set[str] = set()
        # Bindings only keep it: here the calls they make go out through this class.
        self.connection = Connection(process.url, timeout=20)

    @classmethod
    def start(cls) -> Self:
        process = Anvil.start()
        try:
            chain = cls(process)
            chain.rpc("anvil_autoImpersonateAccount", True)
            chain.rpc("evm_setBlockGasLimit", hex(_BLOCK_GAS))
            # A clock of its own: a timestamp's zero bytes are cheaper than its others.
            chain.rpc("evm_setNextBlockTimestamp", _START)
            chain.rpc("anvil_setBlockTimestampInterval", 1)
            chain.mine()
        except BaseException:
            process.stop()
            raise
        return chain

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._process.stop()

    # ---- Raw ----

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of one request; TxReverted where a contract refused."""
        answer = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if failure := answer.get("error"):
            reason = revert_reason(str(failure.get("message", "")), failure.get("data"))
            if reason is None:
                raise RuntimeError(f"{method}: {failure}")
            raise TxReverted(reason)
        return answer["result"]

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        self._http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        return cast(dict[str, Any], json.loads(self._http.getresponse().read()))

    # ---- Transactions ----

    def send(self, call: Call, sender: ChecksumAddress) -> Receipt:
        """Mined in a block of its own; TxReverted with its reason where it fails."""
        request = self._request(call, sender)
        try:
            found = self._mined(self.rpc("eth_sendTransaction", request))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None
        if int(found["status"], 16) != 1:
            raise TxReverted(self._why(request), call.what)
        return _receipt(found)

    def _mined(self, tx: str) -> dict[str, Any]:
        """Its receipt as the chain gives it; a block is asked for where the chain forgets to."""
        for look in range(_LOOKS):
            found = self.rpc("eth_getTransactionReceipt", tx)
            if found is not None:
                return cast(dict[str, Any], found)
            if look % 500 == 499:
                self.mine()
            time.sleep(0.001)
        raise RuntimeError(f"{tx} is not mined")

    def queue(self, call: Call, sender: ChecksumAddress, *, nonce: int, gas: int) -> None:
        """Hands a transaction in without waiting; for use inside `by_hand`."""
        request = self._request(call, sender) | {"nonce": hex(nonce), "gas": hex(gas)}
        self.rpc("eth_sendTransaction", request)

    @contextmanager
    def by_hand(self) -> Iterator[None]:
        """No block but those that `mine` makes."""
        self.rpc("evm_setAutomine", False)
        yield
        self.mine()
        self.rpc("evm_setAutomine", True)

    def mine(self) -> None:
        self.rpc("evm_mine")

    def nonce(self, sender: ChecksumAddress) -> int:
        return int(self.rpc("eth_getTransactionCount", sender, "latest"), 16)

    def fund(self, sender: ChecksumAddress) -> None:
        """ETH enough for any number of transactions, once."""
        if sender not in self._rich:
            self.rpc("anvil_setBalance", sender, hex(_RICH))
            self._rich.add(sender)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is done inside never was."""
        kept, rich = self.rpc("evm_snapshot"), set(self._rich)
        try:
            yield
        finally:
            self.rpc("evm_revert", kept)
            self._rich = rich

    @property
    def now(self) -> int:
        """Timestamp of the latest block."""
        return self.time("latest")

    def time(self, block: int | str) -> int:
        """Timestamp of a block."""
        named = block if isinstance(block, str) else hex(block)
        return int(self.rpc("eth_getBlockByNumber", named, False)["timestamp"], 16)

    def advance(self, seconds: int) -> None:
        """Let time pass and make a block."""
        self.rpc("evm_setNextBlockTimestamp", self.now + seconds)
        self.mine()

    def _request(self, call: Call, sender: ChecksumAddress) -> dict[str, str]:
        self.fund(sender)
        request = {
            "from": sender,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
            "gas": hex(call.gas or GAS),
        }
        return request if call.to is None else request | {"to": call.to}

    def _why(self, request: dict[str, str]) -> str:
        try:
            self.rpc("eth_call", request, "latest")
        except TxReverted as error:
            return error.reason
        return "no reason given"

    # ---- Reads ----

    def read(self, contract: Contract, function: str, *arguments: Any) -> Any:
        """One value, or a tuple where the function returns more."""
        raw = self.view(call_of(contract.NAME, contract.address, function, *arguments))
        return contract.codec.decode(function, raw)

    def view(self, call: Call, sender: ChecksumAddress | None = None) -> bytes:
        """The bytes a call would return now."""
        request = self._request(call, sender or account("nobody"))
        return bytes.fromhex(self.rpc("eth_call", request, "latest")[2:])

    def trace(self, call: Call, sender: ChecksumAddress) -> list[dict[str, Any]]:
        """Every instruction the call would run on top of the latest block, with its stack."""
        request = self._request(call, sender)
        found = self.rpc("debug_traceCall", request, "latest", {"disableStorage": True})
        return cast(list[dict[str, Any]], found["structLogs"])

    def within(self, done: Receipt, account: ChecksumAddress, function: str) -> int:
        """Gas of one function of one account inside a mined transaction, refunds not taken off."""
        selector = "0x" + function_signature_to_4byte_selector(function).hex()
        top = self.rpc("debug_traceTransaction", done.tx, {"tracer": "callTracer"})
        (found,) = (
            frame
            for frame in _frames(top)
            if frame["to"] == account.lower() and frame["input"].startswith(selector)
        )
        return int(found["gasUsed"], 16)


def _frames(top: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A call and all below it."""
    yield top
    for frame in top.get("calls", ()):
        yield from _frames(frame)


def call_of(name: str, to: ChecksumAddress, function: str, *arguments: Any) -> Call:
    """A call that no binding has, after the ABI of contract `name`."""
    data = codec(name).encode(function, arguments)
    return Call(to=to, data=data, what=f"{name}.{function}")


def _receipt(found: dict[str, Any]) -> Receipt:
    created = found.get("contractAddress")
    return Receipt(
        tx=found["transactionHash"],
        gas=int(found["gasUsed"], 16),
        block=int(found["blockNumber"], 16),
        created=to_checksum_address(created) if created else None,
        logs=tuple(_log(one) for one in found["logs"]),
    )


def _log(found: dict[str, Any]) -> Log:
    return Log(
        address=to_checksum_address(found["address"]),
        topics=tuple(bytes.fromhex(topic[2:]) for topic in found["topics"]),
        data=bytes.fromhex(found["data"][2:]),
        block=int(found["blockNumber"], 16),
        block_hash=bytes.fromhex(found["blockHash"][2:]),
        tx=found["transactionHash"],
        index=int(found["logIndex"], 16),
    )
