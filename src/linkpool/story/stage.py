# SPDX-License-Identifier: MIT
"""Everything in its place before the first request: contracts, wallets, nodes, owners, consumer.

Each step looks first: what stands already is left alone, so that an interrupted set-up goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, created_address
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.sender import Sender
from linkpool.chain.suite import Suite
from linkpool.deployment import PROFILES, Order, deploy
from linkpool.errors import UsageError
from linkpool.story.cast import (
    CONSUMER,
    NEWCOMER,
    NODES,
    OPERATOR,
    OWNER,
    SHARES,
    STAKERS,
    YOU,
    Cast,
)
from linkpool.story.consumer import Consumer
from linkpool.units import Wei, ether, link

LIMIT: Final = link("20000")
PURSE: Final = link("25000")  # what each staker starts with
CREDIT: Final = link("1000")  # what the consumer gets when it runs low
LOW: Final = link("20")
GAS: Final = ether("10")
POLL: Final = 0.02

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """The pool as it stands, and everybody's way to send transactions."""

    suite: Suite
    consumer: Consumer
    cast: Cast
    senders: dict[str, Sender]

    async def send(self, who: str, call: Call) -> None:
        await self.senders[who].send(call)

    async def storage(self, node: str) -> ChecksumAddress:
        """UsageError while the node is not registered."""
        return (await self.suite.storage(self.cast.address(node))).address

    async def refill(self) -> None:
        """Gives the consumer LINK when it runs low."""
        if await self.suite.link.balance_of(self.consumer.address) < LOW:
            await self.send(OWNER, self.suite.link.transfer(self.consumer.address, CREDIT))


async def set_up(connection: Connection, cast: Cast, folder: Path, say: Progress) -> Stage:
    """The stage on the local chain; deploys what is missing into folder/local.json."""
    say("deploying the contracts")
    order = Order(part="all", profile=PROFILES["local"])
    manifest = await deploy(connection, cast.signers[OWNER], folder / "local.json", order)
    suite = await Suite.open(connection, manifest.address("PoolStorageFactory"))
    senders = {name: Sender(connection, signer, poll=POLL) for name, signer in cast.signers.items()}
    # The consumer is the first thing its owner ever sends, hence its address.
    place = created_address(cast.address(CONSUMER), 0)
    stage = Stage(suite, Consumer(connection, place), cast, senders)
    say("giving everybody ETH and LINK")
    await asyncio.gather(*(_gas(stage, name) for name in (*NODES, YOU)))
    await asyncio.gather(_consumer(stage), *(_purse(stage, name) for name in (*STAKERS, YOU)))
    say("opening the nodes")
    for name in NODES:  # one after the other: the pool lists them in the order of creation
        await _node(stage, name)
    await _owners(stage)
    return stage


async def _gas(stage: Stage, name: str) -> None:
    account = stage.cast.address(name)
    if await stage.suite.connection.balance(account) < GAS // 2:
        await stage.send(OWNER, Call(to=account, data=b"", value=GAS, what=f"ETH for {name}"))


async def _purse(stage: Stage, name: str) -> None:
    """Once: whoever has sent anything has had it."""
    account = stage.cast.address(name)
    link_token = stage.suite.link
    if not await stage.suite.connection.nonce(account) and not await link_token.balance_of(account):
        await stage.send(OWNER, link_token.transfer(account, PURSE))


async def _consumer(stage: Stage) -> None:
    if not await stage.suite.connection.code(stage.consumer.address):
        await stage.send(CONSUMER, artefact("Consumer").creation(stage.suite.link.address))
    await stage.refill()


async def _node(stage: Stage, name: str) -> None:
    """Created by the owner; the newcomer is approved only, and registers itself."""
    node, operator, pool = stage.cast.address(name), stage.cast.address(OPERATOR), stage.suite
    try:
        await stage.storage(name)
        return
    except UsageError:
        pass
    if name != NEWCOMER:
        call = pool.link_pool.create_node(node, operator, LIMIT, private=False)
        await stage.send(OWNER, call)
    elif (await pool.link_pool.approval_of(node)).operator == ZERO:
        call = pool.link_pool.approve_node(node, operator, LIMIT, private=False)
        await stage.send(OWNER, call)


async def _owners(stage: Stage) -> None:
    """The sale is over before the story begins: creators and contributors hold their shares."""
    owners, token = stage.suite.owners, stage.suite.link.address
    if (await owners.state(token)).finished:
        return
    for name, shares in SHARES.items():
        account = stage.cast.address(name)
        missing = Wei(shares - await owners.shares_of(account))
        if missing > 0 and shares > ether("1000"):
            await stage.send(OWNER, owners.set_owner_share(account, missing))
        elif missing > 0:
            await stage.send(OWNER, owners.add_contribution(account, missing))
    await stage.send(OWNER, owners.finish_contribution())
