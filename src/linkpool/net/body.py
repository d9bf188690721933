# SPDX-License-Identifier: MIT
"""The body of an answer, read and unpacked up to a bound."""

from __future__ import annotations

import zlib
from typing import Final

import aiohttp

from linkpool.net.document import printable
from linkpool.net.errors import HttpError

AUTOMATIC: Final = 47  # zlib: gzip or deflate, whichever it is


async def read(response: aiohttp.ClientResponse, host: str, *, most: int) -> bytes:
    """At most `most` bytes as they come over the wire."""
    if (response.content_length or 0) > most and response.method != "HEAD":
        raise too_long(host, most)
    received = bytearray()
    while chunk := await response.content.readany():
        received += chunk
        if len(received) > most:
            raise too_long(host, most)
    return bytes(received)


def text(received: bytes, coding: str, host: str, *, most: int) -> str:
    """We ask for no compression; who compresses nevertheless does not get around the bound."""
    if coding not in ("", "identity"):
        received = _unpacked(received, coding, host, most)
    return received.decode(errors="replace")


def _unpacked(received: bytes, coding: str, host: str, most: int) -> bytes:
    if coding not in ("gzip", "deflate"):
        raise HttpError(f"{host}: the answer is coded as {printable(coding, 40)!r}")
    unpacker = zlib.decompressobj(AUTOMATIC)
    try:
        plain = unpacker.decompress(received, most + 1)
    except zlib.error:
        raise HttpError(f"{host}: the answer is not {coding} although it says so") from None
    if len(plain) > most:
        raise too_long(host, most)
    if not unpacker.eof:
        raise HttpError(f"{host}: the answer ends too early")
    return plain


def too_long(host: str, most: int) -> HttpError:
    return HttpError(f"{host}: the answer is longer than {most} bytes")
