# SPDX-License-Identifier: MIT
"""Blocks, and how JSON-RPC shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linkpool.chain.rpc import RpcRefused
from linkpool.chain.testing.signed import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    number: int
    hash: str
    parent: str
    timestamp: int
    base: int
    transactions: tuple[Transaction, ...]
    logs: tuple[dict[str, Any], ...]
    nonces: Mapping[str, int]
    balances: Mapping[str, int]


def find(view: list[Block], tag: str) -> Block | None:
    if tag in ("latest", "pending"):
        return view[-1]
    number = 0 if tag == "earliest" else int(tag, 16)
    return view[number] if number < len(view) else None


def known(view: list[Block], tag: str) -> Block:
    block = find(view, tag)
    if block is None:
        raise RpcRefused(
            "header not found", code=-32000, message="header not found", elsewhere=True
        )
    return block


def shown(block: Block, *, full: bool) -> dict[str, Any]:
    return {
        "number": hex(block.number),
        "hash": block.hash,
        "parentHash": block.parent,
        "timestamp": hex(block.timestamp),
        "baseFeePerGas": hex(block.base),
        "transactions": [sent(one, block) if full else one.hash for one in block.transactions],
    }


def sent(one: Transaction, block: Block | None) -> dict[str, Any]:
    return {
        "hash": one.hash,
        "from": one.sender.lower(),
        "nonce": hex(one.nonce),
        "to": None if one.to is None else one.to.lower(),
        "value": hex(one.value),
        "input": "0x" + one.data.hex(),
        "blockHash": None if block is None else block.hash,
        "blockNumber": None if block is None else hex(block.number),
    }


def receipt(block: Block, one: Transaction, index: int) -> dict[str, Any]:
    return {
        "transactionHash": one.hash,
        "transactionIndex": hex(index),
        "blockNumber": hex(block.number),
        "blockHash": block.hash,
        "from": one.sender.lower(),
        "to": None if one.to is None else one.to.lower(),
        "contractAddress": None,
        "status": hex(int(one.succeeds)),
        "gasUsed": hex(one.intrinsic),
        "effectiveGasPrice": hex(one.price(block.base)),
        "logs": [],
    }


def matches(log: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    addresses = wanted.get("address") or [log["address"]]
    chosen = [addresses] if isinstance(addresses, str) else addresses
    if log["address"].lower() not in {one.lower() for one in chosen}:
        return False
    for place, topic in enumerate(wanted.get("topics", ())):
        accepted = [topic] if isinstance(topic, str) else topic
        if accepted and (place >= len(log["topics"]) or log["topics"][place] not in accepted):
            return False
    return True
