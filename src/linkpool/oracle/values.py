# SPDX-License-Identifier: MIT
"""Values of tasks as JSON text and back, without loss: what JSON lacks is a map with one key that
starts with `$`.

Lists and tuples both come back as lists.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from linkpool.oracle.errors import TaskError, TryLater

EXACT: Final = 1 << 53  # integers above are text: other readers of JSON would round them


def dumps(value: Any) -> str:
    """JSON text. Bytes, decimals, large integers, errors and maps with other keys are tagged."""
    return json.dumps(_tagged(value), separators=(",", ":"), allow_nan=False)


def loads(text: str) -> Any:
    """What `dumps` was given."""
    return _plain(json.loads(text))


def _tagged(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -EXACT < value < EXACT else {"$int": hex(value)}
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, TaskError):
        return {"$later" if isinstance(value, TryLater) else "$error": str(value)}
    if isinstance(value, list | tuple):
        return [_tagged(item) for item in value]
    if isinstance(value, Mapping):
        return _map(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _map(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(isinstance(key, str) and key[:1] != "$" for key in value):
        return {key: _tagged(item) for key, item in value.items()}
    return {"$map": [[_tagged(key), _tagged(item)] for key, item in value.items()]}


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$int": lambda text: int(text, 16),
    "$float": float,
    "$decimal": Decimal,
    "$bytes": bytes.fromhex,
    "$error": TaskError,
    "$later": TryLater,
    "$map": lambda pairs: {_plain(key): _plain(item) for key, item in pairs},
}


def _plain(item: Any) -> Any:
    if isinstance(item, list):
        return [_plain(inner) for inner in item]
    if not isinstance(item, dict):
        return item
    if len(item) == 1:
        [(key, inner)] = item.items()
        if key in _READERS:
            return _READERS[key](inner)
    return {key: _plain(inner) for key, inner in item.items()}
