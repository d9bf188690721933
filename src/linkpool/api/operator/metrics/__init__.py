# SPDX-License-Identifier: MIT
"""Prometheus: Chainlink's names where it has one, ours begin with `linkpool_`."""

from linkpool.api.operator.metrics.gather import gather
from linkpool.api.operator.metrics.names import METRICS, Metric
from linkpool.api.operator.metrics.text import exposition

__all__ = ["METRICS", "Metric", "exposition", "gather"]
