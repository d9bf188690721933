# SPDX-License-Identifier: MIT
"""Where LINK is about to go, asked of every endpoint by itself: one that lies is not alone."""

from __future__ import annotations

import asyncio

from eth_typing import ChecksumAddress

from linkpool.audit.independence import place_of
from linkpool.chain.addresses import ZERO
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.chain.contracts import PoolStorageFactory
from linkpool.cli.session import Session
from linkpool.errors import ChainUnavailable, CheckFailed, TxReverted, WrongNetwork


async def storage_warnings(
    session: Session, factory: ChecksumAddress, node: ChecksumAddress, place: ChecksumAddress
) -> list[str]:
    """What a staker should know of who says that the node's storage is `place`.

    Raises:
        CheckFailed: Another endpoint says otherwise.
    """
    urls = list({place_of(url): url for url in session.settings.rpc_urls()}.values())
    asked = [_asked(session, url, factory, node) for url in urls] if len(urls) > 1 else []
    told = [one for one in await asyncio.gather(*asked) if one is not None]
    for host, other in told:
        if other != place:
            raise CheckFailed(
                f"{host} says that the storage of {node} is "
                f"{'none' if other == ZERO else other}, another endpoint says {place}: one of them "
                "lies, nothing was sent"
            )
    if len(told) > 1 or session.profile.chain_id == LOCAL_CHAIN_ID:
        return []
    return ["one RPC alone says where this LINK goes: name two with commas to compare them"]


async def _asked(
    session: Session, url: str, factory: ChecksumAddress, node: ChecksumAddress
) -> tuple[str, ChecksumAddress] | None:
    """None where it does not answer; 0x0 where it knows no such node."""
    try:
        async with await Connection.open(
            [url],
            chain_id=session.profile.chain_id,
            timeout=session.settings.rpc_seconds,
            limits=session.settings.endpoints,
        ) as connection:
            try:
                found = await PoolStorageFactory(connection, factory).storage_of(node)
            except TxReverted:
                found = ZERO
            return connection.host, found
    except (ChainUnavailable, WrongNetwork):
        return None
