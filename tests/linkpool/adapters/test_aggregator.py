# SPDX-License-Identifier: MIT
"""api-aggregator: one number out of several APIs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.linkpool.adapters.running import Running, play, running
from tests.linkpool.net.servers import INSIDE, Asked, Source, reply

VALUES = {"/a": "1.10", "/b": "3", "/c": "2", "/d": "2.0", "/bad": "none"}


def serve(asked: Asked) -> bytes:
    if asked.path == "/500":
        return reply('{"error": "sorry"}', 500)
    return reply(json.dumps({"data": {"x": VALUES[asked.path]}, "y": [VALUES[asked.path]]}))


@asynccontextmanager
async def aggregator(
    folder: Path, settings: str = f'private_hosts = ["{INSIDE}"]'
) -> AsyncIterator[tuple[Source, Running]]:
    async with (
        Source(serve, host=INSIDE) as source,
        running("api-aggregator", folder, f"max_age = 0\n{settings}") as adapter,
    ):
        yield source, adapter


def urls(source: Source, *paths: str) -> list[str]:
    return [source.url(path, INSIDE) for path in paths]


@pytest.mark.parametrize(
    ("how", "paths", "result"),
    [
        ({}, "a b c", 2),
        ({}, "a b", 2.05),
        ({"aggregation": "Mean"}, "a b c", 2.0333333333333333),
        ({"aggregationType": "mode"}, "a b c d", 2),
        ({"aggregation": "mode"}, "a b", 1.1),
        ({"minimum": 1}, "a bad 500", 1.1),
        ({}, "a b 500", 2.05),
    ],
)
def test_values_become_one(tmp_path: Path, how: dict[str, Any], paths: str, result: float) -> None:
    async def story() -> None:
        async with aggregator(tmp_path) as (source, adapter):
            named = urls(source, *(f"/{path}" for path in paths.split()))
            assert await adapter.result({"urls": named, "path": "data,x", **how}) == result

    play(story)


def test_each_api_has_its_path(tmp_path: Path) -> None:
    async def story() -> None:
        async with aggregator(tmp_path) as (source, adapter):
            data = {"api": urls(source, "/a", "/bad", "/c"), "paths": ["data,x", "y,0", "y,0"]}
            status, body = await adapter.ask(data)
            assert (status, body["result"]) == (200, 1.55)
            assert body["data"]["values"] == [1.1, 2]
            assert body["data"]["warnings"] == ["2: expected a number, got str 'none'"]

    play(story)


def test_too_few_answers_are_none(tmp_path: Path) -> None:
    async def story() -> None:
        async with aggregator(tmp_path) as (source, adapter):
            data = {"urls": urls(source, "/a", "/bad", "/500", "/c"), "path": "data,x"}
            text = await adapter.error(data)
            assert text.startswith("2 of 4 APIs answered, 3 are needed: 2: expected a number")
            assert "3: answered 500: sorry" in text

    play(story)


def test_a_requester_is_not_led_inside(tmp_path: Path) -> None:
    async def story() -> None:
        async with aggregator(tmp_path, "") as (source, adapter):
            data = {"urls": urls(source, "/a", "/b"), "path": "data,x"}
            assert "not a public address" in await adapter.error(data)
            assert source.connections == 0

    play(story)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "data.urls: Field required"),
        ({"urls": []}, "data.urls"),
        ({"urls": "http://x"}, "data.urls"),
        ({"urls": ["http://x"] * 11}, "at most 10, got 11"),
        ({"urls": ["http://x"], "minimum": 2}, "2 of 1 cannot answer"),
        ({"urls": ["http://x"], "minimum": 0}, "data.minimum"),
        ({"urls": ["http://x"], "paths": ["a", "b"]}, "expected one, or 1, got 2"),
        ({"urls": ["http://x"], "aggregation": "sum"}, "expected one of median, mean, mode"),
    ],
)
def test_a_wrong_request_is_named(tmp_path: Path, data: Any, text: str) -> None:
    async def story() -> None:
        async with aggregator(tmp_path) as (_, adapter):
            assert text in await adapter.error(data, 400)

    play(story)
