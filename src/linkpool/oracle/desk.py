# SPDX-License-Identifier: MIT
"""What operators may do to a host while it runs: jobs, runs, answers of adapters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from sqlalchemy import Connection

from linkpool.chain.addresses import address
from linkpool.chain.suite import Suite
from linkpool.errors import UsageError
from linkpool.follower import Follower
from linkpool.oracle.registration import HostedNode, Registration
from linkpool.oracle.runs import adoption, inputs, intake, jobs, records, resumption
from linkpool.oracle.runs.admission import Offer, Service, Terms, service
from linkpool.oracle.runs.jobs import Book
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.runner import Runner
from linkpool.oracle.runs.upkeep import Upkeep
from linkpool.store.database import Database
from linkpool.units import Juels


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job on its way into the database. `contract` None: a shadow job that names another's."""

    toml: str
    node: ChecksumAddress
    contract: ChecksumAddress | None
    shadow: bool = False


class Desk:
    """The host's counter; `news` wakes it."""

    def __init__(
        self,
        suite: Suite,
        database: Database,
        follower: Follower,
        registration: Registration,
        runner: Runner,
        upkeep: Upkeep,
        *,
        limits: RunLimits,
        confirmations: int,
    ) -> None:
        self.suite = suite
        self.database = database
        self.follower = follower
        self.registration = registration
        self.runner = runner
        self.upkeep = upkeep
        self.news = asyncio.Event()
        self._limits = limits
        self._least = confirmations

    @property
    def terms(self) -> Terms:
        """What is asked of requests now."""
        least = self._limits.minimum_confirmations
        return Terms(
            confirmations=self._least if least is None else least,
            minimum=Juels(self._limits.minimum_payment),
            costs=self.upkeep.costs,
        )

    # ---- Jobs ----

    async def add_job(self, toml: str, *, node: str | None = None, shadow: bool = False) -> int:
        """The job's number. `node` may be left out where there is one only, or where the job names
        its contract. Requests for it that are open are taken up. ChainUnavailable, and nothing is
        added, where no RPC says from which block on to follow a contract.
        """
        head = await self.suite.connection.block_number()
        chosen = None if node is None else address(node)
        contract = None if shadow else self._contract(toml, chosen)
        owner = None if contract is None else self.registration.storages.get(contract)
        account = chosen or owner or next(iter(self.registration.nodes), None)
        if account is None:
            raise UsageError("no node runs here: start one with `linkpool oracle run`")
        new = NewJob(toml=toml, node=account, contract=contract, shadow=shadow)
        [number] = await self.add_jobs([new])
        await self._watch([self.runner.book.jobs[number].spec.contract], head)
        await self.runner.fill()
        return number

    async def add_jobs(self, new: Sequence[NewJob]) -> list[int]:
        """Their numbers; all of them or none."""
        chain_id, before = self.suite.connection.chain_id, self.runner.book

        def write(connection: Connection) -> tuple[list[int], Book]:
            numbers = [
                jobs.add(
                    connection,
                    one.toml,
                    node=one.node,
                    contract=one.contract,
                    chain_id=chain_id,
                    shadow=one.shadow,
                )
                for one in new
            ]
            return numbers, self._adopted(connection, before)

        numbers, self.runner.book = await self.database.write(write)
        return numbers

    def _adopted(self, connection: Connection, before: Book) -> Book:
        """All jobs; those that were not there before have taken up what is open."""
        book = jobs.read(connection, before)
        terms = intake.with_bridges(connection, book, self.terms)
        for number in book.jobs.keys() - before.jobs.keys():
            adoption.adopt(connection, book.jobs[number], terms)
        return book

    def service(
        self,
        connection: Connection,
        contract: ChecksumAddress,
        spec_id: bytes,
        payment: Juels,
        requester: ChecksumAddress,
        gas: int,
    ) -> Service:
        """Whether a request like this one would be answered, and when. `gas`: what it takes beside
        its answer's.
        """
        book = self.runner.book
        terms = intake.with_bridges(connection, book, self.terms)
        return service(Offer(payment, requester, gas), book.find(contract, spec_id), terms)

    async def reload(self) -> None:
        """Jobs as they are in the database now."""
        before = self.runner.book
        self.runner.book = await self.database.write(lambda c: self._adopted(c, before))

    def _contract(self, toml: str, node: ChecksumAddress | None) -> ChecksumAddress:
        storages = self.registration.storages
        if node is not None:
            found = next((s for s, owner in storages.items() if owner == node), None)
            if found is None:
                raise UsageError(f"{node} is no registered node of this process")
            return found
        named = jobs.named_contract(toml)
        fitting = [storage for storage in storages if named in (None, storage)]
        if len(fitting) != 1:
            names = ", ".join(sorted(storages.values())) or "none is registered yet"
            raise UsageError(f"which node is the job for? say its address ({names})")
        return fitting[0]

    async def archive_job(self, job: int) -> None:
        """No more requests for it; what waits for its turn ends as failed."""
        await self.database.write(lambda c: jobs.archive(c, job))
        await self.reload()

    async def watch(self, contracts: Iterable[ChecksumAddress]) -> None:
        """Their logs are followed from now on. Another node's contract without its history: what
        it answered long ago is no comparison.
        """
        await self._watch(contracts, await self.suite.connection.block_number())

    async def _watch(self, contracts: Iterable[ChecksumAddress], head: int) -> None:
        ours = self.registration.storages
        await asyncio.gather(
            *(
                self.follower.watch(
                    one, since=max(0, head - self._limits.backfill) if one in ours else head
                )
                for one in contracts
            )
        )

    async def serve(self, nodes: Sequence[HostedNode], templates: Mapping[str, Any]) -> None:
        """These nodes are registered: their logs are followed, their jobs are there."""
        await self.watch(node.storage for node in nodes if node.storage is not None)
        new = [
            NewJob(toml=text, node=node.address, contract=node.storage)
            for node in nodes
            for text, named in templates.items()
            if named in (None, node.storage)
        ]
        if new:
            await self.add_jobs(new)
        for node in nodes:
            node.say("serving", storage=str(node.storage))

    # ---- Runs ----

    async def run_job(self, job: int, variables: Mapping[str, Any]) -> int:
        """A manual run; its number. UsageError where the job needs a request's event."""
        known = self.runner.book.jobs.get(job)
        if known is None:
            raise UsageError(f"there is no job {job}: see `linkpool job list`")
        path = inputs.lacking(known.spec, variables)
        if path:
            raise UsageError(
                f"job {job} needs $({path}) of a request on chain, a run by hand has none: "
                "try the job with `linkpool job simulate FILE --request data.json`"
            )
        number = await self.database.write(
            lambda c: records.add_manual(c, job, variables, now=time.time())
        )
        self.news.set()
        return number

    async def retry(self, run: int) -> None:
        """Once more, for a run that failed and whose request is still open."""
        await self.database.write(lambda c: records.retry(c, run))
        self.news.set()

    async def resume(self, task_run: str, *, value: Any = None, error: str | None = None) -> bool:
        """What an adapter brings later; False where no task waits for it, or will."""
        known = self.runner.book  # empty in the first moments, when adapters may call already
        kept = await self.database.write(
            lambda c: resumption.keep(
                c, task_run, value=value, error=error, book=jobs.read(c, known), now=time.time()
            )
        )
        self.news.set()
        return kept

    async def bridge_of(self, task_run: str) -> str | None:
        """The bridge that the task waits for; None where there is no such task."""
        known = self.runner.book
        return await self.database.read(
            lambda c: resumption.bridge_of(c, task_run, jobs.read(c, known))
        )

    async def replay(self, block: int) -> None:
        """Reads the chain again from that block on; only what is missing is added."""
        await self.follower.replay(block)
