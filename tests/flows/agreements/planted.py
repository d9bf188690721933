# SPDX-License-Identifier: MIT
"""A contract with one line changed, put in the place of the deployed one."""

from __future__ import annotations

import shutil
import site
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle

from linkpool.deployment import Manifest
from tests.flows.agreements.chain import Chain, Person, interface

CONTRACTS = Path(__file__).parents[3] / "contracts"


@dataclass(frozen=True)
class Planted:
    """One line of a source, and what stands there instead; `contract` is what is compiled."""

    contract: str
    source: str
    old: str
    new: str

    def plant(self, chain: Chain, manifest: Manifest, by: Person) -> None:
        """Its code is made anew with the same arguments and put where the deployed one is, so that
        everybody else finds it there.
        """
        name = Path(self.contract).stem
        kinds = {one["name"]: one["type"] for one in _inputs(name)}
        given = manifest.contracts[name].arguments
        arguments = [
            int(given[key]) if kind == "uint256" else given[key] for key, kind in kinds.items()
        ]
        made = chain.create(by, self._code() + interface(name).constructor(*arguments))
        chain.rpc("anvil_setCode", manifest.address(name), chain.rpc("eth_getCode", made, "latest"))

    def _code(self) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "contracts"
            shutil.copytree(CONTRACTS, root)
            source = root / self.source
            text = source.read_text(encoding="utf-8")
            assert text.count(self.old) == 1, f"{self.source} has no longer one {self.old!r}"
            source.write_text(text.replace(self.old, self.new), encoding="utf-8")
            bundle = FilesystemInputBundle([*(Path(p) for p in site.getsitepackages()), root])
            file = bundle.load_file(self.contract)
            out = compile_from_file_input(file, input_bundle=bundle, output_formats=["bytecode"])
        return bytes.fromhex(out["bytecode"].removeprefix("0x"))


def _inputs(name: str) -> list[dict[str, str]]:
    (found,) = (one["inputs"] for one in interface(name).abi if one["type"] == "constructor")
    return list(found)
