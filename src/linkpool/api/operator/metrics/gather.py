# SPDX-License-Identifier: MIT
"""What the parts of a node have counted, under the names of `names`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from linkpool import __version__
from linkpool.agreements import history as agreements
from linkpool.api.operator.checks import checks
from linkpool.api.operator.metrics.text import Samples
from linkpool.api.operator.model import Operator
from linkpool.chain.rpc import EndpointState, Standing
from linkpool.errors import ChainUnavailable
from linkpool.net import HttpCounters
from linkpool.oracle.bridges.ask import BridgeCounters
from linkpool.oracle.host import HostState
from linkpool.oracle.runs import history
from linkpool.oracle.runs.counters import HostCounters
from linkpool.oracle.runs.states import State
from linkpool.transactions import TransactionManager
from linkpool.transactions.counters import Counters

if TYPE_CHECKING:
    from linkpool.agreements.ports import BiddingCounters

REASONS: Final = ("malformed", "no_job", "payment", "requester", "unprofitable")
BIDS: Final = ("sent", "placed", "missed", "refused")
STEPS: Final = ("start", "settle", "cancel")
WEI: Final = 10**18
JUELS: Final = 10**18


class Book:
    """Values by name and labels."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)

    def set(self, name: str, value: float, *labels: str) -> None:
        self.samples[name][labels] = value


async def gather(operator: Operator) -> Samples:
    """Of what runs here; a part that does not run has no metrics."""
    book, chain = Book(), str(operator.chain_id)
    book.set("linkpool_build_info", 1, __version__)
    for check in await checks(operator):
        book.set("linkpool_service_healthy", int(check.healthy), check.name)
    await _of_database(book, operator)
    if operator.connection is not None:
        _of_endpoints(book, operator.connection.endpoints, chain)
    if operator.host.counters is not None:
        _of_runs(book, operator.host.counters)
    if operator.host.state is not None:
        _of_host(book, operator.host.state, chain)
    if operator.manager is not None:
        _of_transactions(book, operator.manager)
        await _balances(book, operator, operator.manager)
    if operator.http is not None:
        _of_sources(book, operator.http.counters)
    if operator.bridges is not None:
        _of_bridges(book, operator.bridges.counters)
    if operator.bidding is not None:
        await _of_agreements(book, operator, operator.bidding)
    return book.samples


async def _of_database(book: Book, operator: Operator) -> None:
    states, tasks, jobs = await operator.database.read(
        lambda c: (history.state_counts(c), history.waiting_tasks(c), history.job_count(c))
    )
    for state, number in states.items():
        book.set("linkpool_runs", number, state)
    book.set("pipeline_runs_queued", states[State.WAITING] + states[State.RUNNING])
    book.set("pipeline_task_runs_queued", tasks)
    book.set("linkpool_jobs", jobs, "served")


def _of_endpoints(book: Book, endpoints: Sequence[EndpointState], chain: str) -> None:
    for standing in Standing:
        number = sum(one.standing is standing for one in endpoints)
        book.set("multi_node_states", number, chain, standing)
    for one in endpoints:
        book.set("pool_rpc_node_highest_seen_block", one.head, one.name)
        book.set("pool_rpc_node_calls_total", one.requests, one.name)
        book.set("pool_rpc_node_calls_failed", one.errors, one.name)


def _of_runs(book: Book, counted: HostCounters) -> None:
    book.set("linkpool_requests_received_total", counted.received)
    for reason in {*REASONS, *counted.refused}:
        book.set("linkpool_requests_rejected_total", counted.refused[reason], reason)
    book.set("linkpool_requests_fulfilled_total", counted.answered)
    book.set("linkpool_requests_missed_total", counted.missed)
    book.set("linkpool_logs_reread_total", counted.reread)
    book.set("linkpool_answers_repeated_total", counted.again)
    for (job, status), number in counted.runs.items():
        book.set("linkpool_pipeline_runs_total", number, str(job), str(status))
    for (kind, status), number in counted.tasks.items():
        book.set("linkpool_task_runs_total", number, kind, str(status))


