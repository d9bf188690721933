# SPDX-License-Identifier: MIT
"""Bidding beside `linkpool oracle run`, where the settings ask for it: without it nothing of it is
loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkpool.chain.addresses import address
from linkpool.cli.session import Session
from linkpool.errors import ManifestError, UsageError
from linkpool.follower import events
from linkpool.oracle.host import OracleHost
from linkpool.settings import Settings

if TYPE_CHECKING:
    from linkpool.agreements.ports import BiddingCounters

CONSUMER: Final = "agreements"  # of the follower's events


def topics(settings: Settings) -> tuple[bytes, ...]:
    """Of the logs that bidding needs."""
    if not settings.bidding.enabled:
        return ()
    from linkpool.agreements import book

    return book.topics()


async def bid_beside(session: Session, host: OracleHost) -> BiddingCounters | None:
    """The host bids from now on; None where it does not."""
    limits = session.settings.bidding
    if not limits.enabled:
        # Events are kept for whoever reads them: nobody does now.
        await host.database.write(lambda c: events.leave(c, CONSUMER))
        return None
    from linkpool.agreements.assembly import bidder
    from linkpool.agreements.ports import Setting

    manifest = await session.manifest()
    try:
        contract = address(limits.agreements or manifest.address("ServiceAgreements"))
    except ManifestError:
        raise UsageError(
            f"there are no agreements on {manifest.network} to bid for: "
            "set bidding.agreements, or bidding.enabled to false"
        ) from None
    made = bidder(
        host,
        Setting(
            chain_id=host.suite.connection.chain_id,
            policy=limits.policy,
            confirmations=session.profile.confirmations,
            since=manifest.first_block(),
            kept=int(limits.reap_hours * 3600),
            bid_gas=limits.gate_gas,
        ),
        agreements=contract,
    )
    await made.prepare()
    host.companions.append(made)
    return made.counters
