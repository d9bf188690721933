# SPDX-License-Identifier: MIT
"""One small class per contract. Reads are `async` and take `block=`; writes return a Call for a
Sender.
"""

from linkpool.chain.contracts.aggregator import Aggregator
from linkpool.chain.contracts.agreements import ServiceAgreements
from linkpool.chain.contracts.base import Contract
from linkpool.chain.contracts.factory import LOGIC, PoolStorageFactory
from linkpool.chain.contracts.link_pool import LinkPool, NodeFactory, NodeStaking
from linkpool.chain.contracts.node import Node
from linkpool.chain.contracts.penalties import Penalties
from linkpool.chain.contracts.pool_owners import PoolOwners
from linkpool.chain.contracts.pool_storage import EVERYTHING, TERMS, PoolStorage
from linkpool.chain.contracts.reputation import Reputation
from linkpool.chain.contracts.timelock import Timelock
from linkpool.chain.contracts.tokens import LinkToken

__all__ = [
    "EVERYTHING",
    "LOGIC",
    "TERMS",
    "Aggregator",
    "Contract",
    "LinkPool",
    "LinkToken",
    "Node",
    "NodeFactory",
    "NodeStaking",
    "Penalties",
    "PoolOwners",
    "PoolStorage",
    "PoolStorageFactory",
    "Reputation",
    "ServiceAgreements",
    "Timelock",
]
