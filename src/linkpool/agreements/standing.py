# SPDX-License-Identifier: MIT
"""Calls about agreements whose block was replaced are not sent again unless their own one is there:
the contract would refuse them, and a bid that was refused once is lost for an agreement that comes
back a block later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from linkpool.agreements import book, records
from linkpool.chain.addresses import address
from linkpool.chain.codec import codec
from linkpool.chain.replaced import Seen, replaced
from linkpool.chain.rpc import Rpc
from linkpool.store.database import Database


async def unwanted(chain: Rpc, database: Database, keys: Sequence[str]) -> set[str]:
    """Those of `keys` whose agreement is not there any more as the chain stands now, whatever of
    that the book knows. ChainUnavailable where it cannot be told.
    """
    places = await database.read(lambda c: _places(c, keys))
    gone = await replaced(chain, {place for place in places.values() if place is not None})
    return {key for key, place in places.items() if place is None or place in gone}


def _places(connection: Connection, keys: Sequence[str]) -> dict[str, Seen | None]:
    """The block in which each one's agreement was posted; None where what the follower knows is
    none of it, or another one.
    """
    asked = {key: about for key in keys if (about := records.about(key)) is not None}
    numbers = defaultdict(set)
    for contract, number, _ in asked.values():
        numbers[contract].add(number)
    created = codec("ServiceAgreements").topics(("AgreementCreated",))
    found: dict[str, Seen | None] = {}
    for text, some in numbers.items():
        there = book.logs_of(connection, (address(text),), created, some)
        for key, (contract, number, digest) in asked.items():
            if contract != text:
                continue
            one = book.readable(number, there[number])
            same = one is not None and records.shortened(one.posted) == digest
            log = there[number][-1] if same else None
            found[key] = None if log is None else (log.block, "0x" + log.block_hash.hex())
    return found
