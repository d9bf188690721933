# SPDX-License-Identifier: MIT
"""Which test runs which lines of the contracts: only those can notice a fault there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boa.environment import Env
from vyper.ast import nodes as vy

from tools.sources import CONTRACTS, ROOT, vyper_sources

Place = tuple[str, str, int]  # source, function, line


@dataclass
class Reach:
    """Seconds of processor time that each test takes, and the places it runs through."""

    seconds: dict[str, float] = field(default_factory=dict)
    places: dict[str, set[Place]] = field(default_factory=dict)
    functions: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def add(self, test: str, seconds: float, places: set[Place]) -> None:
        self.seconds[test] = seconds
        self.places[test] = places
        for source, function, line in places:
            self.functions.setdefault((source, function), set()).add(test)
            self.functions.setdefault((source, ""), set()).add(test)
            self.lines.setdefault((source, line), set()).add(test)

    def tests(self, source: str, function: str) -> set[str]:
        """Those that can notice a fault in this function, or in a constant or a constructor."""
        everywhere = "" if function == "__init__" else function
        return self.functions.get((source, everywhere), set())

    def save(self, path: Path) -> None:
        table = {
            test: [round(self.seconds[test], 3), sorted(self.places[test])] for test in self.places
        }
        path.write_text(json.dumps(table), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Reach:
        found = cls()
        for test, (seconds, places) in json.loads(path.read_text(encoding="utf-8")).items():
            found.add(test, seconds, {(source, name, line) for source, name, line in places})
        return found


class Tracer:
    """Collects the places that transactions run through."""

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self._maps: dict[int, tuple[Any, dict[int, Place]]] = {}

    def taken(self) -> set[Place]:
        found, self.places = self.places, set()
        return found

    def trace(self, env: Env, computation: Any, contract: Any) -> None:
        if contract is not None and hasattr(contract, "source_map"):
            places = self._map(contract.source_map)
            self.places.update(places[pc] for pc in set(computation.code._trace) & places.keys())
        for child in computation.children:
            if child.msg.code_address != b"":
                self.trace(env, child, env._lookup_contract_fast(child.msg.code_address))

    def _map(self, source_map: Any) -> dict[int, Place]:
        key = id(source_map)
        if key not in self._maps:
            nodes = source_map["pc_raw_ast_map"].items()
            places = {pc: place for pc, node in nodes if (place := place_of(node)) is not None}
            self._maps[key] = source_map, places
        return self._maps[key][1]


def place_of(node: vy.VyperNode) -> Place | None:
    path = Path(node.module_node.resolved_path)
    function = node if isinstance(node, vy.FunctionDef) else node.get_ancestor(vy.FunctionDef)
    if function is None or not path.is_relative_to(CONTRACTS):
        return None
    return path.relative_to(ROOT).as_posix(), function.name, node.lineno


@contextmanager
def traced() -> Iterator[Tracer]:
    """Every transaction within is traced."""
    tracer = Tracer()
    before = Env._trace_computation
    Env._coverage_enabled = True
    Env._trace_computation = lambda env, computation, contract=None: tracer.trace(
        env, computation, contract
    )
    try:
        yield tracer
    finally:
        Env._coverage_enabled = False
        Env._trace_computation = before


def fingerprint(tests: list[str]) -> str:
    """Of the tests and of everything that decides what they run through."""
    total = hashlib.sha256()
    files = [*vyper_sources(), *sorted((ROOT / "tests/contracts").rglob("*.py"))]
    for path in files:
        total.update(path.read_bytes())
    total.update("\0".join(sorted(tests)).encode())
    return total.hexdigest()[:16]
