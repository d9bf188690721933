# SPDX-License-Identifier: MIT
"""The jobs of a database, read and ready to run.

A job belongs to one contract and one node. Several nodes may share one file: each has a job of its
own with the same external id.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from sqlalchemy import Connection, insert, select, update

from linkpool.errors import UsageError
from linkpool.oracle.errors import SpecError
from linkpool.oracle.spec import JobSpec, load
from linkpool.store.tables import jobs

_ANY: Final = to_checksum_address("0x" + "01" * 20)
_OTHER: Final = to_checksum_address("0x" + "02" * 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the database. `node` answers; a shadow job's answers are only compared."""

    id: int
    node: ChecksumAddress
    toml: str
    spec: JobSpec
    shadow: bool

    @property
    def bridges(self) -> frozenset[str]:
        """Names of the bridges that its tasks name outright."""
        tasks = (t for t in self.spec.graph.tasks if t.kind == "bridge")
        return frozenset(task.attributes.get("name", "").lower() for task in tasks)

    @property
    def gas(self) -> int:
        """What its transactions may use as the file says, 0 where it leaves that to the node."""
        own = (t.attributes.get("gaslimit", "") for t in self.spec.graph.tasks if t.kind == "ethtx")
        usual = self.spec.gas_limit or 0
        return sum(int(text) if text.strip().isdecimal() else usual for text in own)


class Book:
    """Jobs by their number and by what requests call them."""

    def __init__(self, found: Iterable[Job], broken: dict[int, str]) -> None:
        self.jobs = {job.id: job for job in found}
        self.broken = broken
        """Jobs that this version cannot read, and why."""
        self._by_request = {
            (job.spec.contract, spec_id): job
            for job in self.jobs.values()
            for spec_id in job.spec.spec_ids
        }

    @property
    def contracts(self) -> frozenset[ChecksumAddress]:
        return frozenset(job.spec.contract for job in self.jobs.values())

    @property
    def bridges(self) -> frozenset[str]:
        return frozenset().union(*(job.bridges for job in self.jobs.values()))

    def find(self, contract: ChecksumAddress, spec_id: bytes) -> Job | None:
        """The job that a request is for."""
        return self._by_request.get((contract, spec_id))

    def only_shadow(self, contract: ChecksumAddress) -> bool:
        """Whether another node answers at this contract."""
        here = [job.shadow for job in self.jobs.values() if job.spec.contract == contract]
        return bool(here) and all(here)


def read(connection: Connection, known: Book | None = None) -> Book:
    """All jobs that are not archived; those that are `known` are not parsed again."""
    found, broken = [], {}
    before = {} if known is None else known.jobs
    for row in connection.execute(select(jobs).where(jobs.c.archived.is_(None))):
        job = before.get(row.id)
        if job is None or (job.toml, job.node, job.shadow) != (row.toml, row.node, row.shadow):
            try:
                spec = load(row.toml, contract=row.contract)
            except SpecError as error:
                broken[row.id] = str(error)
                continue
            job = Job(id=row.id, node=row.node, toml=row.toml, spec=spec, shadow=row.shadow)
        found.append(job)
    return Book(found, broken)


def add(
    connection: Connection, toml: str, *, node: ChecksumAddress, contract: ChecksumAddress | None,
    chain_id: int, shadow: bool = False,
) -> int:  # fmt: skip
    """The job's number. `contract` is the node's own, None where a shadow job names another's.

    The same file for the same contract again is the same job; an archived one comes back.
    """
    spec = load(toml, contract=contract)
    if contract is not None and spec.contract != contract:
        raise SpecError(
            f"contractAddress: the job is for {spec.contract}, this node's is {contract}"
        )
    if spec.chain_id is not None and spec.chain_id != chain_id:
        raise SpecError(f"evmChainID: the job is for chain {spec.chain_id}, this is {chain_id}")
    external = str(spec.external_id)
    same = (jobs.c.external_id == external) & (jobs.c.contract == spec.contract)
    known = connection.execute(select(jobs).where(same)).first()
    values = {"name": spec.name, "node": node, "toml": toml, "shadow": shadow, "archived": None}
    if known is None:
        row = values | {
            "external_id": external, "contract": spec.contract, "created": time.time()
        }  # fmt: skip
        made = insert(jobs).values(row).returning(jobs.c.id)
        return int(connection.execute(made).scalar_one())
    if known.archived is None and (known.toml, known.shadow) != (toml, shadow):
        raise UsageError(
            f"job {known.id} has this externalJobID already and is another job: "
            f"`linkpool job delete {known.id}` first"
        )
    connection.execute(update(jobs).where(jobs.c.id == known.id).values(values))
    return int(known.id)


def named_contract(toml: str) -> ChecksumAddress | None:
    """The contract that the job names; None where it leaves that open. SpecError where it is no
    job.
    """
    spec, other = load(toml, contract=_ANY), load(toml, contract=_OTHER)
    return spec.contract if spec.contract == other.contract else None


def archive(connection: Connection, job: int) -> None:
    """Takes no more requests; its runs stay as history. UsageError where there is none."""
    changed = connection.execute(
        update(jobs).where(jobs.c.id == job, jobs.c.archived.is_(None)).values(archived=time.time())
    )
    if not changed.rowcount:
        raise UsageError(f"there is no job {job}: see `linkpool job list`")
