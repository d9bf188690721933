# SPDX-License-Identifier: MIT
"""Replacing one logic contract for every node: deploy, announce, wait, execute. Whitepaper 6.4.2.

An announcement's salt is always zero: the Timelock forgets what it has executed or cancelled, so
the same replacement can be announced again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.addresses import ZERO
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.contracts import LOGIC
from linkpool.chain.suite import Suite
from linkpool.deployment.manifest import Deployed, Manifest
from linkpool.errors import UsageError

SALT = bytes(32)
_WINDOW = 10_000  # blocks a request for logs covers

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One contract put in place of another; 0x0 where there is none."""

    name: str
    old: ChecksumAddress
    new: ChecksumAddress
    block: int
    tx: str


def creation(name: str, suite: Suite) -> Call:
    """The call that creates a new `name` for this suite."""
    if name not in LOGIC:
        raise UsageError(f"{name!r} cannot be upgraded: one of {', '.join(LOGIC)} can")
    return artefact(name).creation(suite.factory.address)


async def keep_candidate(
    suite: Suite, receipt: Receipt, name: str, manifest: Manifest, path: Path
) -> Deployed:
    """Keep a new contract in the manifest; it has no power until it is registered."""
    if receipt.created is None:
        raise UsageError(f"{receipt.tx} created nothing")
    made = await _deployed(suite, receipt.created, receipt)
    manifest.candidates[name] = made
    manifest.save(path)
    return made


async def replacement(suite: Suite, name: str, new: ChecksumAddress) -> Call:
    """The registry write; UsageError where the new contract cannot serve."""
    if not name or len(name.encode()) > 32:
        raise UsageError("a contract's name has 1 to 32 bytes")
    found = await suite.connection.code_hash(new)
    if found is None:
        raise UsageError(f"there is no contract at {new}: `linkpool upgrade deploy {name}` first")
    if await suite.factory.get_contract(name) == new:
        raise UsageError(f"{name} is {new} already")
    return suite.factory.set_contract(name, new, bytes.fromhex(found[2:]))


async def announcement(suite: Suite, name: str, new: ChecksumAddress) -> Call:
    return suite.timelock.announce(await replacement(suite, name, new), SALT)


async def execution(suite: Suite, name: str, new: ChecksumAddress) -> Call:
    """UsageError, with the time, where it is not announced, not ready or lapsed."""
    call = await replacement(suite, name, new)
    await require_ready(suite, call)
    return suite.timelock.execute(suite.factory.address, call.data, SALT)


async def cancellation(suite: Suite, name: str, new: ChecksumAddress) -> Call:
    found = await suite.connection.code_hash(new)
    code_hash = bytes(32) if found is None else bytes.fromhex(found[2:])
    call = suite.factory.set_contract(name, new, code_hash)
    operation = await suite.timelock.operation_id(call, SALT)
    if (await suite.timelock.operation(operation)).ready == 0:
        raise UsageError(f"{name} {new} is not announced: see `linkpool upgrade list`")
    return suite.timelock.cancel(operation)


async def require_ready(suite: Suite, call: Call) -> None:
    """UsageError where the Timelock would refuse to execute `call` now, and when it would not."""
    operation = await suite.timelock.operation_id(call, SALT)
    entry = await suite.timelock.operation(operation)
    now = await suite.connection.timestamp()
    if entry.ready == 0:
        raise UsageError("that is not announced: `linkpool upgrade announce` first")
    if now < entry.ready:
        raise UsageError(f"that is ready in {entry.ready - now} s, not before")
    if now > entry.lapse:
        raise UsageError("that announcement has lapsed: announce it again")


async def keep_executed(
    suite: Suite,
    name: str,
    new: ChecksumAddress,
    manifest: Manifest,
    path: Path,
) -> None:
    """Keep in the manifest what the registry says from now on. Of a contract that this manifest did
    not see made, or no longer remembers, the transaction that made it stays unknown.
    """
    made = manifest.candidates.get(name)
    if made is None or made.address != new:
        made = await _deployed(suite, new)
    manifest.contracts[name] = made
    manifest.candidates.pop(name, None)
    manifest.save(path)


async def adopted(
    suite: Suite, name: str, new: ChecksumAddress, manifest: Manifest, path: Path
) -> bool:
    """Whether somebody else executed it already; then the manifest has it from now on."""
    known = manifest.contracts.get(name)
    if known is not None and known.address == new:
        return False
    if await suite.factory.get_contract(name) != new:
        return False
    await keep_executed(suite, name, new, manifest, path)
    return True


async def _deployed(
    suite: Suite, place: ChecksumAddress, receipt: Receipt | None = None
) -> Deployed:
    return Deployed(
        address=place,
        arguments={"factory": suite.factory.address},
        code_hash=await suite.connection.code_hash(place) or "",
        block=receipt.block if receipt else None,
        tx=receipt.tx if receipt else None,
        gas=receipt.gas if receipt else None,
    )


async def operations(suite: Suite, *, first: int) -> list[Waiting]:
    """Every operation ever announced since block `first`, the latest announcement of each id."""
    head = await suite.connection.block_number()
    now = await suite.connection.timestamp(head)
    latest: dict[bytes, Waiting] = {}
    ended: dict[bytes, State] = {}
    for start in range(first, head + 1, _WINDOW):
        last = min(start + _WINDOW - 1, head)
        for event in await suite.timelock.events(first=start, last=last):
            if event.name == "OperationAnnounced":
                fields = event.fields
                name, new, code_hash = _replaced(suite, fields["target"], fields["data"])
                latest[fields["id"]] = Waiting(
                    id=fields["id"],
                    target=fields["target"],
                    data=fields["data"],
                    salt=fields["salt"],
                    what=(
                        f"setContract({name}, {new})"
                        if name is not None
                        else _shown(suite, fields["target"], fields["data"])
                    ),
                    ready=fields["ready"],
                    lapse=fields["lapse"],
                    state=_state(now, fields["ready"], fields["lapse"]),
                    name=name,
                    new=new,
                    code_hash=code_hash,
                )
                ended.pop(fields["id"], None)
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


async def history(suite: Suite, *, first: int) -> list[Served]:
    """Every contract that was ever put in place since block `first`, the oldest first."""
    head = await suite.connection.block_number()
    found: list[Served] = []
    for start in range(first, head + 1, _WINDOW):
        last = min(start + _WINDOW - 1, head)
        found += [
            Served(block=event.block, tx=event.tx, **event.fields)
            for event in await suite.factory.events("ContractChanged", first=start, last=last)
        ]
    return found


def _state(now: int, ready: int, lapse: int) -> State:
    if now < ready:
        return "waiting"
    return "ready" if now <= lapse else "lapsed"


def _replaced(
    suite: Suite, target: ChecksumAddress, data: bytes
) -> tuple[str | None, ChecksumAddress | None, str | None]:
    """Name, successor and the hash of its code, where a call replaces a contract."""
    nothing = None, None, None
    call = suite.factory.set_contract("", ZERO, bytes(32))
    if target != call.to or data[:4] != call.data[:4]:
        return nothing
    try:
        name, new, code_hash = decode(["string", "address", "bytes32"], data[4:])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return nothing
    return name, to_checksum_address(new), "0x" + code_hash.hex()


def _shown(suite: Suite, target: ChecksumAddress, data: bytes) -> str:
    if target != suite.factory.address:
        return f"{target} 0x{data[:4].hex()}…"
    return suite.factory.codec.describe(data)
