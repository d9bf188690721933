# SPDX-License-Identifier: MIT
"""From a consumer's request over a bridge to an external adapter and back, on a real chain.

The node, the adapter and the exchanges behind it are servers; what an operator does is done by
commands.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from linkpool import telemetry
from linkpool.adapters.catalogue import from_file
from linkpool.adapters.serving import serving
from linkpool.chain.anvil import free_port
from linkpool.oracle.spec import template
from tests.flows.oracle_world import until_answered
from tests.flows.processes import PATIENCE
from tests.flows.program import Program
from tests.flows.test_operator_api import Node, with_node
from tests.linkpool.net.servers import INSIDE, Asked, Source, reply

BEFORE, AFTER = template("get-uint256-local").split("    fetch  ")
FETCH, AFTER = AFTER.split("    parse  ")
IDS = {
    "sync": "11111111-2222-4333-8444-555555555501",
    "later": "11111111-2222-4333-8444-555555555502",
}
DATA = r'{\\"data\\": {\\"from\\": \\"ETH\\", \\"to\\": \\"USD\\"}}'


def job(kind: str, more: str = "") -> str:
    """The bundled job with a bridge in place of its http task."""
    ask = f'    fetch [type=bridge name="asset-price" requestData="{DATA}" {more}]\n'
    text = f"{BEFORE}{ask}    parse  {AFTER}"
    lines = [line for line in text.splitlines() if not line.startswith("externalJobID")]
    lines.insert(1, f'externalJobID = "{IDS[kind]}"')
    return "\n".join(lines).replace('path="$(asked.path)"', 'path="data,result"')


@dataclass
class Exchange:
    """Answers when it may."""

    price: str
    go: asyncio.Event
    good: bool = True

    async def serve(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        await self.go.wait()
        body = json.dumps({"p": self.price, "v": "10"})
        writer.write(reply(body) if self.good else reply("", 503))


async def adapter(stack: AsyncExitStack, node: Node, folder: Path) -> Exchange:
    """asset-price over two exchanges, behind a bridge of the node."""
    exchange = Exchange("2007.50", asyncio.Event())
    exchange.go.set()
    source = await stack.enter_async_context(Source(serve=exchange.serve, host=INSIDE))
    port = free_port()
    code, made = await node("bridge", "add", "Asset-Price", f"http://{INSIDE}:{port}/")
    assert code == 0, made
    (folder / "shown").write_text(made["outgoingToken"])
    (folder / "own").write_text(made["incomingToken"])
    lines = ["max_age = 0", 'token_file = "shown"', 'answer_token_file = "own"']
    lines += [f'nodes = ["{node.place["url"]}"]', "minimum = 2"]
    for name in ("alpha", "beta"):
        lines += [f"[exchanges.{name}]", f'url = "{source.url(f"/{name}/{{BASE}}", INSIDE)}"']
        lines += ['price = "p"', 'volume = "v"']
    file = folder / "asset-price.toml"
    file.write_text("\n".join(lines))
    await stack.enter_async_context(serving(from_file("asset-price", file), port=port))
    return exchange


async def run_in(node: Node, *states: str, number: int = 0) -> dict[str, Any]:
    """The run that came last but `number`, as soon as it is in one of these states."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        _, listed = await node("run", "list")
        if len(listed["runs"]) > number:
            _, run = await node("run", "show", listed["runs"][number]["id"])
            if run["state"] in states:
                return dict(run)
        await asyncio.sleep(0.1)
    raise AssertionError(listed)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What the adapter logs in this process is not part of what commands print."""
    telemetry.configure(level="error")
    yield
    structlog.reset_defaults()


def test_requests_are_answered_through_an_adapter(pool: Program, tmp_path: Path) -> None:
    async def story(node: Node) -> None:
        async with AsyncExitStack() as stack:
            exchange = await adapter(stack, node, tmp_path)
            file = tmp_path / "bridge.toml"
            file.write_text(job("sync"))
            code, added = await node("job", "add", str(file))
            assert code == 0, added

            request = await node.made.ask(job=job("sync"))
            await until_answered(node.made, request)
            assert await node.made.number(request) == 200_750

            exchange.good = False
            await node.made.ask(job=job("sync"))
            run = await run_in(node, "errored")
            assert "bridge asset-price: answered 502: 0 of 2 exchanges" in str(run)

            code, refused = await node("bridge", "remove", "asset-price")
            assert (code, "is used by" in refused["message"]) == (2, True)

    with_node(pool, tmp_path, story)


def test_an_adapter_may_answer_later(pool: Program, tmp_path: Path) -> None:
    async def story(node: Node) -> None:
        async with AsyncExitStack() as stack:
            exchange = await adapter(stack, node, tmp_path)
            exchange.go.clear()
            file = tmp_path / "bridge.toml"
            text = job("later", 'async="true"')
            file.write_text(text)
            code, added = await node("job", "add", str(file))
            assert code == 0, added
            request = await node.made.ask(job=text)
            await run_in(node, "suspended")
            assert await node.made.number(request) == 0
            exchange.go.set()
            await until_answered(node.made, request)
            assert await node.made.number(request) == 200_750

            exchange.good = False
            await node.made.ask(job=text)
            run = await run_in(node, "errored")
            assert "0 of 2 exchanges have a price for ETH/USD" in str(run)

    with_node(pool, tmp_path, story)
