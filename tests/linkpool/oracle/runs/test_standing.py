# SPDX-License-Identifier: MIT
"""The answer to a request whose block was replaced does not answer another one of the same id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from linkpool.errors import ChainUnavailable
from linkpool.oracle.runs import settlement, standing
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.store.tables import attempts, intents
from linkpool.transactions import IntentState
from linkpool.transactions.intents import Outcome
from linkpool.transactions.withdrawal import WITHDRAWN
from tests.linkpool.oracle.logs import request_log
from tests.linkpool.oracle.runs.ledger import NODE, Ledger

INTENT = {
    "key": "answer", "account": NODE, "nonce": 0, "recipient": NODE, "data": b"", "value": "0",
    "gas": 500_000, "what": "answer", "created": 0.0,
}  # fmt: skip


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """A request whose answer was sent."""
    made = Ledger(database)
    made.add_job()
    made.add(request_log())
    made.take()
    database.write_now(
        lambda c: c.execute(insert(intents).values(**INTENT, state=IntentState.SENT))
    )
    made.set(1, state=State.SENDING, intent="answer")
    return made


def _intent(ledger: Ledger) -> Any:
    return ledger.database.read_now(lambda c: c.execute(select(intents)).one())


def _mined_as(ledger: Ledger, kind: str) -> None:
    def write(connection: Any) -> None:
        row = {"nonce": 0, "hash": "0x1", "raw": b"", "ceiling": "1", "tip": "1"}
        number = connection.execute(select(intents.c.id)).scalar_one()
        made = insert(attempts).values(
            intent=number, kind=kind, created=0.0, broadcasts=1, **row
        )  # fmt: skip
        attempt = connection.execute(made.returning(attempts.c.id)).scalar_one()
        connection.execute(update(intents).values(state=IntentState.MINED, attempt=attempt))

    ledger.database.write_now(write)


@pytest.mark.parametrize("mined", [False, True])
def test_its_answer_is_withdrawn_with_its_block_and_the_next_has_its_own(
    ledger: Ledger, mined: bool
) -> None:
    if mined:
        _mined_as(ledger, "call")
    ledger.remove(request_log())
    ledger.add(request_log(fork=1))
    ledger.take()
    assert ledger.states() == ["orphaned", "waiting"]
    assert ledger.runs()[1].intent is None
    row = _intent(ledger)
    assert (row.cancel, row.reason) == (True, WITHDRAWN)


@pytest.mark.parametrize("together", [False, True])
def test_a_block_that_comes_back_has_its_answer_sent_after_all(
    ledger: Ledger, together: bool
) -> None:
    if together:  # withdrawn by a look at the chain, before the events came
        ledger.database.write_now(lambda c: standing.gone(c, [1]))
    ledger.remove(request_log())
    if not together:
        ledger.take()
    ledger.add(request_log())
    ledger.take()
    [run] = ledger.runs()
    assert (run.state, run.intent, run.attempt) == ("sending", "answer", 0)
    assert not _intent(ledger).cancel


def test_a_block_that_comes_back_too_late_has_its_run_start_anew(ledger: Ledger) -> None:
    ledger.remove(request_log())
    ledger.take()
    _mined_as(ledger, "cancel")
    ledger.add(request_log())
    ledger.take()
    [run] = ledger.runs()
    assert (run.state, run.intent, run.attempt) == ("waiting", None, 1)
    assert _intent(ledger).cancel


def test_what_the_operator_cancelled_stays_cancelled(ledger: Ledger) -> None:
    ledger.database.write_now(
        lambda c: c.execute(update(intents).values(cancel=True, reason="by hand"))
    )
    ledger.remove(request_log())
    ledger.take()
    ledger.add(request_log())
    ledger.take()
    row = _intent(ledger)
    assert (row.cancel, row.reason) == (True, "by hand")


@pytest.mark.parametrize(
    ("reason", "attempt", "state"),
    [
        (WITHDRAWN, 0, State.WAITING),
        (WITHDRAWN, 2, State.CANCELLED),
        ("fatal: exceeds block gas limit", 0, State.WAITING),
        ("fatal: exceeds block gas limit", 2, State.CANCELLED),
        ("by hand", 0, State.CANCELLED),
    ],
)
def test_an_answer_that_was_withdrawn_or_refused_by_rpcs_is_given_again(
    reason: str, attempt: int, state: State
) -> None:
    sent = Outcome(
        key="answer", state=IntentState.CANCELLED, nonce=0, tx=None, block=None, block_hash=None,
        succeeded=False, reason=reason, gas_used=None, price=None,
    )  # fmt: skip
    end = settlement.ending(sent, depth=None, head=9, attempt=attempt, answered=False)
    assert end is not None
    assert end.state is state


class Blocks:
    """Tells one answer for every block."""

    chain_id = 31337

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def batch(self, calls: Any) -> list[Any]:
        return [self.answer for _ in calls]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"hash": "0x" + request_log().block_hash.hex()}, set()),
        ({"hash": "0x" + "ee" * 32}, {"answer"}),
        (None, set()),
    ],
)
def test_the_chain_says_whether_a_request_stands(
    ledger: Ledger, answer: Any, expected: set[str]
) -> None:
    chain: Any = Blocks(answer)
    keys = ["answer", "fill:1"]
    assert asyncio.run(standing.unwanted(chain, ledger.database, keys)) == expected


def test_a_chain_that_does_not_say_sends_nothing(ledger: Ledger) -> None:
    chain: Any = Blocks(ChainUnavailable("away"))
    with pytest.raises(ChainUnavailable, match="block 5 cannot be read"):
        asyncio.run(standing.unwanted(chain, ledger.database, ["answer"]))


@pytest.mark.parametrize("answer", [{}, "0x", {"hash": None}])
def test_a_block_without_a_hash_sends_nothing(ledger: Ledger, answer: Any) -> None:
    chain: Any = Blocks(answer)
    with pytest.raises(ChainUnavailable, match="block 5 cannot be read"):
        asyncio.run(standing.unwanted(chain, ledger.database, ["answer"]))
