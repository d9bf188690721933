# SPDX-License-Identifier: MIT
"""What the Timelock was told and what became of it, from its logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.addresses import ZERO
from linkpool.chain.suite import Suite
from linkpool.deployment.writes import write_of
from linkpool.errors import CheckFailed

WINDOW = 10_000  # blocks a request for logs covers

State = Literal["waiting", "ready", "lapsed", "executed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One operation that was announced. Times in unix seconds."""

    id: bytes
    target: ChecksumAddress
    data: bytes
    salt: bytes
    what: str
    ready: int
    lapse: int
    state: State
    name: str | None
    """Of the contract that it replaces; None where it does something else."""
    new: ChecksumAddress | None
    code_hash: str | None
    """Of the code that has to stand there when it is executed."""
    doubts: tuple[str, ...] = ()
    """What everybody should know who may still leave before it, a sentence each."""

    @property
    def open(self) -> bool:
        """Whether it may still be executed."""
        return self.state in ("waiting", "ready")


def operation_id(target: ChecksumAddress, data: bytes, salt: bytes) -> bytes:
    """As the Timelock makes it; nobody has to be asked."""
    return keccak(encode(["address", "bytes", "bytes32"], [target, data, salt]))


async def operations(suite: Suite, *, first: int) -> list[Waiting]:
    """Every operation ever announced since block `first`, the latest announcement of each id.

    Raises:
        CheckFailed: The endpoint shows one under the id of another.
    """
    head = await suite.connection.block_number()
    now = await suite.connection.timestamp(head)
    latest: dict[bytes, Waiting] = {}
    ended: dict[bytes, State] = {}
    for start in range(first, head + 1, WINDOW):
        last = min(start + WINDOW - 1, head)
        for event in await suite.timelock.events(first=start, last=last):
            if event.name == "OperationAnnounced":
                one = _announced(suite, event.fields, now)
                latest[one.id] = one
                ended.pop(one.id, None)
            elif event.name == "OperationExecuted":
                ended[event.fields["id"]] = "executed"
            elif event.name == "OperationCancelled":
                ended[event.fields["id"]] = "cancelled"
    found = [replace(one, state=ended.get(key, one.state)) for key, one in latest.items()]
    code = {
        one.new: await suite.connection.code_hash(one.new)
        for one in found
        if one.open and one.new not in (None, ZERO)
    }
    return [replace(one, doubts=doubts(one, found, code)) for one in found]


def rivals(found: Sequence[Waiting], name: str, new: ChecksumAddress) -> list[Waiting]:
    """Other replacements of the same contract that may be executed: by anybody, in any order."""
    return [one for one in found if one.open and one.name == name and one.new != new]


def doubts(
    one: Waiting, found: Sequence[Waiting], code: Mapping[ChecksumAddress, str | None]
) -> tuple[str, ...]:
    """What is wrong with an operation that may still be executed; `code` has today's hashes."""
    if not one.open or one.name is None or one.new is None:
        return ()
    told = [either_order(other) for other in rivals(found, one.name, one.new)]
    if one.new in code and code[one.new] is None:
        told.append(f"no code at {one.new} yet: nobody can know what it will do")
    elif one.new in code and code[one.new] != one.code_hash:
        told.append(f"other code at {one.new} than announced: it cannot be executed like this")
    return tuple(told)


def either_order(other: Waiting) -> str:
    return f"{other.name} {other.new} is announced too: anybody may execute them in either order"


def _announced(suite: Suite, fields: Mapping[str, Any], now: int) -> Waiting:
    target, data, salt = fields["target"], fields["data"], fields["salt"]
    if fields["id"] != operation_id(target, data, salt):
        raise CheckFailed(
            f"the RPC shows an operation as 0x{fields['id'].hex()}, which it is not: "
            "use another RPC"
        )
    write = write_of(data) if target == suite.factory.address else None
    return Waiting(
        id=fields["id"],
        target=target,
        data=data,
        salt=salt,
        what=_shown(suite, target, data)
        if write is None
        else f"setContract({write.name}, {write.new})",
        ready=fields["ready"],
        lapse=fields["lapse"],
        state=_state(now, fields["ready"], fields["lapse"]),
        name=None if write is None else write.name,
        new=None if write is None else write.new,
        code_hash=None if write is None else write.code_hash,
    )


def _state(now: int, ready: int, lapse: int) -> State:
    if now < ready:
        return "waiting"
    return "ready" if now <= lapse else "lapsed"


def _shown(suite: Suite, target: ChecksumAddress, data: bytes) -> str:
    if target != suite.factory.address:
        return f"{target} 0x{data[:4].hex()}…"
    return suite.factory.codec.describe(data)
