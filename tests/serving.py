# SPDX-License-Identifier: MIT
"""HTTP servers that tests make up: on a free port of the loopback, in a thread, silent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Answers with whole bodies; what it was asked is written nowhere."""

    def body(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        """The answer; `content_type` stands for Content-Type, and so on."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def server(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """Not serving yet."""
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)


@contextmanager
def serving(made: ThreadingHTTPServer) -> Iterator[str]:
    """Its address, while it serves; it is gone afterwards."""
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
