# SPDX-License-Identifier: MIT
"""A bidder with everything it needs, for programs that bring a host's parts."""

from __future__ import annotations

from functools import partial

from eth_typing import ChecksumAddress

from linkpool.agreements import standing
from linkpool.agreements.bidder import Bidder
from linkpool.agreements.ports import Follower, Manager, Nodes, Setting
from linkpool.agreements.reads import ChainReads
from linkpool.agreements.survey import Serving
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.suite import Suite
from linkpool.store.database import Database


def bidder(
    suite: Suite,
    database: Database,
    follower: Follower,
    manager: Manager,
    setting: Setting,
    *,
    agreements: ChecksumAddress,
    nodes: Nodes,
    serving: Serving,
) -> Bidder:
    """Bids at the contract `agreements`; the follower has to keep logs of `book.topics()`."""
    manager.unwanted.append(partial(standing.unwanted, suite.connection, database))
    return Bidder(
        ServiceAgreements(suite.connection, agreements),
        ChainReads(suite, agreements),
        database,
        follower,
        manager,
        setting,
        nodes=nodes,
        serving=serving,
    )
