# SPDX-License-Identifier: MIT
"""`linkpool node …`: create nodes, look at them, change their policy and terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.contracts import TERMS, Node, PoolStorage
from linkpool.chain.facts import NodeState
from linkpool.chain.suite import Suite
from linkpool.cli import options
from linkpool.cli.command import Facts, Proposal, reads, signs
from linkpool.cli.node_terms import (
    announced_term,
    changed_or_announced,
    new_term,
    old_value,
    require_one_wish,
    show_terms,
    shown_value,
)
from linkpool.cli.output import Answer, counted, yes_no
from linkpool.cli.session import Session
from linkpool.errors import UsageError
from linkpool.nodes.rules import Term, waits
from linkpool.units import Juels, show_link, show_percent

app = typer.Typer(help="Create nodes, look at them, change their policy and terms.")

Operator = Annotated[
    ChecksumAddress, options.account_option("--operator", "the person or company behind it")
]
Private = Annotated[bool, typer.Option("--private", help="only stakers on its list may stake")]


@signs(app, "create", administrative=True)
async def create(
    session: Session,
    node: options.NodeAddress,
    operator: Operator,
    limit: options.LimitOption,
    private: Private = False,
) -> Proposal:
    """Create a node with its PoolStorage; the owner, or the creator within its daily number."""
    suite = await session.suite()
    await _require_new(suite, node)
    return Proposal(
        call=suite.link_pool.create_node(node, operator, limit, private=private),
        facts=_terms_of_a_new_node(node, operator, limit, private),
    )


@signs(app, "approve", administrative=True)
async def approve(
    session: Session,
    node: options.NodeAddress,
    operator: Operator,
    limit: options.LimitOption,
    private: Private = False,
) -> Proposal:
    """Approve a node: it creates itself with these terms at its first boot."""
    suite = await session.suite()
    await _require_new(suite, node)
    return Proposal(
        call=suite.link_pool.approve_node(node, operator, limit, private=private),
        facts=_terms_of_a_new_node(node, operator, limit, private),
    )


@signs(app, "revoke", administrative=True)
async def revoke(session: Session, node: options.NodeAddress) -> Proposal:
    """Take an approval back that its node has not used."""
    suite = await session.suite()
    if (await suite.link_pool.approval_of(node)).operator == ZERO:
        raise UsageError(f"{node} is not approved")
    return Proposal(call=suite.link_pool.revoke_approval(node), facts=[("node", node)])


@reads(app, "list")
async def listing(session: Session) -> Answer:
    """Every node with its stake, limit and status."""
    suite = await session.suite()
    block = await suite.connection.block_number()
    states = [
        await suite.node_state(node, block=block)
        for node in await suite.link_pool.nodes(block=block)
    ]
    return Answer(
        title=f"{counted(len(states), 'node')} at block {block}",
        data={"block": block, "nodes": states},
        columns=("node", "status", "staked", "limit", "stakers", "pending", "at risk"),
        rows=[
            (
                one.node,
                _status(one),
                show_link(one.staked),
                show_link(one.limit),
                str(one.stakers),
                show_link(one.pending_income),
                show_link(one.at_risk),
            )
            for one in states
        ],
    )


@reads(app, "show")
async def show(
    session: Session,
    node: options.NodeAddress,
    staker: Annotated[
        ChecksumAddress | None, options.account_option("--staker", "show this position too")
    ] = None,
) -> Answer:
    """Everything about one node."""
    suite = await session.suite()
    state = await suite.node_state(node)
    facts = _facts(state)
    data = {"node": state}
    if staker is not None:
        position = await suite.stake_state(node, staker, block=state.block)
        data |= {"position": position}  # type: ignore[dict-item]
        facts += [
            ("staker", staker),
            ("stake", show_link(position.stake)),
            ("withdrawable", show_link(position.withdrawable)),
            ("on the list", yes_no(position.allowed)),
        ]
    return Answer(title=f"node {node} at block {state.block}", data=data, facts=facts)


@signs(app, "enable", administrative=True)
async def enable(session: Session, node: options.NodeAddress) -> Proposal:
    """Let a node take stakes and requests again (owner)."""
    return await _change(session, node, "enabled", lambda n: n.set_enabled(node, True))


@signs(app, "disable", administrative=True)
async def disable(session: Session, node: options.NodeAddress) -> Proposal:
    """Stop new stakes and requests; withdrawing always works (owner or operator)."""
    return await _change(session, node, "disabled", lambda n: n.set_enabled(node, False))


@signs(app, "limit", administrative=True)
async def limit(session: Session, node: options.NodeAddress, amount: options.Limit) -> Proposal:
    """Set the most LINK a node may hold; never takes anything from who is in."""
    return await _change(
        session, node, f"limit {show_link(amount)}", lambda n: n.set_stake_limit(node, amount)
    )


@signs(app, "private", administrative=True)
async def private(
    session: Session,
    node: options.NodeAddress,
    off: Annotated[bool, typer.Option("--off", help="open it to everybody")] = False,
) -> Proposal:
    """Take stakes only from the node's list of stakers."""
    what = "open to everybody" if off else "private"
    return await _change(session, node, what, lambda n: n.set_private(node, not off))


