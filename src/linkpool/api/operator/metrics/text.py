# SPDX-License-Identifier: MIT
"""Prometheus' text format. Names stay as they are: the library would add `_total` to some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from linkpool.api.operator.metrics.names import METRICS, Metric

Samples = Mapping[str, Mapping[tuple[str, ...], float]]
"""By name: value by labels."""

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def exposition(samples: Samples) -> bytes:
    """All metrics that have a value, and those of the process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    lines = [line for metric in METRICS for line in _lines(metric, samples.get(metric.name, {}))]
    return "".join(lines).encode() + generate_latest(registry)


def _lines(metric: Metric, values: Mapping[tuple[str, ...], float]) -> Iterator[str]:
    if not values:
        return
    yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n"
    for labels, value in sorted(values.items()):
        pairs = zip(metric.labels, labels, strict=True)
        shown = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in pairs)
        yield f"{metric.name}{{{shown}}} {value!r}\n" if shown else f"{metric.name} {value!r}\n"
