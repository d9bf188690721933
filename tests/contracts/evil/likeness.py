# SPDX-License-Identifier: MIT
"""What a log has to do with a function: how many of its parameters the log's members name."""

from __future__ import annotations

from functools import cache

# A parameter's name -> the member of a log that it means.
SYNONYMS = {
    "callbackAddress": "callbackAddr",
    "callbackFunc": "callbackFunctionId",
    "expiration": "cancelExpiration",
    "nodeAddress": "node",
    "oracle": "depositor",
    "store": "depositor",
    "amount": "value",
}
# A function's weight and the names of its parameters.
Shape = tuple[float, tuple[str, ...]]


@cache
def named(known: frozenset[str], parts: tuple[str, ...]) -> int:
    """How many of these parameters are known by their names, or by what they mean."""
    return sum(part in known or SYNONYMS.get(part) in known for part in parts)


@cache
def affinity(known: frozenset[str], parts: tuple[str, ...]) -> float:
    """How much a log has to say about a function."""
    return (0.1 + named(known, parts)) ** 3


@cache
def followers(known: frozenset[str], shapes: tuple[Shape, ...]) -> list[float]:
    """Of each function, by weight and parameters, how likely it goes on with a log."""
    found = []
    for weight, parts in shapes:
        overlap = named(known, parts)
        found.append(weight * (overlap / (len(parts) + 0.5)) ** 2 * overlap)
    return found if any(found) else [weight for weight, _ in shapes]
