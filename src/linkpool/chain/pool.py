# SPDX-License-Identifier: MIT
"""Several endpoints of one chain as one: the highest head answers, everybody gets transactions.

An endpoint that fails is benched with growing pauses; one of another chain is never used; one that
is behind takes transactions only. Losing all raises ChainUnavailable from each request; whoever
asks again later finds the chain back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from linkpool.chain import wire
from linkpool.chain.choice import Choice
from linkpool.chain.endpoint import Endpoint, elsewhere
from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import Ask, EndpointState
from linkpool.chain.sending import ACCEPTED, SendOutcome, Sent, best, classify
from linkpool.chain.transport import Address, EndpointFailed, HttpTransport, Transport
from linkpool.chain.watch import Heads, Watcher
from linkpool.chain.websocket import SocketTransport
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.telemetry import logger

_log = logger("chain.pool")

_GRACE_SECONDS: Final = 2.0  # how long the others are waited for once the first endpoint is there
_WAITING: Final = 3  # broadcasts that may wait for one endpoint


class Pool:
    """Made without a connection; `start` makes the first."""

    def __init__(
        self, urls: Sequence[str], *, chain_id: int | None, timeout: float, limits: RpcLimits
    ) -> None:
        if not urls:
            raise UsageError("no RPC address: give --rpc")
        self.chain_id = chain_id
        self._timeout = timeout
        self._limits = limits
        self.endpoints = [self._endpoint(one) for one in _named(urls)]
        self._choice = Choice(self.endpoints, limits)
        self._heads = Heads()
        self._watchers: list[asyncio.Task[None]] = []
        self._sending: dict[asyncio.Task[list[Sent]], Endpoint] = {}

    def _endpoint(self, address: Address) -> Endpoint:
        transport: Transport
        if address.is_socket:
            transport = SocketTransport(
                address, timeout=self._timeout, answer_bytes=self._limits.answer_bytes
            )
        else:
            transport = HttpTransport(
                address, timeout=self._timeout, answer_bytes=self._limits.answer_bytes
            )
        return Endpoint(address, transport, self._limits)

    # ---- Its life ----

    async def start(self, *, wait: bool = True) -> None:
        """`wait`: until an endpoint answers for the right chain; WrongNetwork where those that
        answer are all of another, ChainUnavailable where none does.
        """
        if wait:
            await self._meet(self.endpoints)
        if len(self.endpoints) > 1:
            self.watch()

    def watch(self) -> None:
        """Follow every endpoint's head from now on; again is fine."""
        if not self._watchers:
            self._watchers = [
                asyncio.create_task(Watcher(self, one, self._heads, self._limits).run())
                for one in self.endpoints
            ]

    async def close(self) -> None:
        tasks = [*self._watchers, *self._sending]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._watchers = []
        for endpoint in self.endpoints:
            await endpoint.transport.close()

    async def _meet(self, endpoints: Sequence[Endpoint]) -> None:
        """Wait for the first good one, and a moment for the others."""
        tasks = [asyncio.create_task(self.verify(one)) for one in endpoints]
        try:
            waiting = set(tasks)
            while waiting and not any(one.verified for one in endpoints):
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if waiting:
                await asyncio.wait(waiting, timeout=_GRACE_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not any(one.verified for one in endpoints):
            raise self._choice.nobody(self.chain_id)

    async def verify(self, endpoint: Endpoint) -> None:
        """Compare its chain id, once since it last failed. EndpointFailed where it cannot be had or
        is another.
        """
        async with endpoint.turn:
            if endpoint.verified:
                return
            asked: list[Ask] = [("eth_chainId", ())]
            if len(self.endpoints) > 1:
                asked.append(("eth_blockNumber", ()))
            found = await endpoint.ask(asked)
            try:
                chain_id = wire.number(found[0])
                head = wire.height(found[1]) if len(found) > 1 else 0
            except ChainUnavailable:
                failure = EndpointFailed("it does not tell its chain id")
                endpoint.failed(failure)
                raise failure from None
            if self.chain_id is None:
                self.chain_id = chain_id
            if chain_id != self.chain_id:
                self._condemn(endpoint, chain_id)
                raise EndpointFailed(endpoint.error)
            await self._require_shown(endpoint, head)
            endpoint.back()
            if endpoint.reported:
                endpoint.reported = False
                _log.info("rpc.back", endpoint=endpoint.name)
            if head:
                self.saw(endpoint, head)

    def _condemn(self, endpoint: Endpoint, chain_id: int) -> None:
        if endpoint.wrong_chain is None and self._reports:
            _log.error(
                "rpc.wrong_chain", endpoint=endpoint.name, chain_id=chain_id, wanted=self.chain_id
            )
            endpoint.reported = True
        endpoint.condemned(chain_id)

    # ---- Requests ----

    async def request(self, calls: Sequence[Ask], *, at: int | None = None) -> list[Any]:
        """Each result or exception, in order, of an endpoint that has block `at`. What one
        endpoint cannot answer is asked of the next.
        """
        until = time.monotonic() + self._timeout
        results: list[Any] = [None] * len(calls)
        still, answered = list(range(len(calls))), False
        while True:
            some, still = await self._round(calls, results, still, at)
            answered |= some
            if not still:
                return results
            if not await self._waited_for_a_turn(until):
                break
        if not answered:
            raise self._choice.nobody(self.chain_id, at)
        return results

    async def _round(
        self, calls: Sequence[Ask], results: list[Any], still: list[int], at: int | None
    ) -> tuple[bool, list[int]]:
        """Ask every fit endpoint in turn; whether one answered, and what none could."""
        answered = False
        tried: set[Endpoint] = set()
        while still and (endpoint := self._choice.next(tried, at)) is not None:
            tried.add(endpoint)
            try:
                await self.verify(endpoint)
                if at is not None and not await self._has(endpoint, at):
                    continue
                got = await endpoint.ask([calls[place] for place in still])
            except EndpointFailed as failure:
                self.lost(endpoint, failure)
                continue
            answered = True
            for place, result in zip(still, got, strict=True):
                results[place] = result
            still = [place for place in still if elsewhere(results[place])]
        return answered, still

    async def _has(self, endpoint: Endpoint, block: int) -> bool:
        """Whether it has the block; it is asked where we knew it below."""
        if len(self.endpoints) == 1 or endpoint.head >= block:
            return True
        found = (await endpoint.ask([("eth_blockNumber", ())]))[0]
        try:
            await self.told(endpoint, wire.height(found))
        except ChainUnavailable:
            return False
        return endpoint.head >= block

    async def _waited_for_a_turn(self, until: float) -> bool:
        """Sleep until the first of endpoints that only want fewer requests takes one again; whether
        that is before `until`.
        """
        if any(one.usable for one in self.endpoints):
            return False
        end = min((one.resumes() for one in self.endpoints if one.busy), default=until)
        if end >= until:
            return False
        await asyncio.sleep(max(end - time.monotonic(), 0.0))
        return True

    def lost(self, endpoint: Endpoint, failure: EndpointFailed) -> None:
        """Report an endpoint that failed, once until it is back."""
        if self._reports and not endpoint.reported:
            endpoint.reported = True
            _log.warning("rpc.lost", endpoint=endpoint.name, reason=failure.reason)

    @property
    def _reports(self) -> bool:
        """A command with one endpoint has its error to show, nothing else."""
        return len(self.endpoints) > 1 or bool(self._watchers)

    # ---- Transactions ----

    async def broadcast(self, raws: Sequence[bytes]) -> list[Sent]:
        """To every healthy endpoint; waits for the others only until one has taken all."""
        if not raws:
            return []
        calls: list[Ask] = [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws]
        targets = self._targets()
        tasks = {asyncio.create_task(self._send(one, calls)): one for one in targets}
        self._sending |= tasks
        for task in tasks:
            task.add_done_callback(lambda done: self._sending.pop(done, None))
        outcomes: list[list[Sent]] = [[self._unavailable()] for _ in raws]
        waiting = set(tasks)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                for mine, sent in zip(outcomes, task.result(), strict=True):
                    mine.append(sent)
            if all(best(mine).known for mine in outcomes):
                break
        return [best(mine) for mine in outcomes]

    def _targets(self) -> list[Endpoint]:
        """Lagging ones too; not those that have not come to the end of earlier broadcasts."""
        waiting = list(self._sending.values())
        healthy = [one for one in self.endpoints if one.usable and waiting.count(one) < _WAITING]
        last = None if healthy else self._choice.next(set(), None)
        return healthy or ([last] if last is not None else [])

    def _unavailable(self) -> Sent:
        return Sent(SendOutcome.UNAVAILABLE, str(self._choice.nobody(self.chain_id)))

    async def _send(self, endpoint: Endpoint, calls: Sequence[Ask]) -> list[Sent]:
        try:
            await self.verify(endpoint)
            results = await endpoint.ask(calls, judge=_sent)
        except EndpointFailed as failure:
            self.lost(endpoint, failure)
            return [Sent(SendOutcome.UNAVAILABLE, f"{endpoint.name}: {failure.reason}")] * len(
                calls
            )
        return [one if isinstance(one, Sent) else ACCEPTED for one in results]

    # ---- Heads ----

    async def told(self, endpoint: Endpoint, head: int, *, new: bool = False) -> None:
        """An endpoint's own word for its head; EndpointFailed where it is not to be believed."""
        await self._require_shown(endpoint, head)
        self.saw(endpoint, head, new=new)

    async def _require_shown(self, endpoint: Endpoint, head: int) -> None:
        """A head that makes all others lag is believed with its block only: one endpoint that
        counts wrong must not silence those that count right.
        """
        others = [one.head for one in self.endpoints if one is not endpoint]
        if not others or head == endpoint.head or head <= max(others) + self._limits.lag_blocks:
            return
        block = (await endpoint.ask([("eth_getBlockByNumber", (hex(head), False))]))[0]
        try:
            shown = isinstance(block, Mapping) and wire.number(block.get("number")) == head
        except ChainUnavailable:
            shown = False
        if not shown:
            failure = EndpointFailed(f"it has no block {head}, which it says is its head")
            endpoint.failed(failure)
            raise failure

    def saw(self, endpoint: Endpoint, head: int, *, new: bool = False) -> None:
        """Note an endpoint's head; `new`: it says itself that this is another block."""
        if endpoint.saw(head) or new:
            self._heads.changed()

    async def heads(self) -> AsyncIterator[int]:
        """The highest head at once, then whenever a block came or was replaced. Heads that come
        while the caller is busy are one.
        """
        self.watch()
        seen = -1
        while True:
            if self._heads.count != seen and (head := self._choice.head):
                seen = self._heads.count
                yield head
            else:
                await self._heads.wait()

    def states(self) -> list[EndpointState]:
        return [one.state(lagging=self._choice.lags(one)) for one in self.endpoints]


def _sent(_name: str, _method: str, failure: Any) -> Sent:
    from linkpool.chain.refusals import detail, shown

    message, code, _ = detail(failure)
    return Sent(classify(message, code), shown(message))


def _named(urls: Sequence[str]) -> list[Address]:
    """Addresses with different names: a host that comes twice is numbered."""
    found = [Address.parse(one) for one in urls]
    names = [one.name for one in found]
    return [
        Address(
            one.name if names.count(one.name) == 1 else f"{one.name}#{names[:n].count(one.name)}",
            one.url,
        )
        for n, one in enumerate(found)
    ]
