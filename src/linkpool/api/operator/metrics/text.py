# SPDX-License-Identifier: MIT
"""Prometheus' text format. Its library would add `_total` to some names, and a megabyte of servers
and pushers to every node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from linkpool.api.operator.metrics.names import METRICS, Metric
from linkpool.api.operator.metrics.process import PROCESS, process

Samples = Mapping[str, Mapping[tuple[str, ...], float]]
"""By name: value by labels."""

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def exposition(samples: Samples) -> bytes:
    """All metrics that have a value, and those of the process."""
    known = {**samples, **process()}
    lines = (
        line
        for metric in (*METRICS, *PROCESS)
        for line in _lines(metric, known.get(metric.name, {}))
    )
    return "".join(lines).encode()


def _lines(metric: Metric, values: Mapping[tuple[str, ...], float]) -> Iterator[str]:
    if not values:
        return
    yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind}\n"
    for labels, value in sorted(values.items()):
        pairs = zip(metric.labels, labels, strict=True)
        shown = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in pairs)
        yield f"{metric.name}{{{shown}}} {value!r}\n" if shown else f"{metric.name} {value!r}\n"
