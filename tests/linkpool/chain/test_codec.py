# SPDX-License-Identifier: MIT
"""Between Python and a contract's bytes; every binding's functions exist in its ABI."""

from __future__ import annotations

import inspect
import re

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from linkpool.chain import contracts
from linkpool.chain.addresses import address
from linkpool.chain.calls import Log
from linkpool.chain.codec import codec
from linkpool.chain.contracts import Contract
from linkpool.errors import ChainUnavailable

WHO = address("0x514910771af9ca656af840dff83e8264ecf986ca")
BINDINGS = [
    one
    for one in vars(contracts).values()
    if inspect.isclass(one) and issubclass(one, Contract) and one is not Contract
]


def log(topics: list[bytes], data: bytes) -> Log:
    return Log(
        address=WHO, topics=tuple(topics), data=data, block=7, block_hash=b"h", tx="0x1", index=3
    )


@pytest.mark.parametrize("binding", BINDINGS)
def test_every_function_that_a_binding_names_is_in_the_abi(binding: type[Contract]) -> None:
    source = inspect.getsource(binding)
    named = set(re.findall(r'_(?:read|call|address)\(\s*"(\w+)"', source))
    assert named - set(codec(binding.NAME).functions) == set()
    assert named or binding.NAME == "NodeFactory"


def test_calldata_is_selector_and_arguments() -> None:
    data = codec("PoolStorage").encode("withdraw", [5])
    assert data == keccak(text="withdraw(uint256)")[:4] + encode(["uint256"], [5])
    assert codec("PoolStorage").describe(data) == "withdraw(5)"
    assert codec("PoolStorage").describe(b"\1\2\3\4rest") == "0x01020304…"


def test_calldata_that_is_cut_short_is_only_named() -> None:
    data = codec("PoolStorage").encode("withdraw", [5])
    assert codec("PoolStorage").describe(data[:-1]) == f"0x{data[:4].hex()}…"


@pytest.mark.parametrize(
    ("function", "raw"),
    [
        ("withdraw", b"\1"),
        ("getString", encode(["bytes"], [b"\xff"])),
        ("getString", encode(["uint256", "uint256"], [32, 2**255])),
    ],
)
def test_what_no_contract_of_ours_returns_is_the_rpcs_fault(function: str, raw: bytes) -> None:
    with pytest.raises(ChainUnavailable, match=f"no answer of PoolStorage.{function}"):
        codec("PoolStorage").decode(function, raw)


@pytest.mark.parametrize(("topics", "data"), [(2, b"\0" * 64), (3, b"\0" * 63)])
def test_a_log_that_lacks_something_is_the_rpcs_fault(topics: int, data: bytes) -> None:
    first = keccak(text="Staked(address,address,uint256,uint256)")
    with pytest.raises(ChainUnavailable, match=r"no event PoolStorage\.Staked"):
        codec("PoolStorage").event(log([first, *[b"\0" * 32] * (topics - 1)], data))


def test_addresses_come_out_with_their_checksum() -> None:
    raw = encode(["address"], [WHO])
    assert codec("PoolStorageFactory").decode("owner", raw) == WHO


def test_an_event_is_decoded_from_topics_and_data() -> None:
    topic = keccak(text="Staked(address,address,uint256,uint256)")
    who = encode(["address"], [WHO])
    event = codec("PoolStorage").event(log([topic, who, who], encode(["uint256"] * 2, [5, 9])))
    assert event is not None
    assert (event.name, event.block, event.index) == ("Staked", 7, 3)
    assert event.fields == {"staker": WHO, "sender": WHO, "amount": 5, "shares": 9}


def test_an_unknown_event_is_none() -> None:
    assert codec("PoolStorage").event(log([b"\0" * 32], b"")) is None
    assert codec("PoolStorage").event(log([], b"")) is None


def test_links_two_transfer_events_are_told_apart() -> None:
    plain, with_data = codec("LinkToken").topics(["Transfer"])
    assert plain != with_data
    assert codec("LinkToken").topics(["Nothing"]) == []
