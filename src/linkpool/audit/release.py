# SPDX-License-Identifier: MIT
"""The released build: what the code of each contract has to be, and where its immutables lie."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

_ABI: Final = Path(__file__).parents[1] / "chain" / "abi"
_WORD: Final = 32

# A node's PoolStorage is this around the address of the code that it runs (EIP-1167).
_CLONE: Final = (
    bytes.fromhex("363d3d373d3d3d363d73"),
    bytes.fromhex("5af43d82803e903d91602b57fd5bf3"),
)

LINK_TOKEN: Final = "0xb07709ad97678185cedfde53024ce09aef9aa087a045cdf0f94cac67e168181b"
"""keccak256 of the code of Chainlink's LinkToken v0.4, which a local deployment brings along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One contract as released: on chain it is `size` bytes of code, then its immutables."""

    name: str
    size: int
    code_hash: bytes
    """keccak256 of the code without the immutables."""
    immutables: Mapping[str, int]
    """Name, without its module's, and offset behind the code; each is one word."""

    def is_code_of(self, code: bytes) -> bool:
        """Whether `code` is this contract's, whatever its immutables say."""
        whole = self.size + _WORD * len(self.immutables)
        return len(code) == whole and keccak(code[: self.size]) == self.code_hash

    def values(self, code: bytes) -> dict[str, int]:
        """The immutables in `code`, which has to be this contract's."""
        return {
            name: int.from_bytes(code[self.size + offset : self.size + offset + _WORD])
            for name, offset in self.immutables.items()
        }


@cache
def released(name: str) -> Released | None:
    """None for a contract that is not of this release."""
    path = _ABI / f"{name}.json"
    if not path.is_file():
        return None
    found = json.loads(path.read_text())
    immutables = dict(_flat(found["immutables"]))
    return Released(
        name=name,
        size=found["runtime_size"] - _WORD * len(immutables),
        code_hash=bytes.fromhex(found["runtime_hash"][2:]),
        immutables=immutables,
    )


def clone_of(implementation: ChecksumAddress) -> bytes:
    """The code of a PoolStorage that runs `implementation`."""
    return _CLONE[0] + bytes.fromhex(implementation[2:]) + _CLONE[1]


def hash_of(code: bytes) -> str:
    """keccak256 of code as manifests have it; "none" where there is no code."""
    return "0x" + keccak(code).hex() if code else "none"


def _flat(layout: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, entry in layout.items():
        if isinstance(entry.get("offset"), int):
            yield name, entry["offset"]
        else:
            yield from _flat(entry)
