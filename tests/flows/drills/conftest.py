# SPDX-License-Identifier: MIT
"""One pool of 50 nodes and 2,000 stakers; every drill finds it as it was built."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.chain import Chain
from bench.drills.photo import Photo
from bench.drills.pool import Pool


@pytest.fixture(scope="session")
def built() -> Iterator[Pool]:
    with Chain.start() as chain:
        yield Pool.build(chain)


@pytest.fixture(scope="session")
def at_first(built: Pool) -> Photo:
    """All of the chain's state before any drill."""
    return Photo.of(built.chain)


@pytest.fixture
def pool(built: Pool) -> Iterator[Pool]:
    """`built`; what a test does to it never was."""
    with built.chain.undone():
        yield built
