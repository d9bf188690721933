# SPDX-License-Identifier: MIT
"""What a job writes out itself is read when the job is loaded, by what reads it in a run: a text
that can never work is the author's mistake, and no requester pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.addresses import address as checked
from linkpool.errors import LinkPoolError, UsageError
from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.tasks import arithmetic, bridge, chain, decoding, gathering, http, simple
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.tasks.outgoing import body, headers
from linkpool.oracle.variables import REFERENCE, names_of, template, whole_reference
from linkpool.oracle.world import World

Reader = Callable[[Call], Any]
ZERO: Final = to_checksum_address("0x" + "00" * 20)
NOTHING: Final = cast(World, None)  # readers of attributes touch nothing outside


def _number(name: str) -> Reader:
    return lambda call: abi.number(call.required(name), name)


def _flag(name: str) -> Reader:
    return lambda call: call.flag(name, False)


def _count(name: str) -> Reader:
    return lambda call: call.count(name)


def _bytes(name: str) -> Reader:
    return lambda call: abi.raw(call.required(name), name)


def _map(name: str) -> Reader:
    return lambda call: simple.as_map(call.document(name), name)


def _address(name: str) -> Reader:
    def read(call: Call) -> None:
        if address(call.required(name), name) == ZERO:
            raise TaskError(f"{name}: the zero address")

    return read


def address(value: Any, name: str) -> ChecksumAddress:
    """One that the job spells out: mixed case has to carry a right checksum."""
    plain = to_checksum_address(abi.address(value, name))
    try:
        return checked(value) if isinstance(value, str) and value.startswith("0x") else plain
    except UsageError as error:
        raise TaskError(f"{name}: {error}") from None


def _senders(call: Call) -> None:
    if call.refers("from"):
        return
    chain.senders(call)
    text = call.raw("from") or ""
    if not text.lstrip().startswith("["):
        address(call.required("from"), "from")


def _caller(call: Call) -> ChecksumAddress:
    return address(call.required("from"), "from")


def _multiplier(call: Call) -> None:
    if abi.number(call.required("multiplier"), "multiplier") < 0:
        raise TaskError("multiplier: negative")


def _divisor(call: Call) -> None:
    if not abi.number(call.required("divisor"), "divisor"):
        raise TaskError("divisor: zero")


def _separator(call: Call) -> None:
    if call.refers("separator"):
        raise TaskError("separator: write it into the job, without $(...)")


def _topics(call: Call) -> None:
    listed = call.document("topics")
    if not isinstance(listed, list):
        raise TaskError("topics: expected a list")
    for topic in listed:
        abi.raw(topic, "topics")


_ABI: Final[Mapping[str, Reader]] = {"abi": Call.signature}
_ENCODE: Final[Mapping[str, Reader]] = {**_ABI, "data": _map("data")}
_MANY: Final[Mapping[str, Reader]] = {
    "values": gathering.listed,
    "allowedfaults": _count("allowedfaults"),
}
_OUT: Final[Mapping[str, Reader]] = {"headers": headers}
READERS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "base64decode": {"input": simple.base64_decode},
    "base64encode": {"input": simple.base64_encode},
    "bridge": {
        **_OUT,
        "requestdata": bridge.request,
        "async": _flag("async"),
        "cachettl": bridge.cache_ttl,
    },
    "cborparse": {"data": _bytes("data"), "mode": decoding.mode},
    "conditional": {"data": lambda call: abi.boolean(call.required("data"), "data")},
    "divide": {
        "divisor": _divisor,
        "input": _number("input"),
        "precision": arithmetic.precision,
    },
    "estimategaslimit": {
        "to": _address("to"),
        "data": _bytes("data"),
        "from": _caller,
        "multiplier": _multiplier,
        "evmchainid": _count("evmchainid"),
    },
    "ethabidecode": {**_ABI, "data": _bytes("data")},
    "ethabidecodelog": {**_ABI, "data": _bytes("data"), "topics": _topics},
    "ethabiencode": _ENCODE,
    "ethabiencode2": _ENCODE,
    "ethcall": {
        "contract": _address("contract"),
        "data": _bytes("data"),
        "from": _caller,
        "gas": _count("gas"),
        "gasunlimited": _flag("gasunlimited"),
        "evmchainid": _count("evmchainid"),
    },
    "ethtx": {
        "to": _address("to"),
        "data": _bytes("data"),
        "from": _senders,
        "gaslimit": _count("gaslimit"),
        "txmeta": lambda call: chain.as_map(call, "txmeta"),
        "minconfirmations": _count("minconfirmations"),
        "evmchainid": _count("evmchainid"),
        "failonrevert": _flag("failonrevert"),
        "transmitchecker": lambda call: chain.as_map(call, "transmitchecker"),
    },
    "hexdecode": {"input": simple.hex_decode},
    "hexencode": {"input": simple.hex_encode},
    "http": {
        **_OUT,
        "url": http.url,
        "method": http.method,
        "requestdata": body,
        http.FREE: _flag(http.FREE),
        "privatehosts": http.named_hosts,
    },
    "jsonparse": {"lax": _flag("lax"), "separator": _separator},
    "lessthan": {name: _number(name) for name in ("left", "right", "input", "limit")},
    "mean": {**_MANY, "precision": arithmetic.precision},
    "median": _MANY,
    "merge": {"left": _map("left"), "right": _map("right")},
    "mode": _MANY,
    "multiply": {"times": _number("times"), "input": _number("input")},
    "sum": _MANY,
}
# Attributes in JSON, in which references stand for values.
TEMPLATES: Final[Mapping[str, frozenset[str]]] = {
    "bridge": frozenset({"requestdata", "headers"}),
    "ethabidecodelog": frozenset({"topics"}),
    "ethabiencode": frozenset({"data"}),
    "ethabiencode2": frozenset({"data"}),
    "ethtx": frozenset({"txmeta", "transmitchecker"}),
    "http": frozenset({"requestdata", "headers"}),
    "mean": frozenset({"values"}),
    "median": frozenset({"values"}),
    "merge": frozenset({"left", "right"}),
    "mode": frozenset({"values"}),
    "sum": frozenset({"values"}),
}


def mistakes(task: TaskSpec) -> Iterator[tuple[str, str]]:
    """The attributes of a task, by lower-case name, that no run can read, and why not."""
    readers = READERS.get(task.kind, {})
    call = Call(task, {}, (), NOTHING)
    for name in task.attributes:
        if call.raw(name) is None:
            continue
        try:
            _reference(call, name)
            if name in readers:
                _read(call, name, readers[name])
        except LinkPoolError as error:
            yield name, str(error)


def _reference(call: Call, name: str) -> None:
    """`$(` that begins no reference."""
    left = REFERENCE.sub("", call.raw(name) or "")
    if "$(" in left:
        begins = left[left.index("$(") :].split('"')[0][:40]
        raise TaskError(f"{name}: {begins!r} is no reference, expected $(task) or $(task.field)")


def _read(call: Call, name: str, reader: Reader) -> None:
    text = call.raw(name) or ""
    if whole_reference(text):
        if name in ("separator", "privatehosts"):
            reader(call)
        return
    if name not in TEMPLATES.get(call.task.kind, ()):
        reader(call)
        return
    try:
        shape = template(text)
    except TaskError as error:
        raise TaskError(f"{name}: {error}") from None
    if not call.refers(name):
        reader(call)
    if call.task.kind.startswith("ethabiencode") and isinstance(shape, Mapping):
        _complete(call, names_of(shape))


def _complete(call: Call, given: frozenset[str]) -> None:
    """Every argument of the ABI has its value."""
    if call.refers("abi"):
        return
    try:
        wanted = call.signature()
    except TaskError:
        return  # told of the attribute `abi`
    missing = [one.name for one in wanted.arguments if one.name not in given]
    if missing:
        raise TaskError(f"data: no value for {', '.join(missing)}")
