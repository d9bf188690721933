# SPDX-License-Identifier: MIT
"""What is never shown of an address."""

from __future__ import annotations

import pytest

from linkpool.telemetry import hide_tokens


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("POST https://me:key@rpc.example/v3/abc?k=1 failed", "POST https://rpc.example failed"),
        ("https://me:p@ss@rpc.example:8545/v3", "https://rpc.example:8545"),
        ("HTTPS://me:key@rpc.example/v3/abc", "HTTPS://rpc.example"),
        ("Wss://rpc.example?key=1", "Wss://rpc.example"),
        ("https://rpc.example/v3/@me", "https://rpc.example"),
        ("https://rpc.example?key=a@b", "https://rpc.example"),
        ("https://rpc.example#a@b", "https://rpc.example"),
        ("POSTGRESQL+psycopg://me:p@ss@db/pool", "POSTGRESQL+psycopg://db"),
        ("me@rpc.example asked", "me@rpc.example asked"),
    ],
)
def test_only_scheme_and_host_of_an_address_are_shown(text: str, shown: str) -> None:
    assert hide_tokens(text) == shown