def _of_host(book: Book, state: HostState, chain: str) -> None:
    if state.head is not None:
        book.set("head_tracker_current_head", state.head, chain)
    book.set("linkpool_request_backlog_blocks", state.behind)
    book.set("linkpool_log_queue_depth", state.queue)
    book.set("linkpool_jobs", len(state.broken_jobs), "broken")
    for node, _storage, said in state.nodes:
        book.set("linkpool_node_state", 1, node, said)
    book.set("linkpool_assignments_open", state.requests.open)
    book.set("linkpool_assignments_late", state.requests.late)
    book.set("linkpool_assignments_failed", state.requests.failed)
    book.set("linkpool_assignment_oldest_seconds", state.requests.oldest)


_TRANSACTIONS: Final = {
    "tx_manager_num_broadcasted": "broadcasts",
    "tx_manager_num_confirmed_transactions": "final",
    "tx_manager_num_tx_reverted": "failed",
    "tx_manager_num_gas_bumps": "replaced",
    "tx_manager_gas_bump_exceeds_limit": "gas_bump_exceeds_limit",
    "linkpool_transactions_cancelled_total": "cancelled",
    "linkpool_transactions_reorganised_total": "reorganised",
    "linkpool_signing_failed_total": "signing_failed",
    "linkpool_nonces_used_elsewhere_total": "nonces_used_elsewhere",
    "linkpool_nonce_gaps_filled_total": "gaps_filled",
}


def _of_transactions(book: Book, manager: TransactionManager) -> None:
    counted: Counters = manager.counters
    for name, field in _TRANSACTIONS.items():
        book.set(name, getattr(counted, field))
    for outcome, number in counted.outcomes.items():
        book.set("linkpool_broadcasts_total", number, str(outcome))
    for account, status in manager.statuses.items():
        book.set("unconfirmed_transactions", status.unmined, account)
        book.set("linkpool_transactions_waiting", status.waiting, account)
        book.set("max_unconfirmed_blocks", status.stuck_blocks, account)
        book.set("linkpool_account_unfunded", int(status.unfunded), account)


async def _balances(book: Book, operator: Operator, manager: TransactionManager) -> None:
    accounts = sorted(map(str, manager.accounts))
    if operator.connection is None or not accounts:
        return
    asked = [("eth_getBalance", (account, "latest")) for account in accounts]
    try:
        found = await operator.connection.batch(asked)
    except ChainUnavailable:
        return  # linkpool_service_healthy says so
    for account, wei in zip(accounts, found, strict=True):
        if isinstance(wei, str):
            book.set("eth_balance", int(wei, 16) / WEI, account, str(operator.chain_id))


async def _of_agreements(book: Book, operator: Operator, counted: BiddingCounters) -> None:
    for result in BIDS:
        book.set("linkpool_bids_total", counted.bids[result], result)
    for step in STEPS:
        book.set("linkpool_agreement_steps_total", counted.steps[step], step)
    for state, number in (await operator.database.read(agreements.state_counts)).items():
        book.set("linkpool_agreements", number, state)
    for kind, juels in counted.collateral.items():
        book.set("linkpool_collateral_link", juels / JUELS, kind)


def _of_sources(book: Book, counted: HttpCounters) -> None:
    for (host, code), number in counted.requests.items():
        book.set("linkpool_api_requests_total", number, host, code)
    for host, seconds in counted.seconds.items():
        book.set("linkpool_api_request_seconds_total", seconds, host)
    for host, size in counted.bytes.items():
        book.set("linkpool_api_response_bytes_total", size, host)


def _of_bridges(book: Book, counted: BridgeCounters) -> None:
    names = {
        "linkpool_bridge_requests_total": counted.requests,
        "bridge_errors_total": counted.errors,
        "bridge_cache_hits_total": counted.cache_hits,
        "bridge_cache_errors_total": counted.cache_errors,
    }
    for name, counter in names.items():
        for bridge, number in counter.items():
            book.set(name, number, bridge)
    for bridge, seconds in counted.latency_seconds.items():
        book.set("bridge_latency_seconds", seconds, bridge)
