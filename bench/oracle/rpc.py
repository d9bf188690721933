# SPDX-License-Identifier: MIT
"""JSON-RPC of the measured chain without any of the measured code: plain requests, and batches."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any, Self, cast
from urllib.parse import urlsplit

Batch = Iterable[tuple[str, Sequence[Any]]]


class Rpc:
    """One kept connection. A refused request is a RuntimeError with what the chain said."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def __call__(self, method: str, *params: Any) -> Any:
        return self.batch([(method, params)])[0]

    def batch(self, calls: Batch) -> list[Any]:
        """The results in the order of the calls."""
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(calls)
        ]
        if not body:
            return []
        self._http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answers = cast(list[dict[str, Any]], json.loads(self._http.getresponse().read()))
        for answer in answers:
            if "error" in answer:
                raise RuntimeError(f"{body[answer['id']]['method']}: {answer['error']}")
        return [answer["result"] for answer in sorted(answers, key=lambda one: int(one["id"]))]

    def number(self, method: str, *params: Any) -> int:
        return int(self(method, *params), 16)

    def head(self) -> int:
        return self.number("eth_blockNumber")

    def mined(self, txs: Sequence[str], *, seconds: float = 30) -> list[dict[str, Any]]:
        """Receipts of all of them, which have to have succeeded."""
        end = time.monotonic() + seconds
        while True:
            found = self.batch([("eth_getTransactionReceipt", [tx]) for tx in txs])
            if all(found):
                break
            if time.monotonic() > end:
                raise RuntimeError(f"{found.count(None)} of {len(txs)} are not mined")
            time.sleep(0.02)
        failed = [one["transactionHash"] for one in found if one["status"] != "0x1"]
        if failed:
            raise RuntimeError(f"reverted: {failed}")
        return found
