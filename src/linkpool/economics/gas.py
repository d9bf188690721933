# SPDX-License-Identifier: MIT
"""What an answer costs in gas: the paper's estimate, or what this project's contracts were measured
with (measured.json, taken from the gas bench).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from linkpool.economics.exact import ONE, ZERO, exact, whole
from linkpool.economics.parameters import Parameters
from linkpool.errors import UsageError

SIZES: Final = (1, 3, 5, 16, 31)
"""Oracles of the agreements that were measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One kind of transaction that a node pays for."""

    what: str
    gas: Decimal
    times: Decimal
    """For each answer asked for, each one given, or a month, as `per` says."""
    per: str
    source: str

    @property
    def total(self) -> Decimal:
        return self.gas * self.times


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Gas of a node."""

    items: tuple[Item, ...]

    @property
    @exact
    def asked(self) -> Decimal:
        """For each answer asked for, given or not."""
        return self._sum("asked")

    @property
    @exact
    def answered(self) -> Decimal:
        """For each answer given, on top of it."""
        return self._sum("answered")

    @property
    @exact
    def answer(self) -> Decimal:
        """One answer, all in all."""
        return self.asked + self.answered

    @property
    @exact
    def monthly(self) -> Decimal:
        return self._sum("month")

    def _sum(self, per: str) -> Decimal:
        return sum((item.total for item in self.items if item.per == per), ZERO)


@cache
def measured() -> Mapping[str, Decimal]:
    """Gas by action of the gas bench."""
    text = files("linkpool.economics").joinpath("measured.json").read_text(encoding="utf-8")
    return {action: Decimal(gas) for action, gas in json.loads(text).items()}


@exact
def estimate(p: Parameters) -> Decimal:
    """The paper's: an ERC-20 transfer and some more, in whole gas."""
    return whole(p.erc20_gas * (ONE + p.erc20_extra))


@exact
def of_round(oracles: Decimal) -> Decimal:
    """Starting and settling one agreement; between two measured sizes on the line through both."""
    known = {
        Decimal(size): measured()[f"start.{size}"] + measured()[f"settle.good.{size}"]
        for size in SIZES
    }
    if oracles in known:
        return known[oracles]
    below = max((size for size in known if size < oracles), default=None)
    above = min((size for size in known if size > oracles), default=None)
    if below is None or above is None:
        raise UsageError(f"nodes-per-request: an agreement has 1 to 31 oracles, not {oracles:f}")
    part = (oracles - below) / (above - below)
    return known[below] + part * (known[above] - known[below])


@exact
def bill(p: Parameters) -> Bill:
    """Everything that a node sends."""
    makers = {"paper": _paper, "direct": _direct, "agreements": _agreements}
    distribution = Item(
        what="distribution of the income",
        gas=measured()["distribute.300"],
        times=p.distributions,
        per="month",
        source="measured",
    )
    items = (*makers[p.flow](p), distribution)
    return Bill(items=tuple(item for item in items if item.total))


def _paper(p: Parameters) -> list[Item]:
    gas = estimate(p)
    return [
        Item(
            what="transfer of the penalty",
            gas=gas if p.penalty_gas is None else p.penalty_gas,
            times=p.penalty_transfers,
            per="asked",
            source="the paper's estimate" if p.penalty_gas is None else "given",
        ),
        _answer(p, gas, "the paper's estimate"),
    ]


def _direct(p: Parameters) -> list[Item]:
    return [_answer(p, measured()["oracle.fulfil"], "measured")]


def _agreements(p: Parameters) -> list[Item]:
    """Nodes take turns at starting and settling; one deposit backs many agreements."""
    gas = measured()
    oracles = p.nodes_per_request
    pair = gas["deposit"] + gas["release.full"]
    interpolated = oracles not in map(Decimal, SIZES)
    of_round_source = "interpolated" if interpolated else "measured"
    return [
        Item(
            what="bid",
            gas=gas["bid.provider"] if p.bid_gas is None else p.bid_gas,
            times=ONE / p.bids_won,
            per="asked",
            source="measured" if p.bid_gas is None else "given",
        ),
        Item(
            what="start and settling, in turns",
            gas=of_round(oracles) if p.round_gas is None else p.round_gas,
            times=ONE / oracles,
            per="asked",
            source=of_round_source if p.round_gas is None else "given",
        ),
        _answer(p, gas["answer"], "measured"),
        Item(
            what="collateral sent and fetched back",
            gas=pair if p.penalty_gas is None else p.penalty_gas,
            times=p.deposits,
            per="month",
            source="measured" if p.penalty_gas is None else "given",
        ),
    ]


def _answer(p: Parameters, gas: Decimal, source: str) -> Item:
    """One transaction may write several answers that were computed off chain."""
    used = gas if p.answer_gas is None else p.answer_gas
    check = p.aggregated_gas if p.aggregated > 1 else ZERO
    return Item(
        what="answer" if p.aggregated == 1 else "answer, its part of one transaction",
        gas=used / p.aggregated + check,
        times=ONE,
        per="answered",
        source=source if p.answer_gas is None else "given",
    )
