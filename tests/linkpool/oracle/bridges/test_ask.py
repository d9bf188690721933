# SPDX-License-Identifier: MIT
"""The bridge task and what it says to an adapter over a real socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from linkpool.net import HttpClient, HttpLimits
from linkpool.oracle.bridges import BridgeLimits, Bridges, registry
from linkpool.oracle.errors import TaskError
from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.results import PendingBridge
from linkpool.oracle.tasks.bridge import ask
from linkpool.oracle.tasks.call import Call, RunIdentity, World
from linkpool.store.database import Database
from tests.linkpool.net.servers import INSIDE, Asked, Reply, Source, reply

RUN = RunIdentity(job_id="7", run_id="run-1")
NODE = "http://node.example:8001/"


@dataclass
class Stage:
    """A bridge `prices` to an adapter on this machine."""

    adapter: Source
    bridges: Bridges
    database: Database
    tokens: registry.NewBridge
    now: float = 1_000.0

    async def task(
        self, *inputs: Any, meta: Any = None, run: RunIdentity = RUN, **attributes: str
    ) -> str | PendingBridge:
        given = {"type": "bridge", "name": "Prices", **attributes}
        variables = {"jobRun": {"meta": meta}, "asked": {"coin": "ETH", "json": '{"a": 1.50}'}}
        http: Any = None
        world = World(http, bridges=self.bridges, run=run)
        return await ask(Call(TaskSpec("fetch", given), variables, inputs, world))

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(asked.body) for asked in self.adapter.asked]


def play(
    database: Database,
    answer: Reply,
    story: Callable[[Stage], Awaitable[None]],
    limits: BridgeLimits | None = None,
) -> None:
    async def whole() -> None:
        async with Source(answer, host=INSIDE) as adapter, HttpClient(HttpLimits()) as http:
            draft = registry.BridgeDraft(name="prices", url=adapter.url("/price", INSIDE))
            tokens = await database.write(lambda c: registry.add(c, draft, 1.0))
            stage: Stage
            bridges = Bridges(http, database, limits, response_url=NODE, clock=lambda: stage.now)
            stage = Stage(adapter, bridges, database, tokens)
            async with asyncio.timeout(20):
                await story(stage)
            await bridges.close()

    asyncio.run(whole())


def test_the_request_is_what_adapters_expect(database: Database) -> None:
    async def story(stage: Stage) -> None:
        text = await stage.task(
            "before",
            meta={"oracleRequest": {"requestId": "0x1"}},
            requestdata='{"data": {"coin": "$(asked.coin)", "amount": 0.10}}',
            includeinputatkey="input",
            headers='["X-Key", "k"]',
        )
        assert text == '{"result": 5}'
        [body] = stage.bodies()
        assert body == {
            "id": "run-1",
            "data": {"coin": "ETH", "amount": 0.1},
            "meta": {"oracleRequest": {"requestId": "0x1"}},
            "input": "before",
        }
        [asked] = stage.adapter.asked
        assert (asked.method, asked.path) == ("POST", "/price")
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["x-key"] == "k"
        assert asked.headers["authorization"] == f"Bearer {stage.tokens.outgoing_token}"

    play(database, lambda asked: reply('{"result": 5}'), story)


def test_little_is_needed(database: Database) -> None:
    async def story(stage: Stage) -> None:
        await stage.task(run=RunIdentity())
        await stage.task(requestdata="$(asked.json)", includeinputatkey="input")
        await stage.task(requestdata='{"id": "mine"}', headers='["Authorization", "theirs"]')
        first, second, third = stage.bodies()
        assert first == {}
        assert second == {"id": "run-1", "a": 1.5}
        assert third == {"id": "mine"}
        token = f"Bearer {stage.tokens.outgoing_token}"
        assert stage.adapter.asked[2].headers["authorization"] == token

    play(database, lambda asked: reply("5"), story)


def test_an_asynchronous_task_is_told_where_to_answer(database: Database) -> None:
    async def story(stage: Stage) -> None:
        stage.adapter.reply = lambda asked: reply('{"pending": true}', 202)
        given = {"async": "true"}
        assert await stage.task(**given) == PendingBridge("prices")
        stage.adapter.reply = lambda asked: reply("", 200, "X-Chainlink-Pending: 1")
        assert await stage.task(**given) == PendingBridge("prices")
        stage.adapter.reply = lambda asked: reply("at once")
        assert await stage.task(**given) == "at once"
        where = f"{NODE}v2/resume/{RUN.task_run_id('fetch')}"
        assert [body["responseURL"] for body in stage.bodies()] == [where] * 3

    play(database, lambda asked: reply(""), story)


def test_who_answers_later_without_being_asked_to_fails(database: Database) -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(TaskError, match=r'bridge prices: .* not async="true"'):
            await stage.task()
        assert "responseURL" not in stage.bodies()[0]

    play(database, lambda asked: reply('{"pending": true}'), story)


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"name": "none"}, "there is no bridge none"),
        ({"requestdata": "[1]"}, "expected an object, got list"),
        ({"requestdata": "$(asked.coin)"}, "requestData: "),
        ({"cachettl": "soon"}, "not a duration"),
        ({"async": "maybe"}, "async: "),
        ({"headers": '["a"]'}, "list of names and values"),
    ],
)
def test_wrong_attributes_are_named(
    database: Database, attributes: dict[str, str], text: str
) -> None:
    async def story(stage: Stage) -> None:
        with pytest.raises(TaskError, match=text):
            await stage.task(**attributes)
        assert stage.adapter.asked == []

    play(database, lambda asked: reply("5"), story)


def test_a_failing_adapter_is_replaced_by_its_last_good_answer(database: Database) -> None:
    async def story(stage: Stage) -> None:
        assert await stage.task(cachettl="60") == "good"
        stage.adapter.reply = lambda asked: reply('{"error": "away"}', 502)
        stage.now += 60
        assert await stage.task(cachettl="1m") == "good"
        with pytest.raises(TaskError, match="bridge prices: answered 502: away"):
            await stage.task()
        stage.now += 1
        with pytest.raises(TaskError, match="answered 502"):
            await stage.task(cachettl="60s")
        assert await stage.task(cachettl="9h") == "good"
        stage.now += 1_800
        with pytest.raises(TaskError, match="answered 502"):
            await stage.task(cachettl="9h")
        counters = stage.bridges.counters
        assert counters.requests["prices"] == 6
        assert counters.errors["prices"] == 5
        assert counters.cache_hits["prices"] == 2
        assert counters.cache_errors["prices"] == 2
        assert counters.latency_seconds["prices"] > 0

    play(database, lambda asked: reply("good"), story)


def test_the_setting_is_for_tasks_that_say_nothing(database: Database) -> None:
    async def story(stage: Stage) -> None:
        assert await stage.task() == "good"
        stage.adapter.reply = lambda asked: reply("", 500)
        assert await stage.task() == "good"
        with pytest.raises(TaskError, match="answered 500"):
            await stage.task(cachettl="0s")

    play(database, lambda asked: reply("good"), story, BridgeLimits(cache_seconds=30))


def test_an_adapter_that_does_not_answer_fails_the_task(database: Database) -> None:
    async def story(stage: Stage) -> None:
        await stage.adapter.__aexit__()
        with pytest.raises(TaskError, match=r"bridge prices: 127\.0\.0\.1: Connect"):
            await stage.task()

    play(database, lambda asked: reply("5"), story)


def test_an_adapter_may_be_slow_for_as_long_as_the_task_says(database: Database) -> None:
    async def story(stage: Stage) -> None:
        async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)

        stage.adapter.serve = silent
        with pytest.raises(TaskError, match=r"bridge prices: .*no answer in 0\.1 s"):
            await stage.task(timeout="100ms")

    play(database, lambda asked: reply("5"), story)


def test_a_bridge_is_trusted_at_its_own_address_only(database: Database) -> None:
    """An adapter that redirects to another private one leads nowhere."""

    async def story(stage: Stage) -> None:
        async with Source(host=INSIDE) as other:
            location = f"location: {other.url('/', INSIDE)}"
            stage.adapter.reply = lambda asked: reply("", 307, location)
            with pytest.raises(TaskError, match="not a public address"):
                await stage.task()
            assert other.connections == 0

    play(database, lambda asked: reply(""), story)


def test_a_change_of_a_bridge_is_noticed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkpool.oracle.bridges.ask.KNOWN", 0.0)

    async def story(stage: Stage) -> None:
        await stage.task()
        draft = registry.BridgeDraft(name="prices", url=stage.adapter.url("/new", INSIDE))
        await database.write(lambda c: registry.update(c, "prices", draft, 2.0))
        await stage.task()
        assert [asked.path for asked in stage.adapter.asked] == ["/price", "/new"]
        await database.write(lambda c: registry.remove(c, "prices"))
        with pytest.raises(TaskError, match="there is no bridge prices"):
            await stage.task()

    play(database, lambda asked: reply("5"), story)
