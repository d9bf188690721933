# SPDX-License-Identifier: MIT
"""Contracts not deployed yet: second versions of the suite's, and a kind unknown to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings, anchor_settings

from linkpool.chain.artefacts import artefact
from tools.compiler import EVM_VERSION, search_paths
from tools.sources import CONTRACTS

PROFILE = Path(__file__).parent / "node_profile.vy"

_LAST = "@view\n@external\ndef factory() -> address:"
_CHANGES = {
    "Node": (_LAST, "@pure\n@external\ndef version() -> uint256:\n    return 2\n\n\n" + _LAST),
    "NodeFactory": (
        "MINIMUM_STAKE: constant(uint256) = 10**18",
        "MINIMUM_STAKE: constant(uint256) = 2 * 10**18",
    ),
}
"""What a second version does otherwise; of the other contracts it does the same."""


@cache
def second(name: str) -> bytes:
    """Creation code, without arguments: a Node that tells its `version()`, a NodeFactory whose
    nodes ask for a stake of 2 LINK at least.
    """
    if name not in _CHANGES:
        return artefact(name).bytecode
    path = CONTRACTS / f"{name}.vy"
    text = path.read_text(encoding="utf-8")
    before, after = _CHANGES[name]
    assert text.count(before) == 1
    return compiled(path, text.replace(before, after))


@cache
def profile() -> bytes:
    """Creation code of the kind of contract that is unknown to the suite."""
    return compiled(PROFILE, PROFILE.read_text(encoding="utf-8"))


def compiled(path: Path, text: str) -> bytes:
    """Creation code of `text` as if it stood at `path`."""
    bundle = FilesystemInputBundle([*search_paths(), path.parent])
    file = replace(bundle.load_file(Path(path.name)), contents=text)
    settings = Settings(optimize=OptimizationLevel.GAS, evm_version=EVM_VERSION)
    data = CompilerData(file, bundle, settings=settings, no_bytecode_metadata=True)
    with anchor_settings(data.settings):
        return bytes(data.bytecode)
