# SPDX-License-Identifier: MIT
"""Compiles a contract with one function changed, from what its last compilation left.

A whole compilation of the largest contract takes seconds, a mutant a few tenths of one: every other
function keeps its code. The code is the compiler's own, byte for byte (the tests compare it with
whole compilations); this file only decides what need not be done again. It uses up what it starts
from: call it in a process made for one mutant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vyper.ast import nodes as vy
from vyper.codegen import module as codegen
from vyper.codegen.function_definitions.common import EntryPointInfo, ExternalFuncIR, InternalFuncIR
from vyper.codegen.ir_node import IRnode
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import anchor_settings
from vyper.exceptions import VyperException
from vyper.ir import compile_ir, optimizer
from vyper.semantics.analysis import module as analysis
from vyper.semantics.analysis.constant_folding import ConstantFolder
from vyper.semantics.analysis.local import FunctionAnalyzer
from vyper.semantics.analysis.utils import get_exact_type_from_node
from vyper.semantics.namespace import override_global_namespace
from vyper.semantics.types.function import ContractFunctionT
from vyper.utils import OrderedSet

from tools.mutate.text import parse, shape

REVERT = "_sym_revert_shared"

_optimize = optimizer._optimize
_rewrite = compile_ir._rewrite_return_sequences
_to_assembly = compile_ir._compile_to_assembly
_to_evm = compile_ir.assembly_to_evm
_internal = codegen.generate_ir_for_internal_function
_external = codegen.generate_ir_for_external_function


class WholeCompilationNeeded(Exception):
    """The change reaches beyond one function's body."""


@dataclass
class Kept:
    """A function's finished code, and the memory frames of its callees that it was made for."""

    info: Any
    frames: tuple[tuple[int, int], ...]
    code: Any


@dataclass
class Incremental:
    """A contract whose parts can be compiled anew one by one."""

    data: CompilerData
    kept: dict[tuple[int, bool], Kept] = field(default_factory=dict)
    # The compiler numbers its names and labels from 0 in each whole compilation; those of kept code
    # stand, and no new one may be the same.
    names: int = 0
    labels: int = 0

    # ---- Compilation ----

    def bytecode(self) -> bytes:
        """Creation code of the contract as its tree is now; what boa reads is set on the data."""
        with anchor_settings(self.data.settings), reuse(self):
            codegen.core._label = max(codegen.core._label, self.names)
            compile_ir._next_symbol = max(compile_ir._next_symbol, self.labels)
            tree, _ = codegen.generate_ir_for_module(self.data.global_ctx)
            ir = optimizer.optimize(tree)
            compile_ir._revert_label = REVERT
            compile_ir._rewrite_return_sequences(ir)
            assembly = compile_ir._compile_to_assembly(ir)
            compile_ir._add_postambles(assembly)
            compile_ir._relocate_segments(assembly)
            compile_ir.optimize_assembly(assembly)
            self.names, self.labels = codegen.core._label, compile_ir._next_symbol
            return attach(self.data, assembly)

    def change(self, source: str, function: str, text: str) -> None:
        """Puts a function of the changed `text` in the place of the one in the tree.

        Raises:
            WholeCompilationNeeded: It is a constructor, or something else than its body differs.
            VyperException, SyntaxError: It does not compile.
        """
        module = self._module(source)
        old = function_of(module, function)
        new = function_of(parse(text), function)
        if old is None or new is None or old.name == "__init__" or head(old) != head(new):
            raise WholeCompilationNeeded(function)
        gone = {id(statement) for statement in old.body}
        old._children = [child for child in old._children if id(child) not in gone] + new.body
        old.body = new.body
        for statement in new.body:
            statement.set_parent(old)
        for node in module.get_descendants():
            node._cache_descendants = None
        namespace = module._metadata["namespace"]
        if not namespace._scopes:
            namespace._scopes.append(set())  # the module's own names, `self` with them
        with (
            anchor_settings(self.data.settings),
            override_global_namespace(namespace),
            namespace.enter_scope(),
        ):
            self._analyse(module, old)
        self.kept.pop((id(old), False), None)
        self.kept.pop((id(old), True), None)

    # ---- Analysis of one function ----

    def _analyse(self, module: vy.Module, function: vy.FunctionDef) -> None:
        folder = ConstantFolder(module)
        folder._get_constants()
        for statement in function.body:
            folder.visit(statement)
        kind: ContractFunctionT = function._metadata["func_type"]
        before = kind.called_functions
        kind.called_functions = called(function)
        if list(kind.called_functions) != list(before):
            self._reach_anew()
        kind._analysed = False
        kind._variable_reads, kind._variable_writes = OrderedSet(), OrderedSet()
        FunctionAnalyzer(module, function, module._metadata["namespace"]).analyze()

    def _reach_anew(self) -> None:
        kinds = [
            function._metadata["func_type"]
            for module in self._modules()
            for function in module.get_children(vy.FunctionDef)
        ]
        for kind in kinds:
            kind.reachable_internal_functions = OrderedSet()
        for kind in kinds:
            analysis._compute_reachable_set(kind)

    def _modules(self) -> list[vy.Module]:
        imported = self.data.resolved_imports.compiler_inputs.values()
        trees = [tree for tree in imported if isinstance(tree, vy.Module) and not tree.is_interface]
        return [*trees, self.data.annotated_vyper_module]

    def _module(self, source: str) -> vy.Module:
        for module in self._modules():
            if str(module.resolved_path).endswith("/" + source):
                return module
        raise WholeCompilationNeeded(source)

    # ---- Code that is kept ----

    def function(self, node: vy.FunctionDef, is_constructor: bool, make: Callable[[], Any]) -> Any:
        """The function's code: the one kept where its callees' frames are still the same."""
        kind = node._metadata["func_type"]
        frames = tuple(frame_of(callee) for callee in kind.called_functions)
        found = self.kept.get((id(node), is_constructor))
        if found is None or found.frames != frames:
            code = make()
            found = Kept(info=kind._ir_info, frames=frames, code=finished(code))
            self.kept[id(node), is_constructor] = found
        kind._ir_info = found.info
        return handed_out(found.code)


