# SPDX-License-Identifier: MIT
"""What only logs tell: every write of the registry, every announcement of the Timelock."""

from __future__ import annotations

from typing import Final

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Change, History, Operation
from linkpool.audit.source import Source, View
from linkpool.chain.calls import Event
from linkpool.deployment.beginning import SHORT, born
from linkpool.deployment.writes import write_of
from linkpool.errors import NotJudged

_EVENTS: Final = (
    "ContractChanged",
    "Sealed",
    "OperationAnnounced",
    "OperationExecuted",
    "OperationCancelled",
)


async def beginning(source: Source, factory: ChecksumAddress) -> int:
    """The block that created the factory, or an earlier one; asks for old state."""
    if source.moment.number < SHORT:
        return 0
    found = await born(source.connection, factory, source.moment.number)
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
