# SPDX-License-Identifier: MIT
"""Who may call a function, as far as the logs tell: the adversary's best guess."""

from __future__ import annotations

from tests.contracts.evil.arguments import Hints
from tests.contracts.evil.roles import ANSWER, DATA, LOGIC
from tests.contracts.evil.stage import CREATOR, HEIR, KEEPER, NODE_KEYS
from tests.contracts.evil.targets import Target
from tests.contracts.evil.watch import Watch
from tests.contracts.stateful.build import OWNER


def fitting(watch: Watch, target: Target, hints: Hints) -> list[str]:
    """Who is let in, as far as the logs tell."""
    name, powers = target.item["name"], watch.powers
    staff = watch.staff.get(target.address)
    if name.startswith("cancelOracle") and "requester" in hints:
        return [str(hints["requester"][1])]
    if staff is not None and name != "withdraw":
        if name in LOGIC | DATA:
            return sorted(set(powers.logic.values()))
        if name in ANSWER:
            return [staff.node, *staff.senders]
        return [staff.proposed if name == "acceptOperator" else staff.operator]
    if target.contract == "pool data":
        return sorted(set(powers.logic.values()))
    if name == "accept_ownership":
        return [str(hints["new_owner"][1])] if "new_owner" in hints else [HEIR]
    if name == "createStorage":
        return [powers.logic.get("NodeFactory", OWNER)]
    if name == "registerNode":
        return [str(hints["node"][1])] if "node" in hints else list(NODE_KEYS)
    if name == "bid" and "depositor" in hints:
        oracle = watch.staff.get(str(hints["depositor"][1]))
        return [] if oracle is None else [oracle.node]
    if name in ("bid", "join", "release"):
        return [who.node for who in watch.staff.values()]
    if target.contract == "Node":
        operators = [who.operator for who in watch.staff.values()]
        return [powers.owner, powers.owner, powers.owner, *operators]
    if name == "transferAndCall" and "target" in hints:
        return [str(hints["target"][1])]
    if name in ("withdraw", "withdrawStake"):
        return [who for book in watch.books.values() for who in book.positions]
    if name == "createNode" and target.contract == "NodeFactory":
        return [powers.logic.get("LinkPool", OWNER)]
    if name in ("transferFrom", "sendOwnershipFrom") and "spender" in hints:
        return [str(hints["spender"][1])]
    if name == "stake" and "owner" in hints:
        return [str(hints["owner"][1])]
    if name in ("claim", "transfer", "transferFrom", "sendOwnership"):
        return [OWNER, KEEPER, HEIR, *sorted(watch.puppets)[:2]]
    if target.contract == "PoolOwners":
        return [watch.owners.owner]
    return [powers.owner, CREATOR] if name == "createNode" else [powers.owner]
