# SPDX-License-Identifier: MIT
"""Reads every PoolStorage: its books, its open penalties, its late losses, its LINK."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Books, Loss, Store, Suite
from linkpool.audit.source import Source, View, countable
from linkpool.chain.facts import Announcement, PenaltyState
from linkpool.units import Juels, Ppm

_BOOKS: Final = {
    "node": "nodeAddress",
    "factory": "factory",
    "operator": "operator",
    "proposed": "proposedOperator",
    "wallet": "operationsWallet",
    "staked": "totalStaked",
    "owners_due": "ownersDue",
    "pledged": "ownersPledged",
    "operations_due": "operationsDue",
    "escrowed": "escrowed",
    "claims": "exitClaims",
    "at_risk": "atRisk",
    "stakers_at_risk": "stakersAtRisk",
    "makers": "makersPercentage",
    "ceiling": "costCeiling",
    "allowance": "lossAllowance",
    "records": "penaltyCount",
    "overdue": "overdue",
}
_MOST: Final = 10_000  # nodes; each takes two dozen questions
_OPEN: Final = 10  # penalties at a time, as the contract bounds them
_WAITING: Final = (0, 1, 2)  # makers' percentage, cost ceiling, operations wallet


@dataclass(frozen=True, slots=True)
class _Said:
    """What one storage answered before its penalties are known."""

    place: ChecksumAddress
    balance: Juels | None
    is_storage: bool | None
    books: dict[str, Any] | None
    open: tuple[int, ...]

    @property
    def records(self) -> int:
        return 0 if self.books is None else self.books["records"]


async def read(source: Source, suite: Suite, first: int) -> tuple[Store, ...]:
    """In order of creation."""
    claim = View("PoolStorageFactory", suite.factory, "storageCount")
    count = countable(claim, (await source.views([claim]))[0], _MOST)
    asked = [View("PoolStorageFactory", suite.factory, "storageAt", (at,)) for at in count]
    places = [one for one in await source.views(asked) if one is not None]
    said = await _said(source, suite, places)
    found = await _found(source, suite, said)
    open_ = await _penalties(source, [(one.place, id_) for one in said for id_ in one.open])
    losses = await _losses(source, said, first)
    return tuple(
        Store(
            index=index,
            place=one.place,
            balance=one.balance,
            is_storage=one.is_storage,
            found=found.get(one.place),
            books=_books(one, open_),
            losses=tuple(losses.get(one.place, ())),
        )
        for index, one in enumerate(said)
    )


async def _said(source: Source, suite: Suite, places: Sequence[ChecksumAddress]) -> list[_Said]:
    asked: list[View] = []
    for place in places:
        asked += [View("PoolStorage", place, function) for function in _BOOKS.values()]
        asked += [View("PoolStorage", place, "announcement", (term,)) for term in _WAITING]
        asked += [
            View("PoolStorage", place, "openPenalties"),
            View("LinkToken", suite.link, "balanceOf", (place,)),
            View("PoolStorageFactory", suite.factory, "isStorage", (place,)),
        ]
    answers = await source.views(asked)
    size = len(asked) // len(places) if places else 0
    return [
        _one(place, answers[number * size : (number + 1) * size])
        for number, place in enumerate(places)
    ]


def _one(place: ChecksumAddress, answers: Sequence[Any]) -> _Said:
    *told, open_, balance, is_storage = answers
    complete = None not in told and open_ is not None and len(open_) <= _OPEN
    values, waiting = told[: len(_BOOKS)], told[len(_BOOKS) :]
    books = dict(zip(_BOOKS, values, strict=True)) | {"waiting": waiting} if complete else None
    return _Said(place, balance, is_storage, books, tuple(open_) if complete else ())


async def _found(
    source: Source, suite: Suite, said: Sequence[_Said]
) -> dict[ChecksumAddress, ChecksumAddress | None]:
    """Which storage the factory has for the node that each storage names."""
    known = {one.place: one.books["node"] for one in said if one.books is not None}
    found = await source.views(
        [
            View("PoolStorageFactory", suite.factory, "getStorageInstance", (node,))
            for node in known.values()
        ]
    )
    return dict(zip(known, found, strict=True))


async def _penalties(
    source: Source, asked: Sequence[tuple[ChecksumAddress, int]]
) -> dict[tuple[ChecksumAddress, int], PenaltyState]:
    answers = await source.views(
        [View("PoolStorage", place, "penaltyById", (id_,)) for place, id_ in asked]
    )
    names = ("id", "state", "amount", "pledge", "returned", "claims", "weight", "deadline")
    return {
        key: PenaltyState(block=source.moment.number, **dict(zip(names, answer, strict=True)))
        for key, answer in zip(asked, answers, strict=True)
        if answer is not None
    }


async def _losses(
    source: Source, said: Sequence[_Said], first: int
) -> dict[ChecksumAddress, list[Loss]]:
    """Weights of what was lost, rounded up as the contract does."""
    places = {one.place: "PoolStorage" for one in said if one.records}
    if not places:
        return {}
    events = await source.events(places, ["PenaltySlashed"], first)
    times = await source.times(one.block for one in events)
    records = await _penalties(source, [(one.contract, one.fields["id"]) for one in events])
    losses: dict[ChecksumAddress, list[Loss]] = {}
    for one in events:
        record = records.get((one.contract, one.fields["id"]))
        if record is not None and record.amount:
            weight = -(-record.weight * one.fields["amount"] // record.amount)
            losses.setdefault(one.contract, []).append(
                Loss(weight=Ppm(weight), time=times[one.block])
            )
    return losses


def _books(said: _Said, penalties: dict[tuple[ChecksumAddress, int], PenaltyState]) -> Books | None:
    if said.books is None:
        return None
    waiting = tuple(
        Announcement(value=value, ready=ready, lapse=lapse)
        for value, ready, lapse in said.books["waiting"]
    )
    mine = [penalties[said.place, id_] for id_ in said.open if (said.place, id_) in penalties]
    return Books(**said.books | {"waiting": waiting, "open": tuple(mine)})
