# SPDX-License-Identifier: MIT
"""Adapters as real servers on free ports, made from a settings file as an operator writes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkpool.adapters.catalogue import from_file
from linkpool.adapters.serving import serving
from linkpool.net import Answer, HttpClient, Message


@dataclass(frozen=True)
class Running:
    """An adapter that is up."""

    url: str
    http: HttpClient

    async def raw(self, body: bytes, **headers: str) -> Answer:
        return await self.http.send(Message("POST", self.url, body, headers), unrestricted=True)

    async def ask(self, data: Any, **more: Any) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        answer = await self.raw(json.dumps({"id": "7", "data": data, **more}).encode())
        return answer.status, json.loads(answer.text)

    async def result(self, data: Any) -> Any:
        status, body = await self.ask(data)
        assert status == 200, body
        assert body["data"]["result"] == body["result"]
        return body["result"]

    async def error(self, data: Any, status: int = 502) -> str:
        found, body = await self.ask(data)
        assert (found, body["status"], body["statusCode"]) == (status, "errored", status), body
        assert "result" not in body
        return str(body["error"]["message"])

    async def page(self, path: str) -> Answer:
        return await self.http.send(Message("GET", f"{self.url}{path}"), unrestricted=True)


@asynccontextmanager
async def running(name: str, folder: Path, settings: str) -> AsyncIterator[Running]:
    """The adapter `name` with that settings file."""
    file = folder / f"{name}.toml"
    file.write_text(settings)
    async with serving(from_file(name, file)) as url, HttpClient() as http:
        yield Running(url, http)


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())
