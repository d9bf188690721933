# SPDX-License-Identifier: MIT
"""Everything in its place before the first request: contracts, wallets, nodes, owners, consumer.

Each step looks first: what stands already is left alone, so that an interrupted set-up goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import Reputation
from linkpool.chain.sender import Sender
from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.deployment import PROFILES, Order, deploy
from linkpool.errors import UsageError
from linkpool.story.cast import (
    CLIENT,
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
from linkpool.story.client import Client
from linkpool.story.consumer import Consumer
from linkpool.units import Wei, ether, link

LIMIT: Final = link("20000")
PURSE: Final = link("25000")  # what each staker starts with
CREDIT: Final = link("1000")  # what the consumer gets when it runs low
LOW: Final = link("20")
GAS: Final = ether("10")
POLL: Final = 0.02
UNKNOWN, ACTIVE = 0, 2  # states of a destination

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """The pool as it stands, and everybody's way to send transactions."""

    suite: Suite
    network: AgreementSuite
    reputation: Reputation
    consumer: Consumer
    client: Client
    cast: Cast
    senders: dict[str, Sender]
    first_block: int

    async def send(self, who: str, call: Call) -> None:
        await self.senders[who].send(call)

    async def storage(self, node: str) -> ChecksumAddress:
        """UsageError while the node is not registered."""
        return (await self.suite.storage(self.cast.address(node))).address

    async def refill(self) -> None:
        """Gives the consumer LINK when it runs low."""
        await self._refill(self.consumer.address)

    async def refill_client(self) -> None:
        """The same for the contract that posts agreements."""
        await self._refill(self.client.address)

    async def _refill(self, place: ChecksumAddress) -> None:
        if await self.suite.link.balance_of(place) < LOW:
            await self.send(OWNER, self.suite.link.transfer(place, CREDIT))


async def set_up(connection: Connection, cast: Cast, folder: Path, say: Progress) -> Stage:
    """The stage on the local chain; deploys what is missing into folder/local.json."""
    say("deploying the contracts")
    order = Order(part="all", profile=PROFILES["local"])
    manifest = await deploy(connection, cast.signers[OWNER], folder / "local.json", order)
    suite = await Suite.open(connection, manifest.address("PoolStorageFactory"))
    senders = {name: Sender(connection, signer, poll=POLL) for name, signer in cast.signers.items()}
    stage = Stage(
        suite=suite,
        network=await AgreementSuite.open(connection, manifest.address("ServiceAgreements")),
        reputation=Reputation(connection, manifest.address("Reputation")),
        consumer=Consumer(connection, cast.contract(CONSUMER)),
        client=Client(connection, cast.contract(CLIENT)),
        cast=cast,
        senders=senders,
        first_block=manifest.first_block(),
    )
    say("giving everybody ETH and LINK")
    await asyncio.gather(*(_gas(stage, name) for name in (*NODES, YOU, CLIENT)))
    await asyncio.gather(
        _consumer(stage), _client(stage), *(_purse(stage, name) for name in (*STAKERS, YOU))
    )
    say("letting collateral be put up")
    await _destination(stage)
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


async def _client(stage: Stage) -> None:
    if not await stage.suite.connection.code(stage.client.address):
        creation = artefact("AgreementConsumer").creation(stage.network.agreements.address)
        await stage.send(CLIENT, creation)
    await stage.refill_client()


async def _destination(stage: Stage) -> None:
    """Nodes can put up collateral once its contract was announced for the delay: a new chain begins
    that long ago, and is brought to the present in between.
    """
    factory, place = stage.suite.factory, stage.network.penalties.address
    found = await factory.destination(place)
    if found.state == ACTIVE:
        return
    if found.state == UNKNOWN:
        await stage.send(OWNER, factory.announce_destination(place))
    await _present(stage.suite.connection)
    if await stage.suite.connection.timestamp() >= (await factory.destination(place)).ready:
        await stage.send(OWNER, factory.activate_destination(place))


async def _present(connection: Connection) -> None:
    """Brings the chain's clock to the present; the next start finds it there."""
    await connection.rpc("evm_mine")  # the newest block's time may be long ago, the clock's not
    behind = int(time.time()) - await connection.timestamp()
    if behind > 0:
        await connection.rpc("evm_increaseTime", behind)
        await connection.rpc("evm_mine")


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
