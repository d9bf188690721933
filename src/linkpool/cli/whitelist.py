# SPDX-License-Identifier: MIT
"""`linkpool whitelist …`: where penalties may go."""

from __future__ import annotations

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.facts import DestinationState
from linkpool.chain.suite import Suite
from linkpool.cli import options
from linkpool.cli.command import Proposal, reads, signs
from linkpool.cli.output import Answer, counted, when
from linkpool.cli.session import Session
from linkpool.errors import UsageError

app = typer.Typer(help="Where penalties may go: public, announced ahead, narrowed at once.")


@reads(app, "list")
async def listing(session: Session) -> Answer:
    """Every destination ever announced, with its status and code hash."""
    suite = await session.suite()
    now = await suite.connection.timestamp()
    found = await suite.factory.destinations()
    return Answer(
        title=counted(len(found), "destination"),
        data={"destinations": found},
        columns=("target", "status", "ready", "lapses", "code hash"),
        rows=[
            (
                one.target,
                _status(one, now),
                when(one.ready) if one.ready else "",
                when(one.lapse) if one.ready else "",
                one.code_hash,
            )
            for one in found
        ],
    )


@signs(app, "announce", administrative=True)
async def announce(session: Session, target: options.Target) -> Proposal:
    """Announce a penalty contract; it works after the delay (owner)."""
    suite = await session.suite()
    manifest = await session.manifest()
    ours = {one.address: name for name, one in manifest.contracts.items() if name != "Penalties"}
    if target in ours:
        raise UsageError(f"{target} is {ours[target]} of this pool: no penalty contract")
    code_hash = await suite.connection.code_hash(target)
    if code_hash is None:
        raise UsageError(f"there is no contract at {target}")
    state = await suite.factory.state()
    return Proposal(
        call=suite.factory.announce_destination(target),
        facts=[("target", target), ("code hash", code_hash), ("ready in", f"{state.delay} s")],
        warnings=["delay and publicity are the protection: read its code before it is active"],
    )


@signs(app, "activate", administrative=True)
async def activate(session: Session, target: options.Target) -> Proposal:
    """Activate a penalty contract whose delay is over; anyone may."""
    suite = await session.suite()
    entry = await _known(suite, target)
    now = await suite.connection.timestamp()
    if entry.state != 1:
        raise UsageError(f"{target} is not announced: see `linkpool whitelist list`")
    if now < entry.ready:
        raise UsageError(f"{target} is ready in {entry.ready - now} s, not before")
    if now > entry.lapse:
        raise UsageError("that announcement has lapsed: announce it again")
    return Proposal(
        call=suite.factory.activate_destination(target),
        facts=[("target", target), ("code hash", entry.code_hash)],
    )


@signs(app, "remove", administrative=True)
async def remove(session: Session, target: options.Target) -> Proposal:
    """Take a penalty contract off the list, at once (owner)."""
    suite = await session.suite()
    entry = await _known(suite, target)
    if entry.state == 0:
        raise UsageError(f"{target} is not on the list: see `linkpool whitelist list`")
    return Proposal(call=suite.factory.remove_destination(target), facts=[("target", target)])


async def _known(suite: Suite, target: ChecksumAddress) -> DestinationState:
    return await suite.factory.destination(target)


def _status(entry: DestinationState, now: int) -> str:
    if entry.state == 2:
        return "active" if entry.valid else "refused: its code changed"
    if entry.state == 0:
        return "removed"
    if now < entry.ready:
        return "announced"
    return "ready" if now <= entry.lapse else "lapsed"
