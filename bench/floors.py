# SPDX-License-Identifier: MIT
"""The floor of each action: what this ledger's promises make unavoidable.

Of PoolStorage's words each action is charged the fewest that could hold what it needs: the stakers'
total (total, shares, number), what is owed to others (without which income cannot be told from
debts, P8), the policy, the staker's position.
"""

from __future__ import annotations

from bench.floor import Floor, padded

CLONE = 45
"""Bytes of an EIP-1167 clone."""


def stake(data: bytes, *, new: bool, income: bool = False) -> Floor:
    """LINK.transferAndCall(PoolStorage): PoolStorage itself receives."""
    floor = Floor(data).changes("LINK balance of the staker", "LINK balance of the storage")
    floor.log("Transfer", 3, 32).log("Transfer with data", 3, 96)
    floor.accounts("storage").calls("storage.onTokenTransfer", "LINK.balanceOf")
    return _credit(floor, new=new, income=income)


def stake_by_entry(data: bytes) -> Floor:
    """LINK.transferAndCall(NodeStaking), which finds the storage and passes LINK on."""
    floor = Floor(data).changes("LINK balance of the staker", "LINK balance of the storage")
    floor.passes("LINK balance of NodeStaking")
    floor.log("Transfer", 3, 32).log("Transfer with data", 3, 96 + padded(32))
    floor.log("Transfer, passed on", 3, 32)
    floor.accounts("NodeStaking", "factory", "storage").reads("storage of the node")
    floor.calls("NodeStaking.onTokenTransfer", "LINK", "LINK.balanceOf")
    return _credit(floor, new=True, by_entry=True)


def _credit(floor: Floor, *, new: bool, income: bool = False, by_entry: bool = False) -> Floor:
    floor.reads("policy").changes("stakers' total")
    if income:
        floor.changes("owed to others").log("Settled", 1, 96)
    else:
        floor.reads("owed to others")
    if new:
        if by_entry:
            floor.calls("factory")
        else:
            floor.accounts("factory")
        floor.reads("part of the staker in the suite").fills("position")
    else:
        floor.changes("position")
    return floor.log("Staked", 3, 64)


def withdraw(data: bytes, *, everything: bool = False, by_node: bool = False) -> Floor:
    """A part or all of a stake, straight from PoolStorage or asked for by Node."""
    floor = Floor(data)
    if by_node:
        floor.accounts("factory", "storage").reads("storage of the node", "whether Node is logic")
        floor.calls("factory")
    floor.changes("stakers' total").reads("owed to others")
    if everything:
        floor.clears("position")
    else:
        floor.changes("position")
    floor.accounts("LINK").calls("LINK")
    floor.changes("LINK balance of the storage", "LINK balance of the staker")
    return floor.log("Withdrawal", 3, 32).log("Transfer", 3, 32)


def withdraw_at_risk(data: bytes, records: int) -> Floor:
    """With open penalties: a claim of one slot on each, and what each record still owes stakers."""
    floor = withdraw(data).reads("open records").changes("LINK at risk and claims")
    for number in range(records):
        floor.changes(f"record {number}").fills(f"claim {number}")
        floor.log(f"ExitClaimOpened {number}", 3, 32)
    return floor


def distribute(data: bytes) -> Floor:
    """Settles what has come, pays owners and operations; the same for any number of stakers."""
    floor = Floor(data).changes("stakers' total", "operations' due").reads("owners' part")
    floor.reads("operations wallet").log("Settled", 1, 96).log("Distributed", 1, 64)
    floor.accounts("LINK").calls("LINK", "LINK")
    floor.changes(*(f"LINK balance of {who}" for who in ("the storage", "PoolOwners", "wallet")))
    return floor.log("Transfer to PoolOwners", 3, 32).log("Transfer to the wallet", 3, 32)


def owners_distribute(data: bytes) -> Floor:
    """The index rises by what has come."""
    floor = Floor(data).accounts("LINK")
    floor.reads("LINK balance of PoolOwners").changes("index and reserve")
    return floor.log("TokensDistributed", 2, 32)


def owners_claim(data: bytes) -> Floor:
    """A holder who holds LINK already."""
    floor = Floor(data).reads("shares").changes("holder's record", "index and reserve")
    floor.accounts("LINK")
    floor.changes("LINK balance of PoolOwners", "LINK balance of the holder")
    return floor.log("Claimed", 3, 32).log("Transfer", 3, 32)


def owners_transfer(data: bytes) -> Floor:
    """Between two holders who are up to date; that has to be looked up."""
    floor = Floor(data).changes("sender's shares", "receiver's shares").reads("round")
    return floor.log("Transfer", 3, 32)


def node_create(data: bytes) -> Floor:
    """Owner, through LinkPool and NodeFactory; eight empty slots are the least that a node is."""
    floor = Floor(data).accounts("factory", "timelock", "registry", "NodeFactory")
    floor.calls("factory", "factory", "storage")
    floor.reads("owner", "NodeFactory's address", "LinkPool's address", "template", "sealed")
    floor.reads("part of the operator in the suite")
    floor.creates("clone", CLONE).changes("number of storages")
    floor.fills("storage of the node", "part of the storage in the suite", "list of storages")
    floor.fills("node and cost", "operator", "operations wallet", "policy", "percentages")
    return floor.log("StorageCreated", 3, 32).log("NodeCreated", 4, 64)


def request(data: bytes, payload: int, inner: int) -> Floor:
    """LINK.transferAndCall with a request of `payload` bytes whose own data has `inner` bytes."""
    floor = Floor(data).changes("LINK balance of the requester", "LINK balance of the storage")
    floor.log("Transfer", 3, 32).log("Transfer with data", 3, 96 + padded(payload))
    floor.accounts("storage", "factory").calls("storage.onTokenTransfer")
    floor.reads("policy", "part of the requester in the suite")
    floor.fills("commitment").changes("escrow")
    return floor.log("OracleRequest", 2, 9 * 32 + padded(inner))


def fulfil(data: bytes) -> Floor:
    """By the node's own key, to a consumer without code."""
    floor = Floor(data).reads("node and cost", "whether the consumer was ever sent a penalty")
    floor.clears("commitment").changes("escrow and operations' due")
    return floor.accounts("consumer").log("OracleResponse", 2, 0)
