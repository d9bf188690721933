# SPDX-License-Identifier: MIT
"""Replacing one logic contract for every node: deploy, announce, wait, execute. Whitepaper 6.4.2.

What gets the powers of logic is code that its owner knows: this release's, or code whose hash he
has from elsewhere. An endpoint's word is never enough. An announcement's salt is always zero: the
Timelock forgets what it has executed or cancelled, so the same replacement can be announced again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.artefacts import artefact
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.codec import codec
from linkpool.chain.contracts import LOGIC
from linkpool.chain.suite import Suite
from linkpool.deployment.manifest import Deployed, Manifest
from linkpool.deployment.operations import WINDOW, Waiting
from linkpool.deployment.steps import logic_hash
from linkpool.errors import ChainUnavailable, CheckFailed, UsageError

SALT = bytes(32)
_FIXED = ("LinkToken", "PoolOwners", "Timelock", "PoolStorageFactory", "PoolStorage")
_NETWORK = ("ServiceAgreements", "Penalties", "Aggregator", "Reputation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One contract put in place of another; 0x0 where there is none."""

    name: str
    old: ChecksumAddress
    new: ChecksumAddress
    block: int
    tx: str


# ---- Deploy ----


def creation(name: str, suite: Suite) -> Call:
    """The call that creates a new `name` for this suite."""
    if name not in LOGIC:
        raise UsageError(f"{name!r} cannot be deployed here: one of {', '.join(LOGIC)} can")
    return artefact(name).creation(suite.factory.address)


async def keep_candidate(
    suite: Suite, receipt: Receipt, name: str, manifest: Manifest, path: Path
) -> Deployed:
    """Keep a new contract in the manifest; it has no power until it is registered.

    Raises:
        CheckFailed: The endpoint shows other code there than what was created; it is kept.
    """
    if receipt.created is None:
        raise UsageError(f"{receipt.tx} created nothing")
    made = Deployed(
        address=receipt.created,
        arguments={"factory": suite.factory.address},
        code_hash=released_hash(name, manifest),
        block=receipt.block,
        tx=receipt.tx,
        gas=receipt.gas,
    )
    manifest.candidates[name] = made
    manifest.save(path)
    found = await suite.connection.code_hash(made.address)
    if found != made.code_hash:
        raise CheckFailed(
            f"the new {name} stands at {made.address}, and the RPC shows "
            f"{'other' if found else 'no'} code there: look with another RPC before announcing it"
        )
    return made


def released_hash(name: str, manifest: Manifest) -> str:
    """keccak256 of the code that this release's `name` has in the manifest's pool."""
    known = {name: one.address for name, one in manifest.contracts.items()}
    return "0x" + logic_hash(name, known).hex()


# ---- Announce ----


def require_name(name: str) -> None:
    """UsageError where a contract under this name could not serve."""
    alike = next((one for one in LOGIC if one.lower() == name.strip().lower()), name)
    if alike != name:
        raise UsageError(f"no contract is called {name!r}: {alike} is")
    if name in _FIXED:
        raise UsageError(
            f"{name} cannot be replaced, it is fixed in the pool's code: an entry of the registry "
            "would change nothing, and give its contract the powers of logic"
        )
    if name in _NETWORK:
        raise UsageError(
            f"{name} is none of the pool's own contracts: nobody would look for it in the "
            "registry, and its contract would have the powers of logic"
        )


async def replacement(
    suite: Suite, name: str, new: ChecksumAddress, manifest: Manifest, code_hash: str | None
) -> Call:
    """The registry write. `code_hash`: of code that this release does not have, as its owner knows
    it; None: it has to be this release's.

    Raises:
        UsageError: The new contract cannot serve.
        CheckFailed: Other code stands there.
    """
    require_name(name)
    require_removable(name, new)
    held = await suite.factory.get_contract(name)
    if held == new:
        raise UsageError(f"nothing serves as {name}" if new == ZERO else f"{name} is {new} already")
    if new == ZERO:
        if code_hash is not None:
            raise UsageError("none has no code: leave out --code-hash")
        return suite.factory.set_contract(name, ZERO, bytes(32))
    if code_hash is None and name not in LOGIC:
        raise UsageError(
            f"this release has no {name} (it has {', '.join(LOGIC)}): a new kind of contract needs "
            "its ADDRESS and the --code-hash of what you compiled"
        )
    found = await suite.connection.code_hash(new)
    if found is None:
        first = f": `linkpool upgrade deploy {name}` first" if name in LOGIC else ""
        raise UsageError(f"there is no contract at {new}{first}")
    if code_hash is None and found != released_hash(name, manifest):
        raise CheckFailed(
            f"the code at {new} is not this release's {name}: is that the right address, and is "
            "the RPC honest? other code needs --code-hash, of what you compiled"
        )
    if code_hash is not None and found != code_hash:
        raise CheckFailed(f"the code at {new} has the hash {found}, not {code_hash}")
    return suite.factory.set_contract(name, new, bytes.fromhex(found[2:]))


