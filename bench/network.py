# SPDX-License-Identifier: MIT
"""Agreements from collateral to reputation: what each step costs, for many oracles and bad ends."""

from __future__ import annotations

from functools import partial

from bench import network_floors as floors
from bench.chain import Receipt, account
from bench.market import PAYMENT, RIGHT, Asked, Bidder, Market
from bench.network_floors import Ends
from bench.rows import SETTLED, Table
from linkpool.chain.addresses import ZERO
from linkpool.units import link

COUNTS = SETTLED
LOSERS = 2
TRACED = 5
"""Oracles of the largest agreement whose settling is traced."""

_SPARE = link("1000")


def measure(market: Market, table: Table, counts: tuple[int, ...]) -> None:
    """Deposits, agreements of each size, returns."""
    for number in range(max(counts)):
        market.join(number)
    depositing(market, table)
    asking(market, table)
    for count in counts:
        settling(market, table, count)
    releasing(market, table)


def depositing(market: Market, table: Table) -> None:
    """Through Node, by the operator: the contract's first, a node's first, a node's second."""
    first, second = market.bidders[:2]
    state = "through Node; the real Penalties; nothing pledged, nothing pending; "

    def send(
        action: str,
        bidder: Bidder,
        reference: int,
        more: str,
        *,
        first: bool = False,
        into_empty: bool = False,
    ) -> None:
        table.measure(
            action,
            market.deposit(bidder, reference),
            market.world.operator,
            partial(floors.deposit, first=first, into_empty=into_empty),
            state=state + more,
        )

    send(
        "deposit.first.ever",
        first,
        1,
        "the node's first, and Penalties never held LINK",
        first=True,
        into_empty=True,
    )
    send("deposit.first", second, 1, "the node's first; Penalties holds LINK", first=True)
    send("deposit.second", second, 2, "the node's second, the list of open ones is filled")
    send("deposit", second, 3, "the node's third, as all that follow")
    for bidder in market.bidders[2:]:
        market.world.act(market.deposit(bidder, 1), market.world.operator)


def asking(market: Market, table: Table) -> None:
    """An agreement of three oracles with five bids, answered by all; then one without provider."""
    world, bidders = market.world, market.bidders
    world.give(market.consumer, _SPARE)
    terms = market.terms(
        3, provider=market.reputation.address, beneficiary=account("a beneficiary")
    )
    table.measure(
        "agreement",
        market.post(terms),
        market.consumer,
        floors.post,
        state="with a provider and a beneficiary; 96 bytes of data; the consumer keeps LINK",
    )
    state = "by the node's key, with collateral deposited; "
    named = partial(floors.bid, provider=True)
    for name, bidder, more in (
        ("bid.provider", bidders[0], "a provider; the first of the agreement"),
        ("bid.provider.next", bidders[1], "a provider; not the first"),
    ):
        table.measure(name, market.bid(1, bidder), bidder.key, named, state=state + more)
    market.bid_all(1, bidders[2 : 3 + LOSERS])
    market.after_bids(terms)
    done = table.measure(
        "start.3.losers.2",
        market.start(1),
        world.keeper,
        partial(floors.start, oracles=3, losers=LOSERS),
        state="by anybody; two of five bids lose and are freed",
    )
    asked = market.asked(done)
    state = "by the node's key, to the aggregator; the node earns for the first time; "
    _answer(market, table, "answer", asked[0], done, state + "in time")
    market.after_deadline(terms)
    _answer(market, table, "answer.late", asked[1], done, state + "after the deadline")
    market.after_all(1)
    world.act(market.agreements.settle(1), world.keeper)

    plain = market.terms(1, provider=ZERO, beneficiary=ZERO)
    number = market.posted(plain, account("a consumer without provider"))
    table.measure(
        "bid",
        market.bid(number, bidders[0]),
        bidders[0].key,
        partial(floors.bid, provider=False),
        state="by the node's key, with collateral deposited; no provider; the first",
    )


def _answer(
    market: Market, table: Table, name: str, asked: Asked, started: Receipt, state: str
) -> None:
    call = market.answer(asked, started, RIGHT)
    table.measure(name, call, asked.bidder.key, floors.answer, state=state)


