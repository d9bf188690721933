# SPDX-License-Identifier: MIT
"""ABI and creation bytecode of every contract: ours as `make compile` wrote them, LINK from npm."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import get_abi_input_types

from linkpool.chain import packages
from linkpool.chain.calls import Call
from linkpool.errors import SetupMissing

_FOLDER = Path(__file__).parent / "abi"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One contract as compiled."""

    name: str
    abi: tuple[dict[str, Any], ...]
    bytecode: bytes

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
    return Artefact(name, tuple(found["abi"]), code)
