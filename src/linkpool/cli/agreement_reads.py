# SPDX-License-Identifier: MIT
"""What commands about agreements ask the chain before they decide."""

from __future__ import annotations

from collections.abc import Sequence

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Event
from linkpool.chain.contracts.agreements import terms_of
from linkpool.chain.facts import AgreementState, AgreementTerms
from linkpool.chain.history import agreement_events, agreements_posted
from linkpool.chain.suite import AgreementSuite
from linkpool.cli import agreement_view as view
from linkpool.cli.output import counted
from linkpool.cli.session import Session
from linkpool.errors import ChainUnavailable, LinkPoolError, UsageError
from linkpool.units import show_link


async def events(session: Session, suite: AgreementSuite, one: AgreementState) -> list[Event]:
    """Everything logged about it."""
    first = (await session.manifest()).first_block()
    return await agreement_events(suite, one.number, first=first, block=one.block)


def posted(logged: Sequence[Event]) -> AgreementTerms:
    """UsageError where the node keeps no logs that are so old."""
    for event in logged:
        if event.name == "AgreementCreated":
            return terms_of(event.fields["terms"])
    raise UsageError("the RPC has no logs of this agreement: use one that keeps them")


async def every_posted(
    session: Session, suite: AgreementSuite, found: Sequence[AgreementState], *, block: int
) -> dict[int, AgreementTerms]:
    """Their terms by number, as far as the node keeps logs."""
    first = (await session.manifest()).first_block()
    return await agreements_posted(suite, [one.number for one in found], first=first, block=block)


async def phases(suite: AgreementSuite, block: int, found: Sequence[AgreementState]) -> list[str]:
    """What each of them waits for at `block`."""
    now, rules = await suite.connection.timestamp(block), await suite.agreements.terms(block=block)
    waits = []
    for one in found:
        settled_from, complete = await answers(suite, one)
        waits.append(view.phase(one, rules, now, settled_from=settled_from, complete=complete))
    return waits


async def answers(suite: AgreementSuite, one: AgreementState) -> tuple[int, bool]:
    """From when it can be settled anyhow, and whether everybody has answered."""
    if one.state != view.STARTED:
        return 0, False
    settled_from = await suite.agreements.settle_time(one.number, block=one.block)
    complete = await suite.aggregator.complete(one.number, one.oracles, block=one.block)
    return settled_from, complete


async def require_funds(
    suite: AgreementSuite, payer: ChecksumAddress, terms: AgreementTerms
) -> None:
    """UsageError where the payer has too little LINK."""
    funds = await suite.link.balance_of(payer)
    if funds < terms.cost:
        raise UsageError(
            f"payment: the wallet has {show_link(funds)}, fewer than {show_link(terms.cost)}"
        )


async def provider_warnings(suite: AgreementSuite, terms: AgreementTerms) -> list[str]:
    """UsageError where the provider counts no agreement of this network."""
    if terms.provider == ZERO:
        return ["no reputation is asked: whoever bids first is taken"]
    provider = suite.provider(terms.provider)
    try:
        root, members = await provider.agreements(), await provider.member_count()
    except LinkPoolError as error:
        if isinstance(error, ChainUnavailable):
            raise
        raise UsageError(f"provider: {terms.provider} is no reputation provider") from None
    if root != suite.agreements.address:
        raise UsageError(f"provider: {terms.provider} counts agreements of {root}")
    if members < terms.oracles:
        few = counted(members, "oracle")
        return [f"the provider knows {few}: {terms.oracles} have to bid"]
    return []


async def collateral_warnings(suite: AgreementSuite, terms: AgreementTerms) -> list[str]:
    """Where all deposits of all nodes together back fewer bids than are needed."""
    held = await suite.link.balance_of(suite.penalties.address)
    if terms.penalty * terms.oracles <= held:
        return []
    wanted = show_link(terms.penalty * terms.oracles)
    return [
        f"penalty: {wanted} of collateral are needed, all nodes together have {show_link(held)}"
    ]
