# SPDX-License-Identifier: MIT
"""The client against servers that are slow, huge, broken, or just fine."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from linkpool.net import HttpClient, HttpError, HttpLimits, Message, host_of
from linkpool.net.document import dump
from tests.linkpool.net.servers import PUBLIC, Asked, Names, Source, client, reply


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


def test_an_answer_is_status_headers_and_text() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply('{"é": 1}', 404, "X-Kind: a")) as source:
            async with client() as http:
                answer = await http.send(Message("POST", source.url("/p?q=%2F"), b"{}", {"x": "y"}))
        assert (answer.status, answer.text, answer.headers["x-kind"]) == (404, '{"é": 1}', "a")
        [asked] = source.asked
        assert (asked.method, asked.path, asked.body) == ("POST", "/p?q=%2F", b"{}")
        assert asked.headers == {
            "host": f"source.example:{source.port}",
            "x": "y",
            "user-agent": "linkpool",
            "accept": "*/*",
            "accept-encoding": "identity",
            "content-length": "2",
            "content-type": "application/octet-stream",
        }

    play(story)


def test_connections_are_used_again() -> None:
    async def story() -> None:
        async with Source() as source, client() as http:
            for _ in range(5):
                await http.send(get(source))
            assert source.connections == 1
            await asyncio.gather(*(http.send(get(source)) for _ in range(5)))
            assert source.connections <= 5

    play(story)


def test_every_address_of_a_name_is_tried() -> None:
    async def story() -> None:
        names = Names(two_example=[["127.0.0.3", PUBLIC]], dead_example=[["127.0.0.3"]])
        async with Source() as source, client(names, outside=lambda address: True) as http:
            answer = await http.send(Message("GET", source.url(name="two.example")))
            assert answer.text == "42"
            with pytest.raises(HttpError, match=r"^dead\.example: Connect"):
                await http.send(Message("GET", source.url(name="dead.example")))
            with pytest.raises(HttpError, match=r"^unknown\.example: no such name"):
                await http.send(Message("GET", source.url(name="unknown.example")))

    play(story)


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "POST", "GET", b""),
        (303, "PUT", "GET", b""),
        (302, "HEAD", "HEAD", b""),
        (307, "POST", "POST", b"{}"),
        (308, "PUT", "PUT", b"{}"),
    ],
)
def test_a_redirect_is_followed(status: int, method: str, then: str, body: bytes) -> None:
    def serve(asked: Asked) -> bytes:
        if asked.path == "/b/there":
            return reply("" if asked.method == "HEAD" else "42")
        return reply("" if asked.method == "HEAD" else "moved", status, "location: there")

    async def story() -> None:
        async with Source(serve) as source, client() as http:
            data = None if method == "HEAD" else b"{}"
            message = Message(method, source.url("/b/here"), data, {"x-key": "k"})
            answer = await http.send(message)
            assert answer.status == 200
            _, asked = source.asked
            assert (asked.method, asked.body, asked.headers["x-key"]) == (then, body, "k")

    play(story)


def test_a_redirect_without_a_target_is_an_answer() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply("here", 302)) as source, client() as http:
            found = await http.send(get(source))
            assert (found.status, found.text, found.host) == (302, "here", "source.example")

    play(story)


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


# ---- Bounds on ourselves ----


def test_a_host_is_not_asked_too_often() -> None:
    async def story() -> None:
        limits = {"per_host_per_second": 20, "burst": 2}
        async with Source() as source, client(**limits) as http:
            loop = asyncio.get_running_loop()
            started = loop.time()
            await asyncio.gather(*(http.send(get(source)) for _ in range(6)))
            assert loop.time() - started >= 0.19  # four had to wait for a twentieth each
            with pytest.raises(HttpError, match="more often than 20 times a second"):
                await asyncio.gather(*(http.send(get(source), limit=0.01) for _ in range(9)))

    play(story)


def test_only_so_many_are_asked_at_a_time() -> None:
    async def story() -> None:
        most = busy = 0

        async def serve(asked: Asked, writer: asyncio.StreamWriter) -> None:
            nonlocal most, busy
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.01)
            busy -= 1
            writer.write(reply("42"))

        names = Names(other_example=[[PUBLIC]])
        async with Source(serve=serve) as source:
            for limits, expected in (({"parallel_per_host": 2}, 4), ({"parallel": 3}, 3)):
                most = 0
                async with client(names, **limits) as http:
                    urls = [source.url(), source.url(name="other.example")] * 8
                    await asyncio.gather(*(http.send(Message("GET", url)) for url in urls))
                assert most == expected

    play(story)


def test_what_was_asked_is_counted() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply("12345", 503)) as source, client() as http:
            await http.send(get(source))
            await http.send(get(source))
            with pytest.raises(HttpError):
                await http.send(Message("GET", "http://unknown.example/"))
            assert http.counters.requests == {
                ("source.example", "5xx"): 2,
                ("unknown.example", "failed"): 1,
            }
            assert http.counters.bytes["source.example"] == 10
            assert http.counters.seconds["source.example"] > 0

    play(story)


def test_a_client_can_be_closed_and_used_again() -> None:
    async def story() -> None:
        async with Source() as source:
            http = client()
            for _ in range(2):
                assert (await http.send(get(source))).text == "42"
                await http.close()

    play(story)


def test_hosts_are_compared_in_one_form() -> None:
    assert host_of("HTTP://A.Example.") == "a.example:80"
    assert host_of("https://u:p@xn--bcher-kva.example:8443/p") == "xn--bcher-kva.example:8443"
    assert host_of("https://Bücher.example") == "xn--bcher-kva.example:443"
    assert host_of("http://[::1]:8080/") == "::1:8080"
    with pytest.raises(HttpError, match=r"url 'ftp://x'"):
        host_of("ftp://me:key@x?key=1".replace("me:key@", ""))


def test_numbers_are_written_as_people_write_them() -> None:
    numbers = [Decimal("2.41E+3"), Decimal("1E-18"), Decimal("-0.50"), 10**30, Decimal("1E+200")]
    written = "[2410,0.000000000000000001,-0.50,1000000000000000000000000000000,1E+200]"
    assert dump(numbers) == written
    for value in (Decimal("NaN"), float("inf"), object(), {"a": {1}}):
        with pytest.raises(ValueError, match="no form in JSON"):
            dump(value)


def test_limits_have_bounds_themselves() -> None:
    with pytest.raises(ValueError, match="seconds"):
        HttpLimits(seconds=0)
    assert HttpLimits().max_bytes == 32_768
