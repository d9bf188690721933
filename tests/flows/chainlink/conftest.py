# SPDX-License-Identifier: MIT
"""One chain for the folder; what a test does is undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.chain import Chain
from tests.flows.chainlink.stage import Stage


@pytest.fixture(scope="package")
def _staged() -> Iterator[Stage]:
    with Chain.start() as chain:
        yield Stage(chain)


@pytest.fixture
def stage(_staged: Stage) -> Iterator[Stage]:
    with _staged.chain.undone():
        yield _staged
