# SPDX-License-Identifier: MIT
"""Reads the ChainLink network around the pool: who refers to whom, and whose LINK lies where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Destination, Network
from linkpool.audit.release import released
from linkpool.audit.source import Source, View, countable
from linkpool.chain.addresses import ZERO
from linkpool.chain.codec import codec
from linkpool.units import Juels

_OPEN: Final = 1
_STARTED: Final = 2


async def found(source: Source, destinations: Sequence[Destination]) -> ChecksumAddress | None:
    """The ServiceAgreements behind the first destination that is a Penalties of this release."""
    contract = released("Penalties")
    codes = await source.codes(one.target for one in destinations)
    for one in destinations:
        if contract is not None and contract.is_code_of(codes[one.target]):
            place: ChecksumAddress | None = (
                await source.views([View("Penalties", one.target, "agreements")])
            )[0]
            return place
    return None


async def read(
    source: Source,
    link: ChecksumAddress,
    first: int,
    *,
    agreements: ChecksumAddress | None,
    reputation: ChecksumAddress | None,
) -> Network | None:
    """None where nothing says that there is one."""
    if agreements is None:
        return None
    claim = View("ServiceAgreements", agreements, "agreementCount")
    penalties, aggregator, posted, agreements_balance = await source.views(
        [
            View("ServiceAgreements", agreements, "penalties"),
            View("ServiceAgreements", agreements, "aggregator"),
            claim,
            View("LinkToken", link, "balanceOf", (agreements,)),
        ]
    )
    penalties, aggregator = penalties or ZERO, aggregator or ZERO
    theirs, others, penalties_balance, aggregator_balance = await source.views(
        [
            View("Penalties", penalties, "agreements"),
            View("Aggregator", aggregator, "agreements"),
            View("LinkToken", link, "balanceOf", (penalties,)),
            View("LinkToken", link, "balanceOf", (aggregator,)),
        ]
    )
    every = await _agreements(source, agreements, countable(claim, posted))
    deposits, deposited = await _deposits(source, penalties, first)
    return Network(
        agreements=agreements,
        penalties=penalties,
        aggregator=aggregator,
        penalties_agreements=theirs,
        aggregator_agreements=others,
        posted=posted,
        open_cost=_open_cost(every),
        agreements_balance=agreements_balance,
        deposits=deposits,
        deposited=deposited,
        penalties_balance=penalties_balance,
        refused=await _refused(source, aggregator, every, first),
        aggregator_balance=aggregator_balance,
        reputation=reputation,
    )


def places(network: Network | None) -> list[ChecksumAddress]:
    """Its contracts."""
    if network is None:
        return []
    every = [network.agreements, network.penalties, network.aggregator, network.reputation]
    return [one for one in every if one is not None and one != ZERO]


async def _agreements(
    source: Source, place: ChecksumAddress, count: range
) -> list[dict[str, Any] | None]:
    """By their members' names, number 1 first."""
    answers = await source.views(
        [View("ServiceAgreements", place, "agreement", (at + 1,)) for at in count]
    )
    members = codec("ServiceAgreements").functions["agreement"]["outputs"][0]["components"]
    names = [one["name"] for one in members]
    return [None if one is None else dict(zip(names, one, strict=True)) for one in answers]


def _open_cost(every: Sequence[dict[str, Any] | None]) -> Juels | None:
    if None in every:
        return None
    known = [one for one in every if one is not None and one["state"] == _OPEN]
    return Juels(sum(one["oracles"] * one["payment"] for one in known))


async def _deposits(
    source: Source, penalties: ChecksumAddress, first: int
) -> tuple[int, Juels | None]:
    """How many were ever made, and what all of them hold."""
    events = await source.events({penalties: "Penalties"}, ["Deposited"], first)
    keys = list(dict.fromkeys((one.fields["depositor"], one.fields["reference"]) for one in events))
    answers = await source.views([View("Penalties", penalties, "deposit", key) for key in keys])
    if None in answers:
        return len(keys), None
    return len(keys), Juels(sum(balance for balance, *_ in answers))


async def _refused(
    source: Source,
    aggregator: ChecksumAddress,
    every: Sequence[dict[str, Any] | None],
    first: int,
) -> Juels | None:
    """Payments that wait in Aggregator for their agreement to be settled."""
    if None in every:
        return None
    events = await source.events({aggregator: "Aggregator"}, ["RequestRefused"], first)
    started = {
        number: one["payment"]
        for number, one in enumerate(every, start=1)
        if one is not None and one["state"] == _STARTED
    }
    return Juels(sum(started.get(one.fields["id"], 0) for one in events))
