# SPDX-License-Identifier: MIT
"""Whole jobs through bridges to the package's adapters: all of them real servers, no chain."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from linkpool.adapters.catalogue import from_file
from linkpool.adapters.serving import serving
from linkpool.net import HttpClient
from linkpool.oracle import pipeline
from linkpool.oracle.bridges import Bridges, registry
from linkpool.oracle.graph import parse
from linkpool.oracle.results import PendingBridge, Run, TaskState
from linkpool.oracle.world import RunIdentity, World
from linkpool.store.database import Database
from tests.linkpool.net.servers import INSIDE, Source, reply

TICKERS = {"alpha": ("2000", "10"), "beta": ("2010", "30"), "gamma": ("900000", "99999")}
PRICE = """
    ask    [type=bridge name="{name}" {more}
            requestData="{{\\"data\\": {{\\"from\\": $(coin), \\"to\\": \\"USD\\"}}}}"]
    result [type=jsonparse path="data,result"]
    cents  [type=multiply times=100]
    ask -> result -> cents
"""


@dataclass
class Stage:
    """Exchanges, a node that only listens, and a client of bridges."""

    folder: Path
    stack: AsyncExitStack
    exchanges: dict[str, Source]
    node: Source
    bridges: Bridges
    database: Database
    world: World

    async def adapter(self, name: str, settings: str, **tokens: str) -> registry.NewBridge:
        """The adapter runs behind a bridge of its name, each knowing the other's token."""
        draft = registry.BridgeDraft(name=name, url="http://later")
        made = await self.database.write(lambda c: registry.add(c, draft, 1.0))
        (self.folder / "shown").write_text(tokens.get("shown", made.outgoing_token))
        (self.folder / "own").write_text(made.incoming_token)
        file = self.folder / f"{name}.toml"
        top = f'token_file = "shown"\nanswer_token_file = "own"\nmax_age = 0\n{settings}'
        file.write_text(top)
        url = await self.stack.enter_async_context(serving(from_file(name, file)))
        there = replace(draft, url=url)
        await self.database.write(lambda c: registry.update(c, name, there, 2.0))
        return made

    def prices(self, more: str = "") -> str:
        lines = [more, "minimum = 2"]
        for name, source in self.exchanges.items():
            lines += [f"[exchanges.{name}]", f'url = "{source.url("/{BASE}/{QUOTE}", INSIDE)}"']
            lines += ['price = "p"', 'volume = "v"']
        return "\n".join(lines)

    async def run(self, source: str, **known: Any) -> Run:
        return await pipeline.run(parse(source), {"coin": "eth"}, self.world, **known)


