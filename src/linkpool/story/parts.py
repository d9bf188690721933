# SPDX-License-Identifier: MIT
"""What a run is put together from: the nodes' bidder, the bundled data source."""

from __future__ import annotations

from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Final

from linkpool.adapters.prices import PriceSource
from linkpool.agreements.assembly import bidder
from linkpool.agreements.bidder import Bidder
from linkpool.agreements.limits import BiddingLimits
from linkpool.agreements.ports import Setting as BiddingSetting
from linkpool.errors import PortInUse
from linkpool.oracle.host import OracleHost
from linkpool.story.bargain import PENALTY
from linkpool.story.folder import noted_port
from linkpool.story.stage import Stage

BIDDING: Final = BiddingLimits(
    enabled=True, maximum_penalty=Decimal(PENALTY) / 10**18, lead_seconds=1
)


def bidder_of(stage: Stage, host: OracleHost) -> Bidder:
    """The nodes bid, start and settle as `linkpool oracle run` with [bidding] does."""
    return bidder(
        host,
        BiddingSetting(
            chain_id=stage.suite.connection.chain_id,
            policy=BIDDING.policy,
            since=stage.first_block,
        ),
        agreements=stage.network.agreements.address,
    )


async def source_of(stack: AsyncExitStack, folder: Path) -> PriceSource:
    """The bundled source, on the port it had before where that is free: requests name it."""
    note = folder / "source.port"
    try:
        source = await stack.enter_async_context(PriceSource(noted_port(note)))
    except PortInUse:
        source = await stack.enter_async_context(PriceSource())
    note.write_text(str(source.port))
    return source
