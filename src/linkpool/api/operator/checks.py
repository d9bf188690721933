# SPDX-License-Identifier: MIT
"""The state of each service of a node. Pure but for one question to the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from linkpool.api.operator.model import Operator
from linkpool.chain.rpc import EndpointState, Standing
from linkpool.oracle.host import HostState
from linkpool.transactions import AccountStatus

STUCK_BLOCKS: Final = 50
"""An account that got nowhere for as many blocks is not well."""
QUEUE: Final = 5_000
"""Log events that wait: more are not a moment's work."""


@dataclass(frozen=True, slots=True)
class Check:
    """The state of one service."""

    name: str
    healthy: bool
    text: str = ""


async def checks(operator: Operator) -> list[Check]:
    """Of everything that runs here; of the database alone where no node does."""
    found = [await _database(operator)]
    if operator.connection is not None:
        found.append(rpc(operator.connection.endpoints))
    if operator.manager is not None:
        found.append(transactions(operator.manager.statuses))
    state = operator.host.state
    return found if state is None else found + of_host(state)


async def _database(operator: Operator) -> Check:
    try:
        await operator.database.read(lambda c: c.execute(text("SELECT 1")))
    except SQLAlchemyError:
        return Check("Database", False, "the database does not answer")
    return Check("Database", True)


def rpc(endpoints: Sequence[EndpointState]) -> Check:
    """Well where one endpoint is."""
    healthy = sum(one.standing is Standing.HEALTHY for one in endpoints)
    ill = [f"{one.name} {one.standing}" for one in endpoints if one.standing != Standing.HEALTHY]
    said = f"{healthy} of {len(endpoints)} endpoints"
    return Check("RPC", healthy > 0, ", ".join([said, *ill]))


def transactions(statuses: dict[str, AccountStatus]) -> Check:
    """Ill where an account cannot pay or gets nowhere."""
    unfunded = [
        f"{account} has no ether to pay with" for account, s in statuses.items() if s.unfunded
    ]
    stuck = [
        f"{account} is stuck for {s.stuck_blocks} blocks"
        for account, s in statuses.items()
        if s.stuck_blocks > STUCK_BLOCKS
    ]
    return Check("Transactions", not unfunded + stuck, ", ".join(unfunded + stuck))


def of_host(state: HostState) -> list[Check]:
    """Follower, nodes, jobs and requests."""
    away = [f"{node} {said}" for node, _storage, said in state.nodes if said != "serving"]
    broken = [f"job {number}: {why}" for number, why in state.broken_jobs.items()]
    behind = f"head {state.head}, {state.behind} blocks of history to read, {state.queue} queued"
    late = f"{state.requests.late} late of {state.requests.open} open"
    return [
        Check("Follower", state.head is not None and state.queue <= QUEUE, behind),
        Check("Nodes", not away, ", ".join(away)),
        Check("Jobs", not broken, ", ".join(broken)),
        Check("Requests", state.requests.late == 0, late),
    ]
