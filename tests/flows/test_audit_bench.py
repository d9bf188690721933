# SPDX-License-Identifier: MIT
"""`make bench-audit` in small: what it builds is sound, and what it measures is an audit."""

from __future__ import annotations

from pathlib import Path

from bench.audit import build, measured
from bench.chain import Chain


def test_the_bench_audits_what_it_builds(tmp_path: Path) -> None:
    with Chain.start() as chain:
        path = build(chain, tmp_path, 3)
        figures = measured(chain.connection.host, path, 2)
    assert (figures.endpoints, figures.nodes, figures.verdict) == (2, 3, "ok")
    assert figures.requests > 100
    assert figures.cpu_seconds > 0
