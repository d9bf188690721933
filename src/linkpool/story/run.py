# SPDX-License-Identifier: MIT
"""The whole first run in one process: chain, data source, nodes, plot, books, verdict.

The chain is a child process that is stopped by its id; everything else is a task of this loop.
State lies in one folder: a second run there goes on with the same chain, and only one run at a
time may use it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from linkpool.agreements import book
from linkpool.chain.anvil import Anvil
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.deployment import PROFILES
from linkpool.errors import LinkPoolError
from linkpool.oracle.assembly import Limits, assembled
from linkpool.oracle.host import OracleHost
from linkpool.oracle.spec import load, template
from linkpool.store.database import Database
from linkpool.store.state import open_state
from linkpool.story.bargain import finished
from linkpool.story.cast import HARMED, NODES, Cast
from linkpool.story.feed import Feed
from linkpool.story.folder import alone
from linkpool.story.market import Market
from linkpool.story.observation import Seen, observe
from linkpool.story.parts import bidder_of, source_of
from linkpool.story.play import Play, Question
from linkpool.story.plot import ANSWERS, CLOSING, DEMO, UP, Pace, script_left
from linkpool.story.stage import set_up
from linkpool.story.verdict import Verdict, judge
from linkpool.story.view import View, view
from linkpool.transactions import TransactionLimits

JOB: Final = "get-uint256-local"
REQUESTS: Final = ANSWERS + 3
BREATH: Final = 0.05
STATE_SECONDS: Final = 30  # how often the chain is written down, apart from at its end
SLOWEST: Final = 10
# The chain is written down from time to time only: after a crash it may have lost some blocks.
LIMITS: Final = Limits(transactions=TransactionLimits(finality=1_000))
EARLIER: Final = PROFILES["local"].delay + 600  # seconds before now at which a new chain begins
T = TypeVar("T")


class Stopped(LinkPoolError):
    """Ctrl-C or SIGTERM before the end."""

    exit_code = 130


class Reporter(Protocol):
    """Where the run is shown."""

    def introduce(self) -> None:
        """Once it is certain that there is a run."""

    def say(self, text: str) -> None: ...

    def show(self, seen: View) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a run is made. `question` None asks the bundled source; `every` and `agree` are seconds
    between requests and between agreements.
    """

    folder: Path
    port: int
    question: Question | None
    every: float = 3.0
    look: float = 1.0
    agree: float = 60.0


@dataclass(frozen=True, slots=True)
class Show:
    """A pool in motion, and how to look at it."""

    play: Play
    market: Market
    host: OracleHost
    task: asyncio.Task[None]

    async def step(self, pace: Pace, *, pause: float = 0, once: bool = False) -> bool:
        """Does what is due; False where there was nothing to do."""
        acted = await self.play.step(pace)
        books, places = self.play.feed.books, self.play.places
        return await self.market.step(books, places, pause=pause, once=once) or acted

    async def look(self) -> View:
        """The pool at its present block, judged."""
        feed, stage = self.play.feed, self.play.stage
        block = await feed.follow()
        while self.host.failures:
            node, reason = self.host.failures.popleft()
            self.play.told.add(f"{stage.cast.name(node)} could not answer: {reason}")
        seen, verdict = await self._judged(block)
        answer = await stage.consumer.answer(await stage.consumer.latest(block=block), block=block)
        return view(
            feed.books,
            seen,
            verdict,
            cast=stage.cast,
            states={node: state for node, _, state in self.host.state.nodes},
            answer=self._answer(answer.number),
            told=self.play.told,
            rpc=stage.suite.connection.host,
        )

    async def _judged(self, block: int) -> tuple[Seen, Verdict]:
        """A chain that makes its next block at this moment may answer with what that one changes:
        what looks wrong is asked for once more, when the block is no longer the newest.
        """
        feed, stage = self.play.feed, self.play.stage
        seen = await observe(stage.suite, stage.network, feed.books, block)
        verdict = judge(feed.books, seen)
        if verdict.problems and not feed.books.problems:
            await stage.suite.connection.rpc("evm_mine")
            seen = await observe(stage.suite, stage.network, feed.books, block)
            verdict = judge(feed.books, seen)
        return seen, verdict

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
            await show.step(UP, pause=setting.agree * _slower(show.play))
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
            while not (_told(show.play) and finished(show.play.feed.books, show.play.places)):
                await _scene(show, reporter, stop)
            while await show.step(CLOSING, once=True):
                reporter.show(await show.look())
            last = await show.look()
            reporter.show(last)
            return last
    except TimeoutError:
        raise LinkPoolError(f"the story did not end within {seconds:g} s") from None


async def _scene(show: Show, reporter: Reporter, stop: asyncio.Event) -> None:
    show.check()
    await show.step(DEMO, once=True)
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
        reporter.introduce()
        reporter.say("starting the local chain")
        chain = stack.enter_context(_chain(setting))
        connection = await stack.enter_async_context(
            await Connection.open(chain.url, chain_id=LOCAL_CHAIN_ID)
        )
        source = await source_of(stack, folder)
        stage = await _unless(stop, set_up(connection, Cast.local(), folder, reporter.say))
        host = await stack.enter_async_context(
            assembled(
                stage.suite,
                stack.enter_context(await _database(folder, connection)),
                [stage.cast.signers[name] for name in NODES],
                limits=LIMITS,
                templates=[template(JOB)],
                topics=book.topics(),
            )
        )
        host.companions.append(bidder_of(stage, host))
        task = asyncio.create_task(host.run(over), name="host")
        stack.push_async_callback(_end, over, task)
        reporter.say("reading the pool's history")
        bundled = Question(f"{source.url}/ETH/USD", "ETH,USD", 100)
        job = load(template(JOB), contract=stage.consumer.address)
        watched = (stage.client.address, stage.cast.address(HARMED))
        feed = Feed(stage.suite, stage.network, stage.reputation, watched)
        play = Play(stage, feed, setting.question or bundled, job)
        await feed.follow()
        feed.books.exchange.news.clear()  # of an earlier run
        yield Show(play, Market(stage, host, source.url, play.told), host, task)
        reporter.say("stopping")


def _chain(setting: Setting) -> Anvil:
    """A new one begins in the past: collateral can be put up once its contract was announced for
    the pool's delay, and a first look at the pool should not take an hour.
    """
    state = setting.folder / "chain.json"
    begun = None if state.exists() else int(time.time()) - EARLIER
    return Anvil.start(port=setting.port, state=state, state_seconds=STATE_SECONDS, begun=begun)


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


async def _paused(stop: asyncio.Event, seconds: float) -> bool:
    """Waits; True where `stop` was set meanwhile."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
        return True
    except TimeoutError:
        return False
