# SPDX-License-Identifier: MIT
"""JSON-RPC on the wire: requests to bytes, answers to values, nothing believed unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.calls import Call, Log, ReceiptFact
from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable
from linkpool.units import Wei

# A checksum costs a keccak in Python; the same few contracts and accounts come again and again.
checksummed = lru_cache(maxsize=8192)(to_checksum_address)

_WORD: Final = 2**256 - 1
_WORD_BYTES: Final = 32
_TOPICS: Final = 4  # of one log at the most
_ROW: Final = 2**63 - 1  # of a database

GARBAGE = "the RPC answered something that is no {}: set another --rpc"


def compose(calls: Sequence[Ask], first: int) -> bytes:
    """One message; a single request is no list, for servers that know no batches."""
    entries = [
        {"jsonrpc": "2.0", "id": first + place, "method": method, "params": list(params)}
        for place, (method, params) in enumerate(calls)
    ]
    whole: Any = entries if len(entries) > 1 else entries[0]
    return json.dumps(whole, separators=(",", ":")).encode()


def request(call: Call, sender: ChecksumAddress | None) -> dict[str, str]:
    """A call as `eth_call` and `eth_estimateGas` take it."""
    fields = {"input": "0x" + call.data.hex(), "value": hex(call.value)}
    if call.to is not None:
        fields["to"] = call.to
    if sender is not None:
        fields["from"] = sender
    if call.gas is not None:
        fields["gas"] = hex(call.gas)
    return fields


def tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)


def topic(given: bytes | Sequence[bytes] | None) -> Any:
    if given is None:
        return None
    if isinstance(given, bytes):
        return "0x" + given.hex()
    return ["0x" + one.hex() for one in given]


def number(text: Any, most: int = _WORD) -> int:
    """A hexadecimal quantity; ChainUnavailable where it is none, or too large."""
    try:
        found = int(text, 16)
    except (TypeError, ValueError):
        found = -1
    if not 0 <= found <= most:
        raise ChainUnavailable(GARBAGE.format("number"))
    return found


def height(text: Any) -> int:
    """A block's number or time, as large as a database can keep it."""
    return number(text, _ROW)


def octets(text: Any) -> bytes:
    """Hexadecimal bytes; ChainUnavailable where they are none."""
    try:
        return bytes.fromhex(text[2:])
    except (TypeError, ValueError, KeyError):
        raise ChainUnavailable(GARBAGE.format("bytes")) from None


def digest(text: Any) -> str:
    """The hash of a block or a transaction, in lower case; ChainUnavailable where it is none."""
    try:
        return "0x" + _word(text).hex()
    except (TypeError, ValueError):
        raise ChainUnavailable(GARBAGE.format("hash")) from None


def log(entry: Mapping[str, Any]) -> Log:
    try:
        return _log(entry)
    except (TypeError, ValueError, KeyError):
        raise ChainUnavailable(GARBAGE.format("log")) from None


def receipt(tx: str, found: Mapping[str, Any]) -> ReceiptFact:
    """A receipt, whether it succeeded or not."""
    try:
        created = found.get("contractAddress")
        return ReceiptFact(
            tx=tx,
            block=height(found["blockNumber"]),
            block_hash=_word(found["blockHash"]),
            succeeded=int(found["status"], 16) == 1,
            gas=int(found["gasUsed"], 16),
            price=Wei(int(found["effectiveGasPrice"], 16)),
            created=checksummed(created) if created else None,
            logs=tuple(_log(entry) for entry in found["logs"]),
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ChainUnavailable(GARBAGE.format("receipt")) from None


def _log(entry: Mapping[str, Any]) -> Log:
    topics = tuple(_word(one) for one in entry["topics"])
    if len(topics) > _TOPICS:
        raise ValueError("more topics than there are")
    return Log(
        address=checksummed(entry["address"]),
        topics=topics,
        data=bytes.fromhex(entry["data"][2:]),
        block=height(entry["blockNumber"]),
        block_hash=_word(entry["blockHash"]),
        tx="0x" + _word(entry["transactionHash"]).hex(),
        index=height(entry["logIndex"]),
    )


def _word(text: Any) -> bytes:
    """32 bytes, as hashes and topics are; TypeError or ValueError where they are none."""
    found = bytes.fromhex(text[2:])
    if len(found) != _WORD_BYTES:
        raise ValueError("another length")
    return found
