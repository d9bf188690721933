# SPDX-License-Identifier: MIT
"""The Vyper compiler as used here: fixed settings, warnings are errors, no trace of the machine."""

from __future__ import annotations

import hashlib
import site
import sysconfig
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import vyper
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings, anchor_settings
from vyper.exceptions import VyperException
from vyper.utils import keccak256
from vyper.warnings import VyperWarning

from tools.layout import immutables_of, storage_of
from tools.sources import CONTRACTS, name_of

EVM_VERSION = "prague"
OPTIMIZE = OptimizationLevel.GAS
COMPILER = f"vyper {vyper.__version__} -O {OPTIMIZE} --evm-version {EVM_VERSION}"

Abi = list[dict[str, Any]]


class CompileError(Exception):
    """One readable text per contract that does not compile."""


def search_paths() -> list[Path]:
    """Packages such as snekmate first, contracts/ last: the last one wins."""
    packages = dict.fromkeys([*site.getsitepackages(), sysconfig.get_path("purelib")])
    return [*map(Path, packages), CONTRACTS]


@dataclass(frozen=True)
class Source:
    """One .vy or .vyi under contracts/, compiled as far as asked."""

    path: Path

    @cached_property
    def data(self) -> CompilerData:
        bundle = FilesystemInputBundle(search_paths())
        file = bundle.load_file(self.path.relative_to(CONTRACTS))
        settings = Settings(optimize=OPTIMIZE, evm_version=EVM_VERSION)
        # Without metadata the creation code changes with the program only, not with its comments.
        return CompilerData(file, bundle, settings=settings, no_bytecode_metadata=True)

    def artefact(self) -> dict[str, Any]:
        """What a deployment needs, so that it needs no compiler.

        Raises:
            CompileError: The source does not compile, or compiles with a warning.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error", category=VyperWarning)
            try:
                data = self.data
                with anchor_settings(data.settings):
                    return self._artefact(data)
            except (VyperException, VyperWarning) as error:
                raise CompileError(f"{name_of(self.path)}: {str(error).strip()}") from None

    def _artefact(self, data: CompilerData) -> dict[str, Any]:
        runtime: bytes = data.bytecode_runtime
        return {
            "name": self.path.stem,
            "source": name_of(self.path),
            "abi": self.abi(),
            "bytecode": "0x" + data.bytecode.hex(),
            "runtime_hash": "0x" + keccak256(runtime).hex(),
            # Deployed code ends with the immutables: EIP-170 counts them.
            "runtime_size": len(runtime) + self._immutables_size(data),
            "immutables": immutables_of(data.annotated_vyper_module),
            "storage": storage_of(data.annotated_vyper_module),
            "method_ids": {
                signature: f"0x{number:08x}"
                for function in data.global_ctx.exposed_functions
                for signature, number in function.method_ids.items()
                if not signature.startswith("__")
            },
            "compiler": COMPILER,
            "source_hash": self.source_hash(),
            "sources": sorted(self.texts()),
        }

    @staticmethod
    def _immutables_size(data: CompilerData) -> int:
        return int(data.global_ctx.immutable_section_bytes)

    def abi(self) -> Abi:
        """Of a contract or an interface, in an order that does not depend on the source's."""
        data = self.data
        with anchor_settings(data.settings):
            if self.path.suffix == ".vyi":
                module = data.annotated_vyper_module._metadata["type"]
                entries = module.interface.to_toplevel_abi_dict()
            else:
                _ = data.ir_runtime  # completes the types the ABI is made of
                module = data.global_ctx
                entries = module.interface.to_toplevel_abi_dict()
                if module.init_function:
                    entries += module.init_function.to_toplevel_abi_dict()
        return sorted(entries, key=lambda entry: (entry["type"], entry.get("name", "")))

    def texts(self) -> dict[str, str]:
        """Every file that the compiler reads for this contract, by its import path."""
        own = self.path.relative_to(CONTRACTS).as_posix()
        imported = self.data.resolved_imports.compiler_inputs
        return {own: self.data.source_code} | {
            file.path.as_posix(): file.source_code for file in imported
        }

    def source_hash(self) -> str:
        """SHA-256 over every file the compiler reads for this contract, with its import path."""
        texts = self.texts()
        total = hashlib.sha256()
        for name in sorted(texts):
            total.update(f"{name}\0{texts[name]}\0".encode())
        return total.hexdigest()
