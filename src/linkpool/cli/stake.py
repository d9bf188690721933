# SPDX-License-Identifier: MIT
"""`linkpool stake`, `withdraw`, `distribute`, `claim-exit`: of stakers, and of anyone.

They ask the factory and the node's PoolStorage only, which nobody can replace: they work, and pay
where they should, whatever the contracts of logic are.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.calls import Receipt
from linkpool.chain.contracts import EVERYTHING, PoolStorage
from linkpool.cli import options
from linkpool.cli.command import Facts, Proposal, signs
from linkpool.cli.opinions import storage_warnings
from linkpool.cli.session import Session
from linkpool.errors import UsageError
from linkpool.staking import rules
from linkpool.units import Juels, show_link

app = typer.Typer()

_WINDOW = 10_000  # blocks a request for logs covers
_CLAIMS = 10  # records that one transaction pays


@signs(app, "stake")
async def stake(
    session: Session,
    node: options.NodeAddress,
    amount: options.Amount,
    staker: Annotated[
        ChecksumAddress | None, options.account_option("--for", "who will own the stake")
    ] = None,
    join_overdue: Annotated[
        bool,
        typer.Option("--join-overdue", help="stake even if it is worth far less at once"),
    ] = False,
) -> Proposal:
    """Stake LINK behind a node, straight into its PoolStorage."""
    suite = await session.suite()
    payer = session.account()
    owner = staker or payer
    storage = await suite.storage(node)
    state = await storage.state()
    position = await suite.stake_state(node, owner, block=state.block)
    funds = await suite.link.balance_of(payer, block=state.block)
    rules.require_stake(state, position, amount, payer=funds)
    if await suite.factory.is_barred(owner, block=state.block):
        raise UsageError(f"{owner} cannot stake: it is 0x0 or has a part in the pool itself")
    overdue, _ = await storage.overdue(block=state.block)
    if not join_overdue:
        cap = (await session.manifest()).terms.loss_cap
        rules.require_bounded_overdue(state, amount, overdue=overdue, cap=cap)
    doubts = await storage_warnings(session, suite.factory.address, node, storage.address)
    call = (
        suite.link.stake(storage.address, amount)
        if owner == payer
        else suite.link.stake_for(storage.address, owner, amount)
    )

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        held = await storage.stake_of(owner, block=receipt.block)
        return [("stake now", show_link(held))], {"staker": owner, "stake": str(held)}

    return Proposal(
        call=call,
        facts=[
            ("stakes", show_link(amount)),
            ("for", owner),
            ("at node", node),
            ("into", storage.address),
            ("stake before", show_link(position.stake)),
        ],
        warnings=[*doubts, *rules.stake_warnings(state, amount, overdue=overdue)],
        outcome=outcome,
    )


@signs(app, "withdraw")
async def withdraw(
    session: Session, node: options.NodeAddress, amount: options.AmountOrAll
) -> Proposal:
    """Take stake out, income included; `all` takes everything that is not at risk."""
    suite = await session.suite()
    staker = session.account()
    storage = await suite.storage(node)
    state = await storage.state()
    position = await suite.stake_state(node, staker, block=state.block)
    rules.require_withdrawal(position)
    most = await storage.simulate_withdraw(EVERYTHING, staker)
    if amount != EVERYTHING and amount > most:
        raise UsageError(f"{show_link(most)} can be withdrawn now, fewer than {show_link(amount)}")
    paid = Juels(min(amount, most))

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        paid_out = sum(
            event.fields["amount"]
            for event in storage.decode_logs(receipt.logs)
            if event.name == "Withdrawal"
        )
        left = await storage.stake_of(staker, block=receipt.block)
        shown = [("paid", show_link(paid_out)), ("stake left", show_link(left))]
        return shown, {"paid": str(paid_out), "stake": str(left)}

    return Proposal(
        call=storage.withdraw(amount),
        facts=[("pays", show_link(paid)), ("to", staker), ("from node", node)],
        warnings=rules.withdrawal_warnings(state, position, paid),
        outcome=outcome,
    )


@signs(app, "distribute")
async def distribute(session: Session, node: options.NodeAddress) -> Proposal:
    """Pay the owners' and the operator's part of a node's income; anyone may."""
    suite = await session.suite()
    storage = await suite.storage(node)
    state = await storage.state()
    owners, operations = await storage.simulate_distribute(session.account())
    stakers = rules.income_of_stakers(state)
    if operations == owners == stakers == 0:
        raise UsageError("nothing has come in since the last distribution")

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        for event in storage.decode_logs(receipt.logs):
            if event.name == "Distributed":
                paid = event.fields
                shown = [
                    ("paid to owners", show_link(paid["owners"])),
                    ("paid to operations", show_link(paid["operations"])),
                ]
                return shown, {name: str(juels) for name, juels in paid.items()}
        return [], {}

    return Proposal(
        call=storage.distribute(),
        facts=[
            ("to owners", show_link(owners)),
            ("to operations", f"{show_link(operations)} ({state.operations_wallet})"),
            ("to stakers", show_link(stakers)),
        ],
        outcome=outcome,
    )


@signs(app, "claim-exit")
async def claim_exit(
    session: Session,
    node: options.NodeAddress,
    staker: Annotated[
        ChecksumAddress | None, options.account_option("--for", "whose claims; paid to him")
    ] = None,
) -> Proposal:
    """Pay what a leaver kept as claims on penalties that are closed now; anyone may."""
    suite = await session.suite()
    leaver = staker or session.account()
    storage = await suite.storage(node)
    manifest = await session.manifest()
    ids = await _claims(storage, leaver, first=manifest.first_block())
    paid = Juels(0)
    ready: list[int] = []
    for record in ids:
        _, payable = await storage.exit_claim_of(leaver, [record])
        if payable:
            ready.append(record)
            paid = Juels(paid + payable)
    if not ready:
        raise UsageError(f"{leaver} has no claim on a closed penalty of this node")
    return Proposal(
        call=storage.claim_exit(leaver, ready[:_CLAIMS]),
        facts=[
            ("pays", f"{show_link(paid)} in all; {_CLAIMS} claims at a time"),
            ("to", leaver),
            ("claims", ", ".join(map(str, ready[:_CLAIMS]))),
        ],
    )


async def _claims(storage: PoolStorage, staker: ChecksumAddress, *, first: int) -> list[int]:
    """Records that `staker` ever had a claim on, in order."""
    head = await storage.connection.block_number()
    found: set[int] = set()
    for start in range(first, head + 1, _WINDOW):
        last = min(start + _WINDOW - 1, head)
        events = await storage.events("ExitClaimOpened", first=start, last=last)
        found |= {one.fields["id"] for one in events if one.fields["staker"] == staker}
    return sorted(found)
