# SPDX-License-Identifier: MIT
"""`linkpool upgrade …`: replace one logic contract for every node, through the Timelock."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Receipt
from linkpool.cli import options
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.output import Answer, counted, when
from linkpool.cli.session import Session
from linkpool.deployment import upgrade as upgrades
from linkpool.errors import UsageError

app = typer.Typer(help="Replace a logic contract for every node: deploy, announce, wait, execute.")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="LinkPool, NodeFactory, Node, NodeStaking", show_default=False
    ),
]
Only = Annotated[str | None, typer.Argument(metavar="[NAME]", help="of this contract only [all]")]
New = Annotated[
    ChecksumAddress | None,
    typer.Argument(
        metavar="[ADDRESS]", parser=options.address, help="the new contract [the one deployed last]"
    ),
]


@signs(app, "deploy")
async def deploy(session: Session, name: Name) -> Proposal:
    """Create a new contract; it has no power until it is announced and executed."""
    suite = await session.suite()
    manifest = await session.manifest()

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        made = await upgrades.keep_candidate(suite, receipt, name, manifest, session.manifest_path)
        return [("address", made.address)], {"address": made.address}

    return Proposal(
        call=upgrades.creation(name, suite),
        facts=[("creates", name), ("factory", suite.factory.address)],
        outcome=outcome,
    )


@signs(app, "announce", administrative=True)
async def announce(session: Session, name: Name, new: New = None) -> Proposal:
    """Announce that it will serve under this name (owner)."""
    suite = await session.suite()
    place = await _candidate(session, name, new)
    old = await suite.factory.get_contract(name)
    delay = await suite.timelock.delay()
    return Proposal(
        call=await upgrades.announcement(suite, name, place),
        facts=[
            ("name", name),
            ("old", old),
            ("new", place),
            ("its code", await suite.connection.code_hash(place) or "none"),
            ("ready in", f"{delay} s"),
        ],
        warnings=await _rivals(session, name, place),
    )


@signs(app, "execute", administrative=True)
async def execute(session: Session, name: Name, new: New = None) -> Proposal | Answer:
    """Put it in place once the delay is over; anyone may."""
    suite = await session.suite()
    manifest = await session.manifest()
    place = await _candidate(session, name, new)
    if await upgrades.adopted(suite, name, place, manifest, session.manifest_path):
        text = f"{name} {place} was put in place by somebody else; the manifest says so now"
        return Answer(title="", data={"name": name, "address": place}, note=text)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        await upgrades.keep_executed(suite, name, place, manifest, session.manifest_path)
        return [(name, place)], {"name": name, "address": place}

    return Proposal(
        call=await upgrades.execution(suite, name, place),
        facts=[("name", name), ("old", await suite.factory.get_contract(name)), ("new", place)],
        warnings=[
            "the contract that serves now is powerless from then on, for every node",
            *await _rivals(session, name, place),
        ],
        outcome=outcome,
    )


@signs(app, "cancel", administrative=True)
async def cancel(session: Session, name: Name, new: New = None) -> Proposal:
    """Forget an announcement (owner)."""
    suite = await session.suite()
    place = await _candidate(session, name, new)
    return Proposal(
        call=await upgrades.cancellation(suite, name, place),
        facts=[("name", name), ("was to be", place)],
    )


@reads(app, "list")
async def listing(session: Session) -> Answer:
    """Every operation of the Timelock and what became of it."""
    suite = await session.suite()
    manifest = await session.manifest()
    found = await upgrades.operations(suite, first=manifest.first_block())
    return Answer(
        title=counted(len(found), "operation"),
        data={"operations": found},
        columns=("operation", "code", "state", "ready", "lapses"),
        rows=[
            (one.what, one.code_hash or "", one.state, when(one.ready), when(one.lapse))
            for one in found
        ],
        note="\n".join(f"! {one.what}: {doubt}" for one in found for doubt in one.doubts),
    )


@reads(app, "history")
async def history(session: Session, name: Only = None) -> Answer:
    """Every contract that ever served, and so the ADDRESS of a way back."""
    suite = await session.suite()
    manifest = await session.manifest()
    every = await upgrades.history(suite, first=manifest.first_block())
    found = [one for one in every if name in (None, one.name)]
    return Answer(
        title=counted(len(found), "change"),
        data={"changes": found},
        columns=("name", "from", "to", "block"),
        rows=[(one.name, _place(one.old), _place(one.new), str(one.block)) for one in found],
    )


def _place(address: ChecksumAddress) -> str:
    return "nothing" if address == ZERO else address


async def _rivals(session: Session, name: str, place: ChecksumAddress) -> list[str]:
    manifest = await session.manifest()
    every = await upgrades.operations(await session.suite(), first=manifest.first_block())
    return [upgrades.either_order(one) for one in upgrades.rivals(every, name, place)]


async def _candidate(session: Session, name: str, new: ChecksumAddress | None) -> ChecksumAddress:
    if new is not None:
        return new
    made = (await session.manifest()).candidates.get(name)
    if made is None:
        raise UsageError(f"no new {name} is known here: give its ADDRESS")
    return made.address
