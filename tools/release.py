# SPDX-License-Identifier: MIT
"""The release manifest: what the code of a deployment has to be, for whoever does not trust us.

Deployed code of a contract = runtime code with `runtime_hash`, then its immutables, a word each, in
the order given. A clone's code is the template's address between two fixed pieces. A part is made
by the constructor of another contract, from its creation code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from vyper.builtins.functions import eip1167_bytecode
from vyper.utils import keccak256

from linkpool import __version__
from tools.compiler import COMPILER
from tools.sources import ROOT

RELEASE = ROOT / "src" / "linkpool" / "chain" / "release.json"
WORD = 32
CLONED = {"PoolStorage": "PoolStorageFactory"}  # template: who creates clones of it
PARTS = {"ServiceAgreements": ("Penalties", "Aggregator")}  # in the order of creation

Artefact = Mapping[str, Any]


def hashed(code: bytes) -> str:
    return f"0x{keccak256(code).hex()}"


def contract_of(artefact: Artefact) -> dict[str, Any]:
    """Sizes in bytes; `init` is the creation code without the constructor's arguments."""
    init = bytes.fromhex(artefact["bytecode"].removeprefix("0x"))
    tail = WORD * len(artefact["immutables"])
    return {
        "source": artefact["source"],
        "source_hash": artefact["source_hash"],
        "sources": sorted(artefact["sources"]),
        "init_hash": hashed(init),
        "init_size": len(init),
        "runtime_hash": artefact["runtime_hash"],
        "runtime_size": artefact["runtime_size"] - tail,
        "immutables": [
            {"name": one["name"], "type": one["type"]} for one in artefact["immutables"]
        ],
        "immutables_size": tail,
    }


def clone_of(template: str, creator: str) -> dict[str, Any]:
    """EIP-1167 as the compiler writes it: the address stands between prefix and suffix."""
    _, prefix, suffix = eip1167_bytecode()
    return {
        "template": template,
        "creator": creator,
        "prefix": "0x" + prefix.hex(),
        "suffix": "0x" + suffix.hex(),
    }


def parts_of(creator: str, parts: Sequence[str]) -> list[dict[str, Any]]:
    """The address of each is that of the creator's `nonce`: a contract counts from 1."""
    return [
        {"contract": name, "creator": creator, "nonce": nonce}
        for nonce, name in enumerate(parts, 1)
    ]


def release(artefacts: Mapping[str, Artefact], sources: Mapping[str, str]) -> dict[str, Any]:
    """Of all contracts by name; `sources` are the texts of every file that was compiled."""
    return {
        "release": __version__,
        "compiler": COMPILER,
        "bytecode_metadata": False,
        "contracts": {name: contract_of(artefacts[name]) for name in sorted(artefacts)},
        "clones": [clone_of(*pair) for pair in sorted(CLONED.items())],
        "parts": [part for entry in sorted(PARTS.items()) for part in parts_of(*entry)],
        "sources": {
            name: hashlib.sha256(sources[name].encode()).hexdigest() for name in sorted(sources)
        },
    }


def text_of(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=1) + "\n"
