# SPDX-License-Identifier: MIT
"""A host with everything it needs, for programs that bring database, chain and keys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from linkpool.chain.accounts import Signer
from linkpool.chain.suite import Suite
from linkpool.follower import Follower, FollowerLimits
from linkpool.net import HttpClient, HttpLimits
from linkpool.oracle.bridges import BridgeLimits, Bridges
from linkpool.oracle.host import OracleHost, Outside
from linkpool.oracle.runs.inputs import TOPICS
from linkpool.oracle.runs.limits import RunLimits
from linkpool.store.database import Database
from linkpool.transactions import TransactionLimits, TransactionManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The groups of the settings that a host obeys."""

    runs: RunLimits = field(default_factory=RunLimits)
    follower: FollowerLimits = field(default_factory=FollowerLimits)
    transactions: TransactionLimits = field(default_factory=TransactionLimits)
    http: HttpLimits = field(default_factory=HttpLimits)
    bridges: BridgeLimits = field(default_factory=BridgeLimits)


@asynccontextmanager
async def assembled(
    suite: Suite,
    database: Database,
    signers: Iterable[Signer],
    *,
    limits: Limits,
    confirmations: int = 0,
    templates: Sequence[str] = (),
    response_url: str = "",
    topics: Sequence[bytes] = (),
) -> AsyncIterator[OracleHost]:
    """One host for all these keys; see OracleHost for the rest. `response_url`: where adapters
    that answer later reach this process. `topics`: of further logs, for companions.
    """
    keys = {signer.address: signer for signer in signers}
    connection = suite.connection
    async with HttpClient(limits.http) as http:
        bridges = Bridges(http, database, limits.bridges, response_url=response_url)
        yield OracleHost(
            suite,
            database,
            Follower(connection, database, topics=(*TOPICS, *topics), limits=limits.follower),
            TransactionManager(connection, database, keys, limits.transactions),
            signers=keys,
            outside=Outside(http=http, bridges=bridges),
            limits=limits.runs,
            confirmations=confirmations,
            templates=templates,
        )
        await bridges.close()
