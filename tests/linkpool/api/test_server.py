# SPDX-License-Identifier: MIT
"""Where the API listens, and how commands find it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from pathlib import Path

import httpx
import pytest

from linkpool.api.operator import Place, read_place, serve
from linkpool.api.operator.connections import BoundedProtocol
from linkpool.api.operator.server import FILE, listen
from linkpool.errors import PortInUse, UsageError
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database
from tests.linkpool.api.worlds import operator
from tests.linkpool.awaited import awaited

FREE = ApiSettings(port=0)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "localhost", "[::"])
def test_an_address_that_others_reach_has_to_be_meant(address: str) -> None:
    with pytest.raises(UsageError, match=r"^setting api\.address: "):
        listen(ApiSettings(address=address, port=0))


def test_an_address_that_is_meant_is_listened_on() -> None:
    with listen(ApiSettings(address="0.0.0.0", port=0, reachable=True)) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port}: address already in use; set api.port"):
            listen(ApiSettings(port=port))


@awaited
async def test_it_serves_while_the_block_lasts(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path, settings=Settings(state=tmp_path / "new", api=FREE))
    async with serve(of) as place:
        assert place is not None
        assert read_place(tmp_path / "new") == place
        assert (tmp_path / "new" / FILE).stat().st_mode & 0o777 == 0o600
        async with httpx.AsyncClient(base_url=place.url, trust_env=False) as web:
            assert (await web.get("/readyz")).status_code == 200
            assert (await web.get("/v2/jobs")).status_code == 401
            headers = {"authorization": f"Bearer {place.token}"}
            answer = await web.get("/v2/jobs", headers=headers)
            assert answer.json()["meta"] == {"count": 0}
            assert "server" not in answer.headers
    assert read_place(tmp_path / "new") is None
    async with httpx.AsyncClient(base_url=place.url, trust_env=False) as web:
        with pytest.raises(httpx.ConnectError):
            await web.get("/readyz")


@awaited
async def test_another_nodes_note_is_left_alone(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path, settings=Settings(state=tmp_path, api=FREE))
    note = json.dumps({"url": "http://127.0.0.1:1", "token": "x", "pid": 1})
    async with serve(of):
        (tmp_path / FILE).write_text(note)
    assert (tmp_path / FILE).read_text() == note


def test_it_can_be_switched_off(database: Database, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, api=ApiSettings(enabled=False))

    async def story() -> None:
        async with serve(operator(database, tmp_path, settings=settings)) as place:
            assert place is None

    asyncio.run(story())
    assert read_place(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": "x", "token": "y", "pid": "z"}'])
def test_a_note_that_is_none_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert read_place(tmp_path) is None


async def answered(place: Place) -> int:
    async with httpx.AsyncClient(base_url=place.url, trust_env=False) as web:
        return (await web.get("/readyz")).status_code


@awaited
async def test_connections_that_send_nothing_take_nobodys_place(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedProtocol, "most", 8)
    of = operator(database, tmp_path, settings=Settings(state=tmp_path, api=FREE))
    async with serve(of) as place:
        assert place is not None
        port = int(place.url.rpartition(":")[2])
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        for _, writer in held[::2]:
            writer.write(b"GET /readyz HT")
        assert await answered(place) == 200
        ended = [asyncio.create_task(reader.read()) for reader, _ in held]
        waiting = set(ended)
        async with asyncio.timeout(60):
            while len(waiting) > 8:
                done, waiting = await asyncio.wait(ended, timeout=0.05)
        for _, writer in held:
            writer.close()
        await asyncio.wait(ended)
        assert all(isinstance(t.exception(), ConnectionError | None) for t in done)


@awaited
async def test_a_request_that_does_not_come_to_its_end_is_not_waited_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedProtocol, "seconds", 0.2)
    of = operator(database, tmp_path, settings=Settings(state=tmp_path, api=FREE))
    begun = (
        b"",
        b"GET /readyz HTTP/1.1\r\nhost: x",
        b"POST /sessions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
        b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\nGET /ready",
    )
    async with serve(of) as place:
        assert place is not None
        port = int(place.url.rpartition(":")[2])
        for text in begun:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(text)
            with contextlib.suppress(ConnectionError):
                await asyncio.wait_for(reader.read(), 20)
            writer.close()
        monkeypatch.undo()  # an honest request may take its time
        assert await answered(place) == 200
