# SPDX-License-Identifier: MIT
"""The tasks that a job may name, one function each, from a Call to the task's result.

Plain functions run where they are called; those that wait for something outside are coroutines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from linkpool.oracle.graph import Rules
from linkpool.oracle.tasks import (
    arithmetic,
    bridge,
    chain,
    decoding,
    encoding,
    gathering,
    http,
    json_path,
    literals,
    simple,
)
from linkpool.oracle.tasks.call import Call, World

Task = Callable[[Call], Any]


class Kind(NamedTuple):
    """A task's function; the attributes that it needs, and those that it knows besides, spelled as
    in Chainlink and separated by spaces.
    """

    run: Task
    required: str = ""
    optional: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    "any": Kind(gathering.choose),
    "base64decode": Kind(simple.base64_decode, "", "input"),
    "base64encode": Kind(simple.base64_encode, "", "input"),
    "bridge": Kind(bridge.ask, "name", "requestData includeInputAtKey async cacheTTL headers"),
    "cborparse": Kind(decoding.parse_cbor, "", "data mode"),
    "coalesce": Kind(gathering.coalesce),
    "conditional": Kind(simple.conditional, "", "data"),
    "divide": Kind(arithmetic.divide, "divisor", "input precision"),
    "estimategaslimit": Kind(chain.estimate, "to", "data from multiplier evmChainID"),
    "ethabidecode": Kind(decoding.decode, "abi", "data"),
    "ethabidecodelog": Kind(decoding.decode_log, "abi", "data topics"),
    "ethabiencode": Kind(encoding.encode, "abi data"),
    "ethabiencode2": Kind(encoding.encode, "abi data"),
    "ethcall": Kind(chain.ask, "contract", "data from gas gasUnlimited evmChainID block"),
    "ethtx": Kind(
        chain.send,
        "to",
        "data from gasLimit txMeta minConfirmations evmChainID failOnRevert transmitChecker",
    ),
    "hexdecode": Kind(simple.hex_decode, "", "input"),
    "hexencode": Kind(simple.hex_encode, "", "input"),
    "http": Kind(
        http.fetch,
        "url",
        "method requestData headers allowUnrestrictedNetworkAccess privateHosts",
    ),
    "jsonparse": Kind(json_path.parse_json, "", "path data lax separator"),
    "length": Kind(simple.length, "", "input"),
    "lessthan": Kind(arithmetic.less_than, "", "left right input limit"),
    "lookup": Kind(simple.lookup, "key"),
    "lowercase": Kind(simple.lower, "", "input"),
    "mean": Kind(gathering.mean, "", "values allowedFaults precision"),
    "median": Kind(gathering.median, "", "values allowedFaults"),
    "memo": Kind(simple.memo, "", "value"),
    "merge": Kind(simple.merge, "right", "left"),
    "mode": Kind(gathering.mode, "", "values allowedFaults"),
    "multiply": Kind(arithmetic.multiply, "times", "input"),
    "sum": Kind(gathering.add, "", "values allowedFaults"),
    "uppercase": Kind(simple.upper, "", "input"),
}

TASKS: Final[Mapping[str, Task]] = {name: kind.run for name, kind in KINDS.items()}

# Those that may go on where a task before them failed.
TOLERANT: Final = frozenset({"any", "coalesce", "mean", "median", "mode", "sum"})


def _rules(kind: Kind) -> Rules:
    names = kind.required.split()
    known = f"{kind.required} {kind.optional}".lower().split()
    return Rules({name.lower(): name for name in names}, frozenset(known), literals.mistakes)


RULES: Final[Mapping[str, Rules]] = {name: _rules(kind) for name, kind in KINDS.items()}

__all__ = ["KINDS", "RULES", "TASKS", "TOLERANT", "Call", "Kind", "Task", "World"]
