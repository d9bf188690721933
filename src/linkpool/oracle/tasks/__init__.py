# SPDX-License-Identifier: MIT
"""The tasks that a job may name, one function each, from a Call to the task's result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from linkpool.oracle.tasks import arithmetic, chain_log, http, json_path, send
from linkpool.oracle.tasks.call import Call, World

Task = Callable[[Call], Awaitable[Any]]

TASKS: Final[Mapping[str, Task]] = {
    "ethabidecodelog": chain_log.decode_log,
    "cborparse": chain_log.parse_cbor,
    "http": http.fetch,
    "jsonparse": json_path.parse_json,
    "multiply": arithmetic.multiply,
    "ethabiencode": send.encode,
    "ethtx": send.send,
}

# What each needs written in the job; anything else has a default or comes from the task before.
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "ethabidecodelog": ("abi", "topics"),
    "http": ("url",),
    "multiply": ("times",),
    "ethabiencode": ("abi", "data"),
    "ethtx": ("to",),
}

__all__ = ["REQUIRED", "TASKS", "Call", "Task", "World"]
