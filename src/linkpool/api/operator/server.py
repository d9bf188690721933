# SPDX-License-Identifier: MIT
"""The API inside a node's event loop; operator.json tells the command line where it is."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from linkpool.api.operator.app import operator_app
from linkpool.api.operator.connections import BoundedProtocol, complaining_seldom
from linkpool.api.operator.model import Operator
from linkpool.errors import PortInUse, UsageError, reason_of
from linkpool.settings import ApiSettings
from linkpool.telemetry import logger

FILE: Final = "operator.json"
BACKLOG: Final = 64  # connections that are accepted before any of them is looked at
GRACE: Final = 2  # seconds that requests get at the end
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API of a running node is. The token is not for showing."""

    url: str
    token: str
    pid: int


class _Server(uvicorn.Server):
    """Signals are the node's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serve(operator: Operator) -> AsyncIterator[Place | None]:
    """Serves until the block ends; None where the settings switch it off."""
    limits = operator.settings.api
    if not limits.enabled:
        yield None
        return
    listener = listen(limits)
    server = _Server(
        uvicorn.Config(
            operator_app(operator),
            log_config=None,
            log_level="critical",  # what strangers send is not worth a line; failures are logged
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,
            ws="none",
            h11_max_incomplete_event_size=65_536,
            timeout_graceful_shutdown=GRACE,
            proxy_headers=False,
            http=BoundedProtocol,
            backlog=BACKLOG,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    place = Place(f"http://{_shown(listener)}", operator.token, os.getpid())
    path = operator.settings.state / FILE
    _write(path, place)
    log.info("api.listening", url=place.url)
    try:
        with complaining_seldom(asyncio.get_running_loop()):
            yield place
    finally:
        _remove(path, place)
        server.should_exit = True
        await task
        listener.close()


def listen(limits: ApiSettings) -> socket.socket:
    """A socket of the settings' address; UsageError where that is not allowed, PortInUse."""
    try:
        address = ipaddress.ip_address(limits.address.strip("[]"))
    except ValueError:
        raise UsageError(f"setting api.address: {limits.address!r} is no IP address") from None
    if not address.is_loopback and not limits.reachable:
        raise UsageError(
            f"setting api.address: other machines reach {address}; set api.reachable if they "
            "should, and put a proxy with TLS before it"
        )
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), limits.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"the operator API cannot listen on {address} port {limits.port}: {reason_of(error)}; "
            "set api.port to another"
        ) from None
    return listener


def read_place(state: Path) -> Place | None:
    """What the node of a state folder has written; None where there is nothing to be read."""
    try:
        found = json.loads((state / FILE).read_text())
        return Place(str(found["url"]), str(found["token"]), int(found["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _shown(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write(path: Path, place: Place) -> None:
    """Readable by its owner only, from its first moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"url": place.url, "token": place.token, "pid": place.pid}) + "\n"
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _remove(path: Path, place: Place) -> None:
    """Another process may have taken the folder over meanwhile."""
    if read_place(path.parent) == place:
        path.unlink(missing_ok=True)
