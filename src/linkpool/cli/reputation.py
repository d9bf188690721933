# SPDX-License-Identifier: MIT
"""`linkpool reputation …`: what providers know of oracles, and joining them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.chain.contracts import PoolStorage, Reputation
from linkpool.chain.facts import StandingState
from linkpool.chain.suite import Suite
from linkpool.cli import options
from linkpool.cli.command import Proposal, reads, signs
from linkpool.cli.output import Answer, counted, yes_no
from linkpool.cli.session import Session
from linkpool.errors import ChainUnavailable, LinkPoolError, TxReverted, UsageError
from linkpool.units import show_link, show_percent

app = typer.Typer(help="What reputation providers know of oracles, and joining them.")

Oracle = Annotated[
    ChecksumAddress,
    typer.Argument(metavar="ORACLE", parser=address, help="a node, or its PoolStorage"),
]
Provider = Annotated[
    ChecksumAddress | None,
    options.account_option("--provider", "a reputation provider [default: the pool's own]"),
]


@reads(app, "list")
async def listing(session: Session, provider: Provider = None) -> Answer:
    """Every member of a provider, the best first."""
    where = await _provider(session, provider)
    block = await where.connection.block_number()
    standings = [
        await where.standing(oracle, block=block) for oracle in await where.members(block=block)
    ]
    standings.sort(key=lambda one: -one.score)  # whoever joined first stays before equals
    return Answer(
        title=f"{counted(len(standings), 'member')} of {where.address} at block {block}",
        data={"block": block, "provider": where.address, "members": standings},
        spare=("seconds per answer", "asked"),
        columns=(
            "oracle",
            "score",
            "asked",
            "completed",
            "missed",
            "late",
            "wrong",
            "lost",
            "seconds per answer",
        ),
        rows=[_row(one) for one in standings],
    )


@reads(app, "show")
async def show(session: Session, oracle: Oracle, provider: Provider = None) -> Answer:
    """How the agreements of one oracle ended."""
    where = await _provider(session, provider)
    one = await where.standing(await _storage(await session.suite(), oracle))
    named = ("score", "asked", "completed", "missed", "late", "wrong", "lost", "seconds per answer")
    return Answer(
        title=f"{one.oracle} at block {one.block}",
        data={"provider": where.address, "standing": one},
        facts=[
            ("provider", where.address),
            ("member", yes_no(one.member)),
            *zip(named, _row(one)[1:], strict=True),
        ],
    )


@signs(app, "join", administrative=True)
async def join(session: Session, oracle: Oracle, provider: Provider = None) -> Proposal:
    """Become a member, for good; by the node's key, its senders or its operator."""
    where = await _provider(session, provider)
    place = await _storage(await session.suite(), oracle)
    await _require_oracle(where, place)
    if (await where.standing(place)).member:
        raise UsageError(f"{place} is a member of {where.address} already")
    return Proposal(
        call=where.join(place),
        facts=[("oracle", place), ("provider", where.address)],
        warnings=["what agreements come to is counted from now on; nobody can leave"],
    )


@signs(app, "admit", administrative=True)
async def admit(session: Session, oracle: Oracle, provider: Provider = None) -> Proposal:
    """Let an oracle join a provider that is not open (the provider's owner)."""
    where = await _provider(session, provider)
    place = await _storage(await session.suite(), oracle)
    if await where.is_open():
        raise UsageError(f"{where.address} is open: every oracle may join")
    await _require_oracle(where, place)
    return Proposal(call=where.admit(place), facts=[("oracle", place), ("provider", where.address)])


async def _provider(session: Session, chosen: ChecksumAddress | None) -> Reputation:
    """The chosen one, or the pool's own; UsageError where there is none."""
    suite, manifest = await session.agreement_suite(), await session.manifest()
    found = suite.provider(chosen or manifest.address("Reputation"))
    try:
        root, _ = await found.agreements(), await found.member_count()
    except ChainUnavailable:
        raise
    except LinkPoolError:
        raise UsageError(f"--provider {found.address} is no reputation provider") from None
    if root != suite.agreements.address:
        raise UsageError(f"--provider {found.address} counts agreements of {root}")
    return found


async def _storage(suite: Suite, oracle: ChecksumAddress) -> ChecksumAddress:
    """Of a node's address; any other address as it is."""
    try:
        return await suite.factory.storage_of(oracle)
    except TxReverted:
        return oracle


async def _require_oracle(where: Reputation, place: ChecksumAddress) -> None:
    """UsageError where nobody can sign for it, as for a PoolStorage."""
    try:
        await PoolStorage(where.connection, place).is_authorized_sender(place)
    except ChainUnavailable:
        raise
    except LinkPoolError:
        raise UsageError(f"{place} is no oracle: give a node, or its PoolStorage") from None


def _row(one: StandingState) -> tuple[str, ...]:
    answers = one.completed + one.late + one.wrong
    counts: tuple[Any, ...] = (one.assigned, one.completed, one.missed, one.late, one.wrong)
    return (
        one.oracle,
        show_percent(one.score),
        *map(str, counts),
        show_link(one.lost),
        f"{one.elapsed / answers:.1f}" if answers else "",
    )
