# SPDX-License-Identifier: MIT
"""The released build: what the code of each contract has to be, and where its immutables lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.errors import SetupMissing

_FILE: Final = Path(__file__).parents[1] / "chain" / "release.json"
_WORD: Final = 32

LINK_TOKEN: Final = "0xb07709ad97678185cedfde53024ce09aef9aa087a045cdf0f94cac67e168181b"
"""keccak256 of the code of Chainlink's LinkToken v0.4, which a local deployment brings along."""
LINK_TOKEN_CREATION: Final = "0xb0ab1df621dea12ec2d4beb42f599ffa875f006a3d125b5395fd0be35771e301"
"""keccak256 of what creates it: it takes no arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One contract as released: on chain it is `size` bytes of code, then its immutables."""

    name: str
    size: int
    code_hash: bytes
    """keccak256 of the code without the immutables."""
    creation_size: int
    creation_hash: bytes
    """Of what creates it, without the constructor's arguments."""
    immutables: Mapping[str, int]
    """Name, without its module's, and offset behind the code; each is one word."""

    def is_code_of(self, code: bytes) -> bool:
        """Whether `code` is this contract's, whatever its immutables say."""
        whole = self.size + _WORD * len(self.immutables)
        return len(code) == whole and keccak(code[: self.size]) == self.code_hash

    def is_creation_of(self, code: bytes) -> bool:
        """Whether `code`, with whatever arguments, creates this contract."""
        return keccak(code[: self.creation_size]) == self.creation_hash

    def values(self, code: bytes) -> dict[str, int]:
        """The immutables in `code`, which has to be this contract's."""
        return {
            name: int.from_bytes(code[self.size + offset : self.size + offset + _WORD])
            for name, offset in self.immutables.items()
        }


def released(name: str) -> Released | None:
    """None for a contract that is not of this release."""
    found = _release()["contracts"].get(name)
    if found is None:
        return None
    return Released(
        name=name,
        size=found["runtime_size"],
        code_hash=bytes.fromhex(found["runtime_hash"][2:]),
        creation_size=found["init_size"],
        creation_hash=bytes.fromhex(found["init_hash"][2:]),
        immutables={
            one["name"].rpartition(".")[2]: _WORD * number
            for number, one in enumerate(found["immutables"])
        },
    )


def clone_of(implementation: ChecksumAddress) -> bytes:
    """The code of a node's PoolStorage, which runs `implementation` (EIP-1167)."""
    (clone,) = _release()["clones"]
    before, behind = (bytes.fromhex(clone[part][2:]) for part in ("prefix", "suffix"))
    return before + bytes.fromhex(implementation[2:]) + behind


def hash_of(code: bytes) -> str:
    """keccak256 of code as manifests have it; "none" where there is no code."""
    return "0x" + keccak(code).hex() if code else "none"


@cache
def _release() -> dict[str, Any]:
    if not _FILE.is_file():
        raise SetupMissing("chain/release.json is missing: run `make compile`")
    found: dict[str, Any] = json.loads(_FILE.read_text())
    return found
