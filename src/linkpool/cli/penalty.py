# SPDX-License-Identifier: MIT
"""`linkpool penalty …`: a node's stake put up as collateral, and fetched back."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import bytes32
from linkpool.chain.calls import Receipt
from linkpool.chain.contracts import Penalties, PoolStorage
from linkpool.chain.contracts.penalties import REFERENCES
from linkpool.chain.facts import DepositState
from linkpool.chain.history import PenaltyRecord, penalty_records
from linkpool.cli import options
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.output import Answer, when, yes_no
from linkpool.cli.session import Session
from linkpool.errors import UsageError
from linkpool.nodes import penalties as rules
from linkpool.units import Juels, show_link, show_percent

app = typer.Typer(help="A node's stake put up as collateral for agreements, and fetched back.")


def _reference(text: str) -> bytes:
    """A number, or 32 bytes in hexadecimal."""
    if text.isascii() and text.isdecimal() and len(text) < 80 and int(text) < 2**256:
        return int(text).to_bytes(32)
    if text.startswith("0x"):
        return bytes32(text)
    raise UsageError(f"{text[:80]!r} is no reference: a number, or 0x and 64 hexadecimal digits")


Reference = Annotated[
    bytes, typer.Argument(metavar="REFERENCE", parser=_reference, help="of the record: a number")
]
TargetOption = Annotated[
    ChecksumAddress | None,
    options.account_option("--target", "a penalty contract [default: the pool's own]"),
]


@reads(app, "list")
async def listing(session: Session, node: options.NodeAddress) -> Answer:
    """Every penalty a node has sent: what came back, what agreements hold of it, until when."""
    suite, manifest = await session.suite(), await session.manifest()
    state = await suite.node_state(node)
    storage = PoolStorage(suite.connection, state.storage)
    ours = Penalties(suite.connection, manifest.address("Penalties"))
    first, now = manifest.first_block(), await suite.connection.timestamp(state.block)
    found = await penalty_records(storage, first=first, block=state.block)
    deposits = {
        one.sent.id: await ours.deposit(storage.address, _number(one.reference), block=state.block)
        for one in found
        if one.target == ours.address
    }
    listed = await suite.factory.destination(ours.address, block=state.block)
    return Answer(
        title=f"penalties of {node} at block {state.block}",
        data={
            "block": state.block,
            "target": ours.address,
            "active": listed.valid,
            "penalties": [_data(one, deposits.get(one.sent.id), now) for one in found],
        },
        spare=("target", "lost", "returned"),
        columns=(
            "id",
            "target",
            "reference",
            "amount",
            "returned",
            "lost",
            "state",
            "deadline",
            "reserved",
            "free",
        ),
        rows=[_row(one, deposits.get(one.sent.id), now) for one in found],
        note="" if listed.valid else _inactive(ours.address),
    )


@signs(app, "send", administrative=True)
async def send(
    session: Session,
    node: options.NodeAddress,
    amount: options.Amount,
    target: TargetOption = None,
    reference: Annotated[
        bytes | None,
        typer.Option(
            "--reference", metavar="NUMBER", parser=_reference, help="[default: the next free one]"
        ),
    ] = None,
) -> Proposal:
    """Put stake of a node up as collateral, at an active penalty contract (operator)."""
    suite = await session.suite()
    ours = (await session.manifest()).address("Penalties")
    place = target or ours
    state = await suite.node_state(node)
    if not (await suite.factory.destination(place, block=state.block)).valid:
        raise UsageError(_inactive(place))
    _, _, credited = await suite.node.pending_distribution(node, block=state.block)
    staked = Juels(state.staked + credited)
    rules.require_send(state, amount, staked=staked)
    storage = PoolStorage(suite.connection, state.storage)
    chosen = await _free(storage, place) if reference is None else reference
    if place == ours and _number(chosen) >= REFERENCES:
        raise UsageError(f"--reference {_number(chosen)} is too high: below {REFERENCES}")
    if (await storage.penalty(place, chosen, block=state.block)).state:
        raise UsageError(f"--reference {_shown(chosen)} was used before: leave it out")
    if not (session.unsigned or session.safe) and session.account() != state.operator:
        raise UsageError(
            f"{session.account()} is not the node's operator, {state.operator}: "
            "--wallet chooses who signs, --safe writes it for a Safe"
        )
    weight = rules.weight(amount, staked)

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        record = await storage.penalty(place, chosen, block=receipt.block)
        shown = [("reference", _shown(chosen)), ("back by", when(record.deadline))]
        data = {"reference": _shown(chosen), "id": record.id, "deadline": record.deadline}
        return shown, data

    return Proposal(
        call=storage.send_penalty(place, amount, chosen),
        facts=[
            ("sends", f"{show_link(amount)} of {show_link(state.liquid)} that are liquid"),
            ("of node", node),
            ("to", place),
            ("reference", _shown(chosen)),
            ("weight", f"{show_percent(weight)} of {show_percent(state.loss_allowance)} allowed"),
        ],
        warnings=["what is not returned is lost to the owners' due first, then to the stakers"],
        outcome=outcome,
    )


@signs(app, "release", administrative=True)
async def release(session: Session, node: options.NodeAddress, reference: Reference) -> Proposal:
    """Fetch back what no agreement holds of a deposit; near its deadline all of it, by anyone."""
    suite = await session.suite()
    penalties = Penalties(suite.connection, (await session.manifest()).address("Penalties"))
    storage = await suite.storage(node)
    deposit = await penalties.deposit(storage.address, _number(reference))
    now = await suite.connection.timestamp(deposit.block)
    margin = await penalties.margin()
    rules.require_release(deposit, now, margin=margin)
    free = show_link(deposit.balance - deposit.reserved)
    facts = [("free", f"{free} of {show_link(deposit.balance)}")]
    if not (session.unsigned or session.safe):
        number, sender = _number(reference), session.account()
        if now < deposit.deadline - margin:
            await _require_speaker(storage, sender, until=deposit.deadline - margin)
        back = await penalties.simulate_release(storage.address, number, sender)
        facts = [("returns", f"{show_link(back)} of {show_link(deposit.balance)}")]

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        for event in penalties.decode_logs(receipt.logs):
            if event.name == "Released":
                paid, closed = event.fields["amount"], event.fields["closed"]
                shown = [("returned", show_link(paid)), ("closed", yes_no(closed))]
                return shown, {"returned": str(paid), "closed": closed}
        return [], {}

    return Proposal(
        call=penalties.release(storage.address, _number(reference)),
        facts=[*facts, ("to", storage.address), ("reference", _shown(reference))],
        outcome=outcome,
    )


@signs(app, "resolve")
async def resolve(
    session: Session,
    node: options.NodeAddress,
    reference: Reference,
    target: TargetOption = None,
) -> Proposal:
    """Book what did not come back of a penalty by its deadline as lost; anyone may."""
    suite = await session.suite()
    place = target or (await session.manifest()).address("Penalties")
    storage = await suite.storage(node)
    record = await storage.penalty(place, reference)
    rules.require_overdue(record, await suite.connection.timestamp(record.block))

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        lost = sum(
            event.fields["amount"]
            for event in storage.decode_logs(receipt.logs)
            if event.name == "PenaltySlashed"
        )
        return [("lost", show_link(lost))], {"lost": str(lost)}

    return Proposal(
        call=storage.resolve_overdue(place, reference),
        facts=[
            ("penalty", f"{record.id}, {show_link(record.amount)} at {place}"),
            ("returned", show_link(record.returned)),
            ("lost", show_link(record.amount - record.returned)),
        ],
        warnings=["what comes back later goes to who bore the loss"],
        outcome=outcome,
    )


async def _require_speaker(storage: PoolStorage, account: ChecksumAddress, *, until: int) -> None:
    """UsageError where somebody else would fetch collateral back that is not due yet."""
    if account != await storage.operator() and not await storage.is_authorized_sender(account):
        raise UsageError(
            f"{account} is neither the node's operator nor one of its keys: "
            f"others may from {when(until)} on"
        )


async def _free(storage: PoolStorage, target: ChecksumAddress) -> bytes:
    """A reference that this target has not seen."""
    number = await storage.penalty_count() + 1
    while (await storage.penalty(target, number.to_bytes(32))).state:
        number += 1
    return number.to_bytes(32)


def _number(reference: bytes) -> int:
    return int.from_bytes(reference)


def _shown(reference: bytes) -> str:
    """As a number where it is one that people write."""
    number = _number(reference)
    return str(number) if number < REFERENCES else "0x" + reference.hex()


def _inactive(target: ChecksumAddress) -> str:
    return (
        f"{target} is no active destination: the owner runs `linkpool whitelist announce {target}`,"
        f" anyone `linkpool whitelist activate {target}` after the delay"
    )


def _data(one: PenaltyRecord, deposit: DepositState | None, now: int) -> dict[str, Any]:
    sent, lost = one.sent, rules.lost(one.sent, deposit)
    return {
        "id": sent.id,
        "target": one.target,
        "reference": _shown(one.reference),
        "amount": str(sent.amount),
        "returned": str(sent.returned),
        "lost": None if lost is None else str(lost),
        "state": rules.standing(sent, now),
        "deadline": sent.deadline,
        "deposit": deposit,
    }


def _row(one: PenaltyRecord, deposit: DepositState | None, now: int) -> tuple[str, ...]:
    sent, held, free = one.sent, "", ""
    lost = rules.lost(sent, deposit)
    if deposit is not None:
        held = show_link(deposit.reserved)
        free = show_link(Juels(max(0, deposit.balance - deposit.reserved)))
    return (
        str(sent.id),
        one.target,
        _shown(one.reference),
        show_link(sent.amount),
        show_link(sent.returned),
        "" if lost is None else show_link(lost),
        rules.standing(sent, now),
        when(sent.deadline),
        held,
        free,
    )
