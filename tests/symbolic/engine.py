# SPDX-License-Identifier: MIT
"""Runs compiled contracts with symbols in place of numbers: halmos' interpreter, no forge.

One contract is looked at, `THIS`: its storage is arbitrary, so what is shown holds from every
state, also from those that cannot be reached. Everybody around it is `ANYBODY`: code that answers
each question with arbitrary words, the same question with the same words.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak
from halmos.__main__ import mk_block, mk_solver
from halmos.bitvec import ZERO
from halmos.bytevec import ByteVec
from halmos.calldata import FunctionInfo
from halmos.config import ConfigSource, default_config
from halmos.mapper import BuildOut
from halmos.sevm import (
    EMPTY_BALANCE,
    SEVM,
    CallContext,
    Contract,
    Exec,
    Message,
    StorageWrite,
)
from halmos.sevm import Path as Conditions
from halmos.utils import EVM, con_addr
from z3 import And, BitVec, BitVecVal, BoolRef, Concat, Extract, Not, ZeroExt

from tests.symbolic.outcome import Stuck

ABI = Path(__file__).parents[2] / "src" / "linkpool" / "chain" / "abi"
BuildOut().set_build_out({})  # what forge would have built
logging.getLogger("halmos").setLevel(logging.ERROR)
PRODUCT = re.compile(r"bvmul|bvudiv|bvurem|f_evm_bv")
LOOPS = 3  # a loop is followed that often; more is said
PLACES = (
    *("THIS", "FACTORY", "LINK", "TIMELOCK", "POOL_OWNERS", "STORE"),
    *("AGREEMENTS", "PENALTIES", "AGGREGATOR", "OWNER", "DEPLOYER", "LOGIC"),
)
AT = {name: 0x1000 + number for number, name in enumerate(PLACES)}


def anybody(answers: int) -> bytes:
    """Answers with the words at keccak(calldata) and behind it in its own storage."""
    code = bytes.fromhex("365f5f37365f20")  # calldata into memory, its hash onto the stack
    for number in range(answers):
        code += bytes.fromhex(f"8060{number:02x}015461{32 * number:04x}52")
    code += bytes.fromhex(f"61{32 * answers:04x}5ff3")
    return code.ljust(1024, b"\0")  # short code passes for a proxy


@cache
def artefact(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ABI / f"{name}.json").read_text())
    return found


def runtime(name: str) -> bytes:
    """The part of the creation code with the artefact's hash, as deployed but for immutables."""
    found = artefact(name)
    init = bytes.fromhex(found["bytecode"][2:])
    size = found["runtime_size"] - 32 * len(found["immutables"])
    for start in range(len(init) - size + 1):
        code = init[start : start + size]
        if f"0x{keccak(code).hex()}" == found["runtime_hash"]:
            return code
    raise ValueError(f"{name}: no runtime code in the creation code")


# What an immutable may be: a place, or a number. Other names become arbitrary words.
NUMBERS = {"IMPLEMENTATION": AT["THIS"]}


def deployed(name: str) -> ByteVec:
    """Runtime code and immutables; those that are neither place nor known number are symbols."""
    code = ByteVec()
    code.append(runtime(name))
    for one in artefact(name)["immutables"]:
        short = one["name"].rpartition(".")[2]
        known = NUMBERS.get(short, AT.get(short))
        word = BitVec(short, 256) if known is None else BitVecVal(known, 256)
        code.append(word)
    return code


@dataclass(frozen=True)
class World:
    """`contract` at THIS, ANYBODY everywhere else."""

    contract: str
    answers: int = 10  # words
    branching: float = (
        0.2  # seconds that the solver has for each branch; then it counts as possible
    )
    options: Any = field(init=False)
    start: Exec = field(init=False)

    def __post_init__(self) -> None:
        options = default_config().with_overrides(
            ConfigSource.command_line,
            storage_layout="generic",
            loop=LOOPS,
            no_status=True,
            solver_timeout_branching=self.branching,
        )
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "start", self._start())

    def _machine(self) -> SEVM:
        return SEVM(self.options, FunctionInfo(self.contract, "f", "f()", "00000000"))

    def _start(self) -> Exec:
        machine = self._machine()
        codes = {con_addr(place): Contract(anybody(self.answers)) for place in AT.values()}
        codes[con_addr(AT["THIS"])] = Contract(deployed(self.contract))
        storage = {place: machine.mk_storagedata() for place in codes}
        for one in storage.values():
            one.symbolic = True
        block = mk_block()
        block.timestamp = ZeroExt(192, BitVec("now", 64))
        block.number = ZeroExt(192, BitVec("number", 64))
        message = self._message("THIS", con_addr(1), ByteVec(), ZERO)
        return machine.mk_exec(
            code=codes,
            storage=storage,
            transient_storage={place: machine.mk_storagedata() for place in codes},
            balance=EMPTY_BALANCE,
            block=block,
            context=CallContext(message=message),
            pgm=None,
            path=Conditions(mk_solver(self.options)),
        )

    @staticmethod
    def _message(to: str, caller: Any, data: ByteVec, value: Any) -> Message:
        return Message(
            target=con_addr(AT[to]),
            caller=caller,
            origin=BitVec("origin", 160),
            value=value,
            data=data,
            call_scheme=EVM.CALL,
            fun_info=FunctionInfo("c", "f", "f()", "00000000"),
        )

    def call(
        self,
        to: str,
        caller: Any,
        data: ByteVec,
        given: Iterable[BoolRef] = (),
        *,
        start: Exec | None = None,
        value: Any = ZERO,
    ) -> Iterator[Exec]:
        """Every way that a transaction can end, under the conditions given.

        Raises:
            TimeoutError: A loop went on for too long.
            Stuck: The interpreter cannot go on.
        """
        machine = self._machine()
        before = self.start if start is None else start
        conditions = Conditions(mk_solver(self.options))
        conditions.extend_path(before.path)
        for one in given:
            conditions.append(one)
        message = self._message(to, caller, data, value)
        for end in machine.run_message(before, message, conditions):
            if end.context.is_stuck():
                raise Stuck(str(end.context.get_stuck_reason()))
            yield end
        if machine.logs.bounded_loops:
            raise TimeoutError(f"a loop goes on after {LOOPS} rounds")

    def successes(self, *args: Any, **more: Any) -> Iterator[Exec]:
        return (end for end in self.call(*args, **more) if end.context.output.error is None)

    def impossible(
        self, end: Exec, *claims: BoolRef, linear: bool = False, seconds: float = 20.0
    ) -> bool:
        """Whether no state and no argument lead there with these claims.

        With `linear`, products and quotients of the way there are left aside: what is impossible
        then is impossible; what is not may be so for their sake.

        Raises:
            TimeoutError: The solver does not know.
        """
        solver = mk_solver(self.options)
        solver.set("timeout", int(seconds * 1000))
        for condition in end.path.conditions:
            if not linear or not PRODUCT.search(condition.sexpr()):
                solver.add(condition)
        solver.add(*claims)
        told = str(solver.check())
        if told == "unknown":
            raise TimeoutError("the solver does not know")
        return told == "unsat"


