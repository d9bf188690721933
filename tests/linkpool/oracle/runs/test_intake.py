# SPDX-License-Identifier: MIT
"""Events into runs: each request one row, whatever the chain does; refusals say why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import insert

from linkpool.follower import events
from linkpool.oracle.runs import intake
from linkpool.oracle.runs.admission import NO_JOB, Terms
from linkpool.oracle.runs.gate import Costs
from linkpool.oracle.runs.states import State
from linkpool.oracle.spec import template
from linkpool.store.database import Database
from linkpool.store.tables import bridges
from linkpool.units import Juels, Wei
from tests.linkpool.oracle.logs import (
    CONSUMER,
    REQUEST_ID,
    SPEC,
    STORAGE,
    answer_log,
    cancel_log,
    request_log,
)
from tests.linkpool.oracle.runs.ledger import JOB, TERMS, Ledger

SENDS = """
type = "directrequest"
schemaVersion = 1
externalJobID = "d6ef9a12-fa8d-4811-bb79-e08204303610"
contractAddress = "YOUR_OPERATOR_CONTRACT_ADDRESS"
observationSource = '''
TASKS'''
"""
OTHER = b"\x2e" * 32


def test_a_request_is_a_run_once(ledger: Ledger) -> None:
    ledger.add(request_log())
    taken = ledger.take()
    assert (taken.events, taken.received, taken.refused) == (1, 1, [])
    [row] = ledger.runs()
    assert (row.state, row.request, row.requester) == ("waiting", "0x" + "1d" * 32, CONSUMER)
    assert (row.payment, row.expires, row.ready, row.block) == (str(10**17), 600, 5, 5)
    assert ledger.take().events == 0
    assert len(ledger.runs()) == 1


def test_rows_and_cursor_are_one_transaction(ledger: Ledger) -> None:
    ledger.add(request_log())

    def fails(connection: object) -> None:
        intake.take(connection, ledger.book, TERMS, now=0)  # type: ignore[arg-type]
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        ledger.database.write_now(fails)
    assert list(ledger.runs()) == []
    assert ledger.database.read_now(lambda c: events.depth(c, intake.CONSUMER)) == 1
    ledger.take()
    assert ledger.states() == ["waiting"]


@pytest.mark.parametrize("form", [0, 1])
def test_both_forms_of_the_job_id_are_served(ledger: Ledger, form: int) -> None:
    ledger.add(request_log(spec_id=SPEC.spec_ids[form]))
    ledger.take()
    assert ledger.states() == ["waiting"]


def test_an_unknown_job_is_a_row_and_a_job_added_later_takes_it_up(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add(
        request_log(),
        request_log(OTHER, block=6),
        request_log(b"\3" * 32, block=7, spec_id=b"x" * 32),
        answer_log(OTHER, block=8),
    )
    assert ledger.take().refused == [NO_JOB] * 3
    job = ledger.add_job()
    assert ledger.adopt(job) == 1
    assert [(row.state, row.job) for row in ledger.runs()] == [
        ("waiting", job), ("refused", None), ("refused", None),
    ]  # fmt: skip
    assert ledger.adopt(job) == 0


def test_a_log_that_is_no_request_is_refused_with_its_reason(ledger: Ledger) -> None:
    ledger.add(replace(request_log(), data=b"\0" * 64))
    ledger.take()
    [row] = ledger.runs()
    assert row.state == "refused"
    assert row.reason


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (f'minContractPaymentLinkJuels = "200000000000000000"\n{JOB}', "the job asks for 0.2 LINK"),
        (f'requesters = ["0x{"ab" * 20}"]\n{JOB}', "is not among the job's requesters"),
    ],
)
def test_a_refusal_says_why(database: Database, job: str, said: str) -> None:
    ledger = Ledger(database)
    ledger.add_job(job)
    ledger.add(request_log())
    assert len(ledger.take().refused) == 1
    [row] = ledger.runs()
    assert row.state == "refused"
    assert said in row.reason
    assert row.finished is not None


def test_the_gate_names_both_figures(ledger: Ledger) -> None:
    costs = Costs(gas=150_000, fee=Wei(10**10), link_per_ether=Decimal(200))
    ledger.terms = replace(TERMS, costs=costs)
    ledger.add(request_log())
    ledger.take()
    [row] = ledger.runs()
    assert "pays 0.1 LINK, an answer costs 0.3 LINK" in row.reason


def test_the_gate_reckons_with_the_jobs_own_gas_limit(database: Database) -> None:
    costs = Costs(gas=100_000, fee=Wei(10**9), link_per_ether=Decimal(200))
    ledger = Ledger(database, terms=replace(TERMS, costs=costs))
    ledger.add_job(f"gasLimit = 600000\n{JOB}")
    ledger.add(request_log())
    ledger.take()
    [row] = ledger.runs()
    assert "an answer costs 0.12 LINK (600000 gas" in row.reason


@pytest.mark.parametrize(
    ("limits", "gas"),
    [
        (["gasLimit=700000"], 700_000),
        (["gasLimit=700000", "gasLimit=200000"], 900_000),
        (["gasLimit=700000", ""], 1_300_000),
        (['gasLimit="$(asked.gas)"'], 600_000),
        (["gasLimit=1000"], 100_000),
    ],
)
def test_the_gate_reckons_with_the_gas_of_each_transaction(
    database: Database, limits: list[str], gas: int
) -> None:
    costs = Costs(gas=100_000, fee=Wei(10**10), link_per_ether=Decimal(200))
    ledger = Ledger(database, terms=replace(TERMS, costs=costs))
    tasks = "".join(
        f'more{place} [type=ethtx to="{STORAGE}" data="0x" {limit}]\n'
        for place, limit in enumerate(limits)
    )
    ledger.add_job(f"gasLimit = 600000\n{SENDS}".replace("TASKS", tasks))
    ledger.add(request_log())
    ledger.take()
    [row] = ledger.runs()
    assert f"({gas} gas" in row.reason


def test_bridges_have_terms_of_their_own(database: Database) -> None:
    ledger = Ledger(database)
    job = JOB.replace(
        "    fetch  [", '    ask [type=bridge name=Weather requestData="{}"]\n    fetch  [', 1
    )
    ledger.add_job(job)
    row = {
        "name": "weather", "url": "http://a", "confirmations": 4, "minimum_payment": "5",
        "incoming_salt": "", "incoming_hash": "", "outgoing_token": "", "created": 0, "updated": 0,
    }  # fmt: skip
    database.write_now(lambda c: c.execute(insert(bridges).values(**row)))
    ledger.add(request_log(payment=4), request_log(OTHER, block=6, payment=5))
    ledger.take()
    poor, fair = ledger.runs()
    assert (
        poor.reason
        == "pays 0.000000000000000004 LINK, bridge weather asks for 0.000000000000000005 LINK"
    )
    assert (fair.state, fair.ready) == ("waiting", 9)


def test_the_larger_number_of_confirmations_counts(database: Database) -> None:
    ledger = Ledger(database, terms=Terms(confirmations=3, minimum=Juels(0)))
    ledger.add_job()
    ledger.add_job(
        JOB.replace("minIncomingConfirmations = 0", "minIncomingConfirmations = 5").replace(
            str(SPEC.external_id), "d6ef9a12-fa8d-4811-bb79-e08204303611"
        )
    )
    other = bytes.fromhex("d6ef9a12fa8d4811bb79e08204303611").ljust(32, b"\0")
    ledger.add(request_log(), request_log(OTHER, block=6, spec_id=other))
    ledger.take()
    assert [row.ready for row in ledger.runs()] == [7, 10]


# ---- What the chain does afterwards ----


def test_an_answer_from_elsewhere_ends_the_run(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.add(answer_log())
    taken = ledger.take()
    [row] = ledger.runs()
    assert (row.state, row.answer_tx) == ("completed", f"0x{6:064x}")
    assert "not this run's" in row.reason
    assert (taken.stopped, taken.answered) == ([row.id], [row.id])


def test_a_request_that_was_over_before_it_was_seen_never_runs(ledger: Ledger) -> None:
    ledger.add(request_log(), request_log(OTHER, block=6), answer_log(block=8))
    ledger.add(cancel_log(OTHER, block=9))
    ledger.take()
    assert ledger.states() == ["completed", "cancelled"]


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.SUSPENDED, State.SENDING])
def test_a_cancellation_ends_whatever_is_under_way(ledger: Ledger, state: State) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.set(1, state=state, intent="answer" if state is State.SENDING else None)
    ledger.add(cancel_log())
    ledger.take()
    [row] = ledger.runs()
    assert (row.state, row.answer_tx) == ("cancelled", None)
    assert "took the payment back" in row.reason


def test_an_answer_of_ours_is_noted_and_waits_for_its_depth(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.set(1, state=State.SENDING, intent="answer")
    ledger.add(answer_log())
    assert ledger.take().stopped == []
    [row] = ledger.runs()
    assert (row.state, row.answer_tx, row.finished) == ("sending", f"0x{6:064x}", None)


def test_a_replaced_block_orphans_its_run_and_the_request_runs_anew(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.remove(request_log())
    ledger.add(request_log(fork=1, block=6))
    taken = ledger.take()
    assert taken.replaced
    assert taken.stopped == [1]
    assert ledger.states() == ["orphaned", "waiting"]


def test_a_block_that_comes_back_brings_its_run_back(ledger: Ledger) -> None:
    ledger.add(request_log(), request_log(OTHER, block=7))
    ledger.take()
    ledger.set(2, state=State.SENDING, intent="answer")
    for _ in range(2):
        ledger.remove(request_log(), request_log(OTHER, block=7))
        ledger.take()
        assert ledger.states() == ["orphaned", "orphaned"]
        ledger.add(request_log(), request_log(OTHER, block=7))
        ledger.take()
        assert ledger.states() == ["waiting", "sending"]


def test_gone_and_back_within_one_look_changes_nothing(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.set(1, state=State.RUNNING)
    ledger.remove(request_log())
    ledger.add(request_log())
    assert ledger.take().stopped == []
    assert ledger.states() == ["running"]


@pytest.mark.parametrize(("intent", "after"), [(None, State.WAITING), ("answer", State.SENDING)])
def test_an_answer_that_is_gone_is_owed_again(
    ledger: Ledger, intent: str | None, after: State
) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.add(answer_log())
    ledger.take()
    ledger.set(1, state=State.COMPLETED, intent=intent)
    ledger.remove(answer_log())
    ledger.take()
    [row] = ledger.runs()
    assert (row.state, row.answer_tx, row.finished) == (after, None, None)


def test_a_cancellation_that_is_gone_opens_the_request_again(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.add(cancel_log())
    ledger.take()
    ledger.remove(cancel_log())
    ledger.take()
    assert ledger.states() == ["waiting"]


def test_an_id_that_is_used_again_is_another_request(ledger: Ledger) -> None:
    ledger.add(request_log(), answer_log(), request_log(block=7))
    ledger.take()
    assert ledger.states() == ["completed", "waiting"]
    ledger.add(answer_log(block=9))
    ledger.take()
    first, second = ledger.runs()
    assert (first.answer_tx, second.answer_tx) == (f"0x{6:064x}", f"0x{9:064x}")


def test_a_failed_run_stays_failed_and_notes_who_answered(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.set(1, state=State.ERRORED, reason="no such path")
    ledger.add(answer_log())
    ledger.take()
    [row] = ledger.runs()
    assert (row.state, row.reason, row.answer_tx) == ("errored", "no such path", f"0x{6:064x}")


def test_another_nodes_answer_ends_no_shadow_run(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add_job(shadow=True)
    ledger.add(request_log(), request_log(OTHER, block=7, spec_id=b"y" * 32), answer_log())
    assert ledger.take().received == 1
    [row] = ledger.runs()
    assert (row.state, row.answer_tx) == ("waiting", f"0x{6:064x}")
    ledger.remove(answer_log())
    ledger.take()
    ledger.add(answer_log(block=8))
    assert ledger.take().stopped == []
    [row] = ledger.runs()
    assert (row.state, row.answer_tx) == ("waiting", f"0x{8:064x}")


def test_a_bundled_job_for_another_contract_is_not_asked(ledger: Ledger) -> None:
    ledger.add_job(template("get-uint256-local"))
    assert len(ledger.book.jobs) == 2
    ledger.add(request_log(REQUEST_ID, spec_id=b"z" * 32))
    ledger.take()
    assert ledger.runs()[0].reason == NO_JOB
