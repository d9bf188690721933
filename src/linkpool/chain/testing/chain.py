# SPDX-License-Identifier: MIT
"""The simulated chain itself."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.crypto import keccak

from linkpool.chain.networks import LOCAL_CHAIN_ID
from linkpool.chain.rpc import Ask, RpcRefused
from linkpool.chain.sending import ACCEPTED, SendOutcome, Sent, best, classify
from linkpool.chain.testing.answers import Block, find, known, matches, receipt, sent, shown
from linkpool.chain.testing.signed import REVERTS, Transaction, octets, read
from linkpool.errors import ChainUnavailable, LinkPoolError, TxReverted

RICH: Final = 10**24
BLOCK_GAS: Final = 36_000_000


@dataclass(slots=True)
class Endpoint:
    """One way to the chain."""

    up: bool = True
    lag: int = 0
    """Blocks it is behind."""
    mute: bool = False
    """It does what it is asked and its answers are lost."""


class SimulatedChain:
    """Blocks, a pool of waiting transactions, endpoints. Everyone is rich until told otherwise."""

    def __init__(self, *, chain_id: int = LOCAL_CHAIN_ID, endpoints: int = 1) -> None:
        self.chain_id = chain_id
        self.endpoints = [Endpoint() for _ in range(endpoints)]
        self.base_fee = 10**9
        self.tip = 10**6
        self.minimum_tip = 0
        self.holding = False
        """What is accepted waits in `held` until `release`."""
        self.pool: dict[tuple[str, int], Transaction] = {}
        self.held: list[Transaction] = []
        self.seen: dict[str, Transaction] = {}
        """Everything that any endpoint was ever given, valid or not: bytes never die."""
        self.balances: dict[str, int] = {}
        """As the test says; nothing that is mined changes them."""
        self.refuse: Callable[[Transaction], str | None] = lambda _: None
        """An endpoint's own opinion: its words where it does not take the transaction."""
        self._salt = itertools.count()
        self._logs: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self.blocks = [self._block(None, ())]

    # ---- What a test does to it ----

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def mine(self, count: int = 1, *, most: int | None = None) -> None:
        """Blocks with what can be executed; each with at most `most` transactions."""
        for _ in range(count):
            self.blocks.append(self._block(self.head, self._executable(most)))
            for one in self.head.transactions:
                self.pool.pop(one.slot, None)
        self._forget_used()
        self._tell()

    def reorganise(self, depth: int, *, lose: bool = False, longer: int = 1) -> None:
        """Other blocks in place of the last `depth`, and `longer` more. Their transactions wait
        again and are mined in no new block yet, or are gone.
        """
        depth = min(depth, len(self.blocks) - 1)
        gone, self.blocks = self.blocks[len(self.blocks) - depth :], self.blocks[: -depth or None]
        for _ in range(depth + longer):
            self.blocks.append(self._block(self.head, ()))
        if not lose:
            for one in (one for block in gone for one in block.transactions):
                self.pool.setdefault(one.slot, one)
        self._tell()

    def drop(self, tx: str | None = None) -> None:
        """Out of every pool; None drops all."""
        self.pool = {slot: one for slot, one in self.pool.items() if tx not in (None, one.hash)}
        self.held = [one for one in self.held if tx not in (None, one.hash)]

    def release(self, order: Callable[[list[Transaction]], Iterable[Transaction]] = list) -> None:
        """What was held reaches the pool, in this order."""
        held, self.held = self.held, []
        for one in order(held):
            if self._refusal(one, self.head) is None:
                self.pool[one.slot] = one

    def submit(self, raw: bytes) -> str | None:
        """As any node of the network would: the words of its refusal."""
        return self._take(read(raw), self.head)

    def emit(
        self, address: str, topics: Sequence[bytes], data: bytes = b"", tx: str | None = None
    ) -> None:
        """A log in the next block."""
        self._logs.append(
            {
                "address": address,
                "topics": ["0x" + one.hex() for one in topics],
                "data": "0x" + data.hex(),
                "transactionHash": tx or "0x" + keccak(octets(next(self._salt))).hex(),
            }
        )

    def transactions(self, sender: str | None = None) -> list[Transaction]:
        """Those on the canonical chain, in order."""
        return [
            one
            for block in self.blocks
            for one in block.transactions
            if sender in (None, one.sender)
        ]

    def balance(self, account: str) -> int:
        return self.balances.get(account, RICH)

    # ---- Rpc ----

    async def rpc(self, method: str, *params: Any) -> Any:
        answer = (await self.batch([(method, params)]))[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        await asyncio.sleep(0)
        up = [one for one in self.endpoints if one.up]
        if not up:
            raise ChainUnavailable("no endpoint answers")
        chosen = min(up, key=lambda one: one.lag)
        view = self._view(chosen)
        answers = [self._answer(view, method, params) for method, params in calls]
        if chosen.mute:
            raise ChainUnavailable("the answer is lost")
        return answers

    async def broadcast(self, raws: Sequence[bytes]) -> list[Sent]:
        await asyncio.sleep(0)
        return [self._broadcast(raw) for raw in raws]

    async def heads(self) -> AsyncIterator[int]:
        while True:
            news = self._news
            yield self.head.number
            await news.wait()

    def _broadcast(self, raw: bytes) -> Sent:
        one = read(raw)
        self.seen[one.hash] = one
        said = [Sent(SendOutcome.UNAVAILABLE, "no endpoint answers")]
        for endpoint in self.endpoints:
            if not endpoint.up:
                continue
            words = self._take(one, self._view(endpoint)[-1])
            if not endpoint.mute:
                said.append(ACCEPTED if words is None else Sent(classify(words, -32000), words))
        return best(said)

    def _view(self, endpoint: Endpoint) -> list[Block]:
        return self.blocks[: max(len(self.blocks) - endpoint.lag, 1)]

    def _answer(self, view: list[Block], method: str, params: Sequence[Any]) -> Any:
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            return RpcRefused(f"the simulated chain has no {method}", code=-32601)
        try:
            return handler(view, *params)
        except LinkPoolError as error:
            return error

    # ---- Methods ----

    def _eth_chainId(self, _view: list[Block]) -> str:
        return hex(self.chain_id)

    def _eth_blockNumber(self, view: list[Block]) -> str:
        return hex(view[-1].number)

    def _eth_maxPriorityFeePerGas(self, _view: list[Block]) -> str:
        return hex(self.tip)

    def _eth_getBlockByNumber(self, view: list[Block], tag: str, full: bool) -> Any:
        block = find(view, tag)
        return None if block is None else shown(block, full=full)

    def _eth_getBlockByHash(self, view: list[Block], wanted: str, full: bool) -> Any:
        block = next((one for one in view if one.hash == wanted), None)
        return None if block is None else shown(block, full=full)

    def _eth_getTransactionCount(self, view: list[Block], account: str, tag: str) -> str:
        block = known(view, tag)
        count = block.nonces.get(account, 0)
        if tag == "pending":
            while (account, count) in self.pool:
                count += 1
        return hex(count)

    def _eth_getBalance(self, view: list[Block], account: str, tag: str) -> str:
        return hex(known(view, tag).balances.get(account, self.balance(account)))

    def _eth_getTransactionReceipt(self, view: list[Block], tx: str) -> Any:
        for block in view:
            for index, one in enumerate(block.transactions):
                if one.hash == tx:
                    return receipt(block, one, index)
        return None

    def _eth_getTransactionByHash(self, view: list[Block], tx: str) -> Any:
        for block in view:
            for one in block.transactions:
                if one.hash == tx:
                    return sent(one, block)
        waiting = (*self.pool.values(), *self.held)
        return next((sent(one, None) for one in waiting if one.hash == tx), None)

    def _eth_call(self, view: list[Block], call: Mapping[str, str], tag: str) -> str:
        known(view, tag)
        if bytes.fromhex(call.get("input", "0x")[2:]).startswith(REVERTS):
            raise TxReverted("simulated refusal")
        return "0x"

    def _eth_estimateGas(self, view: list[Block], call: Mapping[str, str]) -> str:
        self._eth_call(view, call, "latest")
        return hex(21_000 + 8 * len(call.get("input", "0x")[2:]))

    def _eth_sendRawTransaction(self, view: list[Block], raw: str) -> str:
        one = read(bytes.fromhex(raw[2:]))
        self.seen[one.hash] = one
        words = self._take(one, view[-1])
        if words is not None:
            raise RpcRefused(words, code=-32000, message=words)
        return one.hash

    def _eth_getLogs(self, view: list[Block], wanted: Mapping[str, Any]) -> list[Any]:
        blocks = [one for one in view if one.hash == wanted.get("blockHash")]
        if "blockHash" not in wanted:
            first = known(view, wanted.get("fromBlock", "latest")).number
            last = known(view, wanted.get("toBlock", "latest")).number
            blocks = view[first : last + 1]
        elif not blocks:
            raise RpcRefused("unknown block", code=-32000, message="unknown block", elsewhere=True)
        return [log for block in blocks for log in block.logs if matches(log, wanted)]

    # ---- Within ----

    def _take(self, one: Transaction, at: Block) -> str | None:
        words = self._refusal(one, at)
        if words is None and self.holding:
            self.held.append(one)
        elif words is None:
            self.pool[one.slot] = one
        return words

    def _refusal(self, one: Transaction, at: Block) -> str | None:
        """Why a node does not take it, in geth's words and order."""
        there, next_nonce = self.pool.get(one.slot), at.nonces.get(one.sender, 0)
        balance = self.balance(one.sender)
        if one.chain_id != self.chain_id:
            return f"invalid chain id for signer: have {one.chain_id} want {self.chain_id}"
        if there == one or one in self.held:
            return "already known"
        if one.gas > BLOCK_GAS:
            return "exceeds block gas limit"
        if one.tip > one.ceiling:
            return "max priority fee per gas higher than max fee per gas"
        if one.gas < one.intrinsic:
            return f"intrinsic gas too low: gas {one.gas}, minimum needed {one.intrinsic}"
        if one.nonce < next_nonce:
            return f"nonce too low: next nonce {next_nonce}, tx nonce {one.nonce}"
        if balance < one.cost:
            return (
                f"insufficient funds for gas * price + value: balance {balance}, "
                f"tx cost {one.cost}, overshot {one.cost - balance}"
            )
        if one.tip < self.minimum_tip:
            return (
                f"transaction underpriced: gas tip cap {one.tip}, minimum needed {self.minimum_tip}"
            )
        if there is not None and (
            10 * one.tip < 11 * there.tip or 10 * one.ceiling < 11 * there.ceiling
        ):
            return "replacement transaction underpriced"
        return self.refuse(one)

    def _executable(self, most: int | None) -> tuple[Transaction, ...]:
        nonces, balances = dict(self.head.nonces), dict(self.balances)
        taken: list[Transaction] = []
        for one in sorted(self.pool.values(), key=lambda one: one.nonce):
            balance = balances.get(one.sender, RICH)
            if (
                one.nonce == nonces.get(one.sender, 0)
                and one.ceiling >= self.base_fee
                and one.cost <= balance
                and (most is None or len(taken) < most)
            ):
                nonces[one.sender] = one.nonce + 1
                balances[one.sender] = balance - one.cost
                taken.append(one)
        return tuple(taken)

    def _forget_used(self) -> None:
        """Pools throw out what can never be mined on this branch."""
        nonces = self.head.nonces
        self.pool = {
            slot: one for slot, one in self.pool.items() if one.nonce >= nonces.get(one.sender, 0)
        }

    def _block(self, parent: Block | None, taken: tuple[Transaction, ...]) -> Block:
        number = 0 if parent is None else parent.number + 1
        nonces = dict(parent.nonces) if parent else {}
        for one in taken:
            nonces[one.sender] = one.nonce + 1
        above = "0x" + "00" * 32 if parent is None else parent.hash
        own = "0x" + keccak(bytes.fromhex(above[2:]) + octets(next(self._salt))).hex()
        logs, self._logs = self._logs, []
        return Block(
            number=number,
            hash=own,
            parent=above,
            timestamp=1_700_000_000 + 12 * number,
            base=self.base_fee,
            transactions=taken,
            logs=tuple(
                one | {"blockNumber": hex(number), "blockHash": own, "logIndex": hex(index)}
                for index, one in enumerate(logs)
            ),
            nonces=nonces,
            balances=dict(self.balances),
        )

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
