# SPDX-License-Identifier: MIT
"""A contract with one function compiled anew is, byte for byte, the whole compiled anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from vyper.codegen import module as codegen
from vyper.compiler.settings import anchor_settings
from vyper.ir import compile_ir
from vyper.ir.compile_ir import assembly_to_evm

from tools.compiler import Source
from tools.mutate.contracts import Contracts, Overlay
from tools.mutate.incremental import WholeCompilationNeeded, whole
from tools.mutate.mutants import Mutant, mutants
from tools.mutate.session import child, ended
from tools.sources import CONTRACTS, ROOT

SOURCE = "contracts/NodeStaking.vy"


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Contracts([SOURCE])


def told(work: Callable[[], str]) -> str:
    """What a child process says: it may use up what it was forked with."""

    def say(send: Callable[[Any], None]) -> None:
        send(work())

    pid, reading = child(say)
    with os.fdopen(reading) as lines:
        text = lines.read()
    assert ended(pid)
    return text.strip().strip('"')


def compiled_whole(mutant: Mutant) -> str:
    from vyper.compiler.phases import CompilerData
    from vyper.compiler.settings import Settings

    from tools.compiler import EVM_VERSION, OPTIMIZE

    bundle = Overlay(mutant.source, mutant.text())
    file = bundle.load_file((ROOT / SOURCE).relative_to(CONTRACTS))
    settings = Settings(optimize=OPTIMIZE, evm_version=EVM_VERSION)
    try:
        data = CompilerData(file, bundle, settings=settings, no_bytecode_metadata=True)
        return whole(data).hex()
    except Exception:
        return "does not compile"


def test_without_a_change_it_is_the_compilers_code(contracts: Contracts) -> None:
    (contract,) = contracts.of(SOURCE)
    data = contract.incremental.data
    assert contract.original.hex() == told(lambda: whole(data).hex())


def test_deployers_find_the_runtime_code_and_its_source_map(contracts: Contracts) -> None:
    (contract,) = contracts.of(SOURCE)
    data = contract.incremental.data
    fresh = Source(ROOT / SOURCE).data
    with anchor_settings(fresh.settings):
        assert data.bytecode_runtime == fresh.bytecode_runtime
        _, expected = assembly_to_evm(fresh.assembly_runtime)
    assert data.source_map["pc_raw_ast_map"].keys() == expected["pc_raw_ast_map"].keys()
    assert data.source_map["error_map"] == expected["error_map"]


def test_with_a_change_it_is_the_compilers_code(contracts: Contracts) -> None:
    (contract,) = contracts.of(SOURCE)
    inside = [mutant for mutant in mutants(ROOT / SOURCE) if mutant.function != ""]
    compared = 0
    for mutant in inside[::24]:

        def incremental(mutant: Mutant = mutant) -> str:
            try:
                contract.incremental.change(mutant.source, mutant.function, mutant.text())
                return contract.incremental.bytecode().hex()
            except WholeCompilationNeeded:
                return "whole"
            except Exception:
                return "does not compile"

        found = told(incremental)
        if found != "whole":
            compared += 1
            assert found == told(lambda mutant=mutant: compiled_whole(mutant)), str(mutant)
    assert compared > 4


def counted_from(number: int) -> None:
    codegen.core._label = compile_ir._next_symbol = number


@pytest.mark.parametrize("ahead", [0, 1_000])
def test_another_compilation_between_does_not_reuse_its_labels(ahead: int) -> None:
    """The compiler begins to count anew in each; the labels of what was kept stand further on."""
    counted_from(ahead)
    (contract,) = Contracts([SOURCE]).of(SOURCE)
    inside = [mutant for mutant in mutants(ROOT / SOURCE) if mutant.function == "_forward"]
    compared = 0
    for mutant in inside[::8]:

        def as_whole(mutant: Mutant = mutant) -> str:
            return compiled_whole(mutant)

        def incremental(mutant: Mutant = mutant) -> str:
            contract.incremental.change(mutant.source, mutant.function, mutant.text())
            counted_from(ahead // 2)
            return contract.incremental.bytecode().hex()

        expected = told(as_whole)
        if expected != "does not compile":
            compared += 1
            assert told(incremental) == expected, str(mutant)
    assert compared


def test_a_changed_head_needs_a_whole_compilation(contracts: Contracts) -> None:
    (contract,) = contracts.of(SOURCE)
    text = (ROOT / SOURCE).read_text()

    def attempt() -> str:
        try:
            contract.incremental.change(SOURCE, "stake", text.replace("@external", "@internal"))
        except WholeCompilationNeeded as error:
            return f"whole: {error}"
        return "no"

    assert told(attempt) == "whole: stake"
