# SPDX-License-Identifier: MIT
"""Where the gas of a transaction went, instruction by instruction, in the kinds of a floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.floor import COLD_ACCOUNT, COLD_SLOT, Floor, calldata, least

_CALLS = {"CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"}
_CREATES = {"CREATE", "CREATE2"}
_LOOKS = {"EXTCODESIZE", "EXTCODEHASH", "EXTCODECOPY", "BALANCE"}
_MEMORY = {"MLOAD", "MSTORE", "MSTORE8", "CALLDATACOPY", "CODECOPY", "RETURNDATACOPY", "MCOPY"}


@dataclass(slots=True)
class Spent:
    """Gas by kind, and what for; `code` is instructions and memory by contract."""

    kinds: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    code: dict[str, int] = field(default_factory=dict)
    memory: int = 0
    refund: int = 0

    def add(self, kind: str, gas: int, name: str = "") -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + gas
        if name:
            self.names.setdefault(kind, []).append(name)


def spent(
    data: bytes, first: str, steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Spent:
    """`first` is the account called; `names` by lower-case address."""
    found = Spent()
    found.add("transaction", 21_000 + calldata(data))
    frames = [names.get(first.lower(), "?")]
    costs = _own_costs(steps)
    for step, cost in zip(steps, costs, strict=True):
        del frames[step["depth"] :]
        _book(found, step, cost, frames, names)
    total = sum(found.kinds.values())
    last = steps[-1] if steps else {"refund": 0}
    found.refund = min(int(last.get("refund") or 0), total // 5)
    if total - found.refund < least(data):
        found.add("transaction", least(data) - total + found.refund)
    return found


def _book(
    found: Spent,
    step: Mapping[str, Any],
    cost: int,
    frames: list[str],
    names: Mapping[str, str],
) -> None:
    op, stack, here = step["op"], step["stack"], frames[-1]
    if op in _CALLS:
        there = names.get(_address(stack[-2]), _address(stack[-2]))
        frames.append(there)
        if cost >= COLD_ACCOUNT:
            found.add("accounts", COLD_ACCOUNT, there)
            cost -= COLD_ACCOUNT
        found.add("calls", cost)
    elif op in _CREATES:
        frames.append("clone")
        found.add("creation", cost, "clone")
    elif op in _LOOKS and cost >= COLD_ACCOUNT:
        found.add("accounts", cost, names.get(_address(stack[-1]), _address(stack[-1])))
    elif op == "SLOAD" and cost >= COLD_SLOT:
        found.add("reads", cost, f"{here} {_short(stack[-1])}")
    elif op == "SSTORE":
        found.add("writes", cost, f"{here} {_short(stack[-1])}")
    elif op.startswith("LOG"):
        found.add("logs", cost, here)
    else:
        found.add("code", cost)
        found.code[here] = found.code.get(here, 0) + cost
        if op in _MEMORY and cost > 3:
            found.memory += cost - 3


def _own_costs(steps: Sequence[Mapping[str, Any]]) -> list[int]:
    """Of each step without what the code below it used."""
    costs: list[int] = []
    for index, step in enumerate(steps):
        if step["op"] not in _CALLS and step["op"] not in _CREATES:
            costs.append(int(step["gasCost"]))
            continue
        after = index + 1
        inner = 0
        while after < len(steps) and steps[after]["depth"] > step["depth"]:
            after += 1
        if after > index + 1:
            end = steps[after - 1]
            inner = int(steps[index + 1]["gas"]) - int(end["gas"]) + int(end["gasCost"])
        costs.append(int(step["gas"]) - int(steps[after]["gas"]) - inner)
    return costs


def explain(found: Spent, floor: Floor) -> list[dict[str, Any]]:
    """Line by line: ours and the floor's gas of each kind; both columns sum to the totals."""
    lines = []
    # A slot that is written is often read first: together they are comparable.
    for label, kinds in _LINES.items():
        ours = sum(found.kinds.get(kind, 0) for kind in kinds)
        theirs = sum(floor.of(kind)[0] for kind in kinds)
        if ours or theirs:
            needed = [name for kind in kinds for name in floor.of(kind)[1]]
            used = list(dict.fromkeys(n for kind in kinds for n in found.names.get(kind, ())))
            lines.append({"line": label, "ours": ours, "floor": theirs} | _lists(used, needed))
    code = ", ".join(f"{name} {gas:,}" for name, gas in found.code.items())
    lines[-1]["ours are"] = [f"{code}; of it memory {found.memory:,}"]
    if found.refund or floor.refund:
        lines.append({"line": "refund", "ours": -found.refund, "floor": -floor.refund})
    return lines


_LINES = {
    "transaction and calldata": ("transaction",),
    "accounts touched first": ("accounts",),
    "slots": ("reads", "writes"),
    "logs": ("logs",),
    "calls": ("calls",),
    "creation": ("creation",),
    "instructions, memory, warm slots": ("code",),
}


def _lists(used: list[str], needed: list[str]) -> dict[str, list[str]]:
    return {"ours are": used, "floor's are": needed} if used else {}


def _address(word: str) -> str:
    return "0x" + word.removeprefix("0x").zfill(40)[-40:].lower()


def _short(word: str) -> str:
    number = int(word, 16)
    return f"slot {number}" if number < 1000 else f"slot …{number % 16**4:04x}"
