# SPDX-License-Identifier: MIT
"""Answers tried before they are sent: what the contract would refuse uses no nonce and no gas."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

from linkpool.chain import wire
from linkpool.chain.rpc import Ask, RpcRefused
from linkpool.errors import ChainUnavailable, TxReverted
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent

LOG: Final = logger("oracle.runs")
TRIES: Final = 3  # refusals before one is believed
HEIGHT: Final[Ask] = ("eth_blockNumber", ())
FIRST_PAUSE: Final = 0.5  # seconds
LONGEST_PAUSE: Final = 30.0


class Chain(Protocol):
    """What a runner asks of a Connection."""

    @property
    def chain_id(self) -> int: ...

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        """Of an endpoint that has `block`."""
        ...

    async def rpc(self, method: str, *params: Any) -> Any: ...


class Rehearsal:
    """Many answers in one round trip."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    async def refusals(self, intents: Sequence[Intent], head: int | None) -> list[str]:
        """Why each would revert on top of block `head` or a later one; empty where it would not,
        or where the RPC cannot tell. Waits for an RPC.
        """
        reasons: list[str | None] = [None] * len(intents)
        looks, pause = 0, FIRST_PAUSE
        while left := [place for place, reason in enumerate(reasons) if reason is None]:
            if looks:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            looks += 1
            asked: list[Ask] = [("eth_call", (_message(intents[p]), "latest")) for p in left]
            for place, answer in zip(left, await self._asked(asked, head), strict=True):
                reasons[place] = _reason(answer, last=looks >= TRIES)
        return [reason or "" for reason in reasons]

    async def _asked(self, asked: Sequence[Ask], head: int | None) -> list[Any | Exception]:
        try:
            height, *answers = await self._chain.batch([HEIGHT, *asked], block=head)
            _require_present(height, head)
            return answers
        except ChainUnavailable as error:
            LOG.warning("answers.postponed", count=len(asked), why=str(error))
            return [error] * len(asked)


def _require_present(height: Any | Exception, head: int | None) -> None:
    """ChainUnavailable where an RPC that had block `head` before answers from an earlier one now:
    it would refuse the answer to a request that it does not know yet.
    """
    if isinstance(height, Exception):
        raise ChainUnavailable(f"no block number: {height}")
    if head is not None and wire.height(height) < head:
        raise ChainUnavailable(f"the RPC is behind: it answers from before block {head}")


def _reason(answer: Any | Exception, *, last: bool) -> str | None:
    """None: ask again. An RPC that keeps refusing the question itself does not stop an answer."""
    if isinstance(answer, TxReverted):
        return answer.reason or "no reason given"
    if isinstance(answer, RpcRefused) and not answer.elsewhere and last:
        return ""
    return None if isinstance(answer, Exception) else ""


def _message(intent: Intent) -> dict[str, str]:
    message = {
        "from": intent.account,
        "input": "0x" + intent.data.hex(),
        "gas": hex(intent.gas),
        "value": hex(intent.value),
    }
    if intent.to is not None:
        message["to"] = intent.to
    return message
