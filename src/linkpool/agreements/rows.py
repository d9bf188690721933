# SPDX-License-Identifier: MIT
"""Agreements as rows of the database: which of them a look needs, and which are removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, tuple_

from linkpool.agreements.facts import LIVE, Agreement, Ended, Placed, Result, Stage
from linkpool.agreements.records import Verdict
from linkpool.store.tables import agreements, biddings

MOST: Final = 1_000  # agreements that one transaction removes

_SAME: Final = and_(
    biddings.c.contract == agreements.c.contract, biddings.c.agreement == agreements.c.id
)


def live(
    connection: Connection,
    contract: ChecksumAddress,
    oracles: Collection[ChecksumAddress],
    *,
    now: int,
) -> list[Agreement]:
    """Those that are open for bids, and those that are not over and in which these oracles have
    bid or may have. Others cost a look nothing, however many there are.
    """
    on_its_way = exists().where(_SAME, biddings.c.verdict == Verdict.BID)
    query = select(agreements.c.content).where(
        agreements.c.contract == contract,
        agreements.c.state.in_(LIVE),
        or_(
            and_(agreements.c.state == Stage.OPEN, agreements.c.bid_deadline > now),
            on_its_way,
            *(agreements.c.bidders.contains(oracle) for oracle in oracles),
        ),
    )
    return [load(text) for text in connection.scalars(query.order_by(agreements.c.id))]


def put(connection: Connection, new: Sequence[Agreement]) -> None:
    if new:
        connection.execute(insert(agreements), [_row(one) for one in new])


def forget(connection: Connection, contract: ChecksumAddress, numbers: Collection[int]) -> None:
    own = agreements.c.contract == contract
    connection.execute(delete(agreements).where(own, agreements.c.id.in_(numbers)))


def reap(connection: Connection, *, before: int) -> int:
    """Removes agreements whose bidding ended before that time and that are over, or in which
    nobody bid, with what was decided about them; how many that were. Their logs stay.
    """
    key = (agreements.c.contract, agreements.c.id)
    over = or_(agreements.c.state.not_in(LIVE), agreements.c.bidders == "")
    query = select(*key).where(agreements.c.bid_deadline < before, over).limit(MOST)
    old = [(row.contract, row.id) for row in connection.execute(query)]
    if old:
        connection.execute(
            delete(biddings).where(tuple_(biddings.c.contract, biddings.c.agreement).in_(old))
        )
        connection.execute(delete(agreements).where(tuple_(*key).in_(old)))
    return len(old)


# ---- Their form ----


def _row(one: Agreement) -> dict[str, Any]:
    return {
        "contract": one.contract,
        "id": one.id,
        "state": one.stage,
        "bid_deadline": one.bid_deadline,
        "bidders": " ".join(one.bidders),
        "content": dump(one),
    }


def dump(one: Agreement) -> str:
    """For agreements.content."""
    fields = asdict(one)
    return json.dumps(fields | {"job": one.job.hex(), "data": one.data.hex()})


def load(text: str) -> Agreement:
    """From agreements.content."""
    fields = json.loads(text)
    return Agreement(
        **fields
        | {
            "job": bytes.fromhex(fields["job"]),
            "data": bytes.fromhex(fields["data"]),
            "stage": Stage(fields["stage"]),
            "bids": tuple(Placed(**bid) for bid in fields["bids"]),
            "asked": _addresses(fields["asked"]),
            "answered": _addresses(fields["answered"]),
            "ended": tuple(
                Ended(**ended | {"result": Result(ended["result"])}) for ended in fields["ended"]
            ),
        }
    )


def _addresses(texts: Sequence[str]) -> tuple[ChecksumAddress, ...]:
    return cast(tuple[ChecksumAddress, ...], tuple(texts))
