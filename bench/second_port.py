# SPDX-License-Identifier: MIT
"""A second port of the same node, as a second endpoint: an audit refuses the same address twice."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def second_port(host: str) -> Iterator[str]:
    """Carries bytes to `host`, such as 127.0.0.1:8545, from a free port: its address."""
    name, _, port = host.partition(":")

    class Carrier(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((name, int(port))) as node:
                back = threading.Thread(target=_carry, args=(node, self.request), daemon=True)
                back.start()
                _carry(self.request, node)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Carrier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
