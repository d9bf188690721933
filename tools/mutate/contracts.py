# SPDX-License-Identifier: MIT
"""The contracts under test: which of them a source is part of, and their code with a fault."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boa
from boa.contracts.vyper.vyper_contract import VyperContract, VyperDeployer
from boa.environment import Env
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import Settings, anchor_settings
from vyper.ir import compile_ir

from tools.compiler import EVM_VERSION, OPTIMIZE, Source, search_paths
from tools.mutate.incremental import Incremental, WholeCompilationNeeded, whole
from tools.mutate.mutants import Mutant
from tools.sources import CONTRACTS, ROOT, deployables, name_of


class Overlay(FilesystemInputBundle):  # type: ignore[misc]
    """The files as they are, but for one."""

    def __init__(self, source: str, text: str) -> None:
        super().__init__(search_paths())
        self._changed = ROOT / source, text

    def _load_from_path(self, resolved_path: Any, original_path: Any) -> FileInput:
        found = super()._load_from_path(resolved_path, original_path)
        path, text = self._changed
        return replace(found, contents=text) if Path(resolved_path) == path else found


@dataclass
class Contract:
    """One deployable, its last compilation, and what the tests deploy it by."""

    path: Path
    incremental: Incremental
    sources: frozenset[str]
    deployer: VyperDeployer = field(init=False)
    original: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.original = self.incremental.bytecode()
        self.deployer = VyperDeployer(self.incremental.data, filename=str(self.path))

    def mutate(self, mutant: Mutant) -> bytes:
        """The code with the fault; deployed from now on, in this process.

        Raises:
            VyperException, VyperInternalException, SyntaxError: It does not compile.
        """
        text = mutant.text()
        try:
            self.incremental.change(mutant.source, mutant.function, text)
            return self.incremental.bytecode()
        except WholeCompilationNeeded:
            pass
        bundle = Overlay(mutant.source, text)
        file = bundle.load_file(self.path.relative_to(CONTRACTS))
        settings = Settings(optimize=OPTIMIZE, evm_version=EVM_VERSION)
        data = CompilerData(file, bundle, settings=settings, no_bytecode_metadata=True)
        self.deployer.compiler_data = data
        return whole(data)


class Contracts:
    """The deployables that some sources are part of."""

    def __init__(self, sources: list[str]) -> None:
        self._all: dict[Path, Contract] = {}
        for path in deployables():
            data = Source(path).data
            inputs = (Path(it.resolved_path) for it in data.resolved_imports.compiler_inputs)
            names = {name_of(it) for it in inputs if it.is_relative_to(CONTRACTS)}
            names.add(name_of(path))
            if names.intersection(sources):
                self._all[path] = Contract(path, Incremental(data), frozenset(names))

    def of(self, source: str) -> list[Contract]:
        """Those that a source is part of."""
        return [contract for contract in self._all.values() if source in contract.sources]

    def deployer(self, path: Path) -> VyperDeployer | None:
        contract = self._all.get(path)
        return None if contract is None else contract.deployer

    def original(self, source: str) -> str:
        return digest([contract.original for contract in self.of(source)])

    def mutate(self, mutant: Mutant) -> str:
        """Hash of the code of every contract with the fault in it."""
        return digest([contract.mutate(mutant) for contract in self.of(mutant.source)])


def digest(codes: list[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(code).digest() for code in codes)).hexdigest()


def install(contracts: Contracts) -> None:
    """The tests deploy these; nothing is assembled only to say where a constructor failed."""
    load: Callable[..., Any] = boa.load_partial

    def load_partial(filename: str, *args: Any, **kwargs: Any) -> Any:
        ours = contracts.deployer(Path(filename).resolve())
        return load(filename, *args, **kwargs) if ours is None else ours

    def creation_map(contract: VyperContract) -> Any:
        data = contract.compiler_data
        if "creation_map" not in data.__dict__:
            with anchor_settings(data.settings):
                data.__dict__["creation_map"] = compile_ir.assembly_to_evm(data.assembly)[1]
        return data.__dict__["creation_map"]

    boa.load_partial = load_partial
    VyperContract._deployment_source_map = property(creation_map)
    Env._coverage_enabled = False
