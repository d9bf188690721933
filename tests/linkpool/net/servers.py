# SPDX-License-Identifier: MIT
"""Data sources on this machine, well behaved and otherwise. 127.0.0.2 plays the public internet,
127.0.0.1 the node's inside.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from linkpool.net import HttpClient, HttpError, HttpLimits, Message

PUBLIC = "127.0.0.2"
INSIDE = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `connection` counts them from 1."""

    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[Asked], bytes]
Serve = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def reply(body: bytes | str = b"", status: int = 200, *more: str) -> bytes:
    """A response; `more` are whole header lines."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@dataclass
class Source:
    """`async with Source(lambda asked: reply("42")) as source`. `serve` writes by itself."""

    reply: Reply = field(default=lambda asked: reply("42"))
    serve: Serve | None = None
    host: str = PUBLIC
    tls: ssl.SSLContext | None = None
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._connected, self.host, self.port, ssl=self.tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def url(self, path: str = "/", name: str = "source.example") -> str:
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                asked = await _read(reader, number)
                self.asked.append(asked)
                if self.serve is not None:
                    await self.serve(asked, writer)
                else:
                    writer.write(self.reply(asked))
                await writer.drain()
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the other side hung up
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader, number: int) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): text for name, text in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(number, method, path, headers, body)


class Names:
    """A resolver: each name's answers in turn, the last one for ever."""

    def __init__(self, **known: list[list[str]]) -> None:
        self.known = {"source.example": [[PUBLIC]], "inside.example": [[INSIDE]]}
        self.known.update({name.replace("_", "."): answers for name, answers in known.items()})
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.known.get(host.rstrip(".").lower())
        if answers is None:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def client(
    names: Names | None = None,
    *,
    tls: ssl.SSLContext | bool = True,
    outside: Callable[[str], bool] = lambda address: address == PUBLIC,
    **limits: object,
) -> HttpClient:
    """A client for which 127.0.0.2 is public and nothing else; it remembers no name."""
    return HttpClient(
        HttpLimits.model_validate(limits),
        resolve=names or Names(),
        outside=outside,
        tls=tls,
        names_seconds=0,
    )


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(bounded())


def get(source: Source, path: str = "/") -> Message:
    return Message("GET", source.url(path))


def fails(serve: Any, match: str, *, limits: dict[str, Any] | None = None, **given: Any) -> None:
    """A request to a source that `serve`s, or replies with, something no good."""

    async def story() -> None:
        source = Source(serve=serve) if callable(serve) else Source(lambda asked: serve)
        async with source, client(**(limits or {})) as http:
            with pytest.raises(HttpError, match=match):
                await http.send(get(source), **given)
            source.serve, source.reply = None, lambda asked: reply("fine again")
            assert (await http.send(get(source))).text == "fine again"

    play(story)
