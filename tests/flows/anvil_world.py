# SPDX-License-Identifier: MIT
"""The machine's chain (tests/contracts/stateful/world.py) on anvil: a block for each transaction.

Anybody sends: accounts are impersonated. What a transaction returns is what a call before it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import sleep
from typing import Any

import httpx
from eth_utils.crypto import keccak

from linkpool.chain.anvil import Anvil
from tests.contracts.stateful.world import Log, Outcome

GAS = hex(16_000_000)
RICH = hex(10**24)


class AnvilWorld:
    """`time` is that of the next block, `block` its number."""

    def __init__(self, anvil: Anvil) -> None:
        self._client = httpx.Client(base_url=anvil.url, trust_env=False, timeout=60)
        self._known: set[str] = set()
        self._failed = ""
        newest = self._rpc("eth_getBlockByNumber", "latest", False)
        self._latest = int(newest["number"], 16)
        self._latest_time = self._time = int(newest["timestamp"], 16)
        self._rpc("anvil_autoImpersonateAccount", True)

    @property
    def time(self) -> int:
        return max(self._time, self._latest_time + 1)

    @time.setter
    def time(self, seconds: int) -> None:
        self._time = seconds

    @property
    def block(self) -> int:
        return self._latest + 1

    @block.setter
    def block(self, number: int) -> None:
        """Anvil counts its blocks itself: one for each transaction, however long one waits."""

    def deploy(self, sender: str, code: bytes) -> str:
        receipt = self._mined({"from": sender, "data": "0x" + code.hex()})
        assert receipt["status"] == "0x1", "a deployment failed"
        return str(receipt["contractAddress"])

    def send(self, sender: str, to: str, data: bytes) -> Outcome:
        call = {"from": sender, "to": to, "data": "0x" + data.hex()}
        said = self._post([("eth_call", (call | {"gas": GAS}, "latest"))])[0].get("result", "0x")
        receipt = self._mined(call)
        if receipt["status"] != "0x1":
            self._failed = f"transaction {receipt['transactionHash']} reverted"
            return Outcome(False, b"")
        return Outcome(True, _bytes(said), tuple(map(_log, receipt["logs"])))

    def peek(self, to: str, data: bytes) -> bytes:
        return self.peek_all([(to, data)])[0]

    def peek_all(self, calls: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """Many in one message."""
        answers = self._post(
            [("eth_call", ({"to": to, "data": "0x" + data.hex()}, "latest")) for to, data in calls]
        )
        return [_bytes(answer["result"]) for answer in answers]

    def code_hash(self, address: str) -> bytes:
        return bytes(keccak(_bytes(self._rpc("eth_getCode", address, "latest"))))

    def trace(self) -> str:
        return self._failed

    def close(self) -> None:
        self._client.close()

    def _mined(self, call: dict[str, str]) -> dict[str, Any]:
        if call["from"] not in self._known:
            self._known.add(call["from"])
            self._rpc("anvil_setBalance", call["from"], RICH)
        now = self.time
        self._rpc("evm_setNextBlockTimestamp", now)
        hash_ = self._rpc("eth_sendTransaction", call | {"gas": GAS})
        while (receipt := self._rpc("eth_getTransactionReceipt", hash_)) is None:
            sleep(0.001)  # anvil mines beside its answers
        self._latest, self._latest_time = int(receipt["blockNumber"], 16), now
        found: dict[str, Any] = receipt
        return found

    def _rpc(self, method: str, *params: Any) -> Any:
        answer = self._post([(method, params)])[0]
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _post(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[dict[str, Any]]:
        body = [
            {"jsonrpc": "2.0", "id": i, "method": method, "params": list(params)}
            for i, (method, params) in enumerate(calls)
        ]
        answers: list[dict[str, Any]] = self._client.post("/", json=body).json()
        return sorted(answers, key=lambda answer: answer["id"])


def _bytes(word: str) -> bytes:
    return bytes.fromhex(word.removeprefix("0x"))


def _log(entry: dict[str, Any]) -> Log:
    topics = tuple(map(_bytes, entry["topics"]))
    return Log(entry["address"].lower(), topics, _bytes(entry["data"]))
