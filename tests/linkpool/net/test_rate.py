# SPDX-License-Identifier: MIT
"""How often a host is asked."""

from linkpool.net.counters import HttpCounters
from linkpool.net.rate import Rates


def test_a_burst_then_a_steady_rate() -> None:
    rates = Rates(10, 3)
    waits = [rates.reserve("a", 100.0, patience=1) for _ in range(6)]
    assert waits == [0, 0, 0, 0.1, 0.2, 0.3]
    assert rates.reserve("b", 100.0, patience=1) == 0


def test_who_cannot_wait_takes_nothing() -> None:
    rates = Rates(10, 1)
    assert [rates.reserve("a", 0.0, patience=0.15) for _ in range(4)] == [0, 0.1, None, None]
    assert rates.reserve("a", 0.2, patience=0) == 0


def test_time_refills_up_to_the_burst_and_never_runs_back() -> None:
    rates = Rates(10, 2)
    for _ in range(2):
        rates.reserve("a", 50.0, patience=0)
    assert rates.reserve("a", 49.0, patience=0) is None
    taken = [rates.reserve("a", 1_000.0, patience=0) for _ in range(3)]
    assert taken == [0, 0, None]


def test_the_table_forgets_who_was_asked_longest_ago() -> None:
    rates = Rates(1, 1, hosts=2)
    for host in ("a", "b", "a", "c"):
        rates.reserve(host, 0.0, patience=9)
    assert len(rates) == 2
    assert rates.reserve("a", 0.0, patience=0) is None
    assert rates.reserve("b", 0.0, patience=0) == 0


def test_strangers_cannot_fill_the_metrics() -> None:
    counters = HttpCounters(hosts=2)
    for host, status in (("a", 200), ("b", 404), ("c", 200), ("d", None), ("a", 204)):
        counters.add(host, status, seconds=0.5, size=10)
    assert counters.requests == {
        ("a", "2xx"): 2,
        ("b", "4xx"): 1,
        ("other", "2xx"): 1,
        ("other", "failed"): 1,
    }
    assert counters.seconds == {"a": 1.0, "b": 0.5, "other": 1.0}
    assert counters.bytes == {"a": 20, "b": 10, "other": 20}
