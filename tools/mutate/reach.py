# SPDX-License-Identifier: MIT
"""Which test runs which lines of the contracts: only those can notice a fault there."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boa.environment import Env
from vyper.ast import nodes as vy

from tools.sources import CONTRACTS, ROOT

Place = tuple[str, str, int]  # source, function, line of that function, counted from its head


@dataclass
class Reach:
    """Seconds of processor time that each test takes, and the places it runs through."""

    seconds: dict[str, float] = field(default_factory=dict)
    places: dict[str, set[Place]] = field(default_factory=dict)
    functions: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    lines: dict[Place, set[str]] = field(default_factory=dict)

    def add(self, test: str, seconds: float, places: set[Place]) -> None:
        self.seconds[test] = max(seconds, 0.001)
        self.places[test] = places
        for source, function, line in places:
            self.functions.setdefault((source, function), set()).add(test)
            self.functions.setdefault((source, ""), set()).add(test)
            self.lines.setdefault((source, function, line), set()).add(test)

    def tests(self, source: str, function: str) -> set[str]:
        """Those that can notice a fault in a function; in a constant or a constructor, any may."""
        everywhere = self.functions.get((source, ""), set())
        if function in ("", "__init__"):
            return everywhere
        return self.functions.get((source, function), everywhere)

    def varied(self, tests: set[str]) -> list[str]:
        """All of them, such that the first few, and quick ones, run through as much as all do."""
        order: list[str] = []
        left = sorted(tests)
        while left:
            round_, left = self._cover(left)
            order += round_
        return order

    def _cover(self, tests: list[str]) -> tuple[list[str], list[str]]:
        """Those that reach all that these reach, the most new places a second first; the others."""
        seen: set[Place] = set()
        heap = [(-len(self.places[test]) / self.seconds[test], test) for test in tests]
        heapq.heapify(heap)
        order: list[str] = []
        others: list[str] = []
        while heap:
            _, test = heapq.heappop(heap)
            worth = -len(self.places[test] - seen) / self.seconds[test]
            if worth == 0:
                others.append(test)
            elif heap and worth > heap[0][0]:
                heapq.heappush(heap, (worth, test))
            else:
                order.append(test)
                seen |= self.places[test]
        return (order, sorted(others)) if order else (sorted(others), [])

    def save(self, file: Path, cache: Path) -> None:
        """What the tests of one file reach."""
        name = file.relative_to(ROOT).as_posix()
        table = {
            test: [round(self.seconds[test], 3), sorted(places)]
            for test, places in self.places.items()
            if test.split("::")[0] == name
        }
        cache.mkdir(parents=True, exist_ok=True)
        (cache / cache_name(file)).write_text(json.dumps(table), encoding="utf-8")

    def load(self, file: Path, cache: Path) -> bool:
        """What is known of one file as it is now; False when nothing is."""
        path = cache / cache_name(file)
        if not path.exists():
            return False
        for test, (seconds, places) in json.loads(path.read_text(encoding="utf-8")).items():
            self.add(test, seconds, {(source, name, line) for source, name, line in places})
        return True


def cache_name(file: Path) -> str:
    """Another one when the tests change. Changed contracts make the order worse, not the result."""
    text = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return f"{'.'.join(file.relative_to(ROOT).with_suffix('').parts)}.{text}.json"


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
    path = Path(node.module_node.resolved_path or "")  # empty for code that a test evaluates
    function = node if isinstance(node, vy.FunctionDef) else node.get_ancestor(vy.FunctionDef)
    if function is None or function.lineno is None or not path.is_relative_to(CONTRACTS):
        return None  # the compiler's own, a getter for one
    return path.relative_to(ROOT).as_posix(), function.name, node.lineno - function.lineno


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