def play(database: Database, folder: Path, story: Callable[[Stage], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with AsyncExitStack() as stack:
            exchanges = {}
            for name, (price, volume) in TICKERS.items():
                raw = reply(json.dumps({"p": price, "v": volume}))
                source = Source(lambda asked, raw=raw: raw, host=INSIDE)  # type: ignore[misc]
                exchanges[name] = await stack.enter_async_context(source)
            node = await stack.enter_async_context(Source(host=INSIDE))
            http = await stack.enter_async_context(HttpClient())
            bridges = Bridges(http, database, response_url=node.url("/", INSIDE))
            world = World(http, bridges=bridges, run=RunIdentity("1", "9"))
            stage = Stage(folder, stack, exchanges, node, bridges, database, world)
            async with asyncio.timeout(30):
                await story(stage)
            await bridges.close()

    asyncio.run(whole())


def test_a_price_comes_through(database: Database, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter("asset-price", stage.prices())
        run = await stage.run(PRICE.format(name="Asset-Price", more=""))
        assert run.error is None
        assert run.outputs == [Decimal("200750")]
        body = json.loads(run.tasks["ask"].value)
        assert body["jobRunID"] == "9"
        assert body["data"]["warnings"] == ["gamma: price is too far from the others'"]

    play(database, tmp_path, story)


def test_an_error_of_the_adapter_is_the_runs(database: Database, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter("asset-price", stage.prices())
        stage.exchanges["beta"].reply = lambda asked: reply("<html>")
        run = await stage.run(PRICE.format(name="asset-price", more=""))
        assert str(run.error).startswith(
            "ask: bridge asset-price: answered 502: 0 of 3 exchanges have a price for ETH/USD"
        )
        wrong = PRICE.format(name="asset-price", more="").replace("$(coin)", "5")
        assert "answered 400: data.from: " in str((await stage.run(wrong)).error)

    play(database, tmp_path, story)


def test_the_last_good_answer_stands_in(database: Database, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter("asset-price", stage.prices())
        source = PRICE.format(name="asset-price", more='cacheTTL="60s"')
        assert (await stage.run(source)).outputs == [Decimal("200750")]
        for exchange in stage.exchanges.values():
            exchange.reply = lambda asked: reply("", 500)
        assert (await stage.run(source)).outputs == [Decimal("200750")]
        await stage.bridges.close()
        again = Bridges(stage.world.http, database)
        world = replace(stage.world, bridges=again)
        run = await pipeline.run(parse(source), {"coin": "eth"}, world)
        assert run.outputs == [Decimal("200750")]
        assert again.counters.cache_hits["asset-price"] == 1

    play(database, tmp_path, story)


def test_an_answer_comes_later(database: Database, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        nodes = f'nodes = ["{stage.node.url("", INSIDE)}"]'
        made = await stage.adapter("asset-price", stage.prices(nodes))
        source = PRICE.format(name="asset-price", more='async="true"')
        first = await stage.run(source)
        [waiting] = first.suspended
        assert waiting.value == PendingBridge("asset-price")
        while not stage.node.asked:
            await asyncio.sleep(0.01)
        [answered] = stage.node.asked
        assert answered.method == "PATCH"
        assert answered.path == f"/v2/resume/{stage.world.run.task_run_id('ask')}"
        shown = answered.headers["authorization"].removeprefix("Bearer ")
        may = await database.read(lambda c: registry.may_resume(c, "asset-price", shown))
        assert may and shown == made.incoming_token
        value = json.loads(answered.body)["value"]
        known = dict(first.tasks)
        known["ask"] = replace(waiting, state=TaskState.COMPLETED, value=value)
        assert (await stage.run(source, known=known)).outputs == [Decimal("200750")]

    play(database, tmp_path, story)


def test_an_adapter_that_does_not_know_the_node_refuses_it(
    database: Database, tmp_path: Path
) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter("asset-price", stage.prices(), shown="another")
        run = await stage.run(PRICE.format(name="asset-price", more=""))
        assert "answered 401: expected the bridge's outgoing token" in str(run.error)

    play(database, tmp_path, story)


GENERIC = """
    ask [type=bridge name=generic
         requestData="{\\"data\\": {\\"url\\": $(where), \\"path\\": \\"p\\"}}"]
    result [type=jsonparse path=result]
    ask -> result
"""
AGGREGATE = """
    ask [type=bridge name="api-aggregator"
         requestData="{\\"data\\": {\\"urls\\": $(urls), \\"paths\\": \\"p\\", \\"minimum\\": 3}}"]
    result [type=jsonparse path=result]
    ask -> result
"""


@pytest.mark.parametrize(
    ("where", "said"), [("ETH/USD", ""), ("../admin", "answered 400: url '../admin'")]
)
def test_generic_answers_below_its_address(
    database: Database, tmp_path: Path, where: str, said: str
) -> None:
    async def story(stage: Stage) -> None:
        beta = stage.exchanges["beta"]
        await stage.adapter("generic", f'base_url = "{beta.url("/v1/", INSIDE)}"')
        run = await pipeline.run(parse(GENERIC), {"where": where}, stage.world)
        if said:
            assert said in str(run.error)
            assert beta.asked == []
        else:
            assert run.outputs == ["2010"]
            assert beta.asked[0].path == "/v1/ETH/USD"

    play(database, tmp_path, story)


def test_the_aggregator_answers_the_median(database: Database, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter("api-aggregator", f'private_hosts = ["{INSIDE}"]')
        urls = [source.url("/", INSIDE) for source in stage.exchanges.values()]
        run = await pipeline.run(parse(AGGREGATE), {"urls": urls}, stage.world)
        assert run.outputs == [2010]
        few = await pipeline.run(parse(AGGREGATE), {"urls": urls[:2]}, stage.world)
        assert "minimum: 3 of 2 cannot answer" in str(few.error)

    play(database, tmp_path, story)
