# SPDX-License-Identifier: MIT
"""ServiceAgreements: one question to several oracles, who bid for it with collateral."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.calls import Call
from linkpool.chain.contracts.base import Contract
from linkpool.chain.facts import AgreementState, AgreementTerms, BidState, ExchangeTerms
from linkpool.units import Juels, Ppm

_TERMS = "(bytes32,bytes,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address,address)"


def posted(terms: AgreementTerms) -> bytes:
    """What LINK.transferAndCall(agreements, terms.cost, …) carries to post an agreement."""
    return encode([_TERMS], [terms.words])


def digest_of(consumer: ChecksumAddress, terms: AgreementTerms) -> bytes:
    """What a bid names beside the number: another agreement that got the number has another one.
    To be computed from an AgreementCreated event, and not asked for: an endpoint that lies about
    both would choose the terms.
    """
    return keccak(encode(["address", _TERMS], [consumer, terms.words]))


def terms_of(fields: Sequence[Any]) -> AgreementTerms:
    """`terms` of an AgreementCreated event."""
    job, data, oracles, minimum, payment, penalty, bids, answers, tolerance, *rest = fields
    provider, beneficiary = rest
    return AgreementTerms(
        job=job,
        data=data,
        oracles=oracles,
        minimum_answers=minimum,
        payment=Juels(payment),
        penalty=Juels(penalty),
        bid_deadline=bids,
        answer_deadline=answers,
        tolerance=Ppm(tolerance),
        provider=provider,
        beneficiary=beneficiary,
    )


class ServiceAgreements(Contract):
    """Amounts in juels, ratios in ppm, times in unix seconds."""

    NAME = "ServiceAgreements"

    # ---- The oracle's senders, anyone ----

    def bid(self, number: int, oracle: ChecksumAddress, reference: int, digest: bytes) -> Call:
        """By a sender of `oracle`, with its deposit `reference` as collateral; refused where the
        number is another agreement's, see `digest_of`.
        """
        return self._call("bid", number, oracle, reference, digest)

    def start(self, number: int, job: bytes, data: bytes) -> Call:
        """`job` and `data` as posted."""
        return self._call("start", number, job, data)

    def cancel(self, number: int) -> Call:
        return self._call("cancel", number)

    def settle(self, number: int) -> Call:
        return self._call("settle", number)

    # ---- Views ----

    async def agreement(self, number: int, *, block: int | None = None) -> AgreementState:
        """`state` 0 where there is none with this number."""
        at = await self._height(block)
        (
            state,
            consumer,
            provider,
            beneficiary,
            digest,
            oracles,
            minimum_answers,
            payment,
            penalty,
            tolerance,
            bid_deadline,
            answer_deadline,
            started_at,
            bids,
        ) = await self._read("agreement", number, block=at)
        return AgreementState(
            block=at,
            number=number,
            state=state,
            consumer=consumer,
            provider=provider,
            beneficiary=beneficiary,
            digest=bytes(digest),
            oracles=oracles,
            minimum_answers=minimum_answers,
            payment=Juels(payment),
            penalty=Juels(penalty),
            tolerance=Ppm(tolerance),
            bid_deadline=bid_deadline,
            answer_deadline=answer_deadline,
            started_at=started_at,
            bids=bids,
        )

    async def count(self, *, block: int | None = None) -> int:
        """How many agreements there ever were; they are numbered from 1."""
        return int(await self._read("agreementCount", block=block))

    async def bids(self, number: int, *, block: int | None = None) -> list[BidState]:
        """In the order they came."""
        return [
            BidState(oracle=oracle, reference=reference, score=Ppm(score), order=order)
            for oracle, reference, score, order in await self._read("bids", number, block=block)
        ]

    async def settle_time(self, number: int, *, block: int | None = None) -> int:
        """From when it can be settled although answers are missing; 0 unless started."""
        return int(await self._read("settleTime", number, block=block))

    async def terms(self, *, block: int | None = None) -> ExchangeTerms:
        """What holds for every agreement here."""
        return ExchangeTerms(
            answer_time=int(await self._read("ANSWER_TIME", block=block)),
            late_time=int(await self._read("LATE_TIME", block=block)),
            minimum_payment=Juels(await self._read("MINIMUM_PAYMENT", block=block)),
            late_share=Ppm(await self._read("LATE_SHARE", block=block)),
        )

    async def penalties(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("penalties", block=block)
        return address

    async def aggregator(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("aggregator", block=block)
        return address

    async def link(self, *, block: int | None = None) -> ChecksumAddress:
        address: ChecksumAddress = await self._read("getChainlinkToken", block=block)
        return address
