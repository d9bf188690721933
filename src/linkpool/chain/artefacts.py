# SPDX-License-Identifier: MIT
"""ABI and creation bytecode of every contract: ours as `make compile` wrote them, LINK from npm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import get_abi_input_types
from eth_utils.crypto import keccak

from linkpool.chain import packages
from linkpool.chain.calls import Call
from linkpool.errors import SetupMissing

_FOLDER = Path(__file__).parent / "abi"
_WORD = 32


@dataclass(frozen=True, slots=True)
class Artefact:
    """One contract as compiled."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes
    immutables: tuple[str, ...] = ()
    """In the order in which they stand behind the code, without their modules' names."""
    runtime_size: int = 0
    """Bytes on chain, immutables included."""

    def code_hash(self, immutables: Mapping[str, ChecksumAddress]) -> bytes:
        """keccak256 of what will stand on chain; of `immutables` those are used that it has."""
        values = [bytes.fromhex(immutables[name][2:]) for name in self.immutables]
        code = self.bytecode[-(self.runtime_size - _WORD * len(values)) :]
        return keccak(code + b"".join(value.rjust(_WORD, b"\0") for value in values))

    def creation(self, *arguments: Any) -> Call:
        """The call that creates it; `arguments` in the constructor's order."""
        without: dict[str, Any] = {"type": "constructor", "inputs": []}
        entry = next((one for one in self.abi if one["type"] == "constructor"), without)
        tail = encode(get_abi_input_types(entry), arguments)  # type: ignore[arg-type]
        names = [field["name"] for field in entry["inputs"]]
        return Call(
            to=None,
            data=self.bytecode + tail,
            what=f"create {self.name}",
            arguments=tuple(zip(names, arguments, strict=True)),
        )


@cache
def artefact(name: str) -> Artefact:
    """`name` as in contracts/, or LinkToken, or Multicall3 (bytecode only)."""
    if name == "Multicall3":
        return Artefact(name, (), packages.multicall3_bytecode())
    if name == "LinkToken":
        found = packages.link_token()
    else:
        path = _FOLDER / f"{name}.json"
        if not path.is_file():
            raise SetupMissing(f"chain/abi/{name}.json is missing: run `make compile`")
        found = json.loads(path.read_text())
    code = bytes.fromhex(str(found["bytecode"]).removeprefix("0x"))
    immutables = (one["name"].rpartition(".")[2] for one in found.get("immutables", ()))
    size = int(found.get("runtime_size", 0))
    return Artefact(name, tuple(found["abi"]), code, tuple(immutables), size)
