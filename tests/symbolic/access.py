# SPDX-License-Identifier: MIT
"""A caller without the right changes nothing: in every state, with every argument.

Each claim comes with its opposite: somebody who may call does change something, so that what is
shown is not shown of a function that always reverts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from z3 import And, BitVec, BitVecVal, BoolRef, BoolVal, Not

from tests.symbolic.engine import (
    AT,
    World,
    address,
    arguments,
    as_word,
    calldata,
    changes,
    never,
    result,
    selector_of,
)
from tests.symbolic.outcome import Claim, Refuted
from tests.symbolic.roles import RESTRICTED

CALLER = BitVec("caller", 160)
# Whose code says which number a view at a place has.
CODE = {"FACTORY": "PoolStorageFactory", "TIMELOCK": "Timelock", "STORE": "PoolStorage"}
# What is taken for granted: the view of this place answers with that one.
KNOWN: dict[str, tuple[tuple[str, str], ...]] = {
    "Node": (("FACTORY.getStorageInstance<", "STORE"),),
    "NodeStaking": (("FACTORY.getStorageInstance<", "STORE"),),
    "PoolStorageFactory": (("THIS.poolStorage", "STORE"),),
    "LinkPool": (("FACTORY.getContract:NodeFactory", "LOGIC"),),
}
# Destinations are asked in words of one answer.
ANSWERS = {"PoolStorageFactory": 1}


def text_words(text: str) -> list[Any]:
    data = text.encode().ljust(32, b"\0")
    return [BitVecVal(32, 256), BitVecVal(len(text), 256), BitVecVal(int.from_bytes(data), 256)]


def asked(world: World, view: str, first: Any = None) -> Iterator[tuple[Any, Any]]:
    """The ways in which a view answers: about the caller (?), a text (:) or `first` (<)."""
    place, _, rest = view.partition(".")
    name, _, text = rest.rstrip("?<").partition(":")
    words: list[Any] = []
    if text:
        words = text_words(text)
    elif rest[-1] in "?<":
        words = [as_word(CALLER) if rest.endswith("?") else first]
    data = calldata(selector_of(CODE.get(place, world.contract), name), words)
    for end in world.successes(place, CALLER, data):
        yield end, result(end)


def has_not(world: World, role: str) -> list[BoolRef]:
    """That the caller is not the one."""
    if role == "NOBODY":
        return []
    if "." not in role:
        return [CALLER != AT[role]]
    found = []
    for end, word in asked(world, role):
        # What is kept as a bool may be any word in some state; others' answers are checked.
        yes = word != 0 if role.startswith("THIS.") else word == 1
        holds = yes if role.endswith("?") else address(word) == CALLER
        found.append(never(end, holds))
    return found


def known(world: World, function: str, words: list[Any]) -> Iterator[BoolRef]:
    """What the claims take for granted about others."""
    if function.startswith("fulfill"):
        # The consumer is a stranger (P12); the interpreter cannot call it everywhere.
        yield words[2] == AT["LOGIC"]
    for view, place in KNOWN.get(world.contract, ()):
        first = words[0] if words else None
        if first is None and view.endswith("<"):
            continue
        for end, word in asked(world, view, first):
            yield never(end, word != AT[place])


def nobody_else(world: World, function: str, roles: Iterable[str]) -> Iterator[object]:
    """No way changes anything where the caller is none of those."""
    without = [one for role in roles for one in has_not(world, role)]
    for words in arguments(world.contract, function):
        data = calldata(selector_of(world.contract, function), words)
        given = [*without, *known(world, function, words)]
        for end in world.call("THIS", CALLER, data, given):
            yield end
            reverted = end.context.output.error is not None
            if not reverted and changes(end) and not world.impossible(end):
                raise Refuted(f"somebody else changes something: {end.path}"[:300])


def somebody(world: World, function: str, role: str) -> Iterator[object]:
    """Some way of the one with the role changes something."""
    others = has_not(world, role)
    has = Not(And(*others, BoolVal(True)))
    for words in arguments(world.contract, function):
        data = calldata(selector_of(world.contract, function), words)
        for end in world.call("THIS", CALLER, data, [has, *known(world, function, words)]):
            yield end
            reverted = end.context.output.error is not None
            if not reverted and changes(end):
                return
    raise Refuted("not even they can")


def claims(contracts: Iterable[str]) -> Iterator[Claim]:
    for contract in contracts:
        world = World(contract, answers=ANSWERS.get(contract, 10))
        for function, roles in RESTRICTED[contract].items():
            name = f"{contract}.{function}"
            yield Claim(
                f"{name}: nobody but {' or '.join(roles)}",
                partial(nobody_else, world, function, roles),
            )
            for role in roles:
                if role != "NOBODY":
                    yield Claim(f"{name}: {role} may", partial(somebody, world, function, role))
