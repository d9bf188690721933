# SPDX-License-Identifier: MIT
"""The floor of each action on LINK at risk, after the rules of `floors`."""

from __future__ import annotations

from bench.floor import Floor, padded

WORD = 32


def send(
    data: bytes,
    *,
    first: bool = False,
    by_node: bool = False,
    pledged: bool = False,
    into_empty: bool = False,
) -> Floor:
    """A penalty to a destination that keeps one word of it; `first` of the node."""
    floor = Floor(data).accounts("factory", "LINK", "target")
    floor.calls("factory", "LINK", "target", "LINK.balanceOf")
    floor.reads("record of the destination", "stakers' total")
    if by_node:
        floor.accounts("storage").calls("factory", "factory")
        floor.reads("storage of the node", "whether Node is logic")
    floor.fills("record", "id of the reference", "penalty at the target")
    floor.changes("owed to others", "stakers' LINK at risk", "LINK balance of the storage")
    if first:
        # One record is a list that needs no word of its own.
        floor.fills("whether the target was sent one before", "LINK at risk")
    else:
        floor.reads("whether the target was sent one before")
        floor.changes("list of open records", "LINK at risk")
    if into_empty:
        floor.fills("LINK balance of the target")
    else:
        floor.changes("LINK balance of the target")
    # The sum of what is pledged has room beside the operator, who is looked at anyhow.
    if pledged:
        floor.fills("pledge").changes("operator and owners' due pledged")
    else:
        floor.reads("operator and owners' due pledged")
    floor.log("Transfer", 3, WORD).log("Transfer with data", 3, 3 * WORD + padded(WORD))
    return floor.log("PenaltySent", 4, 4 * WORD)


def give_back(data: bytes, kind: str) -> Floor:
    """LINK.transferAndCall by the target; kind is the end of the action's name."""
    words = 2 if kind.startswith("short") else 1
    floor = Floor(data).changes("LINK balance of the target", "LINK balance of the storage")
    floor.log("Transfer", 3, WORD).log("Transfer with data", 3, 3 * WORD + words * WORD)
    floor.accounts("storage").calls("storage.onTokenTransfer")
    return booked(floor, kind)


def booked(floor: Floor, kind: str) -> Floor:
    """What the storage itself does with a return."""
    floor.calls("LINK.balanceOf")
    floor.reads("id of the reference").log("PenaltyReturned", 4, WORD)
    if kind == "part":
        floor.reads("record", "stakers' total", "owners' part").fills("what came back")
        return floor.changes("owed to others", "LINK at risk")
    floor.log("LossBooked", 2, 3 * WORD).changes("owed to others", "LINK at risk")
    if kind == "late":
        floor.reads("record", "owners' part")
        return floor.changes("what came back", "stakers' total")
    floor.changes("record", "stakers' LINK at risk")
    if kind in ("full", "rest"):
        return floor.reads("stakers' total", "what came back")
    floor.log("PenaltySlashed", 4, 2 * WORD)
    if kind == "short.final":
        return floor.fills("what came back").changes("stakers' total")
    return floor.changes("what came back", "owners' due pledged").reads("stakers' total")


def overdue(data: bytes, *, again: bool = False) -> Floor:
    """Resolved by anybody; who joins within one delay pays for what may still come back.

    A loss of another day that still counts has room beside what is awaited.
    """
    floor = Floor(data).accounts("LINK").calls("LINK.balanceOf")
    floor.reads("LINK balance of the storage", "id of the reference")
    floor.changes("record", "owed to others", "LINK at risk", "stakers' LINK at risk")
    floor.changes("stakers' total")
    if again:
        floor.changes("what is awaited")
    else:
        floor.fills("what is awaited")
    return floor.log("PenaltySlashed", 4, 2 * WORD).log("LossBooked", 2, 3 * WORD)
