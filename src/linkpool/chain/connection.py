# SPDX-License-Identifier: MIT
"""The chain as the other floors see it: typed reads, calls, receipts, heads, over a pool of
endpoints.

Reads take `block` (a number; None is the latest). No endpoint's user, path or query appears in an
error or a log: tokens live there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain import wire
from linkpool.chain.calls import Call, Fees, Log, Receipt, ReceiptFact
from linkpool.chain.limits import RpcLimits
from linkpool.chain.networks import LOCAL_CHAIN_ID as LOCAL_CHAIN_ID
from linkpool.chain.networks import NAMES as NAMES
from linkpool.chain.networks import chain_name as chain_name
from linkpool.chain.pool import Pool
from linkpool.chain.rpc import Ask, EndpointState, RpcRefused
from linkpool.chain.sending import SendOutcome, Sent
from linkpool.chain.transport import Address
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded, UsageError
from linkpool.units import Wei

_NO_REASON = "reverted in its block without a reason"
_TIP = Wei(1_000_000_000)


def host_of(url: str) -> str:
    """Host and port of an RPC address, nothing else of it."""
    return Address.parse(url).name


class Connection:
    """Open with `await Connection.open(url, chain_id=…)`; close with `close()` or `async with`."""

    def __init__(
        self,
        urls: str | Sequence[str],
        *,
        timeout: float,
        chain_id: int | None = None,
        limits: RpcLimits | None = None,
    ) -> None:
        addresses = split(urls) if isinstance(urls, str) else list(urls)
        self._pool = Pool(
            addresses, chain_id=chain_id, timeout=timeout, limits=limits or RpcLimits()
        )
        self.host = ", ".join(one.name for one in self._pool.endpoints)

    @classmethod
    async def open(
        cls,
        urls: str | Sequence[str],
        *,
        chain_id: int | None = None,
        timeout: float = 20,
        limits: RpcLimits | None = None,
        wait: bool = True,
    ) -> Self:
        """Connect and compare the chain ids; None accepts the chain of the first endpoint that
        answers. Several addresses are a list, or one text with commas. Without `wait` it may start
        with none reachable, and `chain_id` is needed.
        """
        if not wait and chain_id is None:
            raise UsageError("which chain? give its id where nobody waits for the RPC")
        connection = cls(urls, timeout=timeout, chain_id=chain_id, limits=limits)
        try:
            await connection._pool.start(wait=wait)
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def chain_id(self) -> int:
        """0 where none was given and no endpoint was asked yet."""
        return self._pool.chain_id or 0

    async def close(self) -> None:
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ---- Raw ----

    async def rpc(self, method: str, *params: Any) -> Any:
        """The result of one JSON-RPC request. A contract's refusal is TxReverted, the rest
        ChainUnavailable.
        """
        return await self._ask(method, params)

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        """Results and exceptions in order, in one round trip; of an endpoint that has `block`."""
        return await self._pool.request(calls, at=block) if calls else []

    async def _ask(self, method: str, params: Sequence[Any], *, at: int | None = None) -> Any:
        result = (await self._pool.request([(method, params)], at=at))[0]
        if isinstance(result, Exception):
            raise result
        return result

    # ---- Endpoints ----

    @property
    def endpoints(self) -> list[EndpointState]:
        return self._pool.states()

    def heads(self) -> AsyncIterator[int]:
        """The highest head at once, then whenever a block came or was replaced; silent while no
        endpoint answers. Heads that come while the caller is busy are one.
        """
        return self._pool.heads()

    # ---- Reads ----

    async def block_number(self) -> int:
        return wire.height(await self.rpc("eth_blockNumber"))

    async def block(self, block: int | None = None) -> Mapping[str, Any]:
        """The header as the node gives it (hexadecimal)."""
        found = await self._ask("eth_getBlockByNumber", (wire.tag(block), False), at=block)
        if not isinstance(found, dict):
            raise ChainUnavailable(f"{self.host} has no block {block}")
        return found

    async def timestamp(self, block: int | None = None) -> int:
        return wire.number((await self.block(block)).get("timestamp"))

    async def genesis(self) -> str:
        """Hash of block 0: tells one local chain from the next."""
        return str((await self.block(0)).get("hash"))

    async def balance(self, account: ChecksumAddress, *, block: int | None = None) -> Wei:
        return Wei(wire.number(await self._at("eth_getBalance", account, block)))

    async def nonce(self, account: ChecksumAddress, *, pending: bool = False) -> int:
        """How many transactions `account` has had mined, or mined and waiting."""
        tag = "pending" if pending else "latest"
        return wire.number(await self.rpc("eth_getTransactionCount", account, tag))

    async def code(self, account: ChecksumAddress, *, block: int | None = None) -> bytes:
        return wire.octets(await self._at("eth_getCode", account, block))

    async def code_hash(self, account: ChecksumAddress, *, block: int | None = None) -> str | None:
        """keccak256 of the runtime code; None where there is none."""
        code = await self.code(account, block=block)
        return "0x" + keccak(code).hex() if code else None

    async def call(
        self, call: Call, *, sender: ChecksumAddress | None = None, block: int | None = None
    ) -> bytes:
        """What the call would return, without sending it."""
        try:
            return wire.octets(await self._at("eth_call", wire.request(call, sender), block))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def simulate(self, call: Call, *, sender: ChecksumAddress) -> bytes:
        """What the call would return in the next block."""
        try:
            return wire.octets(await self.rpc("eth_call", wire.request(call, sender), "pending"))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def estimate(self, call: Call, *, sender: ChecksumAddress) -> int:
        """Gas the call would need now; TxReverted where it would fail."""
        try:
            return wire.number(await self.rpc("eth_estimateGas", wire.request(call, sender)))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def fees(self) -> Fees:
        """Today's base fee and tip; the ceiling bears a doubling of the base fee."""
        base = Wei(wire.number((await self.block()).get("baseFeePerGas", "0x0")))
        try:
            tip = Wei(wire.number(await self.rpc("eth_maxPriorityFeePerGas")))
        except ChainUnavailable:
            tip = _TIP
        return Fees(base=base, tip=tip, ceiling=Wei(2 * base + tip))

    async def logs(
        self,
        *,
        addresses: Sequence[ChecksumAddress],
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
        first: int,
        last: int,
    ) -> list[Log]:
        """Logs of blocks `first` to `last`, both included."""
        request = {
            "address": list(addresses),
            "topics": [wire.topic(one) for one in topics],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        found = await self._ask("eth_getLogs", (request,), at=last)
        if not isinstance(found, list):
            raise ChainUnavailable(wire.GARBAGE.format("list of logs"))
        return [wire.log(entry) for entry in found]

    async def call_many(
        self,
        calls: Sequence[Call],
        *,
        senders: Sequence[ChecksumAddress | None] | None = None,
        block: int | None = None,
    ) -> list[bytes | TxReverted]:
        """What each call would return, in one round trip; `senders` one for each."""
        given = senders or [None] * len(calls)
        asked: list[Ask] = [
            ("eth_call", (wire.request(call, sender), wire.tag(block)))
            for call, sender in zip(calls, given, strict=True)
        ]
        return [
            TxReverted(found.reason, call.what)
            if isinstance(found, TxReverted)
            else wire.octets(_sound(found))
            for call, found in zip(calls, await self.batch(asked, block=block), strict=True)
        ]

    async def _at(self, method: str, given: Any, block: int | None) -> Any:
        """A read of state at `block`."""
        return await self._ask(method, (given, wire.tag(block)), at=block)

    # ---- Transactions ----

    async def broadcast(self, raws: Sequence[bytes]) -> list[Sent]:
        """Each raw transaction to every healthy endpoint, in one round trip; the best outcome of
        each. Never raises for what endpoints do.
        """
        return await self._pool.broadcast(raws)

    async def send_raw(self, raw: bytes) -> str:
        """Broadcast; the hash. Sending the same bytes again is no error."""
        sent = (await self.broadcast([raw]))[0]
        if sent.known:
            return "0x" + keccak(raw).hex()
        match sent.outcome:
            case SendOutcome.INSUFFICIENT_FUNDS:
                raise Unfunded("the wallet has too little ETH for amount and gas: send it some")
            case SendOutcome.REVERTED:
                raise TxReverted(sent.message)
            case SendOutcome.UNAVAILABLE:
                raise ChainUnavailable(sent.message)
            case _:
                raise RpcRefused(
                    f"{self.host} did not take the transaction, "
                    f"{sent.outcome.replace('_', ' ')}: {sent.message}",
                    message=sent.message,
                )

    async def receipts(self, txs: Sequence[str]) -> list[ReceiptFact | None]:
        """One for each hash in one round trip; None while not mined."""
        asked: list[Ask] = [("eth_getTransactionReceipt", (tx,)) for tx in txs]
        found = [_sound(one) for one in await self.batch(asked)]
        return [
            None if one is None else wire.receipt(tx, one)
            for tx, one in zip(txs, found, strict=True)
        ]

    async def receipt(self, tx: str) -> Receipt | None:
        """None while not mined. A mined revert raises TxReverted."""
        found = (await self.receipts([tx]))[0]
        if found is None:
            return None
        if not found.succeeded:
            raise TxReverted(await self._mined_reason(tx, found.block), tx)
        return Receipt(
            tx=tx,
            block=found.block,
            block_hash=found.block_hash,
            gas=found.gas,
            price=found.price,
            created=found.created,
            logs=found.logs,
        )

    async def _mined_reason(self, tx: str, block: int) -> str:
        """The reason of a mined revert: the call is run again on its parent's state."""
        sent = await self.rpc("eth_getTransactionByHash", tx)
        if not isinstance(sent, dict):
            return _NO_REASON
        again = {key: sent[key] for key in ("from", "to", "value", "input", "gas") if sent.get(key)}
        try:
            await self._at("eth_call", again, block - 1)
        except TxReverted as error:
            return error.reason
        except ChainUnavailable:
            pass
        return _NO_REASON


def split(text: str) -> list[str]:
    """The addresses in one text, separated by commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def _sound(found: Any) -> Any:
    if isinstance(found, Exception):
        raise found
    return found
