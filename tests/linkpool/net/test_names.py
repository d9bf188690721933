# SPDX-License-Identifier: MIT
"""Names whose name servers hang cost those who ask for them, and nobody else."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from linkpool.net import HttpClient, HttpError, Message
from linkpool.net.known import KnownNames
from linkpool.net.names import DOUBTED, PER_DOMAIN, THREADS, SystemNames, domain_of
from tests.linkpool.net.servers import PUBLIC, Source, play

SOON = 0.05


class Slow:
    """A resolver that hangs at names of `evil…` until it is let go, as the system's does at name
    servers that never answer.
    """

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        if host.startswith("nobody"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if "evil" in host:
            self.gate.wait(20)
        return [PUBLIC]

    def names(self, *, seconds: float = SOON, queue: float = SOON) -> SystemNames:
        return SystemNames(self, seconds=seconds, queue=queue)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.gate.set()


async def refused(names: SystemNames, host: str) -> str:
    with pytest.raises(OSError) as caught:
        await names(host, 80)
    return str(caught.value)


def test_an_honest_request_is_answered_while_a_hundred_names_hang(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names(seconds=10, queue=10)
        async with Source() as source, HttpClient(resolve=names, outside=lambda a: True) as http:
            evil = [
                asyncio.create_task(http.send(Message("GET", f"http://a{i}.evil.example/")))
                for i in range(100)
            ]
            while not slow.asked:
                await asyncio.sleep(0.001)
            honest = Message("GET", f"http://honest.example.org:{source.port}/")
            assert (await http.send(honest)).status == 200
            assert not any(task.done() for task in evil)
            for task in evil:
                task.cancel()

    play(story)
    assert len([host for host in slow.asked if "evil" in host]) == PER_DOMAIN


def test_who_waits_is_told_in_seconds_and_why(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names()
        first = [refused(names, f"a{i}.evil.example") for i in range(PER_DOMAIN + 1)]
        *hung, queued = await asyncio.gather(*first)
        assert set(hung) == {"the name servers of evil.example do not answer"}
        assert queued == "too many names of evil.example are being looked up"

    play(story)


def test_a_source_whose_name_server_hangs_is_an_error_of_the_request(slow: Slow) -> None:
    async def story() -> None:
        async with HttpClient(resolve=slow.names(), outside=lambda a: True) as http:
            with pytest.raises(HttpError, match=r"^a\.evil\.example: the name servers of evil"):
                await http.send(Message("GET", "http://a.evil.example/"))

    play(story)


def test_threads_that_hang_still_count_after_the_request_has_given_up(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names()
        for number in range(3 * PER_DOMAIN):
            await refused(names, f"a{number}.evil.example")
        assert len(slow.asked) == PER_DOMAIN
        slow.gate.set()
        while slow.asked[-1] != "fresh.evil.example":
            try:
                await names("fresh.evil.example", 80)
            except OSError:
                await asyncio.sleep(0.001)

    play(story)


def test_a_name_that_hung_is_not_asked_again_at_once(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names()
        await refused(names, "A.evil.example")
        assert "evil.example" in await refused(names, "a.evil.example.")

    play(story)
    assert slow.asked == ["A.evil.example"]


def test_a_name_that_answers_late_is_known_from_then_on(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names()
        await refused(names, "a.evil.example")
        slow.gate.set()
        while True:
            try:
                assert await names("a.evil.example", 80) == [PUBLIC]
                break
            except OSError:
                await asyncio.sleep(0.001)

    play(story)


def test_a_known_name_keeps_its_addresses_while_every_thread_hangs(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names(queue=20)
        await names("prices.example.org", 443)
        evil = [
            asyncio.create_task(names(f"a{i % 2}.evil{i // 2}.example", 80)) for i in range(THREADS)
        ]
        while len(slow.asked) <= THREADS:
            await asyncio.sleep(0.001)
        for task in evil:
            with pytest.raises(OSError, match="do not answer"):
                await task
        names.queue = SOON
        assert await names("prices.example.org", 443) == [PUBLIC]
        assert "too many names" in await refused(names, "new.example.org")

    play(story)
    assert slow.asked.count("prices.example.org") == 1


def test_domains_that_have_hung_once_leave_most_places_to_others(slow: Slow) -> None:
    async def story() -> None:
        names = slow.names(seconds=SOON, queue=20)

        async def evil(word: str) -> None:
            asked = [names(f"{word}{i % 2}.evil{i // 2}.example", 80) for i in range(THREADS)]
            await asyncio.gather(*asked, return_exceptions=True)

        await evil("a")
        with pytest.raises(OSError, match="too many names"):
            names.queue = SOON
            await names("new.example.org", 80)
        slow.gate.set()
        names.queue = 20
        assert await names("new.example.org", 80) == [PUBLIC]
        slow.gate.clear()
        before, names.queue = len(slow.asked), SOON
        await evil("b")
        while len(slow.asked) < before + DOUBTED:
            await asyncio.sleep(0.001)  # threads begin when a busy machine lets them
        assert len(slow.asked) == before + DOUBTED
        assert await names("other.example.org", 80) == [PUBLIC]

    play(story)


def test_a_name_without_addresses_says_so_even_if_it_once_had_some(slow: Slow) -> None:
    async def story() -> None:
        there = True

        def look_up(host: str, port: int) -> list[str]:
            return slow(host if there else "nobody", port)

        names = SystemNames(look_up, seconds=10)
        assert await names("prices.example.org", 80) == [PUBLIC]
        there = False
        assert "not known" in await refused(names, "prices.example.org")

    play(story)


def test_a_resolver_of_the_system_that_refuses_a_spelling_is_no_such_name() -> None:
    async def story() -> None:
        assert await refused(SystemNames(), f"{'a' * 64}.example") == "no such name"

    play(story)


def test_a_look_up_that_breaks_gives_its_place_back() -> None:
    async def story() -> None:
        names = SystemNames(seconds=10, queue=10)
        for _ in range(2 * PER_DOMAIN):
            assert await refused(names, "a\0.example")

    play(story)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.evil.example", "evil.example"),
        ("evil.example", "evil.example"),
        ("localhost", "localhost"),
        ("Api.Prices.co.uk", "prices.co.uk"),
        ("a.prices.com.au.", "prices.com.au"),
        ("co.uk", "co.uk"),
        ("a.b.abc.de", "abc.de"),
    ],
)
def test_names_are_counted_by_who_owns_them(host: str, domain: str) -> None:
    assert domain_of(host) == domain


def test_what_is_remembered_is_bounded_and_ages() -> None:
    known = KnownNames(names=2, again=10, stale=900)
    known.found("b", ["2.2.2.2"], now=0)
    known.found("a", ["1.1.1.1"], now=0)
    assert known.last("a", now=899) == ["1.1.1.1"]
    known.hung("c", now=0)
    assert len(known) == 2
    assert known.last("b", now=0) == []
    assert known.is_slow("c", now=9)
    assert not known.is_slow("c", now=10)
    assert known.last("a", now=900) == []
    known.hung("a", now=1)
    assert known.last("a", now=1) == ["1.1.1.1"]
    known.gone("a")
    assert known.last("a", now=1) == []
