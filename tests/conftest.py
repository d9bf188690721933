# SPDX-License-Identifier: MIT
"""Profiles of hypothesis, and the numbers that repeat a run.

quick: the same examples on every run and every machine; what `make test` uses.
long: new examples, seeded by `make fuzz-model SEED=...`.
"""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.linkpool.databases"]  # `database` and its kin, for every test

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "quick",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile(
    "long",
    max_examples=2_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=SLOW_IS_FINE,
)
PROFILE = os.environ.get("LINKPOOL_HYPOTHESIS_PROFILE", "quick")
settings.load_profile(PROFILE)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that ran inside a test has set up logging for its process, which is ours."""
    yield
    structlog.reset_defaults()


def pytest_report_header() -> str:
    steps = os.environ.get("LINKPOOL_FUZZ_STEPS", "default")
    seed = os.environ.get("LINKPOOL_FUZZ_SEED", "default")
    return f"linkpool: hypothesis profile {PROFILE}, fuzz steps {steps}, fuzz seed {seed}"
