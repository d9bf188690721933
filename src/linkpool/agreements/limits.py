# SPDX-License-Identifier: MIT
"""The [bidding] group of the settings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from linkpool.chain.addresses import address
from linkpool.errors import UsageError
from linkpool.units import WHOLE_PPM, Juels, Ppm, link

if TYPE_CHECKING:
    from linkpool.agreements.policy import Policy

_LINK: Final = Decimal(0)


class BiddingLimits(BaseModel):
    """Which agreements the node's operator wants to serve, and what he risks for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(default=False, description="whether the node bids for agreements")
    agreements: str | None = Field(
        default=None,
        description="address of the contract where agreements are posted [default: the manifest's]",
    )
    jobs: tuple[str, ...] = Field(
        default=(),
        description="externalJobIDs of the jobs to bid with [default: all jobs of the node]",
    )
    minimum_payment: Decimal = Field(
        default=_LINK,
        ge=0,
        description="LINK for an answer below which it does not bid; "
        "jobs and the contract have minimums of their own",
    )
    maximum_penalty: Decimal = Field(
        default=_LINK,
        ge=0,
        description="LINK that one agreement may put at risk; at 0 it bids where nothing is",
    )
    collateral_share: int = Field(
        default=WHOLE_PPM,
        ge=1,
        le=WHOLE_PPM,
        description="parts per million of a deposit that may be reserved at once",
    )
    shortest_answer_time: int = Field(
        default=0,
        ge=0,
        description="seconds between the two deadlines of an agreement that it needs at least; "
        "the contract has a minimum of its own",
    )
    lead_seconds: int = Field(
        default=24,
        ge=0,
        le=86_400,
        description="seconds that a transaction needs: no bid is sent later before its deadline",
    )
    gate_gas: int = Field(
        default=150_000,
        ge=0,
        description="gas of a bid and of a start or settlement now and then, which a payment has to"
        " cover beside its answer's where runs.gate is on; more where many bids are not chosen",
    )
    reap_hours: float = Field(
        default=720,
        gt=0,
        description="hours after the end of its bidding for which an agreement that is over is"
        " kept; its logs stay",
    )
    providers: tuple[str, ...] = Field(
        default=(),
        description="addresses of the Reputation contracts that agreements may name; "
        "0x and 40 zeros for agreements that name none [default: any, and none]",
    )

    @field_validator("agreements")
    @classmethod
    def _one_address(cls, text: str | None) -> str | None:
        return None if text is None else _address(text)

    @field_validator("providers")
    @classmethod
    def _addresses(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_address(text) for text in texts)

    @field_validator("jobs")
    @classmethod
    def _identifiers(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(UUID(text)) for text in texts)
        except ValueError:
            raise ValueError("expected externalJobIDs as `linkpool job list` shows them") from None

    @field_validator("minimum_payment", "maximum_penalty")
    @classmethod
    def _of_link(cls, amount: Decimal) -> Decimal:
        _juels(amount)
        return amount

    @property
    def policy(self) -> Policy:
        """The same in juels, ids and addresses."""
        from linkpool.agreements.policy import Policy  # a node that does not bid does without

        named = [UUID(text) for text in self.jobs]
        return Policy(
            jobs=frozenset(
                name for job in named for name in (job.bytes.ljust(32, b"\0"), job.hex.encode())
            ),
            minimum_payment=_juels(self.minimum_payment),
            maximum_penalty=_juels(self.maximum_penalty),
            collateral_share=Ppm(self.collateral_share),
            shortest_answer_time=self.shortest_answer_time,
            lead=self.lead_seconds,
            providers=frozenset(address(text) for text in self.providers),
        )


def _address(text: str) -> str:
    try:
        return address(text)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _juels(amount: Decimal) -> Juels:
    try:
        return link(format(amount, "f"))
    except UsageError as error:
        raise ValueError(str(error)) from None
