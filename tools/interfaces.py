# SPDX-License-Identifier: MIT
"""Does a contract do what its interface declares?

Vyper 0.4.3's `implements` lets a function without a return value pass for one that is declared with
one, so the compiled ABIs are compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.compiler import Abi, Source
from tools.sources import INTERFACES

STRICTER = {"nonpayable": {"nonpayable", "view", "pure"}, "view": {"view", "pure"}}


def type_of(parameter: dict[str, Any]) -> str:
    """Canonical type: a struct as the tuple of its members."""
    text: str = parameter["type"]
    if not text.startswith("tuple"):
        return text
    return "(" + ",".join(map(type_of, parameter["components"])) + ")" + text.removeprefix("tuple")


def types_of(parameters: list[dict[str, Any]]) -> str:
    return "(" + ", ".join(map(type_of, parameters)) + ")"


def fields_of(event: dict[str, Any]) -> str:
    fields = [f"{f['name']}: {type_of(f)}{' indexed' * f['indexed']}" for f in event["inputs"]]
    return f"{event['name']}({', '.join(fields)})"


def differences(contract: Abi, interface: Abi) -> Iterator[str]:
    """One line for everything declared that the contract lacks or does otherwise."""
    events = {fields_of(entry) for entry in contract if entry["type"] == "event"}
    functions = {
        entry["name"] + types_of(entry["inputs"]): entry
        for entry in contract
        if entry["type"] == "function"
    }
    for entry in interface:
        if entry["type"] == "event" and fields_of(entry) not in events:
            yield f"no event {fields_of(entry)}"
        if entry["type"] != "function":
            continue
        signature = entry["name"] + types_of(entry["inputs"])
        ours = functions.get(signature)
        if ours is None:
            yield f"no function {signature}"
            continue
        declared, returned = types_of(entry["outputs"]), types_of(ours["outputs"])
        if declared != returned:
            yield f"{signature} returns {returned}, declared {declared}"
        wanted = entry["stateMutability"]
        if ours["stateMutability"] not in STRICTER.get(wanted, {wanted}):
            yield f"{signature} is {ours['stateMutability']}, declared {wanted}"


def broken_promises(contract: Path, abi: Abi) -> list[str]:
    """Against interfaces/I<Name>.vyi; a contract without one has promised nothing."""
    declared = INTERFACES / f"I{contract.stem}.vyi"
    return list(differences(abi, Source(declared).abi())) if declared.exists() else []
