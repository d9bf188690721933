# SPDX-License-Identifier: MIT
"""The client against servers that are slow, huge or broken."""

import asyncio
import gzip
import zlib
from typing import Any

import pytest

from linkpool.net import HttpClient, HttpError, Message
from tests.linkpool.net.servers import PUBLIC, Asked, Source, client, fails, get, play, reply

# ---- Too much ----


def test_an_answer_as_long_as_allowed_and_no_longer() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply("x" * 32_768)) as source, client() as http:
            assert len((await http.send(get(source))).text) == 32_768
            with pytest.raises(HttpError, match=r"source\.example: .*longer than 32767 bytes"):
                await http.send(get(source), max_bytes=32_767)

    play(story)


@pytest.mark.parametrize("head", ["content-length: 999999999999", "transfer-encoding: chunked"])
def test_an_endless_answer_ends(head: str) -> None:
    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
        while True:
            writer.write(b"2000\r\n" + b"x" * 8_192 + b"\r\n")
            await writer.drain()

    fails(endless, "longer than 32768 bytes")


HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"", HINTS * 100),
        (CHUNKED, (b"1;" + b"a" * 7_000 + b"\r\nx\r\n") * 9),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345", HINTS * 100),
    ],
)
def test_a_flood_around_the_answer_is_cut(first: bytes, then: bytes) -> None:
    """Read to its end it would keep the process busy until the deadline."""
    sent = 0

    async def flood(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(first)
        while sent < 50_000_000:
            writer.write(then)
            sent += len(then)
            await writer.drain()

    async def story() -> None:
        async with Source(serve=flood) as source, client() as http:
            try:
                answer = await http.send(get(source))
                assert answer.text == "12345"
            except HttpError as error:
                assert "sends more than any answer needs" in str(error)
            source.serve = None
            assert (await http.send(get(source))).text == "42"

    play(story)
    assert sent < 50_000_000


def test_a_few_words_before_the_answer_are_heard_out() -> None:
    async def story() -> None:
        async with Source(lambda asked: HINTS * 10 + reply("42")) as source, client() as http:
            for _ in range(3):
                assert (await http.send(get(source))).text == "42"
            assert source.connections == 1

    play(story)


def test_chunks_of_one_byte_are_put_together() -> None:
    body = CHUNKED + b"1\r\nx\r\n" * 32_768 + b"0\r\n\r\n"

    async def story() -> None:
        async with Source(lambda asked: body) as source, client() as http:
            assert (await http.send(get(source))).text == "x" * 32_768

    play(story)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "GZIP"])
def test_a_bomb_is_defused(coding: str) -> None:
    pack = gzip.compress if coding.lower() == "gzip" else zlib.compress
    fails(reply(pack(b"0" * 20_000_000), 200, f"content-encoding: {coding}"), "longer than 32768")


def test_who_packs_although_not_asked_is_understood() -> None:
    async def story() -> None:
        body = gzip.compress(b"x" * 32_768)
        async with Source(lambda asked: reply(body, 200, "content-encoding: gzip")) as source:
            async with client() as http:
                assert (await http.send(get(source))).text == "x" * 32_768

    play(story)


@pytest.mark.parametrize(
    ("body", "coding", "match"),
    [
        (b"no", "br", "coded as 'br'"),
        (gzip.compress(b"1", mtime=0), "gzip, gzip", "coded as 'gzip, gzip'"),
        (b"no", "gzip", "not gzip although it says so"),
        (gzip.compress(b"123456789", mtime=0)[:-6], "gzip", "ends too early"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes, coding: str, match: str) -> None:
    fails(reply(body, 200, f"content-encoding: {coding}"), match)


@pytest.mark.parametrize(
    "head",
    [
        b"x: " + b"y" * 20_000,
        b"\r\n".join(b"x%d: y" % n for n in range(500)),
        b"x" * 20_000 + b": y",
    ],
)
def test_too_much_before_the_body_is_refused(head: bytes) -> None:
    fails(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n" + head + b"\r\n\r\n", r"source\.example: ")


# ---- Too slow ----


async def _silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


def _dripping(head: bytes) -> Any:
    async def serve(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    return serve


@pytest.mark.parametrize(
    "serve", [_silent, _dripping(b"content-length: 1000\r\n\r\n"), _dripping(b"x: ")]
)
def test_a_slow_source_is_given_up_on(serve: Any) -> None:
    fails(serve, r"source\.example: no answer in 0\.2 s", limit=0.2)


def test_a_circle_of_slow_redirects_shares_one_deadline() -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(reply("", 302, "location: /"))

    fails(slow, r"no answer in 0\.25 s", limits={"redirects": 20, "seconds": 0.25}, limit=None)


def test_names_that_hang_hold_up_nothing_else() -> None:
    async def names(host: str, port: int) -> list[str]:
        if host != "source.example":
            await asyncio.Event().wait()
        return [PUBLIC]

    async def story() -> None:
        http = HttpClient(resolve=names, outside=lambda address: True)
        async with Source() as source, http:
            hanging = [
                asyncio.create_task(
                    http.send(Message("GET", f"http://n{n}.example/"), unrestricted=True)
                )
                for n in range(50)
            ]
            await asyncio.sleep(0)
            assert (await http.send(get(source), unrestricted=True)).text == "42"
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)

    play(story)


# ---- Broken ----


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b"", "hung up without an answer"),
        (b"hello\r\n\r\n", r"source\.example: "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123", "ends too early"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", r"source\.example: "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", r"source\.example: "),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            r"source\.example: ",
        ),
    ],
)
def test_a_broken_answer_is_refused(raw: bytes, match: str) -> None:
    async def broken(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        raise OSError

    fails(broken, match, limit=5)


def test_what_is_no_text_becomes_some() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply(b"\xff\xfe{")) as source, client() as http:
            assert (await http.send(get(source))).text == "��{"

    play(story)
