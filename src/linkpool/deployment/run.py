# SPDX-License-Identifier: MIT
"""Carries a deployment out, from wherever it stands: kill it anywhere, run it again.

Before a transaction is broadcast its nonce and its signed bytes are in the manifest. On resumption
the chain is asked for it; the same bytes are sent again, or dearer ones under the same nonce. So a
contract is never created twice: one nonce gives one transaction and one address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.accounts import Signer
from linkpool.chain.addresses import created_address
from linkpool.chain.calls import Call, Fees, Preview, Receipt
from linkpool.chain.connection import Connection
from linkpool.chain.fees import fees_today, within
from linkpool.chain.sender import Sender, bumped
from linkpool.deployment.check import differences
from linkpool.deployment.manifest import Called, Deployed, Manifest, Pending
from linkpool.deployment.prepare import Order, open_manifest, remaining
from linkpool.deployment.steps import Create, Step
from linkpool.errors import ChainUnavailable, CheckFailed, ManifestError, TxReverted
from linkpool.units import Wei

Progress = Callable[[str, int, int], None]
"""Told of each finished step: its name, its number, how many there are."""


def silent(_name: str, _number: int, _count: int) -> None:
    """Progress that nobody watches."""


async def deploy(
    connection: Connection, signer: Signer, path: Path, order: Order, *, progress: Progress = silent
) -> Manifest:
    """Do what is left of the order, then compare manifest and chain."""
    with Manifest.alone(path):
        return await _deploy(connection, signer, path, order, progress)


async def _deploy(
    connection: Connection, signer: Signer, path: Path, order: Order, progress: Progress
) -> Manifest:
    manifest = await open_manifest(connection, path, order, signer.address)
    run = _Run(connection, signer, path, manifest, order)
    todo = remaining(manifest, order)
    last: str | None = None
    for number, step in enumerate(todo, start=1):
        last = await run.do(step) or last
        progress(step.name, number, len(todo))
    if last is not None:
        await run.confirmed(last, order.profile.confirmations)
    if not path.exists():
        manifest.save(path)
    findings = await differences(connection, manifest)
    if findings:
        raise CheckFailed(f"deployed, but {len(findings)} checks differ", findings)
    return manifest


class _Run:
    """One deployment on its way."""

    def __init__(
        self,
        connection: Connection,
        signer: Signer,
        path: Path,
        manifest: Manifest,
        order: Order,
    ) -> None:
        self._connection = connection
        self._path = path
        self._manifest = manifest
        self._sender = Sender(connection, signer, timeout=order.timeout, bounds=order.bounds)
        self._timeout = order.timeout
        self._bounds = order.bounds

    @property
    def _known(self) -> dict[str, ChecksumAddress]:
        return {name: one.address for name, one in self._manifest.contracts.items()}

    async def do(self, step: Step) -> str | None:
        """Finish one step; the transaction that did it, None where it was found done."""
        pending = self._manifest.pending
        if pending is not None and pending.step == step.name:
            receipt = await self._resumed(step, pending)
            if receipt is not None:
                return await self._finish(step, receipt, pending.nonce)
            if step.name in self._manifest.contracts:
                return None
        if not isinstance(step, Create) and await step.done(self._connection, self._known):
            self._manifest.calls[step.name] = Called(block=None, tx=None, gas=None)
            self._write(None)
            return None
        ready = await self._sender.preview(step.call(self._connection, self._known))
        nonce = await self._connection.nonce(self._sender.address, pending=True)
        return await self._finish(step, await self._broadcast(step, ready, nonce, ()), nonce)

    async def confirmed(self, tx: str, depth: int) -> None:
        """Wait until the last transaction, and so every one before it, is deep enough."""
        sender = Sender(
            self._connection, self._sender.signer, confirmations=depth, timeout=self._timeout
        )
        await sender.wait(tx)

    async def _resumed(self, step: Step, pending: Pending) -> Receipt | None:
        """What became of the transaction that was on its way; None where it did nothing."""
        try:
            for tx in pending.txs:
                receipt = await self._connection.receipt(tx)
                if receipt is not None:
                    return receipt
        except TxReverted:
            self._write(None)
            return None
        if await self._connection.nonce(self._sender.address) > pending.nonce:
            await self._without_receipt(step, pending)
            return None
        fees = await fees_today(self._connection, self._bounds)
        if pending.ceiling >= fees.base + pending.tip:
            await self._send(bytes.fromhex(pending.raw))
            return await self._sender.wait(*pending.txs)
        before = Fees(base=fees.base, tip=Wei(pending.tip), ceiling=Wei(pending.ceiling))
        ready = await self._sender.preview(step.call(self._connection, self._known))
        dearer = replace(ready, fees=within(bumped(before, fees), self._bounds))
        return await self._broadcast(step, dearer, pending.nonce, pending.txs)

    async def _without_receipt(self, step: Step, pending: Pending) -> None:
        """The nonce is used, no receipt is ours. Code where only this nonce can put it is."""
        place = created_address(self._sender.address, pending.nonce)
        code_hash = await self._connection.code_hash(place)
        if isinstance(step, Create) and code_hash is not None:
            await self._created(step, place, block=None, tx=pending.txs[-1], gas=None)
        self._write(None)

    async def _broadcast(
        self, step: Step, ready: Preview, nonce: int, earlier: tuple[str, ...]
    ) -> Receipt:
        raw = await self._sender.sign(ready, nonce=nonce)
        txs = (*earlier, "0x" + keccak(raw).hex())
        self._write(
            Pending(
                step=step.name,
                nonce=nonce,
                txs=txs,
                raw=raw.hex(),
                ceiling=ready.fees.ceiling,
                tip=ready.fees.tip,
            )
        )
        await self._send(raw)
        return await self._sender.wait(*txs)

    async def _send(self, raw: bytes) -> None:
        try:
            await self._connection.send_raw(raw)
        except ChainUnavailable as error:
            # Mined or known this moment: the receipt decides.
            if "nonce too low" not in str(error):
                raise

    async def _finish(self, step: Step, receipt: Receipt, nonce: int) -> str:
        """Where a contract stands follows from its nonce, whatever the endpoint says."""
        manifest = self._manifest
        if isinstance(step, Create):
            if receipt.created is None:
                raise ManifestError(f"{receipt.tx} did not create {step.name}: restore the file")
            place = created_address(self._sender.address, nonce)
            await self._created(step, place, block=receipt.block, tx=receipt.tx, gas=receipt.gas)
        else:
            manifest.calls[step.name] = Called(block=receipt.block, tx=receipt.tx, gas=receipt.gas)
        self._write(None)
        return receipt.tx

    async def _created(
        self, step: Create, place: ChecksumAddress, *, block: int | None, tx: str, gas: int | None
    ) -> None:
        """The contract and the parts that it made, which cost nothing beside it."""
        arguments = _shown(step.call(self._connection, self._known))
        for name, at in ({step.name: place} | step.made(place)).items():
            own = name == step.name
            self._manifest.contracts[name] = Deployed(
                address=at,
                arguments=arguments if own else {},
                code_hash=await self._connection.code_hash(at) or "",
                block=block,
                tx=tx,
                gas=gas if own else None,
            )

    def _write(self, pending: Pending | None) -> None:
        self._manifest.pending = pending
        self._manifest.save(self._path)


def _shown(call: Call) -> dict[str, str]:
    """A contract's code as its hash."""
    return {
        name: f"keccak256:0x{keccak(given).hex()}" if isinstance(given, bytes) else str(given)
        for name, given in call.arguments
    }
