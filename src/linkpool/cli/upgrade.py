# SPDX-License-Identifier: MIT
"""`linkpool upgrade …`: replace one logic contract for every node, through the Timelock."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO, address, bytes32
from linkpool.chain.calls import Receipt
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.output import Answer, counted, one_line, when
from linkpool.cli.session import Session
from linkpool.deployment import operations as announced
from linkpool.deployment import upgrade as upgrades
from linkpool.deployment.beginning import first_block
from linkpool.deployment.operations import Waiting
from linkpool.errors import UsageError

app = typer.Typer(help="Replace a logic contract for every node: deploy, announce, wait, execute.")

_LONGEST = 32  # bytes of a name


def _name(text: str) -> str:
    if not 0 < len(text.encode()) <= _LONGEST:
        raise UsageError(f"a contract's name has 1 to {_LONGEST} bytes")
    return text


def _subject(text: str) -> str:
    """A name, or the id of an operation, which is longer than any name."""
    return text.lower() if re.fullmatch("0[xX][0-9a-fA-F]{64}", text) else _name(text)


def _new(text: str) -> ChecksumAddress:
    return ZERO if text == "none" else address(text)


def _hash(text: str) -> str:
    if not text.startswith("0x"):
        raise UsageError(f"{text!r} is no hash: 0x and 64 hexadecimal digits are needed")
    return "0x" + bytes32(text).hex()


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        parser=_name,
        help="LinkPool, NodeFactory, Node, NodeStaking",
        show_default=False,
    ),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="NAME|ID",
        parser=_subject,
        help="the contract's name, or the operation's id as listed",
        show_default=False,
    ),
]
Only = Annotated[
    str | None, typer.Argument(metavar="NAME", parser=_name, help="of this contract only [all]")
]
New = Annotated[
    ChecksumAddress | None,
    typer.Argument(
        metavar="ADDRESS",
        parser=_new,
        help="the new contract, or none [the one deployed last]",
    ),
]
CodeHash = Annotated[
    str | None,
    typer.Option(
        "--code-hash",
        metavar="HASH",
        parser=_hash,
        help="keccak256 of its code, where that is not this release's",
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
async def announce(
    session: Session, name: Name, new: New = None, code_hash: CodeHash = None
) -> Proposal:
    """Announce that it will serve under this name (owner).

    Its code has to be this release's, or have the hash that you give. `none` for ADDRESS takes the
    name out of the registry.
    """
    suite = await session.suite()
    manifest = await session.manifest()
    upgrades.require_name(name)
    place = await _candidate(session, name, new)
    call = await upgrades.replacement(suite, name, place, manifest, code_hash)
    old = await suite.factory.get_contract(name)
    every = await _operations(session)
    return Proposal(
        call=suite.timelock.announce(call, upgrades.SALT),
        facts=[
            ("name", name),
            ("old", _place(old)),
            ("new", _place(place)),
            ("its code", _code(code_hash, place)),
            ("ready in", f"{await suite.timelock.delay()} s"),
        ],
        warnings=[
            *upgrades.announcement_warnings(name, place),
            *_rivals(every, name, place),
        ],
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
    old = await suite.factory.get_contract(name)
    if old == place != ZERO:
        raise UsageError(f"{name} is {place} already")
    every = await _operations(session)
    now = await suite.connection.timestamp()
    operation = upgrades.executable(every, name, place, now)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        await upgrades.keep_executed(suite, name, place, manifest, session.manifest_path)
        return [(name, _place(place))], {"name": name, "address": place}

    return Proposal(
        call=await upgrades.execution(suite, operation),
        facts=[("name", name), ("old", _place(old)), ("new", _place(place))],
        warnings=[
            "the contract that serves now is powerless from then on, for every node",
            *_rivals(every, name, place),
        ],
        outcome=outcome,
    )


@signs(app, "cancel", administrative=True)
async def cancel(session: Session, subject: Subject, new: New = None) -> Proposal:
    """Forget an announcement (owner)."""
    suite = await session.suite()
    if subject.startswith("0x"):
        facts = [("operation", subject)]
        return Proposal(
            call=await upgrades.cancellation(suite, bytes.fromhex(subject[2:])), facts=facts
        )
    place = await _candidate(session, subject, new)
    found = upgrades.cancellable(await _operations(session), subject, place)
    return Proposal(
        call=await upgrades.cancellation(suite, found.id),
        facts=[
            ("name", subject),
            ("was to be", _place(place)),
            ("operation", "0x" + found.id.hex()),
        ],
    )


@reads(app, "list")
async def listing(session: Session) -> Answer:
    """Every operation of the Timelock and what became of it."""
    found = await _operations(session)
    return Answer(
        title=counted(len(found), "operation"),
        data={"operations": found},
        columns=("operation", "state", "ready", "lapses", "code", "id"),
        rows=[
            (
                one_line(one.what),
                one.state,
                when(one.ready),
                when(one.lapse),
                one.code_hash or "",
                "0x" + one.id.hex(),
            )
            for one in found
        ],
        note="\n".join(f"! {one_line(one.what)}: {told}" for one in found for told in one.doubts),
    )


@reads(app, "history")
async def history(session: Session, name: Only = None) -> Answer:
    """Every contract that ever served, and so the ADDRESS of a way back."""
    suite = await session.suite()
    every = await upgrades.history(suite, first=await _first(session))
    found = [one for one in every if name in (None, one.name)]
    return Answer(
        title=counted(len(found), "change"),
        data={"changes": found},
        columns=("name", "from", "to", "block"),
        rows=[
            (one_line(one.name), _place(one.old), _place(one.new), str(one.block)) for one in found
        ],
    )


def _place(place: ChecksumAddress) -> str:
    return "nothing" if place == ZERO else place


def _code(code_hash: str | None, place: ChecksumAddress) -> str:
    if place == ZERO:
        return "none"
    return "of this release" if code_hash is None else f"{code_hash}, as you said"


async def _first(session: Session) -> int:
    connection = await session.connection()
    head = await connection.block_number()
    return await first_block(connection, await session.manifest(), head)


async def _operations(session: Session) -> list[Waiting]:
    return await announced.operations(await session.suite(), first=await _first(session))


def _rivals(found: list[Waiting], name: str, place: ChecksumAddress) -> list[str]:
    return [announced.either_order(one) for one in announced.rivals(found, name, place)]


async def _candidate(session: Session, name: str, new: ChecksumAddress | None) -> ChecksumAddress:
    if new is not None:
        return new
    made = (await session.manifest()).candidates.get(name)
    if made is None:
        raise UsageError(f"no new {name} is known here: give its ADDRESS")
    return made.address
