# SPDX-License-Identifier: MIT
"""A node process stays small: what it loads at its start is what it needs to serve."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from linkpool.cli import main
sys.argv = ["linkpool", "oracle", "run", "--help"]
try:
    main()
finally:
    print("LOADED", *(name for name, module in sys.modules.items() if module is not None))
"""
OTHERS_NEED = {
    "alembic",
    "boa",
    "boto3",
    "botocore",
    "eth_account",
    "httpx",
    "prometheus_client",
    "psycopg",
    "vyper",
    "web3",
    "linkpool.adapters",
    "linkpool.agreements.assembly",
    "linkpool.chain.testing",
    "linkpool.economics",
    "linkpool.story",
    "linkpool.store.migrations",
}
NOBODY_NEEDS = {
    "aiohttp.web",
    "colorama",
    "email_validator",
    "http.server",
    "pydantic.v1",
    "pydantic_settings",
    "pygments",
    "rich",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "typer.rich_utils",
    "unittest",
    "uvloop",
    "wsgiref",
    "yaml",
}


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Modules of a process that is about to run a node."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    return frozenset(done.stdout.rpartition("LOADED")[2].split())


def test_a_node_loads_what_it_serves_with(loaded: frozenset[str]) -> None:
    assert {"linkpool.oracle.host", "linkpool.api.operator.app", "fastapi", "sqlite3"} <= loaded


@pytest.mark.parametrize("name", sorted(OTHERS_NEED | NOBODY_NEEDS))
def test_a_node_does_without(name: str, loaded: frozenset[str]) -> None:
    assert name not in loaded