def frame_of(kind: ContractFunctionT) -> tuple[int, int]:
    frame = kind._ir_info.frame_info
    return frame.frame_start, frame.frame_size


def called(function: vy.FunctionDef) -> OrderedSet[ContractFunctionT]:
    """The internal functions that a function calls."""
    found: OrderedSet[ContractFunctionT] = OrderedSet()
    for call in function.get_descendants(vy.Call):
        try:
            kind = get_exact_type_from_node(call.func)
        except VyperException:
            continue
        if isinstance(kind, ContractFunctionT) and (kind.is_internal or kind.is_constructor):
            found.add(kind)
    return found


def function_of(module: vy.Module, name: str) -> vy.FunctionDef | None:
    return next((it for it in module.get_children(vy.FunctionDef) if it.name == name), None)


def head(function: vy.FunctionDef) -> object:
    """All but the body."""
    return shape([function.decorator_list, function.args, function.returns])


def finished(code: Any) -> Any:
    """Optimised and ready to be assembled."""
    if isinstance(code, ExternalFuncIR):
        points = {
            signature: EntryPointInfo(point.func_t, point.min_calldatasize, point.ir_node)
            for signature, point in code.entry_points.items()
        }
        return ExternalFuncIR(points, settled(code.common_ir))
    # The callers' analysis reads the one that is not settled, in the function's own record.
    return InternalFuncIR(settled(code.func_ir))


def handed_out(code: Any) -> Any:
    """A copy of what the compiler changes while it builds the selector table."""
    if not isinstance(code, ExternalFuncIR):
        return code
    points = {
        signature: EntryPointInfo(point.func_t, point.min_calldatasize, point.ir_node)
        for signature, point in code.entry_points.items()
    }
    return ExternalFuncIR(points, code.common_ir)


def settled(node: IRnode) -> IRnode:
    done = optimizer.optimize(node)
    _rewrite_once(done)
    for label in labels(done):
        label.assembled = _to_assembly(label)
    done.settled = True
    return done


def labels(node: IRnode) -> list[IRnode]:
    """The outermost labelled blocks: what they assemble to depends on nothing around them."""
    if node.value == "label":
        return [node]
    return [found for child in node.args for found in labels(child)]


# ---- The compiler's steps, told what is done already ----


