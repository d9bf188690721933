# SPDX-License-Identifier: MIT
"""The client against servers that are just fine, and the bounds that it sets itself."""

import asyncio
from decimal import Decimal

import pytest

from linkpool.net import HttpError, HttpLimits, Message, host_of
from linkpool.net.document import dump
from tests.linkpool.net.servers import PUBLIC, Asked, Names, Source, client, get, play, reply


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
