# SPDX-License-Identifier: MIT
"""Strangers who connect to a real server and do not behave."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from uvicorn import Config
from uvicorn.server import ServerState

from linkpool.api.operator import Place, connections, serve, server
from linkpool.api.operator.connections import BoundedProtocol, place_of
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database
from tests.linkpool.api.worlds import operator
from tests.linkpool.awaited import awaited

QUESTIONS = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n" * 200
LONG = 16_000_000  # more than a kernel keeps for a connection


async def answered(place: Place) -> int:
    async with httpx.AsyncClient(base_url=place.url, trust_env=False) as web:
        return (await web.get("/readyz")).status_code


def connected(place: Place) -> socket.socket:
    """With so little room that answers soon have to wait."""
    asker = socket.socket()
    asker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asker.connect(("127.0.0.1", int(place.url.rpartition(":")[2])))
    asker.setblocking(False)
    return asker


def settings(folder: Path) -> Settings:
    return Settings(state=folder, api=ApiSettings(port=0))


@pytest.mark.parametrize("sent", [b"", b"GET /readyz HT", QUESTIONS])
@awaited
async def test_idle_half_open_and_deaf_connections_keep_nobody_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """While they last: nothing here ends by its time."""
    monkeypatch.setattr(BoundedProtocol, "most", 8)
    of = operator(database, tmp_path, settings=settings(tmp_path))
    loop = asyncio.get_running_loop()
    async with serve(of) as place, contextlib.AsyncExitStack() as stack:
        assert place is not None
        for _ in range(50):
            asker = stack.enter_context(connected(place))
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(loop.sock_sendall(asker, sent), 60)
        for _ in range(100):  # while it works on whole requests there may be no place
            with contextlib.suppress(httpx.TransportError):
                assert await answered(place) == 200
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("nobody gets in")


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
def test_who_takes_no_answer_is_not_waited_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connection: bytes
) -> None:
    """Not even where the server has said all of it and only the way is full."""
    monkeypatch.setattr(BoundedProtocol, "seconds", 0.3)
    app = FastAPI()
    app.get("/long")(lambda: Response(b"x" * LONG))
    monkeypatch.setattr(server, "operator_app", lambda _: app)

    async def story() -> int:
        loop = asyncio.get_running_loop()
        of = operator(database, tmp_path, settings=settings(tmp_path))
        async with serve(of) as place:
            assert place is not None
            with connected(place) as asker:
                text = b"GET /long HTTP/1.1\r\nhost: x\r\nconnection: " + connection + b"\r\n\r\n"
                await loop.sock_sendall(asker, text)
                await asyncio.sleep(2)
                taken = 0
                with contextlib.suppress(ConnectionError):
                    while piece := await loop.sock_recv(asker, 1_000_000):
                        taken += len(piece)
                return taken

    assert asyncio.run(story()) < LONG


@awaited
async def test_a_request_that_takes_long_is_let_finish(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those who keep the node waiting are hurried."""
    monkeypatch.setattr(BoundedProtocol, "seconds", 0.1)
    app = FastAPI()

    async def slow() -> str:
        await asyncio.sleep(0.5)
        return "done"

    app.get("/slow")(slow)
    monkeypatch.setattr(server, "operator_app", lambda _: app)
    async with serve(operator(database, tmp_path, settings=settings(tmp_path))) as place:
        assert place is not None
        async with httpx.AsyncClient(base_url=place.url, trust_env=False) as web:
            assert (await web.get("/slow")).json() == "done"


class Said:
    """What is logged."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def error(self, event: str, **_: Any) -> None:
        self.events.append(event)


def test_without_descriptors_it_complains_once_and_serves_afterwards(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = Said()
    monkeypatch.setattr(connections, "log", said)
    of = operator(database, tmp_path, settings=settings(tmp_path))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def story() -> None:
        async with serve(of) as place:
            assert place is not None
            with contextlib.ExitStack() as stack:
                await asyncio.sleep(0.2)  # it listens
                for _ in range(20):
                    stack.enter_context(connected(place))
                resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
                try:
                    await asyncio.sleep(0.2)
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                assert await answered(place) == 200

    asyncio.run(story())
    assert said.events == ["api.cannot_accept"]
    assert not [one for one in caplog.records if one.name == "asyncio"]


@pytest.mark.parametrize(
    ("host", "place", "local"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("192.0.2.1", "192.0.2.1", False),
        ("2001:db8::7", "2001:db8::/64", False),
        ("fe80::1%eth0", "fe80::/64", False),
        ("", "", False),
    ],
)
def test_a_network_of_somebodys_own_counts_as_one_address(
    host: str, place: str, local: bool
) -> None:
    assert place_of(host) == (place, local)


class Crowd(BoundedProtocol):
    """Connections whose other side is made up."""

    most = 6


class Line(asyncio.Transport):
    def __init__(self, host: str) -> None:
        super().__init__({"peername": (host, 1), "sockname": ("192.0.2.9", 8001)})
        self.ended = False

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended


def crowd(*hosts: str, busy: bool) -> list[bool]:
    """Which of the connections from `hosts`, in this order, keep their places."""

    async def story() -> list[bool]:
        config = Config(FastAPI(), log_config=None)
        state = ServerState()
        lines = [Line(host) for host in hosts]
        kind = type("Busy", (Crowd,), {"waits": False}) if busy else Crowd
        for line in lines:
            kind(config, state, {}).connection_made(line)
        kept = [not line.ended for line in lines]
        for one in list(state.connections):
            one.connection_lost(OSError())
        return kept

    return asyncio.run(story())


def test_one_address_has_half_of_the_places() -> None:
    assert crowd(*["192.0.2.1"] * 4, busy=False) == [False, True, True, True]
    assert crowd(*["192.0.2.1"] * 4, busy=True) == [True, True, True, False]


def test_this_machine_gets_in_whoever_keeps_the_node_busy() -> None:
    many = [f"192.0.2.{number}" for number in range(1, 8)]
    assert crowd(*many, busy=True) == [True] * 6 + [False]
    assert crowd(*many, "127.0.0.1", busy=True) == [False] + [True] * 5 + [False, True]
