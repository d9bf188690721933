# SPDX-License-Identifier: MIT
"""The whole first run in one process: chain, data source, nodes, plot, books, verdict.

The chain is a child process that is stopped by its id; everything else is a task of this loop.
State lies in one folder: a second run there goes on with the same chain, and only one run at a
time may use it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from linkpool.adapters.prices import PriceSource
from linkpool.chain.anvil import Anvil
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.errors import LinkPoolError, PortInUse, UsageError
from linkpool.oracle.assembly import Limits, assembled
from linkpool.oracle.host import OracleHost
from linkpool.oracle.spec import load, template
from linkpool.store.database import Database
from linkpool.store.state import FILE, open_state
from linkpool.story.cast import NODES, Cast
from linkpool.story.feed import Feed
from linkpool.story.observation import observe
from linkpool.story.play import Play, Question
from linkpool.story.plot import ANSWERS, CLOSING, DEMO, UP, script_left
from linkpool.story.stage import set_up
from linkpool.story.verdict import judge
from linkpool.story.view import View, view
from linkpool.transactions import TransactionLimits

JOB: Final = "get-uint256-local"
REQUESTS: Final = ANSWERS + 3
BREATH: Final = 0.05
STATE_SECONDS: Final = 30  # how often the chain is written down, apart from at its end
SLOWEST: Final = 10
# The chain is written down from time to time only: after a crash it may have lost some blocks.
LIMITS: Final = Limits(transactions=TransactionLimits(finality=1_000))
LOCK: Final = "up.lock"
KEPT: Final = (
    "chain.json",
    "chain.last-good.json",
    "chain.lock",
    "local.json",
    "local.tmp",
    "source.port",
    *(f"{FILE}{end}" for end in ("", "-shm", "-wal", ".lock")),
    "up.log",
)
T = TypeVar("T")


class Stopped(LinkPoolError):
    """Ctrl-C or SIGTERM before the end."""

    exit_code = 130


class Reporter(Protocol):
    """Where the run is shown."""

    def say(self, text: str) -> None: ...

    def show(self, seen: View) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a run is made. `question` None asks the bundled source; times in seconds."""

    folder: Path
    port: int
    question: Question | None
    every: float = 3.0
    look: float = 1.0


@dataclass(frozen=True, slots=True)
class Show:
    """A pool in motion, and how to look at it."""

    play: Play
    host: OracleHost
    task: asyncio.Task[None]

    async def look(self) -> View:
        """The pool at its present block, judged."""
        feed, stage = self.play.feed, self.play.stage
        block = await feed.follow()
        while self.host.failures:
            node, reason = self.host.failures.popleft()
            self.play.told.append(f"{stage.cast.name(node)} could not answer: {reason}")
        seen = await observe(stage.suite, feed.books, block)
        answer = await stage.consumer.answer(await stage.consumer.latest(block=block), block=block)
        return view(
            feed.books,
            seen,
            judge(feed.books, seen),
            cast=stage.cast,
            states={node: state for node, _, state in self.host.state.nodes},
            answer=self._answer(answer.number),
            told=self.play.told,
            rpc=stage.suite.connection.host,
        )

    def check(self) -> None:
        """A host that ended ends the run with its reason."""
        if self.task.done() and (error := self.task.exception()):
            raise error

    def _answer(self, number: int) -> str:
        question = self.play.question
        return f"{question.path} × {question.times} = {number:,}" if number else "none yet"


async def up(setting: Setting, reporter: Reporter, stop: asyncio.Event) -> None:
    """Runs until `stop`; also while it is being set up."""
    try:
        await _up(setting, reporter, stop)
    except Stopped:
        pass


async def _up(setting: Setting, reporter: Reporter, stop: asyncio.Event) -> None:
    async with _show(setting, reporter, stop) as show:
        asked = 0.0
        while not stop.is_set():
            show.check()
            await show.play.step(UP)
            if time.monotonic() - asked >= setting.every * _slower(show.play):
                asked = time.monotonic()
                await show.play.ask()
            reporter.show(await show.look())
            await _paused(stop, setting.look)


def _slower(play: Play) -> float:
    """A local chain grows by some 30 kB a request: a long history is added to more slowly."""
    answers = sum(book.answered for book in play.feed.books.nodes.values())
    return min(SLOWEST, 1 + answers / 200)


