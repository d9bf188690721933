# SPDX-License-Identifier: MIT
"""Whose call may succeed, by the logs so far: who was replaced is powerless at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contracts.evil.powers import Powers
from tests.contracts.evil.report import demand
from tests.contracts.evil.step import Call

LOGIC = frozenset({"release", "setPolicy", "setStakerAllowed", "setTerm", "cancelTerm"})
KINDS = ("Address", "Bool", "Bytes32", "Bytes", "Int", "String", "Uint")
DATA = frozenset(f"{verb}{kind}" for verb in ("set", "delete") for kind in KINDS)
OPERATOR = frozenset({"setAuthorizedSenders", "transferOperator"})
ANSWER = frozenset({"fulfillOracleRequest", "fulfillOracleRequest2"})
# Entered by the factory or through LINK; nobody of this world is either.
NOBODY = frozenset({"initialise", "onTokenTransfer", "oracleRequest", "operatorRequest"})
OWNER = {
    "PoolStorageFactory": frozenset({"announceDestination", "removeDestination"}),
    "Timelock": frozenset({"announce", "cancel", "transfer_ownership", "renounce_ownership"}),
    "LinkPool": frozenset(
        {
            "approveNode",
            "revokeApproval",
            "setCreator",
            "setCreatorLimit",
            "announceOperator",
            "removeOperator",
        }
    ),
}
NEVER = {
    "PoolStorageFactory": frozenset({"initialise", "seal", "setContract"}),
    "Penalties": frozenset({"reserve", "settle", "onTokenTransfer"}),
    "Aggregator": frozenset({"request", "conclude"}),
    "NodeStaking": frozenset({"onTokenTransfer"}),
    "ServiceAgreements": frozenset({"onTokenTransfer"}),
    "Reputation": frozenset({"report"}),
}


@dataclass
class Staff:
    """Who runs one node."""

    node: str
    operator: str
    proposed: str = ""
    senders: frozenset[str] = field(default_factory=frozenset)

    def on_proposed(self, said: dict[str, Any]) -> None:
        self.proposed = said["proposed"]

    def on_changed(self, said: dict[str, Any]) -> None:
        demand(said["new"] == self.proposed, "P16", "an operator who was not proposed")
        self.operator = said["new"]

    def on_senders(self, said: dict[str, Any]) -> None:
        self.senders = frozenset(said["senders"])

    HANDLERS: ClassVar[Mapping[str, Callable[..., None]]] = {
        "OperatorProposed": on_proposed,
        "OperatorChanged": on_changed,
        "AuthorizedSendersChanged": on_senders,
    }


def check_storage(call: Call, name: str, staff: Staff | None, powers: Powers) -> None:
    """P1, P16: a storage's function succeeded for whom it may; the registry has no staff."""
    logic = powers.is_logic(call.who)
    demand(name not in NOBODY, "P1", f"{call.who} called {name}")
    if staff is None:
        demand(name not in LOGIC | ANSWER | OPERATOR, "P16", f"{name} of an instance of the pool")
    demand(name not in LOGIC | DATA or logic, "P16", f"{call.who}, no logic, called {name}")
    if staff is not None:
        operator = call.who == staff.operator
        demand(name not in OPERATOR or operator, "P1", f"{call.who}, no operator, called {name}")
        demand(name != "sendPenalty" or operator or logic, "P1", f"{call.who} sent a penalty")
        answers = call.who == staff.node or call.who in staff.senders
        demand(name not in ANSWER or answers, "P13", f"{call.who} answered")


def check_other(call: Call, contract: str, name: str, powers: Powers) -> None:
    """P4, P16: the same for the rest of the suite and the network."""
    demand(name not in NEVER.get(contract, ()), "P16", f"{call.who} called {contract}.{name}")
    owner = call.who == powers.owner
    demand(name not in OWNER.get(contract, ()) or owner, "P4", f"{call.who} called {name}")
    if (contract, name) == ("PoolStorageFactory", "createStorage"):
        factory = powers.logic.get("NodeFactory")
        demand(call.who == factory, "P16", f"{call.who} created a storage")
