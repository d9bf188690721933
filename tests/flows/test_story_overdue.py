# SPDX-License-Identifier: MIT
"""The story's verdict on a pool where collateral did not come back in time."""

from __future__ import annotations

from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.story.feed import Feed
from linkpool.story.observation import observe
from linkpool.story.verdict import Verdict, judge
from tests.flows.market import NODES, STAKER, Market
from tests.flows.program import DEV

NODE = DEV[NODES[0]].address
LIFE, DELAY = 1_800, 3_600


def verdict(market: Market) -> Verdict:
    async def asked(network: AgreementSuite) -> Verdict:
        pool = await Suite.open(network.connection, market.manifest.address("PoolStorageFactory"))
        reputation = network.provider(market.manifest.address("Reputation"))
        feed = Feed(pool, network, reputation)
        block = await feed.follow()
        return judge(feed.books, await observe(pool, network, feed.books, block))

    return market.ask(asked)


def test_what_is_lost_overdue_and_comes_back_late_is_judged(market: Market) -> None:
    program = market.program
    program.anvil.advance(LIFE + 1)
    program.sign("penalty", "resolve", NODE, "1", by=3)
    assert verdict(market).line.startswith("every amount right")
    program.anvil.advance(DELAY)
    program.sign("stake", NODE, "77.7", by=STAKER)
    assert verdict(market).line.startswith("every amount right")
    program.sign("penalty", "release", NODE, "1", by=3)
    assert verdict(market).line.startswith("every amount right")


def test_who_joins_soon_after_is_not_judged(market: Market) -> None:
    """They pay for what may still come back: the model has no such price."""
    program = market.program
    program.anvil.advance(LIFE + 1)
    program.sign("penalty", "resolve", NODE, "1", by=3)
    program.sign("stake", NODE, "77.7", "--yes", by=STAKER)
    found = verdict(market)
    assert (found.problems, found.unjudged) == ((), (market.storage(NODES[0]),))