def settling(market: Market, table: Table, count: int) -> None:
    """All in time; all missing, twice; and where there are enough, of each kind a part."""
    _settle(market, table, "good", Ends(completed=count))
    _settle(market, table, "missing", Ends(missed=count))
    _settle(market, table, "missing.fresh", Ends(missed=count), fresh=True)
    if count >= 3:
        part = count // 3
        some = max(1, part // 2)
        ends = Ends(completed=count - part - 2 * some, wrong=some, late=some, missed=part)
        if ends.completed > ends.wrong:
            _settle(market, table, "mixed", ends)


def _settle(market: Market, table: Table, kind: str, ends: Ends, *, fresh: bool = False) -> None:
    """By anybody; `fresh`: consumer and beneficiary hold no LINK before."""
    name = f"{kind}.{ends.all}"
    consumer, beneficiary = account(f"consumer {name}"), account(f"beneficiary {name}")
    terms = market.terms(ends.all, provider=market.reputation.address, beneficiary=beneficiary)
    number = market.posted(terms, consumer)
    if not fresh:
        for who in (consumer, beneficiary):
            market.world.give(who, PAYMENT)
    market.bid_all(number, market.bidders[: ends.all])
    market.after_bids(terms)
    traced = ends.all <= TRACED
    if kind == "good":
        done = table.measure(
            f"start.{ends.all}",
            market.start(number),
            market.world.keeper,
            partial(floors.start, oracles=ends.all),
            state="by anybody; no bid loses; 96 bytes of data",
            traced=traced,
        )
    else:
        done = market.world.act(market.start(number), market.world.keeper)
    _end(market, market.asked(done), done, ends, terms.answer_deadline)
    if kind != "good":
        market.after_all(number)
    table.measure(
        f"settle.{name}",
        market.agreements.settle(number),
        market.world.keeper,
        partial(floors.settle, ends=ends, result=ends.completed > 0, fresh=fresh),
        state=f"{ends.completed} in time, {ends.wrong} wrong, {ends.late} late, "
        f"{ends.missed} missing; with a provider; consumer and beneficiary hold "
        + ("no LINK" if fresh else "LINK"),
        traced=traced,
    )


def _end(market: Market, asked: list[Asked], started: Receipt, ends: Ends, deadline: int) -> None:
    """The answers as `ends` says, each a different number; the others stay away."""
    in_time = ends.completed + ends.wrong
    for place, one in enumerate(asked[: ends.answered]):
        if place == in_time:
            market.chain.advance(deadline + 1 - market.chain.now)
        # Out of order, so that ranking them costs something; the wrong ones are far away.
        number = RIGHT - place if place < ends.completed else 2 * RIGHT + place
        market.world.act(market.answer(one, started, number), one.bidder.key)


def releasing(market: Market, table: Table) -> None:
    """Back to the storage by the node's key: a part, all of it, what slashes left."""
    state = "by the node's key; nothing pending; "
    whole, some = market.bidders[1], market.bidders[2]
    _release(market, table, whole, 2, "full", state + "nothing reserved: all, for good")
    terms = market.terms(1, provider=ZERO, beneficiary=ZERO)
    number = market.posted(terms, account("a consumer of a part"))
    market.bid_all(number, [some])
    _release(market, table, some, 1, "part", state + "a part is reserved: the rest, the first")
    leaver = market.backer
    market.world.act(whole.storage.withdraw(link("100")), leaver)
    _release(
        market,
        table,
        whole,
        1,
        "slashed",
        state + "a leaver has a claim; slashed before, the node's first loss; for good",
    )
    _pledged(market, table)


def _release(
    market: Market, table: Table, bidder: Bidder, reference: int, kind: str, state: str
) -> None:
    """The receipt, and within it what the storage booked; before refunds, of which it has none."""
    storage = bidder.storage.address
    market.world.act(bidder.storage.distribute(), market.world.keeper)
    how = "short.final" if kind == "slashed" else kind
    done = table.measure(
        f"release.{kind}",
        market.release(bidder, reference),
        bidder.key,
        partial(floors.release, kind=how),
        state=state,
    )
    table.part(
        f"release.{kind}.booked",
        market.chain.within(done, storage, "onTokenTransfer(address,uint256,bytes)"),
        floors.released(how),
        state="of it PoolStorage, before refunds",
    )


def _pledged(market: Market, table: Table) -> None:
    """A later deposit of a node that has earned: the owners' due bears its loss first."""
    world, bidder = market.world, market.bidders[0]
    newcomer = market.join(len(market.bidders))
    for one in (bidder, newcomer):
        place = one.storage.address
        world.give(place, link("1"))
        world.give(market.backer, link("1"))
        world.act(world.link.stake(place, link("1")), market.backer)
    state = "through Node; Penalties holds LINK; the owners' due is pledged, the first time; "
    table.measure(
        "deposit.pledged",
        market.deposit(bidder, 2),
        world.operator,
        partial(floors.deposit, pledged=True),
        state=state + "the node's second",
    )
    table.measure(
        "deposit.first.pledged",
        market.deposit(newcomer, 1),
        world.operator,
        partial(floors.deposit, first=True, pledged=True),
        state=state + "the node's first, after it has earned",
    )
