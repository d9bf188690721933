# SPDX-License-Identifier: MIT
"""What an operator may set about sending: the group [transactions] of the settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TransactionLimits(BaseModel):
    """Fees are wei per gas, waits are blocks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_flight: int = Field(
        default=256,
        ge=1,
        le=4096,
        description="transactions of one account that may wait to be mined",
    )
    finality: int = Field(
        default=50,
        ge=0,
        le=10_000,
        description="blocks on top of a transaction's own that make it final",
    )
    max_fee: int = Field(
        default=500_000_000_000,
        ge=1,
        description="highest fee ever offered, wei per gas, tip included",
    )
    min_tip: int = Field(
        default=1_000_000,
        ge=0,
        description="lowest tip offered, wei per gas, whatever the RPC suggests",
    )
    max_tip: int = Field(
        default=20_000_000_000,
        ge=0,
        description="highest tip offered at first, wei per gas; replacements rise to it, "
        "or to four times today's tip",
    )
    replace_after: int = Field(
        default=3, ge=1, description="blocks without progress after which a higher fee is offered"
    )
    replace_percent: int = Field(
        default=20, ge=10, le=1000, description="how much higher, in percent of the last offer"
    )
    replace_together: int = Field(
        default=16,
        ge=1,
        description="transactions of one account replaced at one block, lowest first",
    )
    resend_after: int = Field(
        default=2,
        ge=1,
        description="blocks after which a transaction that no RPC knows is sent again",
    )
    cancel_gas: int = Field(
        default=21_000,
        ge=21_000,
        description="gas limit of the empty transfer that cancels, in gas",
    )
