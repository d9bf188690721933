# SPDX-License-Identifier: MIT
"""Every metric of a node with its labels and its meaning; docs/reference/metrics.md is made of it.

Seconds, bytes, blocks and ether; no label has a value for each request, address of the web or
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """Of Prometheus' two plain kinds."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...] = ()


def _gauge(name: str, help: str, *labels: str) -> Metric:
    return Metric(name, "gauge", help, labels)


def _counter(name: str, help: str, *labels: str) -> Metric:
    return Metric(name, "counter", help, labels)


METRICS: Final[tuple[Metric, ...]] = (
    # ---- The process ----
    _gauge("linkpool_build_info", "1, with the version that runs", "version"),
    _gauge("linkpool_service_healthy", "1 where the service of /health is well, else 0", "service"),
    # ---- Requests and runs ----
    _counter("linkpool_requests_received_total", "requests seen for jobs of this node"),
    _counter("linkpool_requests_rejected_total", "requests that were refused", "reason"),
    _counter("linkpool_requests_fulfilled_total", "answers to requests seen on chain"),
    _counter("linkpool_requests_missed_total", "requests that only the reconciler found"),
    _counter("linkpool_logs_reread_total", "logs that an RPC had not told, found by asking again"),
    _counter("linkpool_answers_repeated_total", "answers that came to nothing, started anew"),
    _counter("linkpool_pipeline_runs_total", "runs that ended", "job_id", "status"),
    _counter("linkpool_task_runs_total", "tasks that ended", "task_type", "status"),
    _gauge("linkpool_runs", "runs in the database", "state"),
    _gauge("linkpool_assignments_open", "requests whose answer is not on chain"),
    _gauge("linkpool_assignments_late", "open requests older than runs.late_seconds"),
    _gauge("linkpool_assignments_failed", "failed requests that could still be answered"),
    _gauge("linkpool_assignment_oldest_seconds", "age of the oldest open request"),
    _gauge("pipeline_runs_queued", "runs that wait for confirmations or for their turn"),
    _gauge("pipeline_task_runs_queued", "tasks that wait for something outside"),
    _gauge("linkpool_jobs", "jobs that are served", "state"),
    # ---- Nodes ----
    _gauge("linkpool_node_state", "1 for the state of a hosted node", "node_address", "state"),
    _gauge("eth_balance", "ether of an account that signs", "account", "evmChainID"),
    # ---- The chain ----
    _gauge("head_tracker_current_head", "highest block that was read", "evmChainID"),
    _gauge("linkpool_request_backlog_blocks", "blocks of history that are still to be read"),
    _gauge("linkpool_log_queue_depth", "log events that no run was made of yet"),
    _gauge("multi_node_states", "RPC endpoints in a state", "evmChainID", "state"),
    _gauge("pool_rpc_node_highest_seen_block", "highest block of an endpoint", "nodeName"),
    _counter("pool_rpc_node_calls_total", "requests to an endpoint", "nodeName"),
    _counter("pool_rpc_node_calls_failed", "requests that an endpoint failed", "nodeName"),
    # ---- Transactions ----
    _counter("tx_manager_num_broadcasted", "raw transactions given to the RPCs, repeats too"),
    _counter("tx_manager_num_confirmed_transactions", "transactions that are final"),
    _counter("tx_manager_num_tx_reverted", "transactions that were mined and reverted"),
    _counter("tx_manager_num_gas_bumps", "transactions signed again at a higher fee"),
    _counter("tx_manager_gas_bump_exceeds_limit", "higher fees that max_fee did not allow"),
    _counter("linkpool_transactions_cancelled_total", "transactions that were cancelled"),
    _counter("linkpool_transactions_reorganised_total", "transactions whose block was replaced"),
    _counter("linkpool_signing_failed_total", "transactions that the signer did not sign"),
    _counter("linkpool_nonces_used_elsewhere_total", "nonces that somebody else used"),
    _counter("linkpool_nonce_gaps_filled_total", "nonces filled with an empty transaction"),
    _counter("linkpool_broadcasts_total", "broadcasts by what the RPCs said", "outcome"),
    _gauge("unconfirmed_transactions", "transactions signed and not mined", "account"),
    _gauge("linkpool_transactions_waiting", "transactions with nothing signed yet", "account"),
    _gauge("max_unconfirmed_blocks", "blocks that an account has been stuck", "account"),
    _gauge("linkpool_account_unfunded", "1 where an account cannot pay", "account"),
    # ---- Agreements, where the node bids ----
    _counter("linkpool_bids_total", "bids: sent, placed, missed; refused agreements", "result"),
    _counter("linkpool_agreement_steps_total", "agreements started, settled, cancelled", "step"),
    _gauge("linkpool_agreements", "agreements of the network", "state"),
    _gauge("linkpool_collateral_link", "collateral of the nodes, LINK: free, reserved", "state"),
    # ---- Data sources and adapters ----
    _counter("linkpool_api_requests_total", "requests to data sources", "host", "code"),
    _counter("linkpool_api_request_seconds_total", "seconds spent on them", "host"),
    _counter("linkpool_api_response_bytes_total", "bytes of their answers", "host"),
    _counter("linkpool_bridge_requests_total", "requests to an external adapter", "name"),
    _counter("bridge_errors_total", "requests that an external adapter failed", "name"),
    _counter("bridge_cache_hits_total", "answers taken from the cache", "name"),
    _counter("bridge_cache_errors_total", "failures with nothing in the cache", "name"),
    _gauge("bridge_latency_seconds", "seconds of an adapter's last good answer", "name"),
)  # fmt: skip
