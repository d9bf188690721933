# SPDX-License-Identifier: MIT
"""Everything that a chain's state is, before and after: every word of every account."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from bench.chain import Chain
from tools.sources import ARTEFACTS

HASHES = "0x0000F90827F1C53a10cb7A02335B175320002935"
"""The chain's own list of its block hashes (EIP-2935); every block writes one."""

Word = tuple[ChecksumAddress, int]
"""An account and the number of one of its slots."""


@dataclass(frozen=True, slots=True)
class Photo:
    """Code by account, and every slot that is not zero."""

    code: dict[ChecksumAddress, str]
    words: dict[Word, int]

    @classmethod
    def of(cls, chain: Chain) -> Photo:
        """As the chain itself writes its state down."""
        text = gzip.decompress(bytes.fromhex(chain.rpc("anvil_dumpState")[2:])).decode()
        start = text.index('"accounts":') + len('"accounts":')
        # What follows the accounts, every transaction ever sent, is not looked at.
        found: dict[str, dict[str, Any]] = json.JSONDecoder().raw_decode(text, start)[0]
        accounts = {to_checksum_address(place): one for place, one in found.items()}
        return cls(
            code={place: one["code"] for place, one in accounts.items() if one["code"] != "0x"},
            words={
                (place, int(slot, 16)): int(word, 16)
                for place, one in accounts.items()
                for slot, word in one["storage"].items()
                if int(word, 16) and place != HASHES
            },
        )


def changed(before: Photo, after: Photo) -> dict[Word, tuple[int, int]]:
    """Every word that differs, old and new."""
    return {
        word: (before.words.get(word, 0), after.words.get(word, 0))
        for word in before.words.keys() | after.words.keys()
        if before.words.get(word, 0) != after.words.get(word, 0)
    }


@cache
def _layout(contract: str) -> dict[str, int]:
    """The first slot of each variable, by its name in the sources: `module.variable`."""
    found = json.loads((ARTEFACTS / f"{contract}.json").read_text(encoding="utf-8"))
    return {one["name"]: one["slot"] for one in found["storage"]}


def entry(contract: str, variable: str, key: bytes | ChecksumAddress) -> int:
    """The slot of one entry of a mapping."""
    word = bytes.fromhex(key[2:]).rjust(32, b"\0") if isinstance(key, str) else key
    base = _layout(contract)[variable].to_bytes(32, "big")
    return int.from_bytes(keccak(base + word), "big")
