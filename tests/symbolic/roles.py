# SPDX-License-Identifier: MIT
"""Who may call what: every function that changes state, of every contract that ships.

A row names all who may; `PLACE` is that address, `PLACE.view` the address that the view answers,
`PLACE.view?` means that the view says yes about the caller, NOBODY that no transaction may begin
there. OPEN gives the reason why anybody may. (No halmos here: other tests read this, too.)
"""

from __future__ import annotations

Rows = dict[str, tuple[str, ...]]

OWNER = ("FACTORY.owner",)
LOGIC = ("FACTORY.isLogic?",)
WRITER = (*LOGIC, "FACTORY")
PENDING = ("THIS.pending_owner",)
OWN = ("THIS.owner",)
STORE_OPERATOR = ("STORE.operator",)

KEYS = ("Address", "Bool", "Bytes", "Bytes32", "Int", "String", "Uint")

RESTRICTED: dict[str, Rows] = {
    "PoolStorage": {
        **{f"{verb}{kind}": WRITER for verb in ("set", "delete") for kind in KEYS},
        "initialise": ("FACTORY",),
        "onTokenTransfer": ("LINK",),
        "oracleRequest": ("NOBODY",),
        "operatorRequest": ("NOBODY",),
        "fulfillOracleRequest": ("THIS.isAuthorizedSender?",),
        "fulfillOracleRequest2": ("THIS.isAuthorizedSender?",),
        "release": LOGIC,
        "sendPenalty": ("THIS.operator", *LOGIC),
        "setStakerAllowed": LOGIC,
        "setPolicy": LOGIC,
        "setTerm": LOGIC,
        "cancelTerm": LOGIC,
        "setAuthorizedSenders": ("THIS.operator",),
        "transferOperator": ("THIS.operator",),
        "acceptOperator": ("THIS.proposedOperator",),
    },
    "PoolStorageFactory": {
        "initialise": ("DEPLOYER",),
        "seal": ("DEPLOYER",),
        "setContract": ("TIMELOCK", "DEPLOYER"),
        "announceDestination": ("TIMELOCK.owner",),
        "removeDestination": ("TIMELOCK.owner",),
        "createStorage": ("THIS.getContract:NodeFactory",),
    },
    "Timelock": {
        "announce": OWN,
        "cancel": OWN,
        "transfer_ownership": OWN,
        "renounce_ownership": OWN,
        "accept_ownership": PENDING,
    },
    "LinkPool": {
        "approveNode": OWNER,
        "revokeApproval": OWNER,
        "setCreator": OWNER,
        "setCreatorLimit": OWNER,
        "announceOperator": OWNER,
        "removeOperator": OWNER,
        "createNode": (*OWNER, "THIS.creator"),
    },
    "NodeFactory": {"createNode": ("FACTORY.getContract:LinkPool",)},
    "Node": {
        "setStakeLimit": OWNER,
        "setEnabled": (*OWNER, *STORE_OPERATOR),
        "setPrivate": OWNER,
        "setStakerAllowed": OWNER,
        "setMinimumStake": OWNER,
        "setMakersPercentage": OWNER,
        "setCostCeiling": OWNER,
        "setOperationalCost": (*OWNER, *STORE_OPERATOR),
        "setMinimumPayment": (*OWNER, *STORE_OPERATOR),
        "setOperationsWallet": OWNER,
        "cancelAnnouncement": OWNER,
        "sendPenalty": STORE_OPERATOR,
    },
    "NodeStaking": {"onTokenTransfer": ("LINK",)},
    "PoolOwners": {
        "whitelistWallet": OWN,
        "startContribution": OWN,
        "addContribution": OWN,
        "setOwnerShare": OWN,
        "whitelistToken": OWN,
        "setDistributionMinimum": OWN,
        "transfer_ownership": OWN,
        "renounce_ownership": OWN,
        "accept_ownership": PENDING,
    },
    "Penalties": {
        "onTokenTransfer": ("LINK",),
        "reserve": ("AGREEMENTS",),
        "settle": ("AGREEMENTS",),
    },
    "Aggregator": {
        "request": ("AGREEMENTS",),
        "conclude": ("AGREEMENTS",),
    },
    "ServiceAgreements": {"onTokenTransfer": ("LINK",)},
    "Reputation": {"admit": ("OWNER",), "report": ("AGREEMENTS",)},
}

OPEN: dict[str, dict[str, str]] = {
    "PoolStorage": {
        "activateTerm": "what was announced and has waited",
        "cancelOracleRequest": "who asked gets the refund: the commitment is the key",
        "cancelOracleRequestByRequester": "who asked gets the refund: the commitment is the key",
        "claimExit": "paid to the leaver named",
        "distribute": "to addresses that nobody chooses then",
        "resolveOverdue": "past its deadline",
        "setReleaseAllowed": "the caller's own",
        "withdraw": "the caller's own",
    },
    "PoolStorageFactory": {"activateDestination": "what was announced and has waited"},
    "Timelock": {"execute": "what was announced and has waited"},
    "LinkPool": {
        "activateOperator": "what was announced and has waited",
        "registerNode": "the caller's own approval",
    },
    "Node": {
        "activateCostCeiling": "what was announced and has waited",
        "activateMakersPercentage": "what was announced and has waited",
        "activateOperationsWallet": "what was announced and has waited",
        "distribute": "to addresses that nobody chooses then",
        "withdrawStake": "the caller's own",
    },
    "NodeStaking": {"stake": "the caller's own LINK"},
    "PoolOwners": {
        **dict.fromkeys(
            (
                *("transfer", "transferAndCall", "sendOwnership", "sendOwnershipAndCall"),
                *("stakeOwnership", "removeOwnershipStake", "approve", "claim"),
                *("increaseAllowance", "decreaseAllowance"),
            ),
            "the caller's own",
        ),
        "transferFrom": "within an allowance",
        "sendOwnershipFrom": "within an allowance",
        "batchClaim": "paid to the holders",
        "claimFor": "paid to the holder",
        "distributeTokens": "an index, no payment",
        "finishContribution": "after the sale's last day",
    },
    "Penalties": {"release": "paid to the depositor"},
    "Aggregator": {
        "fulfil": "the oracle asked, known by its request",
        "reclaim": "paid to the consumer",
    },
    "ServiceAgreements": {
        "bid": "who speaks for an oracle, asked at that oracle",
        "start": "after bidding",
        "cancel": "where too few bid",
        "settle": "after the answers",
    },
    "Reputation": {"join": "who speaks for an oracle, asked at that oracle"},
}

# Deployable, but no part of a deployment.
EXAMPLES = ("AgreementConsumer", "Consumer")
