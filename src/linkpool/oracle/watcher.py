# SPDX-License-Identifier: MIT
"""Which requests a node still has to answer, told from the logs of its PoolStorage.

Each look starts a few blocks before the last one ended, or at the oldest open request, so that a
replaced block is noticed: a request whose block is gone and came back, or whose answer is gone, is
open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.calls import Log
from linkpool.chain.connection import Connection
from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.journal import Journal, Row, State
from linkpool.oracle.spec import JobSpec

REQUEST: Final = abi.parse(
    "OracleRequest(bytes32 indexed specId, address requester, bytes32 requestId, uint256 payment,"
    " address callbackAddr, bytes4 callbackFunctionId, uint256 cancelExpiration,"
    " uint256 dataVersion, bytes data)"
)
ANSWERED: Final = keccak(text="OracleResponse(bytes32)")
CANCELLED: Final = keccak(text="CancelOracleRequest(bytes32)")
OVERLAP: Final = 10
WINDOW: Final = 1_000
BACKFILL: Final = 10_000


class RequestLogs(Protocol):
    """The two questions that the watcher asks a chain."""

    async def head(self) -> int: ...

    async def logs(self, first: int, last: int) -> list[Log]:
        """Those of one PoolStorage with the three topics above, in their order."""
        ...


class StorageLogs:
    """RequestLogs of a real chain."""

    def __init__(self, connection: Connection, storage: ChecksumAddress) -> None:
        self._connection = connection
        self._storage = storage

    async def head(self) -> int:
        return await self._connection.block_number()

    async def logs(self, first: int, last: int) -> list[Log]:
        found: list[Log] = []
        for start in range(first, last + 1, WINDOW):
            found += await self._connection.logs(
                addresses=[self._storage],
                topics=[[REQUEST.topic, ANSWERED, CANCELLED]],
                first=start,
                last=min(start + WINDOW - 1, last),
            )
        return found


@dataclass(frozen=True, slots=True)
class Request:
    """An open request and the log it came with."""

    id: str
    log: Log


async def look(chain: RequestLogs, journal: Journal, spec: JobSpec) -> list[Request]:
    """Brings the journal up to the head; returns what is deep enough to be answered now."""
    head = await chain.head()
    logs = await chain.logs(_start(journal, head), head)
    rows = survey(logs, journal, spec)
    journal.record(rows.values(), cursor=head)
    deepest = head - max(spec.confirmations - 1, 0)
    requests = [Request(_id(log), log) for log in logs if _ours(log, spec)]
    return [r for r in requests if rows[r.id].state == State.NEW and r.log.block <= deepest]


def _start(journal: Journal, head: int) -> int:
    cursor = journal.cursor
    first = head - BACKFILL if cursor < 0 else min(cursor, head) + 1 - OVERLAP
    waiting = journal.open_requests()
    oldest = waiting[0].block if waiting else first
    return max(0, min(first, oldest, head))


def survey(logs: Iterable[Log], journal: Journal, spec: JobSpec) -> dict[str, Row]:
    """What is known of each request in the logs, by its id."""
    every = list(logs)
    answered = {log.topics[1]: log.tx for log in every if log.topics[0] == ANSWERED}
    cancelled = {log.topics[1]: log.tx for log in every if log.topics[0] == CANCELLED}
    rows: dict[str, Row] = {}
    for log in every:
        if not _ours(log, spec):
            continue
        request = _id(log)
        key = bytes.fromhex(request[2:])
        if key in answered:
            rows[request] = _row(log, State.ANSWERED, tx=answered[key])
        elif key in cancelled:
            rows[request] = _row(log, State.CANCELLED, tx=cancelled[key])
        else:
            rows[request] = _believed(log, journal.get(request), spec)
    return rows


def _believed(log: Log, known: Row | None, spec: JobSpec) -> Row:
    """A request without an answer on chain: as recorded, unless its block is another one now."""
    same = known is not None and known.block_hash == "0x" + log.block_hash.hex()
    if known is not None and same and known.state in (State.REFUSED, State.FAILED):
        return known
    refusal = _refusal(log, spec)
    return _row(log, State.REFUSED if refusal else State.NEW, note=refusal)


def _refusal(log: Log, spec: JobSpec) -> str:
    """Why the job does not serve this request; empty where it does."""
    try:
        fields = abi.decode_log(REQUEST, log.topics, log.data)
    except TaskError as error:
        return str(error)
    if spec.minimum is not None and fields["payment"] < spec.minimum:
        return f"pays {fields['payment']} juels, the job asks for {spec.minimum}"
    if spec.requesters and fields["requester"] not in spec.requesters:
        return f"{fields['requester']} is not among the job's requesters"
    return ""


def _row(log: Log, state: State, *, tx: str = "", note: str = "") -> Row:
    return Row(_id(log), log.block, "0x" + log.block_hash.hex(), state, tx, note)


def _ours(log: Log, spec: JobSpec) -> bool:
    return (
        log.topics[0] == REQUEST.topic and len(log.topics) == 2 and log.topics[1] in spec.spec_ids
    )


def _id(log: Log) -> str:
    return "0x" + log.data[32:64].hex()


def run_variables(log: Log, spec: JobSpec) -> dict[str, object]:
    """What a job's tasks see as $(jobRun...) and $(jobSpec...)."""
    topics: Sequence[bytes] = log.topics
    return {
        "jobSpec": spec.variables,
        "jobRun": {
            "meta": {"oracleRequest": abi.decode_log(REQUEST, log.topics, log.data)},
            "logBlockHash": log.block_hash,
            "logBlockNumber": log.block,
            "logTxHash": log.tx,
            "logAddress": log.address,
            "logTopics": list(topics),
            "logData": log.data,
        },
    }
