# SPDX-License-Identifier: MIT
"""A bidder with everything it needs, for programs that bring a host's parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from eth_typing import ChecksumAddress

from linkpool.agreements import standing
from linkpool.agreements.bidder import Bidder
from linkpool.agreements.ports import Follower, Manager, Setting
from linkpool.agreements.reads import ChainReads
from linkpool.agreements.survey import Serving
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.suite import Suite
from linkpool.store.database import Database


class Registration(Protocol):
    """What is asked of a host's Registration."""

    @property
    def storages(self) -> Mapping[ChecksumAddress, ChecksumAddress]: ...


class Host(Protocol):
    """What is asked of an OracleHost."""

    @property
    def suite(self) -> Suite: ...

    @property
    def database(self) -> Database: ...

    @property
    def follower(self) -> Follower: ...

    @property
    def manager(self) -> Manager: ...

    @property
    def registration(self) -> Registration: ...

    @property
    def service(self) -> Serving: ...


def bidder(host: Host, setting: Setting, *, agreements: ChecksumAddress) -> Bidder:
    """Bids at the contract `agreements` with the host's nodes; its follower has to keep logs of
    `book.topics()`.
    """
    connection, database = host.suite.connection, host.database
    host.manager.unwanted.append(partial(standing.unwanted, connection, database))
    return Bidder(
        ServiceAgreements(connection, agreements),
        ChainReads(host.suite, agreements),
        database,
        host.follower,
        host.manager,
        setting,
        nodes=lambda: host.registration.storages,
        serving=host.service,
    )
