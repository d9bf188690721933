# SPDX-License-Identifier: MIT
"""Who may do what: a row for every function of the suite that changes state.

`allowed` names the roles that may call; None: anyone may, because of what `reason` says then.
Arguments are plausible, not always valid: only who calls is tested here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contracts.suite import Contract, Suite, actor, link, mock, word

NEW = actor("some new address")
APPROVED = actor("approved node")
HEIR = actor("heir")
PROPOSED = actor("proposed operator")
SENDER = actor("authorised sender")
LIMIT = link(500)
ANYONE = None

Arguments = Callable[[Suite], tuple[Any, ...]]

OWNER = frozenset({"owner"})
OPERATOR = frozenset({"operator"})
LOGIC = frozenset({"LinkPool", "NodeFactory", "Node", "NodeStaking"})


@dataclass(frozen=True)
class Row:
    contract: str
    function: str
    arguments: Arguments
    allowed: frozenset[str] | None
    reason: str

    @property
    def name(self) -> str:
        return f"{self.contract}.{self.function}"


def contracts(suite: Suite) -> dict[str, Contract]:
    """Every contract of the suite by name; the registry is a PoolStorage with rules of its own."""
    return {
        "Timelock": suite.timelock,
        "PoolStorageFactory": suite.factory,
        "LinkPool": suite.pool,
        "NodeFactory": suite.node_factory,
        "Node": suite.node,
        "NodeStaking": suite.staking,
        "PoolStorage": suite.store,
        "Registry": suite.store_at(suite.factory.poolStorage()),
        "PoolOwners": suite.pool_owners,
    }


def prepare(suite: Suite) -> dict[str, str]:
    """Gives every role a holder; all roles by name."""
    who, pool = suite.actors, suite.pool
    pool.setCreator(who.creator, 10, sender=who.owner)
    pool.approveNode(APPROVED, who.operator, LIMIT, False, sender=who.owner)
    suite.store.transferOperator(PROPOSED, sender=who.operator)
    suite.store.setAuthorizedSenders([SENDER], sender=who.operator)
    suite.timelock.transfer_ownership(HEIR, sender=who.owner)
    suite.pool_owners.transfer_ownership(HEIR, sender=who.owner)
    return {
        "owner": who.owner,
        "heir": HEIR,
        "deployer": who.deployer,
        "creator": who.creator,
        "operator": who.operator,
        "proposed operator": PROPOSED,
        "node": who.node_address,
        "authorised sender": SENDER,
        "approved node": APPROVED,
        "staker": who.staker,
        "stranger": who.stranger,
        "LINK": suite.link.address,
        "PoolOwners": suite.pool_owners.address,
        "timelock": suite.timelock.address,
        "factory": suite.factory.address,
        "registry": suite.factory.poolStorage(),
        "pool data": suite.factory.poolData(),
        "PoolStorage": suite.store.address,
        "LinkPool": suite.pool.address,
        "NodeFactory": suite.node_factory.address,
        "Node": suite.node.address,
        "NodeStaking": suite.staking.address,
        "penalty contract": mock("penalty_box", suite.link.address).address,
    }


def _nothing(suite: Suite) -> tuple[Any, ...]:
    return ()


def _args(*values: Any) -> Arguments:
    return lambda suite: values


def _node(*values: Any) -> Arguments:
    return lambda suite: (suite.actors.node_address, *values)


def _terms(suite: Suite) -> tuple[Any, ...]:
    operator = suite.actors.operator
    return ((NEW, operator, operator, False, LIMIT, link(1), 1, 1, 1, 1),)


def _creation(suite: Suite) -> tuple[Any, ...]:
    return (NEW, suite.actors.operator, LIMIT, False)


def _request(suite: Suite) -> tuple[Any, ...]:
    return (NEW, 1, word(1), NEW, b"\1\2\3\4", 1, 1, b"")


_TIMELOCK = [
    Row("Timelock", name, arguments, OWNER, "ownable: caller is not the owner")
    for name, arguments in {
        "announce": lambda suite: (suite.factory.address, b"", word(1)),
        "cancel": _args(word(1)),
        "transfer_ownership": _args(NEW),
        "renounce_ownership": _nothing,
    }.items()
] + [
    Row(
        "Timelock",
        "accept_ownership",
        _nothing,
        frozenset({"heir"}),
        "ownable_2step: caller is not the new owner",
    ),
    Row(
        "Timelock",
        "execute",
        lambda suite: (suite.factory.address, b"", word(1)),
        ANYONE,
        "announced by the owner, ready, not lapsed",
    ),
]

_FACTORY = [
    Row(
        "PoolStorageFactory",
        name,
        arguments,
        frozenset({role}),
        reason,
    )
    for name, arguments, role, reason in (
        ("initialise", _args(NEW), "deployer", "factory: caller is not deployer"),
        ("seal", _nothing, "deployer", "factory: caller is not deployer"),
        (
            "setContract",
            _args("Node", NEW, bytes(32)),
            "timelock",
            "factory: caller is not timelock",
        ),
        ("createStorage", _terms, "NodeFactory", "factory: caller not NodeFactory"),
        ("announceDestination", _args(NEW), "owner", "factory: caller is not owner"),
        ("removeDestination", _args(NEW), "owner", "factory: caller is not owner"),
    )
] + [
    Row(
        "PoolStorageFactory",
        "activateDestination",
        _args(NEW),
        ANYONE,
        "announced by the owner, ready, not lapsed",
    )
]

_POOL = [
    Row("LinkPool", name, arguments, OWNER, "pool: caller is not owner")
    for name, arguments in {
        "approveNode": _creation,
        "revokeApproval": _args(APPROVED),
        "setCreator": _args(NEW, 1),
        "setCreatorLimit": _args(1),
        "announceOperator": _args(NEW),
        "removeOperator": _args(NEW),
    }.items()
] + [
    Row(
        "LinkPool",
        "createNode",
        _creation,
        frozenset({"owner", "creator"}),
        "pool: not owner or creator",
    ),
    Row(
        "LinkPool",
        "registerNode",
        _nothing,
        frozenset({"approved node"}),
        "pool: not approved",
    ),
    Row(
        "LinkPool",
        "activateOperator",
        _args(NEW),
        ANYONE,
        "announced by the owner, ready, not lapsed",
    ),
]

_CREATION = [
    Row(
        "NodeFactory",
        "createNode",
        _creation,
        frozenset({"LinkPool"}),
        "creation: caller is not LinkPool",
    )
]

_NODE = (
    [
        Row("Node", name, arguments, OWNER, "node: caller is not owner")
        for name, arguments in {
            "setStakeLimit": _node(1),
            "setPrivate": _node(True),
            "setStakerAllowed": _node(NEW, True),
            "setMinimumStake": _node(1),
            "setMakersPercentage": _node(1),
            "setCostCeiling": _node(1),
            "setOperationsWallet": _node(NEW),
            "cancelAnnouncement": _node(0),
            "setEnabled": _node(True),
        }.items()
    ]
    + [
        Row("Node", name, arguments, OWNER | OPERATOR, "node: not owner or operator")
        for name, arguments in {
            "setEnabled": _node(False),
            "setOperationalCost": _node(1),
            "setMinimumPayment": _node(1),
        }.items()
    ]
    + [Row("Node", "sendPenalty", _node(NEW, 1, word(1)), OPERATOR, "node: caller is not operator")]
    + [
        Row("Node", name, arguments, ANYONE, why)
        for name, arguments, why in (
            ("withdrawStake", _node(1), "pays its caller"),
            ("distribute", _node(), "pays PoolOwners and the operations wallet"),
            ("activateMakersPercentage", _node(), "announced by the owner, ready"),
            ("activateCostCeiling", _node(), "announced by the owner, ready"),
            ("activateOperationsWallet", _node(), "announced by the owner, ready"),
        )
    ]
)

_STAKING = [
    Row("NodeStaking", "stake", _node(1), ANYONE, "takes its caller's LINK"),
    Row(
        "NodeStaking",
        "onTokenTransfer",
        _args(NEW, 1, b""),
        frozenset({"LINK"}),
        "staking: only LINK",
    ),
]

# Type of the key-value data -> a value of it.
_VALUES: dict[str, Any] = {
    "Address": NEW,
    "Bool": True,
    "Bytes32": word(1),
    "Bytes": b"\1",
    "Int": -1,
    "String": "x",
    "Uint": 1,
}


def _data(contract: str, allowed: frozenset[str], reason: str) -> list[Row]:
    rows = []
    for kind, value in _VALUES.items():
        rows.append(Row(contract, f"set{kind}", _args(word(1), value), allowed, reason))
        rows.append(Row(contract, f"delete{kind}", _args(word(1)), allowed, reason))
    return rows


_STORAGE = (
    _data("PoolStorage", LOGIC, "storage: only logic")
    + _data("Registry", frozenset({"factory"}), "storage: only the factory")
    + [
        Row("PoolStorage", name, arguments, LOGIC, "storage: only logic")
        for name, arguments in {
            "release": _args(NEW, 1),
            "setPolicy": _args((True, False, False, 1, 1)),
            "setStakerAllowed": _args(NEW, True),
            "setTerm": _args(0, 1),
            "cancelTerm": _args(0),
        }.items()
    ]
    + [
        Row("PoolStorage", name, arguments, OPERATOR, "storage: only the operator")
        for name, arguments in {
            "setAuthorizedSenders": _args([NEW]),
            "transferOperator": _args(NEW),
        }.items()
    ]
    + [
        Row("PoolStorage", name, arguments, frozenset({"node", "authorised sender"}), reason)
        for name, arguments, reason in (
            (
                "fulfillOracleRequest",
                _args(word(1), 1, NEW, b"\1\2\3\4", 1, word(1)),
                "storage: not authorised",
            ),
            (
                "fulfillOracleRequest2",
                _args(word(1), 1, NEW, b"\1\2\3\4", 1, word(1)),
                "storage: not authorised",
            ),
        )
    ]
    + [
        Row("PoolStorage", name, arguments, frozenset({role}), reason)
        for name, arguments, role, reason in (
            ("initialise", _terms, "factory", "storage: only the factory"),
            ("onTokenTransfer", _args(NEW, 1, b""), "LINK", "storage: only LINK"),
            ("acceptOperator", _nothing, "proposed operator", "storage: not proposed"),
        )
    ]
    + [
        # Entered from onTokenTransfer only: nobody calls them, LINK neither.
        Row("PoolStorage", name, arguments, frozenset(), "storage: only LINK")
        for name, arguments in {
            "oracleRequest": _request,
            "operatorRequest": _args(NEW, 1, word(1), b"\1\2\3\4", 1, 1, b""),
        }.items()
    ]
    + [
        Row(
            "PoolStorage",
            "sendPenalty",
            _args(NEW, 1, word(1)),
            LOGIC | OPERATOR,
            "storage: only logic",
        )
    ]
    + [
        Row("PoolStorage", name, arguments, ANYONE, why)
        for name, arguments, why in (
            ("withdraw", _args(1), "pays its caller"),
            ("setReleaseAllowed", _args(False), "concerns its caller"),
            ("claimExit", _args(NEW, [1]), "pays the leaver whose claim it is"),
            ("distribute", _nothing, "pays PoolOwners and the operations wallet"),
            ("resolveOverdue", _args(NEW, word(1)), "the deadline has passed"),
            ("activateTerm", _args(0), "announced, ready, not lapsed"),
            (
                "cancelOracleRequest",
                _args(word(1), 1, b"\1\2\3\4", 1),
                "its caller is part of the request's hash",
            ),
            (
                "cancelOracleRequestByRequester",
                _args(1, 1, b"\1\2\3\4", 1),
                "its caller is part of the request's hash",
            ),
        )
    ]
)

_OWNERS = (
    [
        Row("PoolOwners", name, arguments, OWNER, "owners: not the owner")
        for name, arguments in {
            "whitelistWallet": _args(NEW),
            "startContribution": _nothing,
            "addContribution": _args(NEW, 1),
            "setOwnerShare": _args(NEW, 1),
            "finishContribution": _nothing,
            "whitelistToken": lambda suite: (suite.link.address, 1),
            "setDistributionMinimum": lambda suite: (suite.link.address, 1),
        }.items()
    ]
    + [
        Row("PoolOwners", name, arguments, OWNER, "ownable: caller is not the owner")
        for name, arguments in {
            "transfer_ownership": _args(NEW),
            "renounce_ownership": _nothing,
        }.items()
    ]
    + [
        Row(
            "PoolOwners",
            "accept_ownership",
            _nothing,
            frozenset({"heir"}),
            "ownable_2step: caller is not the new owner",
        )
    ]
    + [
        Row("PoolOwners", name, arguments, ANYONE, why)
        for name, arguments, why in (
            ("approve", _args(NEW, 1), "concerns its caller's shares"),
            ("increaseAllowance", _args(NEW, 1), "concerns its caller's shares"),
            ("decreaseAllowance", _args(NEW, 1), "concerns its caller's shares"),
            ("transfer", _args(NEW, 1), "moves its caller's shares"),
            ("transferAndCall", _args(NEW, 1, b""), "moves its caller's shares"),
            ("transferFrom", _args(NEW, NEW, 1), "within an allowance"),
            ("sendOwnership", _args(NEW, 1), "moves its caller's shares"),
            ("sendOwnershipAndCall", _args(NEW, 1, b""), "moves its caller's shares"),
            ("sendOwnershipFrom", _args(NEW, NEW, 1), "within an allowance"),
            ("stakeOwnership", _args(NEW, 1, b""), "locks its caller's shares"),
            ("removeOwnershipStake", _args(NEW, 1, b""), "frees its caller's shares"),
            ("claim", lambda suite: (suite.link.address,), "pays its caller"),
            ("claimFor", lambda suite: (NEW, suite.link.address), "pays that owner"),
            ("batchClaim", lambda suite: (suite.link.address, [NEW]), "pays those owners"),
            ("distributeTokens", lambda suite: (suite.link.address,), "raises one index"),
        )
    ]
)

ROWS = [*_TIMELOCK, *_FACTORY, *_POOL, *_CREATION, *_NODE, *_STAKING, *_STORAGE, *_OWNERS]