@signs(app, "allow", administrative=True)
async def allow(
    session: Session,
    node: options.NodeAddress,
    staker: options.Account,
    remove: Annotated[bool, typer.Option("--remove", help="take him off the list")] = False,
) -> Proposal:
    """Put a staker on a private node's list."""
    what = f"{staker} {'off' if remove else 'on'} the list"
    return await _change(
        session, node, what, lambda n: n.set_staker_allowed(node, staker, not remove)
    )


@signs(app, "terms", administrative=True)
async def terms(
    session: Session,
    node: options.NodeAddress,
    name: Annotated[
        Term | None, typer.Argument(metavar="TERM", help=", ".join((*TERMS, "minimum")))
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="25 %, LINK or an address")
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate", help="apply what was announced; anyone may")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="forget what was announced")] = False,
) -> Proposal | Answer:
    """Show the terms that money depends on, or change one: more for the pool waits, less does not.

    makers: the owners' part of the profit. ceiling: most of a payment that may be running cost.
    wallet: who gets the running cost. cost: of one answer. payment: the least for a request.
    minimum: the smallest new position.
    """
    require_one_wish(name, new, activate=activate, cancel=cancel)
    suite = await session.suite()
    state = await suite.node_state(node)
    storage = PoolStorage(suite.connection, state.storage)
    if name is None:
        return await show_terms(storage, state)
    if activate or cancel:
        return await announced_term(suite, storage, state, name, activate=activate)
    if new is None:
        raise UsageError(f"give the new value: `linkpool node terms {node} {name} VALUE`")
    old = old_value(state, name, await storage.cost_ceiling(block=state.block))
    call, shown, value = new_term(suite.node, node, name, new)
    if value == old:
        raise UsageError(f"{name} is {shown} already")
    warnings = []
    if waits(name, old=old, new=value):
        delay = (await suite.factory.state(block=state.block)).delay
        warnings = [f"announced now, works in {delay} s at the earliest: then use --activate"]
    facts = [("node", node), ("old", shown_value(name, old)), ("new", shown)]
    return Proposal(
        call=call, facts=facts, warnings=warnings, outcome=changed_or_announced(storage, node, name)
    )


async def _change(
    session: Session, node: ChecksumAddress, what: str, call: Callable[[Node], Call]
) -> Proposal:
    suite = await session.suite()
    state = await suite.node_state(node)
    facts = [("node", node), ("staked", show_link(state.staked)), ("becomes", what)]
    return Proposal(call=call(suite.node), facts=facts)


async def _require_new(suite: Suite, node: ChecksumAddress) -> None:
    if node in await suite.link_pool.nodes():
        raise UsageError(f"{node} is a node already: see `linkpool node show`")


def _terms_of_a_new_node(
    node: ChecksumAddress, operator: ChecksumAddress, limit: Juels, private: bool
) -> Facts:
    return [
        ("node", node),
        ("operator", operator),
        ("limit", show_link(limit)),
        ("private", yes_no(private)),
    ]


def _status(state: NodeState) -> str:
    return ("enabled" if state.enabled else "disabled") + (", private" if state.private else "")


def _facts(state: NodeState) -> Facts:
    return [
        ("storage", state.storage),
        ("operator", state.operator),
        ("operations wallet", state.operations_wallet),
        ("status", _status(state)),
        ("staked", f"{show_link(state.staked)} of {show_link(state.limit)}"),
        ("stakers", str(state.stakers)),
        ("smallest position", show_link(state.minimum_stake)),
        ("pending income", show_link(state.pending_income)),
        ("owners' due", show_link(state.owners_due)),
        ("operations' due", show_link(state.operations_due)),
        ("escrow of requests", show_link(state.escrowed)),
        ("makers' part", show_percent(state.makers)),
        ("cost of an answer", show_link(state.operational_cost)),
        ("least payment", show_link(state.minimum_payment)),
        ("at risk", f"{show_link(state.at_risk)} in {_penalties(state.open_penalties)}"),
        ("loss allowance", show_percent(state.loss_allowance)),
    ]


def _penalties(count: int) -> str:
    return f"{count} {'penalty' if count == 1 else 'penalties'}"