def require_removable(name: str, new: ChecksumAddress) -> None:
    """UsageError where `new` is none, and nodes cannot do without `name`."""
    if new == ZERO and name in LOGIC:
        raise UsageError(f"every node needs a {name}: replace it by another contract")


def announcement_warnings(name: str, new: ChecksumAddress) -> list[str]:
    """What its owner should know before signing."""
    if new == ZERO:
        return [f"nothing serves as {name} from then on: what asks for it stands still"]
    if name not in LOGIC:
        return [
            f"nothing of this release asks for {name}, and it gets the powers of logic: it may "
            "write the data and policy of every node"
        ]
    return []


# ---- Execute, cancel ----


def executable(found: Sequence[Waiting], name: str, new: ChecksumAddress, now: int) -> Waiting:
    """The operation that puts `new` in place; UsageError, with the time, where none can now."""
    require_removable(name, new)
    mine = [one for one in found if (one.name, one.new) == (name, new)]
    for state in ("ready", "waiting", "lapsed"):
        for one in sorted(mine, key=lambda one: (len(one.doubts), one.ready)):
            if one.state == state == "ready":
                return one
            if one.state == state == "waiting":
                raise UsageError(f"that is ready in {one.ready - now} s, not before")
            if one.state == state:
                raise UsageError("that announcement has lapsed: announce it again")
    raise UsageError("that is not announced: `linkpool upgrade announce` first")


async def execution(suite: Suite, operation: Waiting) -> Call:
    """UsageError where the contract that it puts in place is gone."""
    new = operation.new
    if new != ZERO and new is not None and await suite.connection.code_hash(new) is None:
        raise UsageError(f"there is no contract at {new}")
    return suite.timelock.execute(operation.target, operation.data, operation.salt)


def cancellable(found: Sequence[Waiting], name: str, new: ChecksumAddress) -> Waiting:
    """The only operation that the Timelock would still know; UsageError where there is none."""
    mine = [
        one
        for one in found
        if (one.name, one.new) == (name, new) and one.state not in ("executed", "cancelled")
    ]
    if not mine:
        raise UsageError(f"{name} {new} is not announced: see `linkpool upgrade list`")
    if len(mine) > 1:
        raise UsageError(
            f"{len(mine)} operations say that: give the id of one (`linkpool upgrade list`)"
        )
    return mine[0]


async def cancellation(suite: Suite, operation: bytes) -> Call:
    """By its id, whatever it says."""
    if (await suite.timelock.operation(operation)).ready == 0:
        raise UsageError(f"0x{operation.hex()} is not announced: see `linkpool upgrade list`")
    return suite.timelock.cancel(operation)


# ---- What came of it ----


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
    if new == ZERO:
        manifest.contracts.pop(name, None)
    elif made is not None and made.address == new:
        manifest.contracts[name] = made
    else:
        manifest.contracts[name] = Deployed(
            address=new,
            arguments={"factory": suite.factory.address},
            code_hash=await suite.connection.code_hash(new) or "",
            block=None,
            tx=None,
            gas=None,
        )
    manifest.candidates.pop(name, None)
    manifest.save(path)


async def adopted(
    suite: Suite, name: str, new: ChecksumAddress, manifest: Manifest, path: Path
) -> bool:
    """Whether somebody else executed it already; then the manifest has it from now on."""
    known = manifest.contracts.get(name)
    if (ZERO if known is None else known.address) == new:
        return False
    if await suite.factory.get_contract(name) != new:
        return False
    await keep_executed(suite, name, new, manifest, path)
    return True


async def history(suite: Suite, *, first: int) -> list[Served]:
    """Every contract that was ever put in place since block `first`, the oldest first."""
    head = await suite.connection.block_number()
    book = codec("PoolStorageFactory")
    found: list[Served] = []
    for start in range(first, head + 1, WINDOW):
        logs = await suite.connection.logs(
            addresses=[suite.factory.address],
            topics=[book.topics(["ContractChanged"])],
            first=start,
            last=min(start + WINDOW - 1, head),
        )
        for log in logs:
            event = book.event_of_any_text(log)
            if event is None or event.contract != suite.factory.address:
                raise ChainUnavailable("the RPC gave logs that nobody asked for: set another --rpc")
            found.append(Served(block=event.block, tx=event.tx, **event.fields))
    return found
