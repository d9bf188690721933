# SPDX-License-Identifier: MIT
"""A chain for each test file, the suite deployed once, every test on the same fresh state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linkpool.chain.anvil import Anvil
from tests.flows.market import Market
from tests.flows.program import Program


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    """Its time is its own, so that no deadline passes while a slow machine works."""
    with Anvil.start(tick=1) as chain:
        yield chain


@pytest.fixture(scope="module")
def deployed(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The whole suite on the file's chain; development key 0 owns it."""
    program = Program.at(tmp_path_factory.mktemp("flow"), anvil)
    program.sign("deploy")
    return program


@pytest.fixture
def pool(deployed: Program) -> Iterator[Program]:
    """`deployed`, its chain and its manifest as they were before the test."""
    manifest = deployed.manifest().read_text()
    snapshot = deployed.anvil.rpc("evm_snapshot")
    yield deployed
    deployed.anvil.rpc("evm_revert", snapshot)
    deployed.manifest().write_text(manifest)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Program]:
    """A chain with nothing on it."""
    with Anvil.start(tick=1) as chain:
        yield Program.at(tmp_path, chain)


@pytest.fixture(scope="module")
def _opened(deployed: Program) -> Market:
    """Four nodes that can bid, with collateral."""
    market = Market(deployed)
    market.open()
    market.back()
    return market


@pytest.fixture
def market(_opened: Market) -> Iterator[Market]:
    chain = _opened.program.anvil
    snapshot = chain.rpc("evm_snapshot")
    chain.rpc("evm_mine")
    yield _opened
    chain.rpc("evm_revert", snapshot)
