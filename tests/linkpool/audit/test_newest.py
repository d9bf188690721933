# SPDX-License-Identifier: MIT
"""An endpoint does not choose which block is judged."""

from __future__ import annotations

import time

import pytest

from linkpool.audit import Order, audit
from linkpool.audit.expected import Expected
from linkpool.chain.connection import Connection
from linkpool.deployment.profiles import PROFILES
from linkpool.errors import NotJudged
from tests.linkpool.audit.makers import place
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.fake_node import FakeNode

SEPOLIA = PROFILES["sepolia"].chain_id


async def refusal(age: int, *, chain_id: int = SEPOLIA, block: int | None = None) -> str:
    """Why nothing is judged at an endpoint whose blocks are so many seconds old."""
    node = FakeNode(chain_id=chain_id)
    made = hex(round(time.time()) - age)
    header = {"number": hex(node.head), "hash": "0x" + "ab" * 32, "timestamp": made}
    node.answers |= {"eth_getBlockByNumber": header, "eth_call": "0x"}
    order = Order(expected=Expected.of(chain_id, None, None), link_pool=place(1), block=block)
    async with node, await Connection.open(node.url) as connection:
        with pytest.raises(NotJudged) as caught:
            await audit({node.name: connection}, order)
    return str(caught.value)


@awaited
async def test_a_newest_block_of_yesterday_is_not_judged() -> None:
    assert "which is called the newest, is 86,4" in await refusal(86_400)


@pytest.mark.parametrize(
    ("age", "chain_id", "block"), [(60, SEPOLIA, None), (86_400, SEPOLIA, 7), (86_400, 31337, None)]
)
@awaited
async def test_a_block_that_was_named_or_is_new_is_read(
    age: int, chain_id: int, block: int | None
) -> None:
    """There is no LinkPool here, and so much is found out."""
    assert "there is no LinkPool at" in await refusal(age, chain_id=chain_id, block=block)
