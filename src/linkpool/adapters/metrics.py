# SPDX-License-Identifier: MIT
"""What /metrics says of an adapter."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from linkpool.adapters.framework import Adapter
from linkpool.net import HttpClient

OUTCOMES = ("answered", "errored", "pending")


class AdapterMetrics:
    """In a registry of its own: several adapters may live in one process."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, adapter: Adapter, http: HttpClient) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "linkpool_adapter_requests",
            "Requests to the adapter.",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "linkpool_adapter_request_seconds",
            "Seconds until a request was answered.",
            registry=self._registry,
        )
        for outcome in OUTCOMES:
            self._requests.labels(outcome)
        self._registry.register(_Sources(adapter, http))

    def count(self, outcome: str, began: float) -> None:
        """One request that began at `began` of time.perf_counter."""
        self._requests.labels(outcome).inc()
        self._seconds.observe(time.perf_counter() - began)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Sources(Collector):
    """What adapter and client count by themselves."""

    def __init__(self, adapter: Adapter, http: HttpClient) -> None:
        self._adapter = adapter
        self._http = http

    def collect(self) -> Iterable[Metric]:
        cache = self._adapter.cache
        for name, text, value in (
            ("cache_hits", "Answers taken from the cache.", cache.hits),
            ("cache_misses", "Answers that had to be found out.", cache.misses),
            ("joined", "Requests that waited for another one's answer.", cache.joined),
        ):
            yield CounterMetricFamily(f"linkpool_adapter_{name}", text, value=value)
        asked = CounterMetricFamily(
            "linkpool_adapter_source_requests",
            "Requests to sources by host and kind of answer.",
            labels=["host", "code"],
        )
        for (host, code), requests in sorted(self._http.counters.requests.items()):
            asked.add_metric([host, code], requests)
        yield asked
