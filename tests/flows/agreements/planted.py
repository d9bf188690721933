# SPDX-License-Identifier: MIT
"""A contract with one line changed, put in the place of the deployed one."""

from __future__ import annotations

import shutil
import site
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from linkpool.deployment import Manifest
from tests.flows.agreements.chain import Chain

CONTRACTS = Path(__file__).parents[3] / "contracts"


@dataclass(frozen=True)
class Planted:
    """One line of a source, and what stands there instead; `contract` is what is compiled."""

    contract: str
    source: str
    old: str
    new: str

    def plant(self, chain: Chain, manifest: Manifest) -> None:
        """Its code is put where the deployed one is, before what that one's constructor wrote
        behind it, so that everybody else finds it there.
        """
        place = manifest.address(Path(self.contract).stem)
        code, constants = self._code()
        deployed = bytes.fromhex(chain.rpc("eth_getCode", place, "latest")[2:])
        whole = code + deployed[len(deployed) - constants :]
        chain.rpc("anvil_setCode", place, "0x" + whole.hex())

    def _code(self) -> tuple[bytes, int]:
        """And how many bytes the constructor writes behind it."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "contracts"
            shutil.copytree(CONTRACTS, root)
            source = root / self.source
            text = source.read_text(encoding="utf-8")
            assert text.count(self.old) == 1, f"{self.source} has no longer one {self.old!r}"
            source.write_text(text.replace(self.old, self.new), encoding="utf-8")
            bundle = FilesystemInputBundle([*(Path(p) for p in site.getsitepackages()), root])
            file = bundle.load_file(self.contract)
            wanted = ["bytecode_runtime", "layout"]
            out = compile_from_file_input(file, input_bundle=bundle, output_formats=wanted)
        constants = out["layout"].get("code_layout", {})
        code = bytes.fromhex(out["bytecode_runtime"].removeprefix("0x"))
        return code, _length(constants)


def _length(layout: dict[str, Any]) -> int:
    """Bytes of all immutables, those of modules one level deeper."""
    return sum(one["length"] if "length" in one else _length(one) for one in layout.values())
