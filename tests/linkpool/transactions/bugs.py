# SPDX-License-Identifier: MIT
"""Bugs that transaction managers really had, planted one at a time: the machine must see each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from sqlalchemy import Connection, select, update

from linkpool.store.tables import accounts, intents
from linkpool.transactions import broadcast, fees, look, rows, settle
from linkpool.transactions.decide import Draft
from linkpool.transactions.intents import IntentState
from linkpool.transactions.observe import Observer
from linkpool.transactions.outbox import Outbox, Pair

Plant = Callable[[pytest.MonkeyPatch], None]


def signs_again_to_resend(patch: pytest.MonkeyPatch) -> None:
    """A failing provider's fallback signs what it was given to send."""
    real = rows.raws

    def raws(connection: Connection, ids: Sequence[int]) -> dict[int, bytes]:
        found = real(connection, ids)
        return {key: raw[:-1] + bytes([raw[-1] ^ 0x55]) for key, raw in found.items()}

    patch.setattr(rows, "raws", raws)


def sends_before_it_stores(patch: pytest.MonkeyPatch) -> None:
    """Quick to send: what a crash leaves behind is sent under other bytes."""
    real = Outbox.sign

    async def sign(self: Outbox, drafts: Sequence[Draft]) -> list[Pair]:
        ids = [one.intent.id for one in drafts]
        contents = await self._database.read(lambda c: rows.contents(c, ids))
        signed = await broadcast.sign(
            self._signers, drafts, contents, self._chain.chain_id, self._limits
        )
        await self._chain.broadcast([one.raw for one in signed if one.raw])
        return await real(self, drafts)

    patch.setattr(Outbox, "sign", sign)


def counts_nonces_in_memory(patch: pytest.MonkeyPatch) -> None:
    """The caller's transaction is rolled back, the counter is not."""
    counted: dict[tuple[str, str], int] = {}

    def take_nonce(connection: Connection, account: str) -> int:
        where = accounts.c.address == account
        there = connection.execute(select(accounts.c.next_nonce).where(where)).scalar_one()
        place = (str(id(connection.engine)), account)
        nonce = max(there, counted.get(place, 0))
        counted[place] = nonce + 1
        connection.execute(update(accounts).where(where).values(next_nonce=nonce + 1))
        return nonce

    patch.setattr("linkpool.transactions.intents.take_nonce", take_nonce)


def looks_for_the_last_attempt_only(patch: pytest.MonkeyPatch) -> None:
    """A replaced transaction is mined all the same."""
    real = look.receipts

    async def receipts(chain: Any, hashes: Sequence[str]) -> dict[str, look.Mined]:
        found = await real(chain, hashes)
        return {} if len(hashes) > 1 else found

    patch.setattr(look, "receipts", receipts)


def believes_a_nonce_is_lost_at_once(patch: pytest.MonkeyPatch) -> None:
    """Used elsewhere in the newest block, which may be replaced."""

    async def counts_at(_chain: Any, names: Sequence[str], _block: int) -> dict[str, int]:
        return dict.fromkeys(names, 2**40)

    async def user_of(chain: Any, account: str, nonce: int, *, at: int) -> look.User:
        return look.User(hash="0x" + "00" * 32, to=None, value=0, data=b"")

    patch.setattr(look, "counts_at", counts_at)
    patch.setattr(look, "user_of", user_of)


def takes_mined_for_final(patch: pytest.MonkeyPatch) -> None:
    real = settle.finalise

    def finalise(connection: Connection, names: Any, hashes: Any, **given: Any) -> settle.Settled:
        return real(connection, names, hashes, **given | {"deepest": 2**40})

    patch.setattr(settle, "finalise", finalise)


def raises_fees_by_five_percent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fees, "LEAST_PERCENT", 5)
    patch.setattr(fees, "_more", lambda amount, _: amount * 105 // 100 + 1)


def never_looks_back(patch: pytest.MonkeyPatch) -> None:
    """A block that is replaced takes its transactions with it."""

    async def _reorganised(*_: Any) -> None:
        return None

    patch.setattr(Observer, "_reorganised", _reorganised)


def queues_again_what_is_slow(patch: pytest.MonkeyPatch) -> None:
    """Not mined in time, so: a new nonce."""
    real = rows.signed

    def signed(connection: Connection, names: Any) -> Any:
        for account, each in real(connection, names).items():
            for one in (one for one in each if len(one.attempts) > 1):
                nonce = settle.take_nonce(connection, account)
                connection.execute(
                    update(intents)
                    .where(intents.c.id == one.id)
                    .values(state=IntentState.QUEUED, nonce=nonce)
                )
        return real(connection, names)

    patch.setattr(rows, "signed", signed)


BUGS: Final[tuple[Plant, ...]] = (
    signs_again_to_resend,
    sends_before_it_stores,
    counts_nonces_in_memory,
    looks_for_the_last_attempt_only,
    believes_a_nonce_is_lost_at_once,
    takes_mined_for_final,
    raises_fees_by_five_percent,
    never_looks_back,
    queues_again_what_is_slow,
)
