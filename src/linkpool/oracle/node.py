# SPDX-License-Identifier: MIT
"""A node: registers itself at its first boot, then answers requests until it is told to stop.

Level-triggered: each look at the chain tells what is open; whatever was interrupted is taken up by
the next look. An answer is simulated before it is sent, and the contract deletes a request's
commitment with its first answer: two processes, a crash or a replaced block cannot answer twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address
from linkpool.chain.calls import Call
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.sender import Sender
from linkpool.chain.suite import Suite
from linkpool.errors import ChainUnavailable, TxReverted, TxUnconfirmed, Unfunded, UsageError
from linkpool.net import HttpClient
from linkpool.oracle import pipeline
from linkpool.oracle.errors import SpecError, TaskError, TryLater
from linkpool.oracle.journal import Journal, State
from linkpool.oracle.results import PendingTransaction, TaskResult, TaskState
from linkpool.oracle.spec import JobSpec, load
from linkpool.oracle.tasks import World
from linkpool.oracle.watcher import Request, StorageLogs, look, run_variables
from linkpool.telemetry import logger

PARALLEL: Final = 8
REMEMBERED: Final = 16
POLL: Final = 0.5
PATIENCE: Final = 5.0
LOG: Final = logger("oracle")


class Transactions:
    """The node's ethtx: simulated, then sent by the node's key."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def submit(self, to: str, data: bytes, gas: int) -> str:
        call = Call(to=address(to), data=data, what="ethtx", gas=gas)
        try:
            await self._sender.connection.call(call, sender=self._sender.address)
            return (await self._sender.send(call)).tx
        except TxReverted as error:
            raise TaskError(f"the contract refuses: {error.reason}") from None
        except (ChainUnavailable, TxUnconfirmed, Unfunded) as error:
            raise TryLater(str(error)) from None


class OracleNode:
    """One node with one job; several may share a process, each with its own key and journal."""

    def __init__(
        self,
        suite: Suite,
        sender: Sender,
        *,
        job: str,
        folder: Path,
        http: HttpClient,
        poll: float = POLL,
    ) -> None:
        self.suite = suite
        self.sender = sender
        self.state = "starting"
        self.answered = 0  # since the start
        self.failures: deque[str] = deque(maxlen=REMEMBERED)
        self._job = job
        self._folder = folder
        self._poll = poll
        self._world = World(http)
        self._transactions = Transactions(sender)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._done: set[str] = set()

    @property
    def address(self) -> ChecksumAddress:
        return self.sender.address

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. A wrong job is a SpecError; a lost chain is waited for."""
        storage = await self._registered(stop)
        if storage is None:
            return
        spec = self._loaded(storage)
        genesis = await self._patient(stop)
        if stop.is_set():
            return
        with self._journal(genesis) as journal:
            self._say("serving", storage=storage.address, job=spec.name)
            chain = StorageLogs(self.suite.connection, storage.address)
            try:
                while not stop.is_set():
                    await self._tick(chain, journal, spec)
                    await _pause(stop, self._poll)
            finally:
                await self._finish()
        self._say("stopped")

    async def _tick(self, chain: StorageLogs, journal: Journal, spec: JobSpec) -> None:
        self._done.clear()
        try:
            requests = await look(chain, journal, spec)
        except ChainUnavailable as error:
            self._say("no chain", error=str(error))
            return
        self._say("serving")
        for request in requests[:PARALLEL]:
            if request.id in self._running or request.id in self._done:
                continue  # done while the logs were on their way
            if len(self._running) < PARALLEL:
                self._running[request.id] = asyncio.create_task(
                    self._answer(request, journal, spec), name=f"answer {request.id}"
                )

    async def _answer(self, request: Request, journal: Journal, spec: JobSpec) -> None:
        try:
            tx = await self._run(request, spec)
            journal.finish(request.id, State.ANSWERED, tx=tx)
            self.answered += 1
            LOG.info("request.answered", node=self.address, request=request.id, tx=tx)
        except TryLater as error:
            LOG.warning("request.postponed", request=request.id, why=str(error))
            await asyncio.sleep(self._poll)
        except TaskError as error:
            journal.finish(request.id, State.FAILED, note=str(error))
            self.failures.append(str(error))
            LOG.warning("request.failed", request=request.id, why=str(error))
        finally:
            self._running.pop(request.id, None)
            self._done.add(request.id)

    async def _run(self, request: Request, spec: JobSpec) -> str:
        """The hash of the answer's transaction."""
        variables = run_variables(request.log, spec)
        done: dict[str, TaskResult] = {}
        while True:
            run = await pipeline.run(
                spec.graph, variables, self._world, deadline=spec.deadline, known=done
            )
            if run.error is not None:
                raise run.error
            if not run.suspended:
                return str(run.outputs[-1])
            done = dict(run.tasks)
            for task in run.suspended:
                done[task.name] = await self._sent(task)

    async def _sent(self, task: TaskResult) -> TaskResult:
        wanted = task.value
        if not isinstance(wanted, PendingTransaction):
            raise TaskError(f"{task.name}: cannot wait for {task.kind}")
        tx = await self._transactions.submit(wanted.to, wanted.data, wanted.gas or 0)
        return replace(task, state=TaskState.COMPLETED, value=tx)

    async def _finish(self) -> None:
        """What is under way gets a moment; what is not done then is taken up at the next start."""
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _registered(self, stop: asyncio.Event) -> PoolStorage | None:
        """The node's PoolStorage, registered by its own key where the owner has approved it."""
        while not stop.is_set():
            try:
                return await self.suite.storage(self.address)
            except UsageError:
                await self._register()
            except ChainUnavailable as error:
                self._say("no chain", error=str(error))
            await _pause(stop, self._poll)
        return None

    async def _register(self) -> None:
        try:
            approval = await self.suite.link_pool.approval_of(self.address)
            if approval.operator == ZERO:
                hint = f"the pool's owner has to run: linkpool node approve {self.address}"
                self._say("waiting for approval", hint=hint)
                return
            await self.sender.send(self.suite.link_pool.register_node())
            self._say("registered")
        except (ChainUnavailable, TxUnconfirmed) as error:
            self._say("no chain", error=str(error))
        except (TxReverted, Unfunded) as error:
            self._say("cannot register", error=str(error))

    def _loaded(self, storage: PoolStorage) -> JobSpec:
        spec = load(self._job, contract=storage.address)
        if spec.contract != storage.address:
            text = f"contractAddress: the job is for {spec.contract}, this node's is"
            raise SpecError(f"{text} {storage.address}")
        chain_id = self.suite.connection.chain_id
        if spec.chain_id is not None and spec.chain_id != chain_id:
            raise SpecError(f"evmChainID: the job is for chain {spec.chain_id}, this is {chain_id}")
        return spec

    async def _patient(self, stop: asyncio.Event) -> str:
        """The chain's identity, asked until it answers."""
        while not stop.is_set():
            try:
                return await self.suite.connection.genesis()
            except ChainUnavailable as error:
                self._say("no chain", error=str(error))
                await _pause(stop, self._poll)
        return ""

    @contextmanager
    def _journal(self, chain: str) -> Iterator[Journal]:
        journal = Journal.open(self._folder / f"{self.address.lower()}.db", chain=chain)
        try:
            yield journal
        finally:
            journal.close()

    def _say(self, state: str, **facts: str) -> None:
        """Logs a change of state, once."""
        if state != self.state:
            self.state = state
            LOG.info(f"node.{state.replace(' ', '_')}", node=self.address, **facts)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass
