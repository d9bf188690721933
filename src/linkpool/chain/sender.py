# SPDX-License-Identifier: MIT
"""Sign here, send, wait: one transaction after the other of one account.

Nothing survives a restart in here; who needs that keeps the raw bytes himself (see
linkpool.deployment).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import Signer
from linkpool.chain.addresses import created_address
from linkpool.chain.calls import Call, Fees, Preview, Receipt
from linkpool.chain.connection import Connection
from linkpool.chain.fees import USUAL, FeeBounds, fees_today
from linkpool.errors import TxUnconfirmed, Unfunded
from linkpool.units import show_ether


class Sender:
    """Sends the calls of one signer through one connection, in order."""

    def __init__(
        self,
        connection: Connection,
        signer: Signer,
        *,
        confirmations: int = 1,
        timeout: float = 180,
        poll: float = 0.1,
        bounds: FeeBounds = USUAL,
    ) -> None:
        self.connection = connection
        self.signer = signer
        self.confirmations = confirmations
        self._timeout = timeout
        self._poll = poll
        self._bounds = bounds
        self._turn = asyncio.Lock()

    @property
    def address(self) -> ChecksumAddress:
        return self.signer.address

    async def preview(self, call: Call) -> Preview:
        """Simulate: TxReverted if it would fail, Unfunded if the wallet cannot pay for it."""
        return await preview(self.connection, call, sender=self.address, bounds=self._bounds)

    async def send(self, call: Call, *, shown: Preview | None = None) -> Receipt:
        """Simulate, sign, send and wait for the confirmations. What was `shown` to its signer is
        what is signed. Where a new contract stands follows from sender and nonce, whatever the
        endpoint says.
        """
        async with self._turn:
            ready = await self.preview(call)
            ready = ready if shown is None else shown
            nonce = await self.connection.nonce(self.address, pending=True)
            tx = await self.connection.send_raw(await self.sign(ready, nonce=nonce))
        receipt = await self.wait(tx)
        if call.to is not None:
            return receipt
        return replace(receipt, created=created_address(self.address, nonce))

    async def sign(self, ready: Preview, *, nonce: int) -> bytes:
        """Raw bytes of an EIP-1559 transaction."""
        call = ready.call
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.connection.chain_id,
            "nonce": nonce,
            "gas": ready.limit,
            "maxFeePerGas": ready.fees.ceiling,
            "maxPriorityFeePerGas": ready.fees.tip,
            "value": call.value,
            "data": call.data,
        }
        if call.to is not None:
            transaction["to"] = call.to
        return await self.signer.sign(transaction)

    async def wait(self, *txs: str) -> Receipt:
        """The receipt of the one that is mined (replacements share a nonce), once deep enough.

        It is asked for again at every look: blocks may be replaced.
        """
        until = time.monotonic() + self._timeout
        while time.monotonic() < until:
            for tx in txs:
                receipt = await self.connection.receipt(tx)
                if receipt is not None and await self._is_deep(receipt):
                    return receipt
            await asyncio.sleep(self._poll)
        raise TxUnconfirmed(
            f"{txs[-1]} is not confirmed after {self._timeout:.0f} s: it may still be mined, "
            "look it up before trying again"
        )

    async def _is_deep(self, receipt: Receipt) -> bool:
        if self.confirmations <= 1:
            return True
        head = await self.connection.block_number()
        return head - receipt.block + 1 >= self.confirmations


async def preview(
    connection: Connection,
    call: Call,
    *,
    sender: ChecksumAddress,
    bounds: FeeBounds | None = None,
) -> Preview:
    """What `call` would need and cost if `sender` sent it now; without `bounds` nobody pays it."""
    gas = call.gas or await connection.estimate(call, sender=sender)
    fees = await (connection.fees() if bounds is None else fees_today(connection, bounds))
    ready = Preview(call=call, sender=sender, gas=gas, fees=fees)
    await require_funds(connection, sender, ready.reserve)
    return ready


async def require_funds(connection: Connection, account: ChecksumAddress, needed: int) -> None:
    """Unfunded where `account` has less than `needed` wei."""
    balance = await connection.balance(account)
    if balance < needed:
        raise Unfunded(
            f"{account} has {show_ether(balance)}, {show_ether(needed)} are needed: "
            f"send {show_ether(needed - balance)} to it"
        )


def bumped(fees: Fees, today: Fees) -> Fees:
    """Fees that replace a waiting transaction sent with `fees`: an eighth more, or today's if
    higher.
    """
    return Fees(
        base=today.base,
        tip=type(fees.tip)(max(fees.tip * 9 // 8 + 1, today.tip)),
        ceiling=type(fees.ceiling)(max(fees.ceiling * 9 // 8 + 1, today.ceiling)),
    )
