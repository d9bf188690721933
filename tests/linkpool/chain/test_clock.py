# SPDX-License-Identifier: MIT
"""An endpoint does not choose how long money is locked."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from linkpool.chain.addresses import ZERO
from linkpool.chain.clock import chain_time
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.deployment import PROFILES, Order, open_manifest
from linkpool.errors import CheckFailed
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.fake_node import FakeNode

SEPOLIA = PROFILES["sepolia"].chain_id


def telling(seconds: int, *, chain_id: int = SEPOLIA) -> FakeNode:
    """An endpoint whose blocks are so many seconds ahead of this machine."""
    node = FakeNode(chain_id=chain_id)
    made = hex(round(time.time()) + seconds)
    node.answers["eth_getBlockByNumber"] = {"number": "0x1", "hash": "0x1", "timestamp": made}
    return node


@pytest.mark.parametrize(
    ("seconds", "said"), [(7_200, "ahead of this"), (-7_200, "behind this"), (10**12, "ahead of")]
)
@awaited
async def test_a_time_far_from_this_machines_is_refused(seconds: int, said: str) -> None:
    node = telling(seconds)
    async with node, await Connection.open(node.url) as connection:
        with pytest.raises(CheckFailed, match=said):
            await chain_time(connection)


@awaited
async def test_a_time_near_by_is_the_chains() -> None:
    node = telling(-600)
    async with node, await Connection.open(node.url) as connection:
        assert abs(await chain_time(connection) - (time.time() - 600)) < 300


@awaited
async def test_a_local_chain_has_its_own() -> None:
    node = telling(10**8, chain_id=LOCAL_CHAIN_ID)
    async with node, await Connection.open(node.url) as connection:
        assert await chain_time(connection) > time.time() + 10**7


@awaited
async def test_no_sale_ends_when_an_endpoint_wants_it_to(tmp_path: Path) -> None:
    node = telling(10**9)
    order = Order(part="all", profile=PROFILES["sepolia"])
    async with node, await Connection.open(node.url) as connection:
        with pytest.raises(CheckFailed, match=re.escape("use another RPC")):
            await open_manifest(connection, tmp_path / "none.json", order, ZERO)
