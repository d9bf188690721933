# SPDX-License-Identifier: MIT
"""What the machine asks of a chain, whichever engine runs it; ABI coding on top of it.

Addresses are lower-case hex strings everywhere here. Times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Protocol

from eth_abi.abi import decode as eth_decode
from eth_abi.abi import encode as eth_encode
from eth_utils.crypto import keccak

ERROR_STRING = bytes.fromhex("08c379a0")
# One word each: coded here, since a general coder takes longer than the call itself.
WORDS = frozenset({"uint256", "address", "bytes32", "bool", "bytes4"})


def encode(kinds: list[str], values: Iterable[Any]) -> bytes:
    """As eth_abi, quicker where every value is one word."""
    if not WORDS.issuperset(kinds):
        return eth_encode(kinds, tuple(values))
    return b"".join(_word(kind, value) for kind, value in zip(kinds, values, strict=True))


def _word(kind: str, value: Any) -> bytes:
    if kind == "address":
        return bytes(12) + bytes.fromhex(value[2:])
    if kind in ("bytes32", "bytes4"):
        return bytes(value).ljust(32, b"\0")
    return int(value).to_bytes(32, "big")


def decode(kinds: list[str], data: bytes) -> tuple[Any, ...]:
    """As eth_abi, quicker where every value is one word."""
    if not WORDS.issuperset(kinds):
        return tuple(eth_decode(kinds, data))
    return tuple(_value(kind, data[32 * i : 32 * i + 32]) for i, kind in enumerate(kinds))


def _value(kind: str, word: bytes) -> Any:
    if kind == "address":
        return "0x" + word[12:].hex()
    if kind == "bytes32":
        return word
    if kind == "bytes4":
        return word[:4]
    number = int.from_bytes(word, "big")
    return number != 0 if kind == "bool" else number


@dataclass(frozen=True, slots=True)
class Log:
    """One log of a transaction, undecoded."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one transaction did."""

    ok: bool
    output: bytes
    logs: tuple[Log, ...] = ()

    @property
    def reason(self) -> str:
        """The reason of a revert; "no reason" where there is none."""
        if self.ok:
            return ""
        if self.output[:4] != ERROR_STRING:
            return "no reason"
        return str(decode(["string"], self.output[4:])[0])


class World(Protocol):
    """A chain in one process. Each send is a transaction of the block that `block` names."""

    time: int
    block: int

    def deploy(self, sender: str, code: bytes) -> str: ...

    def send(self, sender: str, to: str, data: bytes) -> Outcome: ...

    def peek(self, to: str, data: bytes) -> bytes: ...

    def code_hash(self, address: str) -> bytes:
        """Of a contract's code."""
        ...

    def snapshot(self) -> Any: ...

    def revert(self, mark: Any) -> None: ...

    def trace(self) -> str:
        """Where the last failed transaction failed, as far as the engine knows."""
        ...


def _type(item: dict[str, Any]) -> str:
    """A type as eth_abi writes it: structs become tuples."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type(part) for part in item["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


@dataclass(frozen=True)
class Function:
    """How one function is called."""

    selector: bytes
    inputs: list[str]
    outputs: list[str]


@dataclass(frozen=True)
class Event:
    """How one event is read."""

    name: str
    indexed: list[tuple[str, str]]
    plain: list[tuple[str, str]]

    def read(self, log: Log) -> dict[str, Any]:
        found = {
            name: decode([kind], topic)[0]
            for (name, kind), topic in zip(self.indexed, log.topics[1:], strict=True)
        }
        values = decode([kind for _, kind in self.plain], log.data)
        return found | dict(zip((name for name, _ in self.plain), values, strict=True))


class Interface:
    """An ABI, by names."""

    def __init__(self, abi: Iterable[dict[str, Any]]) -> None:
        self.abi = list(abi)

    @cached_property
    def functions(self) -> dict[str, Function]:
        found = {}
        for item in self.abi:
            if item["type"] == "function":
                inputs = [_type(part) for part in item["inputs"]]
                selector = keccak(text=f"{item['name']}({','.join(inputs)})")[:4]
                outputs = [_type(part) for part in item["outputs"]]
                found[item["name"]] = Function(selector, inputs, outputs)
        return found

    @cached_property
    def events(self) -> dict[bytes, Event]:
        found = {}
        for item in self.abi:
            if item["type"] == "event":
                kinds = ",".join(_type(part) for part in item["inputs"])
                pairs = [(p["name"], _type(p), p["indexed"]) for p in item["inputs"]]
                found[keccak(text=f"{item['name']}({kinds})")] = Event(
                    item["name"],
                    [(name, kind) for name, kind, indexed in pairs if indexed],
                    [(name, kind) for name, kind, indexed in pairs if not indexed],
                )
        return found

    def encode(self, name: str, *args: Any) -> bytes:
        function = self.functions[name]
        return function.selector + encode(function.inputs, args)

    def constructor(self, *args: Any) -> bytes:
        kinds = [
            _type(part)
            for item in self.abi
            if item["type"] == "constructor"
            for part in item["inputs"]
        ]
        return encode(kinds, args)


@dataclass(frozen=True)
class Deployed:
    """A contract in a world."""

    world: World
    address: str
    interface: Interface

    def send(self, sender: str, name: str, *args: Any) -> Outcome:
        """A transaction; its failure is in the outcome."""
        return self.world.send(sender, self.address, self.interface.encode(name, *args))

    def do(self, sender: str, name: str, *args: Any) -> Any:
        """A transaction that must succeed; what it returns."""
        outcome = self.send(sender, name, *args)
        if not outcome.ok:
            raise AssertionError(f"{name} failed: {outcome.reason}\n{self.world.trace()}")
        return self._decoded(name, outcome.output)

    def read(self, name: str, *args: Any) -> Any:
        """What a view says; several values as a tuple."""
        return self._decoded(
            name, self.world.peek(self.address, self.interface.encode(name, *args))
        )

    def _decoded(self, name: str, output: bytes) -> Any:
        kinds = self.interface.functions[name].outputs
        values = decode(kinds, output)
        return values[0] if len(kinds) == 1 else values

    def events(self, logs: Iterable[Log], name: str) -> list[dict[str, Any]]:
        """What this contract said under that name."""
        found = []
        for log in logs:
            if log.address == self.address and log.topics:
                event = self.interface.events.get(log.topics[0])
                if event is not None and event.name == name:
                    found.append(event.read(log))
        return found


@cache
def actor(name: str) -> str:
    """The same address for the same name, in every world."""
    return "0x" + keccak(text=f"actor.{name}")[-20:].hex()
