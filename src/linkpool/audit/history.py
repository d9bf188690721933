# SPDX-License-Identifier: MIT
"""What only logs tell: every write of the registry, every announcement of the Timelock."""

from __future__ import annotations

from typing import Final, NamedTuple

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils.abi import function_abi_to_4byte_selector

from linkpool.audit import creations
from linkpool.audit.facts import Change, History, Operation
from linkpool.audit.source import Source, View
from linkpool.chain import wire
from linkpool.chain.calls import Event
from linkpool.chain.codec import codec
from linkpool.errors import NotJudged

_EVENTS: Final = (
    "ContractChanged",
    "Sealed",
    "OperationAnnounced",
    "OperationExecuted",
    "OperationCancelled",
)
_SHORT: Final = 50_000
"""A chain of so few blocks is read from its beginning."""


class Named(NamedTuple):
    """What a registry write says."""

    name: str
    new: ChecksumAddress
    code_hash: str
    """Of the code that has to stand there when it is executed."""


async def beginning(source: Source, factory: ChecksumAddress) -> int:
    """The block that created the factory, or an earlier one; asks for old state."""
    if source.moment.number < _SHORT:
        return 0
    found = await creations.born(source, factory)
    if found is None:
        raise NotJudged(
            f"{source.name} keeps no old state to find the first block in: give --from BLOCK"
        )
    return found


async def read(
    source: Source, factory: ChecksumAddress, timelock: ChecksumAddress, first: int
) -> History:
    """Since block `first`."""
    places = {factory: "PoolStorageFactory", timelock: "Timelock"}
    events = await source.events(places, _EVENTS, first)
    times = await source.times(one.block for one in events)
    sealed = [one.block for one in events if one.name == "Sealed"]
    return History(
        first=first,
        sealed=sealed[0] if sealed else None,
        changes=tuple(
            Change(
                name=one.fields["name"],
                old=one.fields["old"],
                new=one.fields["new"],
                block=one.block,
                time=times[one.block],
                tx=one.tx,
            )
            for one in events
            if one.name == "ContractChanged"
        ),
        operations=await _operations(source, timelock, events, times),
    )


def write_of(data: bytes) -> Named | None:
    """What the announced call would write into the registry; None for any other call."""
    entry = codec("PoolStorageFactory").functions["setContract"]
    if data[:4] != function_abi_to_4byte_selector(entry):
        return None
    try:
        # A contract takes bytes that are no text for a name, too.
        name, new, bound = decode(["bytes", "address", "bytes32"], data[4:])
    except (DecodingError, OverflowError):
        return None
    text = name.decode(errors="backslashreplace")
    return Named(text, wire.checksummed(new), "0x" + bound.hex())


def named(data: bytes) -> ChecksumAddress | None:
    """The contract that a registry write would put to work."""
    found = write_of(data)
    return None if found is None else found.new


async def _operations(
    source: Source, timelock: ChecksumAddress, events: list[Event], times: dict[int, int]
) -> tuple[Operation, ...]:
    """In the order they were announced."""
    ids = list(dict.fromkeys(one.fields["id"] for one in events if "id" in one.fields))
    known = await source.views([View("Timelock", timelock, "operation", (one,)) for one in ids])
    waits = {
        one: None if entry is None else entry[0] != 0 for one, entry in zip(ids, known, strict=True)
    }
    return tuple(
        _operation(one, events[number + 1 :], times[one.block], waits[one.fields["id"]])
        for number, one in enumerate(events)
        if one.name == "OperationAnnounced"
    )


def _operation(told: Event, later: list[Event], time: int, waits: bool | None) -> Operation:
    fields = told.fields
    ends = {
        "OperationExecuted": "executed",
        "OperationCancelled": "cancelled",
        "OperationAnnounced": "announced again",
    }
    end = next((one for one in later if one.fields.get("id") == fields["id"]), None)
    return Operation(
        id=fields["id"],
        target=fields["target"],
        data=fields["data"],
        ready=fields["ready"],
        lapse=fields["lapse"],
        announced=time,
        ended="" if end is None else ends[end.name],
        tx="" if end is None else end.tx,
        waits=waits if end is None else None,
    )