async def demo(
    setting: Setting, reporter: Reporter, stop: asyncio.Event, *, seconds: float
) -> View:
    """The story once; the last look, after everything was distributed and claimed."""
    try:
        async with asyncio.timeout(seconds), _show(setting, reporter, stop) as show:
            while not _told(show.play):
                await _scene(show, reporter, stop)
            while await show.play.step(CLOSING):
                reporter.show(await show.look())
            last = await show.look()
            reporter.show(last)
            return last
    except TimeoutError:
        raise LinkPoolError(f"the story did not end within {seconds:g} s") from None


async def _scene(show: Show, reporter: Reporter, stop: asyncio.Event) -> None:
    show.check()
    await show.play.step(DEMO)
    if show.play.asked < REQUESTS:
        await show.play.ask()
    reporter.show(await show.look())
    if await _paused(stop, BREATH):
        raise Stopped("interrupted before the end of the story")


def _told(play: Play) -> bool:
    """All acts are over, all requests asked and answered."""
    books = play.feed.books
    waiting = any(book.escrow for book in books.nodes.values())
    return not waiting and play.asked >= REQUESTS and not script_left(books, play.places)


@asynccontextmanager
async def _show(setting: Setting, reporter: Reporter, stop: asyncio.Event) -> AsyncIterator[Show]:
    folder, over = setting.folder, asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(folder))
        reporter.say("starting the local chain")
        chain = stack.enter_context(
            Anvil.start(port=setting.port, state=folder / "chain.json", state_seconds=STATE_SECONDS)
        )
        connection = await stack.enter_async_context(
            await Connection.open(chain.url, chain_id=LOCAL_CHAIN_ID)
        )
        source = await _source(stack, folder)
        stage = await _unless(stop, set_up(connection, Cast.local(), folder, reporter.say))
        host = await stack.enter_async_context(
            assembled(
                stage.suite,
                stack.enter_context(await _database(folder, connection)),
                [stage.cast.signers[name] for name in NODES],
                limits=LIMITS,
                templates=[template(JOB)],
            )
        )
        task = asyncio.create_task(host.run(over), name="host")
        stack.push_async_callback(_end, over, task)
        reporter.say("reading the pool's history")
        bundled = Question(f"{source.url}/ETH/USD", "ETH,USD", 100)
        job = load(template(JOB), contract=stage.consumer.address)
        play = Play(stage, Feed(stage.suite), setting.question or bundled, job)
        await play.feed.follow()
        yield Show(play, host, task)
        reporter.say("stopping")


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, or Stopped: what it has done stays, the next run goes on from there."""
    task, signal = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, signal}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Stopped("interrupted while it was being set up")
    finally:
        for one in (task, signal):
            one.cancel()
        await asyncio.gather(task, signal, return_exceptions=True)


async def _end(over: asyncio.Event, task: asyncio.Task[None]) -> None:
    over.set()
    await asyncio.gather(task, return_exceptions=True)


async def _database(folder: Path, connection: Connection) -> closing[Database]:
    """Of this very chain."""
    genesis = await connection.genesis()
    return closing(open_state(folder, chain_id=connection.chain_id, genesis=genesis))


async def _source(stack: AsyncExitStack, folder: Path) -> PriceSource:
    """The bundled source, on the port it had before where that is free: requests name it."""
    note = folder / "source.port"
    try:
        source = await stack.enter_async_context(PriceSource(noted_port(note)))
    except PortInUse:
        source = await stack.enter_async_context(PriceSource())
    note.write_text(str(source.port))
    return source


def noted_port(note: Path) -> int:
    """0, any free one, where there is no note or nothing usable in it."""
    try:
        port = int(note.read_bytes()) if note.exists() else 0
    except ValueError:
        return 0
    return port if 0 < port < 2**16 else 0


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One run at a time per folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UsageError(f"another run uses {folder}: stop it, or choose another folder") from None
    try:
        yield
    finally:
        os.close(handle)


def forget(folder: Path) -> bool:
    """Removes what a run keeps in the folder and nothing else; False where there was nothing."""
    if not folder.is_dir():
        return False
    with alone(folder):
        found = [folder / name for name in KEPT if (folder / name).exists()]
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / LOCK).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return bool(found)


async def _paused(stop: asyncio.Event, seconds: float) -> bool:
    """Waits; True where `stop` was set meanwhile."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
        return True
    except TimeoutError:
        return False