# ---- Calldata ----


def words_of(kind: dict[str, Any], name: str, length: int) -> tuple[bool, list[Any]]:
    """Whether its place is an offset, and its words; arrays and bytes of the length given."""
    text: str = kind["type"]
    if text.endswith("[]"):
        inner = {**kind, "type": text[:-2]}
        count = min(length, 2)
        parts = [words_of(inner, f"{name}_{number}", length) for number in range(count)]
        return True, [BitVecVal(count, 256), *laid_out(parts)]
    if text == "tuple":
        members = kind["components"]
        parts = [words_of(one, f"{name}_{one['name']}", length) for one in members]
        return any(moved for moved, _ in parts), laid_out(parts)
    if text in {"bytes", "string"}:
        size = (length + 31) // 32
        content = [BitVec(f"{name}_{number}", 256) for number in range(size)]
        return True, [BitVecVal(length, 256), *content]
    return False, [BitVec(name, 256)]


def laid_out(parts: Sequence[tuple[bool, list[Any]]]) -> list[Any]:
    """Heads, then tails."""
    head = sum(1 if moved else len(words) for moved, words in parts)
    heads: list[Any] = []
    tails: list[Any] = []
    for moved, words in parts:
        if moved:
            heads.append(BitVecVal(32 * (head + len(tails)), 256))
            tails += words
        else:
            heads += words
    return heads + tails


def calldata(selector: str, words: Iterable[Any]) -> ByteVec:
    data = ByteVec()
    data.append(bytes.fromhex(selector[2:]))
    for word in words:
        data.append(word)
    return data


def entry_of(contract: str, function: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one
        for one in artefact(contract)["abi"]
        if one["type"] == "function" and one["name"] == function
    )
    return found


def selector_of(contract: str, function: str) -> str:
    ids: dict[str, str] = artefact(contract)["method_ids"]
    return next(number for text, number in ids.items() if text.partition("(")[0] == function)


LENGTHS = (0, 32, 36, 68, 130)


def arguments(contract: str, function: str) -> Iterator[list[Any]]:
    """Symbols for all arguments; where some have a length, once for each of LENGTHS."""
    inputs = entry_of(contract, function)["inputs"]
    text = json.dumps(inputs)
    sized = any(kind in text for kind in ('"bytes"', '"string"', "[]"))
    for length in LENGTHS if sized else (0,):
        yield laid_out([words_of(one, one["name"], length) for one in inputs])


# ---- What a call did ----


def walk(context: CallContext) -> Iterator[CallContext]:
    """The call and all calls in it that were not undone."""
    yield context
    for one in context.subcalls():
        if one.output.error is None:
            yield from walk(one)


def writes(end: Exec) -> list[StorageWrite]:
    """Storage that was written, transient storage left out."""
    return [
        one
        for context in walk(end.context)
        for one in context.trace
        if isinstance(one, StorageWrite) and not one.transient
    ]


def calls(end: Exec, to: str | None = None) -> list[Message]:
    """Calls out of the contract that may change something, to one place or to all."""
    found = [context.message for context in itertools.islice(walk(end.context), 1, None)]
    return [
        one for one in found if not one.is_static and (to is None or one.target.as_long() == AT[to])
    ]


def changes(end: Exec) -> bool:
    return bool(writes(end) or calls(end))


def word_at(data: ByteVec, number: int) -> Any:
    """An argument of a call, or a returned word with `data` from byte 4 on."""
    found = data[4 + 32 * number : 36 + 32 * number].unwrap()
    return BitVecVal(int.from_bytes(found, "big"), 256) if isinstance(found, bytes) else found


def result(end: Exec, number: int = 0) -> Any:
    found = end.context.output.data[32 * number : 32 * number + 32].unwrap()
    return BitVecVal(int.from_bytes(found, "big"), 256) if isinstance(found, bytes) else found


def address(word: Any) -> Any:
    return Extract(159, 0, word)


def as_word(caller: Any) -> Any:
    return Concat(BitVecVal(0, 96), caller)


def chosen(end: Exec, branching: bool) -> list[BoolRef]:
    """The branches that were taken to get there, or what the interpreter took for granted."""
    return [one for one, is_branch in end.path.conditions.items() if is_branch == branching]


def never(end: Exec, holds: BoolRef) -> BoolRef:
    """The condition that this view does not end here with this."""
    return And(*chosen(end, False), Not(And(*chosen(end, True), holds)))
