# SPDX-License-Identifier: MIT
"""One value out of several, some of which failed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from linkpool.oracle.errors import TryLater
from tests.linkpool.oracle.tasks.single import LOST, done, refused


def test_median_of_an_odd_and_of_an_even_number() -> None:
    assert done("median", "3", 1, Decimal("2.5")) == Decimal("2.5")
    assert done("median", 4, 1, 2, 3) == Decimal("2.5")
    assert done("median", values='[3, 1.5, "2"]') == 2
    assert done("median", vars={"l": [5, 7]}, values="$(l)") == 6


def test_mean_and_sum() -> None:
    assert done("mean", 1, 1, 2) == Decimal("1.3333333333333333")
    assert done("mean", 1, 1, 2, precision="1") == Decimal("1.3")
    assert done("sum", "0.1", 0.2, 10**30) == Decimal("1000000000000000000000000000000.3")


def test_mode_counts_what_is_the_same() -> None:
    assert done("mode", 1, "1", Decimal("1.0"), 2) == {
        "results": [Decimal("1.0")],
        "occurrences": 3,
    }
    assert done("mode", "a", b"b", "b", "a")["results"] == ["b", "a"]
    assert done("mode", values="[1, 2, 2, 3, 1]") == {"results": [2, 1], "occurrences": 2}
    assert done("mode", {"x": 1}, {"x": 1}, True) == {"results": [{"x": 1}], "occurrences": 2}


@pytest.mark.parametrize("kind", ["median", "mean", "sum", "mode"])
def test_errors_are_faults_and_only_so_many_are_allowed(kind: str) -> None:
    assert done(kind, LOST, 5, LOST) in (5, {"results": [5], "occurrences": 1})
    assert done(kind, LOST, 5, allowedFaults="1") in (5, {"results": [5], "occurrences": 1})
    assert "2 of 3 failed, the first: source is gone" in refused(
        kind, LOST, 5, LOST, allowedFaults="1"
    )
    assert "1 of 1 failed" in refused(kind, LOST)
    assert "all of them failed" in refused(kind, LOST, allowedFaults="1")
    assert refused(kind) == refused(kind, values="[]") == "values: there are none"
    several = {"a": 1, "bad": LOST}
    assert done(kind, vars=several, values="[$(a), $(bad)]") in (
        1,
        {"results": [1], "occurrences": 1},
    )
    assert "source is gone" in refused(kind, vars=several, values="$(bad)")
    assert "source is gone" in refused(
        kind, vars=several, values="[$(a), $(bad)]", allowedFaults="0"
    )


def test_a_lost_chain_stays_one_behind_an_aggregation() -> None:
    with pytest.raises(TryLater):
        done("median", TryLater("no RPC"))


@pytest.mark.parametrize("faults", ["-1", "x", "1e30"])
def test_allowed_faults_are_a_count(faults: str) -> None:
    assert refused("median", 1, allowedFaults=faults).startswith("allowedfaults: ")


def test_any_takes_one_that_did_not_fail() -> None:
    assert {done("any", LOST, 1, 2) for _ in range(50)} == {1, 2}
    assert done("any", None) is None
    assert refused("any", LOST) == "every input failed"
    assert refused("any") == "needs a task before it"


def test_coalesce_takes_the_first_that_is_something() -> None:
    assert done("coalesce", LOST, None, 0, 5) == 0
    assert done("coalesce", LOST) is None
