# SPDX-License-Identifier: MIT
"""Starts, settlements and cancellations that are due become intents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.agreements.facts import Network
from linkpool.agreements.ports import BiddingCounters
from linkpool.agreements.reads import Outside
from linkpool.agreements.survey import Survey
from linkpool.agreements.turns import Act, Step, due, portion
from linkpool.chain.calls import Call
from linkpool.chain.contracts import ServiceAgreements
from linkpool.chain.rpc import RpcRefused
from linkpool.errors import TxReverted, Unfunded
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent

LOG: Final = logger("agreements")


class Steps:
    """Takes them; `send` writes an intent down."""

    def __init__(
        self,
        contract: ServiceAgreements,
        outside: Outside,
        send: Callable[[Intent], Awaitable[None]],
        counters: BiddingCounters,
    ) -> None:
        self._contract = contract
        self._outside = outside
        self._send = send
        self._counters = counters

    async def take(
        self,
        found: Survey,
        nodes: Mapping[ChecksumAddress, ChecksumAddress],
        network: Network,
    ) -> None:
        """`nodes`: account by oracle."""
        every = (due(one, nodes.keys(), network, found.at) for one in found.live)
        ready = [
            (act, key)
            for act in every
            if act is not None
            and (key := found.following(act.agreement, act.step, act.oracle)) is not None
        ]
        for act, key in portion(ready, found.at):
            await self._take(act, key, nodes[act.oracle])

    async def _take(self, act: Act, key: str, account: ChecksumAddress) -> None:
        call = self._call(act)
        try:
            limit = await self._outside.limit(call, sender=account)
        except (TxReverted, RpcRefused, Unfunded) as error:  # somebody was first, or too early
            LOG.debug(
                "agreement.not_yet", step=act.step, agreement=act.agreement.id, why=str(error)
            )
            return
        await self._send(intent(key, account, call, limit))
        self._counters.steps[act.step] += 1
        LOG.info(f"agreement.{act.step}", agreement=act.agreement.id, oracle=act.oracle)

    def _call(self, act: Act) -> Call:
        one = act.agreement
        match act.step:
            case Step.START:
                return self._contract.start(one.id, one.job, one.data)
            case Step.SETTLE:
                return self._contract.settle(one.id)
            case Step.CANCEL:
                return self._contract.cancel(one.id)


def intent(key: str, account: ChecksumAddress, call: Call, limit: int) -> Intent:
    return Intent(key=key, account=account, to=call.to, data=call.data, gas=limit, what=call.what)
