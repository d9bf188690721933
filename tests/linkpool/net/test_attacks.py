# SPDX-License-Identifier: MIT
"""Somebody else writes the URL, owns the name or answers: none of them gets the node inside."""

from collections.abc import Awaitable

import pytest

from linkpool.net import HttpClient, HttpError, Message
from tests.linkpool.net.servers import INSIDE, PUBLIC, Names, Source, client, play, reply


def ask(http: HttpClient, url: str, **given: object) -> Awaitable[object]:
    return http.send(Message("GET", url), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "127。0。0。1",
        "１２７.0.0.1",
        "localhost",
        "LOCALHOST.",
        "public.example@127.0.0.1",
        "127.0.0.1#@public.example",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "0.0.0.0",
        "0",
        "[::]",
    ],
)
def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    """With the system's resolver and the real rule; a server listens where they would lead."""

    async def story() -> None:
        async with Source(host=INSIDE) as inside, HttpClient() as http:
            before, mark, behind = host.partition("#")
            with pytest.raises(HttpError, match=r"(?i)url|address|name"):
                await ask(http, f"http://{before}:{inside.port}/{mark}{behind}")
            assert inside.connections == 0

    play(story)


def test_an_inside_name_is_reached_by_who_is_allowed_to() -> None:
    async def story() -> None:
        names = Names()
        async with Source(host=INSIDE) as inside, client(names) as http:
            url = inside.url(name="Inside.Example.")
            with pytest.raises(HttpError, match=f"{INSIDE} is not a public address"):
                await ask(http, url)
            with pytest.raises(HttpError, match="not a public address"):
                await ask(http, url, private=["example", "inside.example:1"])
            assert inside.connections == 0
            await ask(http, url, unrestricted=True)
            await ask(http, url, private=["Inside.example"])
            await ask(http, url, private=[f"inside.example:{inside.port}"])
            assert len(inside.asked) == 3
        async with (
            Source(host=INSIDE) as inside,
            client(names, private_hosts=("inside.example",)) as http,
        ):
            await ask(http, inside.url(name="inside.example"))
        async with Source(host="::1") as inside, client() as http:
            url = inside.url(name="[::1]")
            await ask(http, url, private=[f"[::1]:{inside.port}"])
            with pytest.raises(HttpError, match="not a public address"):
                await ask(http, url, private=["[::1]:1"])

    play(story)


def test_a_connection_of_the_allowed_is_not_lent_to_strangers() -> None:
    """One kept open by a job that may go inside serves no request that may not."""

    async def story() -> None:
        async with Source(host=INSIDE) as inside, client() as http:
            url = inside.url(name="inside.example")
            await ask(http, url, unrestricted=True)
            with pytest.raises(HttpError, match="not a public address"):
                await ask(http, url)
            await ask(http, url, unrestricted=True)
            assert [one.connection for one in inside.asked] == [1, 1]

    play(story)


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async def story() -> None:
        names = Names(mixed_example=[[PUBLIC, "10.0.0.7"], ["fd00::1", PUBLIC]])
        async with Source() as source, client(names) as http:
            for address in ("10.0.0.7", "fd00::1"):
                with pytest.raises(HttpError, match=f"{address} is not a public"):
                    await ask(http, source.url(name="mixed.example"))
            assert source.connections == 0

    play(story)


def test_a_name_that_changes_its_mind_gets_nowhere() -> None:
    """Rebinding: public when looked at, private a moment later."""

    async def story() -> None:
        names = Names(rebinding_example=[[PUBLIC], [INSIDE]])
        async with Source(lambda asked: reply("42", 200, "connection: close")) as source:
            async with Source(host=INSIDE, port=source.port) as inside, client(names) as http:
                url = source.url(name="rebinding.example")
                await ask(http, url)
                with pytest.raises(HttpError, match="not a public address"):
                    await ask(http, url)
                assert (len(source.asked), inside.connections) == (1, 0)
                assert names.asked == ["rebinding.example"] * 2

    play(story)


def test_a_kept_connection_stays_where_it_was_checked() -> None:
    async def story() -> None:
        names = Names(rebinding_example=[[PUBLIC], [INSIDE]])
        async with Source() as source:
            async with Source(host=INSIDE, port=source.port) as inside, client(names) as http:
                for _ in range(3):
                    await ask(http, source.url(name="rebinding.example"))
                assert [one.connection for one in source.asked] == [1, 1, 1]
                assert (names.asked, inside.connections) == (["rebinding.example"], 0)

    play(story)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("http://inside.example:{port}/", "not a public address"),
        ("//inside.example:{port}/", "not a public address"),
        (f"http://{INSIDE}:{{port}}/", "not a public address"),
        ("http://[::ffff:127.0.0.1]:{port}/", "not a public address"),
        ("http://2130706433:{port}/", "address"),
        ("file:///etc/passwd", "expected http"),
        ("gopher://inside.example:{port}/", "expected http"),
        ("http://[", "no address"),
    ],
)
def test_a_redirect_does_not_lead_inside(location: str, text: str) -> None:
    async def story() -> None:
        async with Source(host=INSIDE) as inside, client() as http:
            target = location.format(port=inside.port)
            async with Source(lambda asked: reply("", 302, f"location: {target}")) as source:
                with pytest.raises(HttpError, match=text):
                    await ask(http, source.url())
                with pytest.raises(HttpError, match=text):
                    await ask(http, source.url(), private=["source.example"])
                assert inside.connections == 0

    play(story)


