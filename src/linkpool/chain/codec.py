# SPDX-License-Identifier: MIT
"""Between Python values and a contract's bytes, after its ABI."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_typing import ABIEvent, ABIFunction
from eth_utils.abi import (
    collapse_if_tuple,
    event_abi_to_log_topic,
    function_abi_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)
from eth_utils.address import is_address

from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Event, Log
from linkpool.chain.wire import GARBAGE, checksummed
from linkpool.errors import ChainUnavailable

_UNREADABLE = (DecodingError, OverflowError, UnicodeDecodeError)


class Codec:
    """One ABI. Names are unique in ours; of LinkToken's two Transfer events each has its topic."""

    def __init__(self, name: str, abi: Sequence[dict[str, Any]]) -> None:
        self.name = name
        self.functions: dict[str, ABIFunction] = {
            entry["name"]: entry  # type: ignore[misc]
            for entry in abi
            if entry["type"] == "function"
        }
        self.events: dict[bytes, ABIEvent] = {
            event_abi_to_log_topic(entry): entry  # type: ignore[arg-type, misc]
            for entry in abi
            if entry["type"] == "event"
        }
        self._selectors = {
            name: (function_abi_to_4byte_selector(entry), get_abi_input_types(entry))
            for name, entry in self.functions.items()
        }

    def encode(self, function: str, arguments: Sequence[Any]) -> bytes:
        """Calldata."""
        selector, kinds = self._selectors[function]
        return bytes(selector) + encode(kinds, arguments)

    def decode(self, function: str, raw: bytes) -> Any:
        """One value, or a tuple where the function returns more; a struct is a tuple."""
        entry = self.functions[function]
        try:
            values = decode(get_abi_output_types(entry), raw)
        except _UNREADABLE:
            what = f"answer of {self.name}.{function}"
            raise ChainUnavailable(GARBAGE.format(what)) from None
        shown = tuple(_checksummed(value) for value in values)
        return shown[0] if len(shown) == 1 else shown

    def describe(self, data: bytes) -> str:
        """Calldata for people: `setContract(Node, 0x…)`; its selector where it is not ours."""
        for name, (selector, kinds) in self._selectors.items():
            if selector == data[:4]:
                try:
                    values = decode(kinds, data[4:])
                except _UNREADABLE:
                    break
                return f"{name}({', '.join(_text(_checksummed(value)) for value in values)})"
        return f"0x{data[:4].hex()}…"

    def topics(self, names: Sequence[str]) -> list[bytes]:
        """First topics of the events with these names."""
        return [topic for topic, entry in self.events.items() if entry["name"] in names]

    def event(self, log: Log) -> Event | None:
        """None for an event that this ABI does not know."""
        entry = self.events.get(log.topics[0]) if log.topics else None
        if entry is None:
            return None
        kinds = [
            (field["name"], collapse_if_tuple(field), field["indexed"]) for field in entry["inputs"]
        ]
        try:
            plain = decode([kind for _, kind, indexed in kinds if not indexed], log.data)
            values, topics = iter(plain), iter(log.topics[1:])
            fields = {
                name: _checksummed(_topic(kind, next(topics)) if indexed else next(values))
                for name, kind, indexed in kinds
            }
        except (*_UNREADABLE, StopIteration):
            what = f"event {self.name}.{entry['name']}"
            raise ChainUnavailable(GARBAGE.format(what)) from None
        return log.event(entry["name"], fields)

    def event_of_any_text(self, log: Log) -> Event | None:
        """As `event`, and with text that is none: contracts take any bytes for a name, and nothing
        shall hide so.
        """
        try:
            return self.event(log)
        except ChainUnavailable:
            found = _of_any_text(log, self.events[log.topics[0]])
        if found is None:
            what = f"event {self.name}.{self.events[log.topics[0]]['name']}"
            raise ChainUnavailable(GARBAGE.format(what))
        return found


@cache
def codec(name: str) -> Codec:
    """The codec of a contract of `artefacts`."""
    return Codec(name, artefact(name).abi)


def _of_any_text(log: Log, entry: ABIEvent) -> Event | None:
    """None where another contract than ours wrote it."""
    indexed = {one["name"]: one["type"] for one in entry["inputs"] if one["indexed"]}
    plain = {one["name"]: one["type"] for one in entry["inputs"] if not one["indexed"]}
    kinds = ["bytes" if kind == "string" else kind for kind in plain.values()]
    try:
        values = [
            one.decode(errors="backslashreplace") if plain[name] == "string" else _checksummed(one)
            for name, one in zip(plain, decode(kinds, log.data), strict=True)
        ]
        topics = [
            _checksummed(_topic(kind, one))
            for kind, one in zip(indexed.values(), log.topics[1:], strict=True)
        ]
        fields = dict(zip([*plain, *indexed], [*values, *topics], strict=True))
    except (DecodingError, OverflowError, ValueError):
        return None
    return log.event(entry["name"], fields)


def _topic(kind: str, topic: bytes) -> Any:
    if kind in ("string", "bytes") or kind.endswith("]") or kind.startswith("("):
        return topic  # only its hash is on chain
    return decode([kind], topic)[0]


def _text(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _checksummed(value: Any) -> Any:
    if isinstance(value, str):
        return checksummed(value) if value.startswith("0x") and is_address(value) else value
    if isinstance(value, (tuple, list)):
        return tuple(_checksummed(one) for one in value)
    return value
