# SPDX-License-Identifier: MIT
"""One RPC endpoint: its chain id checked, every request with a deadline, every failure one line.

Reads take `block` (a number; None is the latest). The endpoint's path and query never appear in an
error: tokens live there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from eth_typing import URI, ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from web3 import AsyncHTTPProvider
from web3.types import RPCEndpoint

from linkpool.chain.calls import Call, Fees, Log, Receipt
from linkpool.chain.reverts import revert_reason
from linkpool.errors import ChainUnavailable, TxReverted, Unfunded, UsageError, WrongNetwork
from linkpool.units import Wei

LOCAL_CHAIN_ID = 31337
NAMES = {1: "mainnet", 11155111: "sepolia", LOCAL_CHAIN_ID: "local"}

_TIP = Wei(1_000_000_000)


def host_of(url: str) -> str:
    """Host and port of an RPC address, nothing else of it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("the RPC address has to start with http:// or https://")
    return parts.hostname + (f":{parts.port}" if parts.port else "")


def chain_name(chain_id: int) -> str:
    return f"{NAMES.get(chain_id, 'unknown network')} (chain id {chain_id})"


class Connection:
    """Open with `await Connection.open(url, chain_id=…)`; close with `close()` or `async with`."""

    def __init__(self, url: str, *, timeout: float) -> None:
        self.host = host_of(url)
        self.chain_id = 0
        self._provider = AsyncHTTPProvider(
            URI(url),
            request_kwargs={"timeout": aiohttp.ClientTimeout(total=timeout)},
            exception_retry_configuration=None,
        )

    @classmethod
    async def open(cls, url: str, *, chain_id: int | None = None, timeout: float = 20) -> Self:
        """Connect and compare the chain id; None accepts any chain."""
        connection = cls(url, timeout=timeout)
        try:
            connection.chain_id = _number(await connection.rpc("eth_chainId"))
            if chain_id is not None and connection.chain_id != chain_id:
                raise WrongNetwork(
                    f"{connection.host} is {chain_name(connection.chain_id)}, "
                    f"not {chain_name(chain_id)}: choose another --rpc or --network"
                )
        except BaseException:
            await connection.close()
            raise
        return connection

    async def close(self) -> None:
        await self._provider.disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # ---- Raw ----

    async def rpc(self, method: str, *params: Any) -> Any:
        """The result of one JSON-RPC request. A contract's refusal is TxReverted, the rest
        ChainUnavailable.
        """
        try:
            answer: Mapping[str, Any] = await self._provider.make_request(
                RPCEndpoint(method), list(params)
            )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ChainUnavailable(
                f"RPC down at {self.host} ({type(error).__name__}): "
                "start the chain with `make up`, or set --rpc"
            ) from None
        except ValueError:
            raise ChainUnavailable(f"{self.host} does not speak JSON-RPC: set --rpc") from None
        if failure := answer.get("error"):
            raise self._refusal(method, failure)
        return answer.get("result")

    def _refusal(self, method: str, failure: Any) -> Exception:
        detail = failure if isinstance(failure, Mapping) else {"message": str(failure)}
        message = str(detail.get("message", "no reason given"))
        reason = revert_reason(message, detail.get("data"))
        if reason is not None:
            return TxReverted(reason)
        if "nsufficient funds" in message or "nsufficientFunds" in message:
            return Unfunded("the wallet has too little ETH for amount and gas: send it some")
        return ChainUnavailable(f"{self.host} refused {method}: {message[:200]}")

    # ---- Reads ----

    async def block_number(self) -> int:
        return _number(await self.rpc("eth_blockNumber"))

    async def block(self, block: int | None = None) -> Mapping[str, Any]:
        """The header as the node gives it (hexadecimal)."""
        found = await self.rpc("eth_getBlockByNumber", _tag(block), False)
        if found is None:
            raise ChainUnavailable(f"{self.host} has no block {block}")
        header: Mapping[str, Any] = found
        return header

    async def timestamp(self, block: int | None = None) -> int:
        return _number((await self.block(block))["timestamp"])

    async def genesis(self) -> str:
        """Hash of block 0: tells one local chain from the next."""
        return str((await self.block(0))["hash"])

    async def balance(self, account: ChecksumAddress, *, block: int | None = None) -> Wei:
        return Wei(_number(await self.rpc("eth_getBalance", account, _tag(block))))

    async def nonce(self, account: ChecksumAddress, *, pending: bool = False) -> int:
        """How many transactions `account` has had mined, or mined and waiting."""
        tag = "pending" if pending else "latest"
        return _number(await self.rpc("eth_getTransactionCount", account, tag))

    async def code(self, account: ChecksumAddress, *, block: int | None = None) -> bytes:
        return _bytes(await self.rpc("eth_getCode", account, _tag(block)))

    async def code_hash(self, account: ChecksumAddress, *, block: int | None = None) -> str | None:
        """keccak256 of the runtime code; None where there is none."""
        code = await self.code(account, block=block)
        return "0x" + keccak(code).hex() if code else None

    async def call(
        self, call: Call, *, sender: ChecksumAddress | None = None, block: int | None = None
    ) -> bytes:
        """What the call would return, without sending it."""
        try:
            return _bytes(await self.rpc("eth_call", _request(call, sender), _tag(block)))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def simulate(self, call: Call, *, sender: ChecksumAddress) -> bytes:
        """What the call would return in the next block."""
        try:
            return _bytes(await self.rpc("eth_call", _request(call, sender), "pending"))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def estimate(self, call: Call, *, sender: ChecksumAddress) -> int:
        """Gas the call would need now; TxReverted where it would fail."""
        try:
            return _number(await self.rpc("eth_estimateGas", _request(call, sender)))
        except TxReverted as error:
            raise TxReverted(error.reason, call.what) from None

    async def fees(self) -> Fees:
        """Today's base fee and tip; the ceiling bears a doubling of the base fee."""
        base = Wei(_number((await self.block()).get("baseFeePerGas", "0x0")))
        try:
            tip = Wei(_number(await self.rpc("eth_maxPriorityFeePerGas")))
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
        found = await self.rpc(
            "eth_getLogs",
            {
                "address": list(addresses),
                "topics": [_topic(topic) for topic in topics],
                "fromBlock": hex(first),
                "toBlock": hex(last),
            },
        )
        return [_log(entry) for entry in found]

    # ---- Transactions ----

    async def send_raw(self, raw: bytes) -> str:
        """Broadcast; the hash. Sending the same bytes again is no error."""
        try:
            return str(await self.rpc("eth_sendRawTransaction", "0x" + raw.hex()))
        except ChainUnavailable as error:
            if "already known" in str(error) or "already imported" in str(error):
                return "0x" + keccak(raw).hex()
            raise

    async def receipt(self, tx: str) -> Receipt | None:
        """None while not mined. A mined revert raises TxReverted."""
        found = await self.rpc("eth_getTransactionReceipt", tx)
        if found is None:
            return None
        if _number(found["status"]) != 1:
            raise TxReverted(await self._mined_reason(tx, _number(found["blockNumber"])), tx)
        created = found.get("contractAddress")
        return Receipt(
            tx=tx,
            block=_number(found["blockNumber"]),
            block_hash=_bytes(found["blockHash"]),
            gas=_number(found["gasUsed"]),
            price=Wei(_number(found["effectiveGasPrice"])),
            created=to_checksum_address(created) if created else None,
            logs=tuple(_log(entry) for entry in found["logs"]),
        )

    async def _mined_reason(self, tx: str, block: int) -> str:
        """The reason of a mined revert: the call is run again on its parent's state."""
        sent = await self.rpc("eth_getTransactionByHash", tx)
        again = {key: sent[key] for key in ("from", "to", "value", "input", "gas") if sent.get(key)}
        try:
            await self.rpc("eth_call", again, hex(block - 1))
        except TxReverted as error:
            return error.reason
        except ChainUnavailable:
            pass
        return "reverted in its block without a reason"


def _request(call: Call, sender: ChecksumAddress | None) -> dict[str, str]:
    request = {"input": "0x" + call.data.hex(), "value": hex(call.value)}
    if call.to is not None:
        request["to"] = call.to
    if sender is not None:
        request["from"] = sender
    if call.gas is not None:
        request["gas"] = hex(call.gas)
    return request


def _log(entry: Mapping[str, Any]) -> Log:
    return Log(
        address=to_checksum_address(entry["address"]),
        topics=tuple(_bytes(topic) for topic in entry["topics"]),
        data=_bytes(entry["data"]),
        block=_number(entry["blockNumber"]),
        block_hash=_bytes(entry["blockHash"]),
        tx=str(entry["transactionHash"]),
        index=_number(entry["logIndex"]),
    )


def _topic(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None:
        return None
    if isinstance(topic, bytes):
        return "0x" + topic.hex()
    return ["0x" + one.hex() for one in topic]


def _tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)


def _number(text: Any) -> int:
    return int(str(text), 16)


def _bytes(text: Any) -> bytes:
    return bytes.fromhex(str(text)[2:])
