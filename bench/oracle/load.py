# SPDX-License-Identifier: MIT
"""Requests at a given rate, and the moment at which each block arrived.

One WebSocket to the chain: a block's header comes in, the requests that are due go out at once, so
they are in the next block. Nothing is polled and nothing is signed here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from bench.oracle.lab import Lab


@dataclass(slots=True)
class Load:
    """What was asked. `arrivals`: block number -> unix time at which its header came here."""

    asked: int = 0
    first: int = 0
    last: int = 0
    """Blocks between which the requests lie, both included."""
    seconds: float = 0
    arrivals: dict[int, float] = field(default_factory=dict)


async def ask_steadily(
    lab: Lab,
    source: str,
    *,
    rate: float,
    seconds: float,
    nodes: int = 1,
    stop: Callable[[], bool] = lambda: False,
) -> Load:
    """`rate` requests a second over the first `nodes` nodes in turn, until `stop` or the time is
    over; blocks have to come by the clock.
    """
    load, calldata = Load(), _Calldata(lab, source, nodes)
    url = lab.anvil.url.replace("http", "ws", 1)
    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as wire:
        await wire.send_json(_rpc(0, "eth_subscribe", ["newHeads"]))
        started = 0.0
        async for message in wire:
            now, content = time.time(), message.json()
            if "error" in content:
                raise RuntimeError(f"asking: {content['error']}")
            if content.get("method") != "eth_subscription":
                continue
            number = int(content["params"]["result"]["number"], 16)
            load.arrivals[number] = now
            if not started:
                started, load.first = now, number + 1
                continue  # one block to know their length by
            load.seconds, load.last = now - started, number
            if now - started >= seconds or stop():
                break
            # Due by the next block, were each as long as those so far.
            due = rate * load.seconds * (1 + 1 / max(1, number - load.first + 1))
            wanted = max(0, round(due) - load.asked)
            for one in calldata.of(wanted):
                request = lab.asker() | {"data": one}
                await wire.send_json(_rpc(number, "eth_sendTransaction", [request]))
            load.asked += wanted
    return load


class _Calldata:
    """Spreads requests over the nodes, the next one beginning where the last one stopped."""

    def __init__(self, lab: Lab, source: str, nodes: int) -> None:
        self._lab, self._source, self._nodes = lab, source, nodes
        self._next = 0

    def of(self, wanted: int) -> list[str]:
        counts = [wanted // self._nodes] * self._nodes
        for number in range(wanted % self._nodes):
            counts[(self._next + number) % self._nodes] += 1
        self._next = (self._next + wanted) % self._nodes
        return list(self._lab.asking(self._source, counts))


class Asking:
    """`with Asking(lab, source, rate) as load`: requests from another thread meanwhile."""

    def __init__(self, lab: Lab, source: str, rate: float) -> None:
        self._stop = threading.Event()
        self._result: list[Load] = []
        self.first = lab.rpc.head()

        def ask() -> None:
            forever, stop = 86_400.0, self._stop.is_set
            self._result.append(run_load(lab, source, rate=rate, seconds=forever, stop=stop))

        self._thread = threading.Thread(target=ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if not self._result and kind is None:
            raise RuntimeError("the load broke off")


def run_load(lab: Lab, source: str, **more: Any) -> Load:
    """`ask_steadily` for programs without a loop."""
    return asyncio.run(ask_steadily(lab, source, **more))


def _rpc(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
