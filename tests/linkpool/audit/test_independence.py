# SPDX-License-Identifier: MIT
"""One endpoint under two spellings agrees with itself, and that is no second opinion."""

from __future__ import annotations

import doctest

import pytest

from linkpool.audit import independence
from linkpool.audit.independence import place_of, twins


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://127.0.0.1:8545", "http://localhost:8545/"),
        ("http://127.0.0.1:8545", "ws://LOCALHOST:8545"),
        ("http://127.0.0.1:8545", "http://[::1]:8545"),
        ("http://127.0.0.1:8545", "http://[::ffff:127.0.0.1]:8545"),
        ("http://127.0.0.1:8545", "http://127.1:8545"),
        ("http://127.0.0.1:8545", "http://0x7f000001:8545"),
        ("http://127.0.0.1:8545", "http://2130706433:8545"),
        ("http://127.0.0.1:8545", "http://0.0.0.0:8545"),
        ("http://127.0.0.1:8545", "http://node.localhost:8545"),
        ("http://10.0.0.7:8545", "http://[::ffff:10.0.0.7]:8545"),
        ("https://rpc.example", "https://RPC.Example./"),
        ("https://rpc.example", "https://rpc.example:443"),
        ("https://rpc.example", "http://rpc.example:80"),
        ("https://rpc.example/v3/one-key", "wss://user:word@rpc.example/v3/another-key?x=1"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_spellings_of_one_endpoint(one: str, other: str) -> None:
    assert place_of(one) == place_of(other)
    assert twins(["http://else.example", one, other]) == (2, 3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8546"),
        ("https://rpc.example", "https://rpc.example:8443"),
        ("https://rpc.example", "https://rpc.example.org"),
        ("http://10.0.0.7", "http://10.0.0.8"),
        ("http://[::2]:8545", "http://[::3]:8545"),
    ],
)
def test_different_endpoints(one: str, other: str) -> None:
    assert twins([one, other]) is None


def test_the_examples_are_right() -> None:
    done = doctest.testmod(independence)
    assert done.attempted
    assert not done.failed
