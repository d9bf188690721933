# SPDX-License-Identifier: MIT
"""The terms of a node that money depends on: shown, changed, announced, applied."""

from __future__ import annotations

from typing import Any

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.contracts import TERMS, Node, PoolStorage
from linkpool.chain.facts import NodeState
from linkpool.chain.suite import Suite
from linkpool.cli.command import Facts, Outcome, Proposal
from linkpool.cli.output import Answer, when
from linkpool.errors import UsageError
from linkpool.nodes.rules import Term
from linkpool.units import Ppm, link, percent, show_link, show_percent


async def show_terms(storage: PoolStorage, state: NodeState) -> Answer:
    """Every term, and what is announced for it."""
    waiting = {name: await storage.announcement(term) for name, term in TERMS.items()}
    current = {
        name: shown_value(
            name, old_value(state, name, await storage.cost_ceiling(block=state.block))
        )
        for name in (*TERMS, "minimum")
    }
    rows = []
    for name, shown in current.items():
        announced = waiting.get(name)
        later = ""
        if announced is not None and announced.ready:
            later = f"{shown_value(name, announced.value)} from {when(announced.ready)}"
        rows.append((name, shown, later))
    return Answer(
        title=f"terms of {state.node} at block {state.block}",
        data={"terms": current, "announced": {n: one for n, one in waiting.items() if one.ready}},
        columns=("term", "now", "announced"),
        rows=rows,
    )


def require_one_wish(name: Term | None, new: str | None, *, activate: bool, cancel: bool) -> None:
    """UsageError where the options contradict each other or miss the term they are about."""
    if activate and cancel:
        raise UsageError("--activate applies and --cancel forgets what was announced: choose one")
    chosen = "--activate" if activate else "--cancel"
    if (activate or cancel) and name is None:
        raise UsageError(f"{chosen} needs the term: `linkpool node terms NODE TERM {chosen}`")
    if (activate or cancel) and new is not None:
        raise UsageError(f"{chosen} is about what was announced: leave the value {new!r} out")


def changed_or_announced(storage: PoolStorage, node: ChecksumAddress, name: Term) -> Outcome:
    """Says whether the change works already, or from when it can be activated, and how."""

    async def outcome(receipt: Receipt) -> tuple[Facts, dict[str, Any]]:
        if name not in TERMS:
            return [("works", "now")], {"announced": None}
        announced = await storage.announcement(TERMS[name], block=receipt.block)
        if announced.ready == 0:
            return [("works", "now")], {"announced": None}
        facts = [
            ("announced", f"{shown_value(name, announced.value)}; nothing has changed yet"),
            ("ready", f"from {when(announced.ready)} to {when(announced.lapse)}"),
            ("then", f"`linkpool node terms {node} {name} --activate`"),
        ]
        return facts, {"announced": announced}

    return outcome


async def announced_term(
    suite: Suite, storage: PoolStorage, state: NodeState, name: Term, *, activate: bool
) -> Proposal:
    """Apply or forget what waits; UsageError where that is not possible now."""
    if name not in TERMS:
        raise UsageError(f"{name} never waits: give its new value")
    announced = await storage.announcement(TERMS[name], block=state.block)
    if announced.ready == 0:
        raise UsageError(f"nothing is announced for {name}")
    if activate:
        now = await suite.connection.timestamp()
        if now < announced.ready:
            raise UsageError(f"{name} is ready in {announced.ready - now} s, not before")
        if now > announced.lapse:
            raise UsageError(f"the announcement for {name} has lapsed: announce it again")
        call = storage.activate_term(TERMS[name])
    else:
        call = suite.node.cancel_announcement(state.node, TERMS[name])
    return Proposal(
        call=call, facts=[("node", state.node), (name, shown_value(name, announced.value))]
    )


def new_term(node: Node, which: ChecksumAddress, name: Term, text: str) -> tuple[Call, str, int]:
    """The call, the new value for people and as the contract has it."""
    if name == "wallet":
        wallet = address(text)
        return node.set_operations_wallet(which, wallet), wallet, int(wallet, 16)
    if name in ("makers", "ceiling"):
        ratio = percent(text)
        set_ratio = node.set_makers_percentage if name == "makers" else node.set_cost_ceiling
        return set_ratio(which, ratio), show_percent(ratio), ratio
    amount = link(text)
    setters = {
        "cost": node.set_operational_cost,
        "payment": node.set_minimum_payment,
        "minimum": node.set_minimum_stake,
    }
    return setters[name](which, amount), show_link(amount), amount


def old_value(state: NodeState, name: str, ceiling: Ppm) -> int:
    """The term as the contract has it now; a wallet as a number."""
    values: dict[str, int] = {
        "makers": state.makers,
        "ceiling": ceiling,
        "wallet": int(state.operations_wallet, 16),
        "cost": state.operational_cost,
        "payment": state.minimum_payment,
        "minimum": state.minimum_stake,
    }
    return values[name]


def shown_value(name: str, value: int) -> str:
    """A term's value for people."""
    if name in ("makers", "ceiling"):
        return show_percent(value)
    return address(f"0x{value:040x}") if name == "wallet" else show_link(value)
