# SPDX-License-Identifier: MIT
"""Where a contract keeps what: its storage slots and the immutables behind its code.

The compiler's own export names types by the path of their file, which depends on the folder it
runs in; here they are written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vyper.ast import nodes as vy
from vyper.semantics.data_locations import DataLocation
from vyper.semantics.types import (
    DArrayT,
    HashMapT,
    InterfaceT,
    SArrayT,
    StructT,
    VyperType,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """One state variable; `position` in slots, of an immutable in bytes, as is `size`."""

    name: str
    location: DataLocation
    position: int
    size: int
    type: VyperType


def variables(module: vy.Module, prefix: str = "") -> Iterator[Variable]:
    """Of a compiled module and of those it initialises, named `module.variable`."""
    for node in module.body:
        if isinstance(node, vy.InitializesDecl):
            inner = node._metadata["initializes_info"].module_info
            yield from variables(inner.module_node, f"{prefix}{inner.alias}.")
        elif isinstance(node, vy.VariableDecl):
            known = node.target._metadata["varinfo"]
            if known.is_state_variable():
                yield Variable(
                    prefix + node.target.id,
                    known.location,
                    known.position.position,
                    known.get_size(),
                    known.typ,
                )


def written(kind: VyperType) -> str:
    """A type with everything that decides where its parts lie.

    Structs show their members; interfaces are the addresses that they are.
    """
    if isinstance(kind, HashMapT):
        return f"HashMap[{written(kind.key_type)}, {written(kind.value_type)}]"
    if isinstance(kind, StructT):
        members = ", ".join(f"{name}: {written(one)}" for name, one in kind.members.items())
        return f"({members})"
    if isinstance(kind, DArrayT):
        return f"DynArray[{written(kind.value_type)}, {kind.count}]"
    if isinstance(kind, SArrayT):
        return f"{written(kind.value_type)}[{kind.count}]"
    return "address" if isinstance(kind, InterfaceT) else str(kind)


def immutables_of(module: vy.Module) -> list[dict[str, Any]]:
    """In the order in which their words follow the code of a deployed contract."""
    found = [one for one in variables(module) if one.location == DataLocation.CODE]
    return [
        {"name": one.name, "type": one.type.abi_type.selector_name(), "offset": one.position}
        for one in sorted(found, key=lambda one: one.position)
    ]


def storage_of(module: vy.Module) -> list[dict[str, Any]]:
    """By slot; a mapping has one of its own from which its places are hashed."""
    found = [one for one in variables(module) if one.location == DataLocation.STORAGE]
    return [
        {"name": one.name, "type": written(one.type), "slot": one.position, "slots": one.size}
        for one in sorted(found, key=lambda one: one.position)
    ]
