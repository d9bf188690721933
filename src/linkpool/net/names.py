# SPDX-License-Identifier: MIT
"""Names to addresses, and the decision which of them may be connected to.

Name and check are one step of making a connection: the address that was checked is the one that
the socket goes to, and it stays with the connection for as long as that is used again. A name that
resolves to one private address among public ones is refused as a whole.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakValueDictionary

from aiohttp.abc import AbstractResolver, ResolveResult

from linkpool.net.known import KnownNames

THREADS: Final = 64
PER_DOMAIN: Final = 2
DOUBTED: Final = 16  # of the threads, for domains that have hung lately
DOUBT: Final = 900.0
SECONDS: Final = 6.0  # resolvers ask again after 5 s: one lost packet does not make a name slow
QUEUE: Final = 3.0
# Under these, names of a country belong to whoever has one label more: example.co.uk.
REGISTRIES: Final = frozenset("ac co com edu gob gov gv ne net nom or org".split())

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a name, in the order in which they are tried; OSError where it has none."""


class Inside(OSError):
    """An address that whoever wrote the URL must not reach."""


class SlowNames(OSError):
    """Name servers that do not answer, or too many names to look up at a time."""


class SystemNames:
    """The operating system's resolver, on threads of its own. A thread hangs for as long as name
    servers do, whatever the request does meanwhile; whoever owns a domain has few of them, all
    whose names hung lately have few together, and names that had addresses a little while ago keep
    those if nothing better comes in time.
    """

    def __init__(
        self,
        look_up: Callable[[str, int], list[str]] | None = None,
        *,
        seconds: float = SECONDS,
        queue: float = QUEUE,
    ) -> None:
        self.seconds = seconds
        self.queue = queue
        self._look_up = look_up or _look_up
        self._threads = asyncio.Semaphore(THREADS)
        self._domains: WeakValueDictionary[str, _Domain] = WeakValueDictionary()
        self._known = KnownNames()
        self._few = asyncio.Semaphore(DOUBTED)
        self._doubted = KnownNames(again=DOUBT)
        """By domain."""

    async def __call__(self, host: str, port: int) -> list[str]:
        name, now = _plain(host), asyncio.get_running_loop().time
        try:
            if self._known.is_slow(name, now=now()):
                raise _silent(domain_of(name))
            return await self._asked(name, host, port)
        except SlowNames:
            if last := self._known.last(name, now=now()):
                return last
            raise

    async def _asked(self, name: str, host: str, port: int) -> list[str]:
        domain = self._domains.setdefault(owner := domain_of(name), _Domain())
        if domain.hangs():
            raise _silent(owner)
        places = await self._turn(domain, owner)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()
        work = _Work(self, domain, places, name, loop, answer)
        domain.running.add(answer)
        try:
            # A daemon, so that a name that hangs does not hold up the end of the program.
            threading.Thread(target=work.run, args=(host, port), daemon=True).start()
        except RuntimeError as error:
            self._ended(work, None, OSError(str(error)))
        try:
            async with asyncio.timeout(self.seconds):
                return await answer
        except TimeoutError:
            self._known.hung(name, now=loop.time())
            raise _silent(owner) from None

    async def _turn(self, domain: _Domain, owner: str) -> list[asyncio.Semaphore]:
        """Waits for a place among the domain's look-ups, among the doubted ones if it is one of
        them, and among all; all of these are taken.
        """
        doubted = self._doubted.is_slow(owner, now=asyncio.get_running_loop().time())
        taken: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(self.queue):
                for places in (domain.places, *([self._few] if doubted else []), self._threads):
                    await places.acquire()
                    taken.append(places)
        except BaseException as error:
            _release(taken)
            if isinstance(error, TimeoutError):
                raise SlowNames(f"too many names of {owner} are being looked up") from None
            raise
        return taken

    def _ended(self, work: _Work, found: list[str] | None, error: OSError | None) -> None:
        """Also of look-ups that nobody waits for any more."""
        _release(work.places)
        if work.answer.cancelled():
            self._doubted.hung(domain_of(work.name), now=work.loop.time())
        work.domain.running.discard(work.answer)
        if found is not None:
            self._known.found(work.name, found, now=work.loop.time())
        elif isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME:
            self._known.gone(work.name)
        if work.answer.done():
            return
        if found is not None:
            work.answer.set_result(found)
        else:
            work.answer.set_exception(error or OSError("no addresses"))


@dataclass(slots=True, weakref_slot=True)
class _Domain:
    """The look-ups of names of one owner; kept for as long as there is one."""

    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_DOMAIN))
    running: set[asyncio.Future[list[str]]] = field(default_factory=set)

    def hangs(self) -> bool:
        """Whether every place is taken by a look-up that was already given up."""
        return sum(answer.cancelled() for answer in self.running) >= PER_DOMAIN


@dataclass(frozen=True, slots=True)
class _Work:
    names: SystemNames
    domain: _Domain
    places: list[asyncio.Semaphore]
    name: str
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[str]]

    def run(self, host: str, port: int) -> None:
        """On a thread."""
        found, failed = None, None
        try:
            found = self.names._look_up(host, port)
        except OSError as error:
            failed = error
        finally:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                self.loop.call_soon_threadsafe(self.names._ended, self, found, failed)


def _release(taken: list[asyncio.Semaphore]) -> None:
    for places in taken:
        places.release()


def domain_of(host: str) -> str:
    """The part of a name that somebody owns, as well as that can be told without a list of all
    registries.

    >>> domain_of("api.prices.example"), domain_of("api.prices.co.uk")
    ('prices.example', 'prices.co.uk')
    """
    labels = _plain(host).split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in REGISTRIES
    return ".".join(labels[-3 if country else -2 :])


def _plain(host: str) -> str:
    return host.rstrip(".").lower()


def _silent(owner: str) -> SlowNames:
    return SlowNames(f"the name servers of {owner} do not answer")


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except ValueError:  # a spelling that no name has
        raise OSError("no such name") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedResolver(AbstractResolver):
    """Gives the connector addresses that are `allowed`, all or none."""

    def __init__(self, names: Resolve, allowed: Callable[[str], bool]) -> None:
        self._names = names
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._names(host, port)
        for address in addresses:
            check(address, self._allowed)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Names are closed by who made them."""


def checked_socket(allowed: Callable[[str], bool]) -> Callable[[Any], socket.socket]:
    """Makes the sockets of a connector: the last gate, which addresses that are written in a URL
    pass too.
    """

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        check(str(address[0]), allowed)
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def check(address: str, allowed: Callable[[str], bool]) -> None:
    """Raises Inside."""
    if not allowed(address):
        raise Inside(f"{address} is not a public address")