def test_only_who_may_go_anywhere_may_be_led_anywhere() -> None:
    """A source that a job names may be taken over: it leads to other private hosts only where the
    operator has allowed just that.
    """

    async def story() -> None:
        async with Source(host=INSIDE) as inside, client() as http:
            onward = f"location: {inside.url(name='inside.example')}"
            async with Source(lambda asked: reply("", 302, onward)) as source:
                with pytest.raises(HttpError, match="not a public address"):
                    await ask(http, source.url(), private=["source.example"])
                await ask(http, source.url(), private=["inside.example"])
                await ask(http, source.url(), unrestricted=True)
                assert len(inside.asked) == 2

    play(story)


def test_every_hop_is_looked_at() -> None:
    async def story() -> None:
        names = Names(second_example=[[PUBLIC]], third_example=[[INSIDE]])
        async with client(names) as http, Source() as source:

            def onward(asked: object) -> bytes:
                hop = len(source.asked)
                host = ["", "second.example", "third.example"][hop]
                return reply("", 307, f"location: {source.url(f'/{hop}', host)}")

            source.reply = onward
            with pytest.raises(HttpError, match=r"third\.example: .* not a public address"):
                await ask(http, source.url())
            assert [one.path for one in source.asked] == ["/", "/1"]

    play(story)


def test_a_circle_of_redirects_ends() -> None:
    async def story() -> None:
        async with Source(lambda asked: reply("", 302, "location: /")) as source, client() as http:
            with pytest.raises(HttpError, match=r"source\.example: more than 5 redirects"):
                await ask(http, source.url())
            assert len(source.asked) == 6
        async with Source(lambda asked: reply("", 302, "location: /")) as source:
            async with client(redirects=0) as http:
                with pytest.raises(HttpError, match="more than 0 redirects"):
                    await ask(http, source.url())

    play(story)


def test_nothing_is_remembered_between_requests() -> None:
    """No cookie, no credentials of the environment or of a URL that was redirected from."""

    async def story() -> None:
        async with client() as http, Source() as other:

            def first(asked: object) -> bytes:
                location = other.url("/there", "source.example")
                return reply("", 302, "set-cookie: a=b; Path=/", f"location: {location}")

            async with Source(first) as source:
                url = source.url(name="me:s3cret@source.example")
                message = Message("GET", url, headers={"x-key": "k"})
                await http.send(message)
                await http.send(message)
                assert source.asked[0].headers["authorization"].startswith("Basic ")
                assert source.asked[0].headers["x-key"] == "k"
                assert all("cookie" not in one.headers for one in source.asked + other.asked)
                for secret in ("authorization", "x-key"):
                    assert secret not in other.asked[0].headers

    play(story)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with Source(host=INSIDE) as proxy, Source() as source, client() as http:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url(name=INSIDE))
            await ask(http, source.url())
            assert (proxy.connections, source.connections) == (0, 1)

    play(story)


@pytest.mark.parametrize(
    "headers",
    [{"x": "a\r\nhost: inside"}, {"x\r\nhost": "a"}, {"x": "a\nb"}, {"x": "\x00"}, {"": "a"}],
)
def test_headers_cannot_be_broken_out_of(headers: dict[str, str]) -> None:
    async def story() -> None:
        async with Source() as source, client() as http:
            try:
                await http.send(Message("GET", source.url(), headers=headers))
            except HttpError:
                assert source.asked == []
            else:
                assert source.asked[0].headers["host"] == f"source.example:{source.port}"

    play(story)


def test_a_url_cannot_be_broken_out_of() -> None:
    async def story() -> None:
        async with Source() as source, client() as http:
            await ask(http, source.url("/a b\r\nx-evil: 1\r\n\r\nGET /second"))
            assert len(source.asked) == 1
            assert "x-evil" not in source.asked[0].headers
            assert source.asked[0].path.startswith("/a%20b")

    play(story)


def test_what_the_connection_says_of_itself_is_ours() -> None:
    async def story() -> None:
        ours = ("host", "content-length", "transfer-encoding", "connection", "upgrade", "expect")
        async with Source() as source, client() as http:
            headers = {name: "chunked" for name in ours}
            await http.send(Message("POST", source.url(), b"1234", headers))
            [asked] = source.asked
            assert (asked.headers["host"], asked.body) == (f"source.example:{source.port}", b"1234")
            assert not {"transfer-encoding", "upgrade", "expect"} & set(asked.headers)

    play(story)