class reuse:
    """Within it the compiler takes from `kept` what need not be made again."""

    def __init__(self, kept: Incremental) -> None:
        self.kept = kept

    def __enter__(self) -> None:
        kept = self.kept
        compile_ir._revert_label = REVERT

        def internal(node: Any, context: Any, is_ctor_context: bool) -> Any:
            return kept.function(
                node, is_ctor_context, lambda: _internal(node, context, is_ctor_context)
            )

        def external(node: Any, context: Any) -> Any:
            return kept.function(node, False, lambda: _external(node, context))

        codegen.generate_ir_for_internal_function = internal
        codegen.generate_ir_for_external_function = external
        compile_ir._rewrite_return_sequences = _rewrite_once
        compile_ir._compile_to_assembly = _assemble_once

    def __exit__(self, *_: object) -> None:
        codegen.generate_ir_for_internal_function = _internal
        codegen.generate_ir_for_external_function = _external
        compile_ir._rewrite_return_sequences = _rewrite
        compile_ir._compile_to_assembly = _to_assembly


def _optimize_once(node: IRnode, parent: IRnode | None) -> tuple[bool, IRnode]:
    """A node that was found perfect under one kind of parent is not looked at again."""
    state = node.__dict__
    if state.get("settled"):
        return False, node
    above = parent.value if parent is not None else None
    perfect = state.get("perfect")
    if perfect is not None and above in perfect:
        return False, node
    changed, result = _optimize(node, parent)
    if result is node and not changed:
        state.setdefault("perfect", set()).add(above)
    return changed, result


def _rewrite_once(node: IRnode, label_params: Any = None) -> None:
    if not node.__dict__.get("settled"):
        _rewrite(node, label_params)


def _assemble_once(code: IRnode, *args: Any, **kwargs: Any) -> Any:
    done = code.__dict__.get("assembled")
    return _to_assembly(code, *args, **kwargs) if done is None else list(done)


def _merge_jumpdests(assembly: list[Any]) -> bool:
    """The compiler's own step of that name, which looks for each label in all of the code."""
    places: dict[str, list[int]] = {}
    for at, item in enumerate(assembly):
        if compile_ir.is_symbol(item):
            places.setdefault(item, []).append(at)
    changed = False
    for at in range(len(assembly) - 3):
        symbol, after = assembly[at], assembly[at + 2]
        if not (compile_ir.is_symbol(symbol) and assembly[at + 1] == "JUMPDEST"):
            continue
        if not compile_ir.is_symbol(after) or assembly[at + 3] not in ("JUMPDEST", "JUMP"):
            continue
        moved = [place for place in places[symbol] if place != at] if symbol != after else []
        for place in moved:
            assembly[place] = after
        if moved:
            changed = True
            places[symbol] = [at]
            places[after] = sorted(places[after] + moved)
    return changed


optimizer._optimize = _optimize_once
compile_ir._merge_jumpdests = _merge_jumpdests


def attach(data: CompilerData, assembly: list[Any]) -> bytes:
    """Bytecode of an assembly; what a deployer asks for is put where it looks."""
    inner: list[tuple[bytes, Any]] = []

    def once(part: list[Any], *args: Any, **kwargs: Any) -> tuple[bytes, Any]:
        inner.append(_to_evm(part, *args, **kwargs))
        return inner[-1]

    compile_ir.assembly_to_evm = once
    try:
        code, creation_map = _to_evm(assembly)
    finally:
        compile_ir.assembly_to_evm = _to_evm
    # It assembles single instructions by itself, too: the runtime code is the longest part.
    runtime_code, runtime_map = max(inner, key=lambda part: len(part[0]))
    data.__dict__.update(
        assembly=assembly,
        bytecode=code,
        bytecode_runtime=runtime_code,
        source_map=runtime_map,
        creation_map=creation_map,
    )
    return bytes(code)


def whole(data: CompilerData) -> bytes:
    """Creation code by a compilation from the start, the runtime part compiled once only."""
    with anchor_settings(data.settings):
        codegen.core.reset_names()
        compile_ir.reset_symbols()
        tree, _ = codegen.generate_ir_for_module(data.global_ctx)
        assembly = compile_ir.compile_to_assembly(optimizer.optimize(tree))
        return attach(data, assembly)
