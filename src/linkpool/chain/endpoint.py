# SPDX-License-Identifier: MIT
"""One RPC endpoint: its health, its head, how much it takes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from linkpool.chain import wire
from linkpool.chain.limits import RpcLimits
from linkpool.chain.refusals import busy, refusal
from linkpool.chain.rpc import Ask, EndpointState, RpcRefused, Standing
from linkpool.chain.transport import NO_JSON_RPC, Address, EndpointFailed, TooLarge, Transport

Judge = Callable[[str, str, Any], Any]
"""Endpoint, method and the answer's `error` -> what stands in the result's place."""

_ALONE_SECONDS: Final = 2.0  # longest pause where no other endpoint is left
_GROW_AFTER: Final = 50  # messages taken in a row before a larger one is tried


class Endpoint:
    """Asked by the pool; all times are of `time.monotonic`."""

    def __init__(self, address: Address, transport: Transport, limits: RpcLimits) -> None:
        self.name = address.name
        self.transport = transport
        self.verified = False
        """Its chain id was compared since it last failed."""
        self.wrong_chain: int | None = None
        self.head = 0
        self.head_time = 0.0
        self.subscribed = False
        self.reported = False
        """Its failure is in the log."""
        self.turn = asyncio.Lock()
        """Held while its chain id is asked for."""
        self._limits = limits
        self._batch = limits.batch
        self._taken = 0
        self._failures = 0
        self._failed_at = 0.0
        self._pause = 0.0
        self._busy = False
        self._error = ""
        self._requests = 0
        self._errors = 0

    def __repr__(self) -> str:
        return f"Endpoint({self.name})"

    # ---- Health ----

    def resumes(self, *, alone: bool = False) -> float:
        """When it may be asked again; sooner where no other endpoint is left."""
        pause = self._pause
        if alone and not self._busy and self.wrong_chain is None:
            pause = min(pause, _ALONE_SECONDS)
        return self._failed_at + pause

    @property
    def usable(self) -> bool:
        return self.wrong_chain is None and time.monotonic() >= self.resumes()

    @property
    def busy(self) -> bool:
        """It asked for fewer requests, and its pause is not over."""
        return self._busy and not self.usable

    @property
    def error(self) -> str:
        return self._error

    def failed(self, failure: EndpointFailed) -> None:
        """Bench it: twice as long each time, until it has been well for as long as its pause."""
        now = time.monotonic()
        if now < self.resumes() and self._failures:
            return  # several requests failed together: one failure
        self._failures += 1
        self._failed_at = now
        most = self._limits.pause_most_seconds
        grown = self._limits.pause_seconds * 2 ** min(self._failures - 1, 20)
        self._pause = failure.pause if failure.pause is not None else min(grown, most)
        self._busy = failure.busy
        self._error = failure.reason
        self._errors += 1
        self.verified = False
        self.subscribed = False

    def back(self) -> None:
        """It answers for the right chain: its pause is over. The next is longer all the same, until
        it has been well for a while.
        """
        self.wrong_chain = None
        self.verified = True
        self._busy = False
        self._failed_at = min(self._failed_at, time.monotonic() - self._pause)

    def condemned(self, chain_id: int) -> None:
        """It answers for another chain; looked at again after the longest pause."""
        self.wrong_chain = chain_id
        self._failed_at = time.monotonic()
        self._pause = self._limits.pause_most_seconds
        self._error = f"it is of chain id {chain_id}"

    def saw(self, head: int) -> bool:
        """Note its head; whether it is another than before. A reorganisation may lower it."""
        self.head_time = time.monotonic()
        changed = head != self.head
        self.head = head
        return changed

    def state(self, *, lagging: bool) -> EndpointState:
        if self.wrong_chain is not None:
            standing = Standing.WRONG_CHAIN
        elif not self.usable or (self._failures and not self.verified):
            standing = Standing.BENCHED
        elif lagging:
            standing = Standing.LAGGING
        else:
            standing = Standing.HEALTHY if self.verified else Standing.UNKNOWN
        return EndpointState(
            name=self.name,
            standing=standing,
            head=self.head,
            failures=self._failures,
            error=self._error,
            requests=self._requests,
            errors=self._errors,
            batch=self._batch,
            subscribed=self.subscribed,
        )

    # ---- Requests ----

    async def ask(self, calls: Sequence[Ask], *, judge: Judge = refusal) -> list[Any]:
        """Results in order, with what `judge` makes of an error in a result's place; as many
        messages as it needs. EndpointFailed where the endpoint itself fails.
        """
        results: list[Any] = []
        try:
            while len(results) < len(calls):
                part = calls[len(results) : len(results) + self._batch]
                answered = await self._ask_part(part, judge)
                if answered is None:
                    self._batch, self._taken = max(1, len(part) // 2), 0
                else:
                    results += answered
        except EndpointFailed as failure:
            self.failed(failure)
            raise
        self._well()
        return results

    async def _ask_part(self, calls: Sequence[Ask], judge: Judge) -> list[Any] | None:
        """None: too much at once."""
        first = self._requests + 1
        self._requests += len(calls)
        numbers = range(first, first + len(calls))
        try:
            answer = await self.transport.exchange(wire.compose(calls, first), numbers)
        except TooLarge:
            if len(calls) > 1:
                return None
            return [judge(self.name, calls[0][0], {"message": "response size exceeded"})]
        if isinstance(answer, Mapping):
            if len(calls) > 1:  # one error for the whole list: it takes fewer, or no lists
                self._require_error(answer)
                return None
            answer = [answer]
        if not isinstance(answer, list):
            raise EndpointFailed(NO_JSON_RPC)
        found = {_number(entry): entry for entry in answer if isinstance(entry, Mapping)}
        if len(calls) == 1 and len(answer) == 1 and found and first not in found:
            found = {first: answer[0]}  # an error may come without its number
            if "error" not in found[first]:
                raise EndpointFailed(NO_JSON_RPC)
        if not any(one in found for one in numbers):
            raise EndpointFailed(NO_JSON_RPC)
        return [
            self._result(call, found.get(one), judge)
            for call, one in zip(calls, numbers, strict=True)
        ]

    def _require_error(self, answer: Mapping[str, Any]) -> None:
        failure = answer.get("error")
        if failure is None:
            raise EndpointFailed(NO_JSON_RPC)
        if busy(failure):
            raise EndpointFailed("too many requests", busy=True)

    def _result(self, call: Ask, entry: Mapping[str, Any] | None, judge: Judge) -> Any:
        if entry is None:
            text = f"{self.name} left out the answer to {call[0]}"
            self._errors += 1
            return judge(self.name, call[0], {"code": -32603, "message": text})
        failure = entry.get("error")
        if failure is None:
            if "result" not in entry:
                return judge(self.name, call[0], {"code": -32603, "message": "no result"})
            return entry["result"]
        self._errors += 1
        if busy(failure):
            self.failed(EndpointFailed("too many requests", busy=True))
        return judge(self.name, call[0], failure)

    def _well(self) -> None:
        now = time.monotonic()
        if self._failures and now > self._failed_at + 2 * self._pause:
            self._failures = 0
            self._pause = 0.0
            self._error = ""
        self._taken += 1
        if self._taken >= _GROW_AFTER and self._batch < self._limits.batch:
            self._batch = min(2 * self._batch, self._limits.batch)
            self._taken = 0


def _number(entry: Mapping[str, Any]) -> float | None:
    """Of the request that it answers; None where it is no number at all."""
    number = entry.get("id")
    return number if isinstance(number, int | float) else None


def elsewhere(result: Any) -> bool:
    """Whether another endpoint may do better than this result."""
    return isinstance(result, RpcRefused) and result.elsewhere
