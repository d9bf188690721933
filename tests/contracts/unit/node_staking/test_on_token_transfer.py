# SPDX-License-Identifier: MIT
"""onTokenTransfer(): one transaction, on one node or on many."""

from __future__ import annotations

from collections.abc import Sequence

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from tests.contracts.suite import Contract, Suite, actor, link, mock


def one(node_address: str) -> bytes:
    return encode(["address"], [node_address])


def many(nodes: Sequence[str], amounts: Sequence[int]) -> bytes:
    return encode(["address[]", "uint256[]"], [nodes, amounts])


@pytest.fixture
def stores(suite: Suite) -> list[Contract]:
    """Three PoolStorages, the first node's among them."""
    return [suite.store, *(suite.create_node(actor(f"node {i}")) for i in range(2))]


@pytest.fixture
def nodes(suite: Suite, stores: list[Contract]) -> list[str]:
    return [str(store.nodeAddress()) for store in stores]


@pytest.fixture
def rich(suite: Suite, staker: str) -> str:
    """A staker with 1000 LINK."""
    suite.fund(staker, link(1000))
    return staker


def _send(suite: Suite, staker: str, juels: int, data: bytes) -> None:
    suite.link.transferAndCall(suite.staking.address, juels, data, sender=staker)


def test_one_node_in_one_transaction(suite: Suite, rich: str, node_address: str) -> None:
    _send(suite, rich, link(5), one(node_address))
    assert suite.store.stakeOf(rich) == link(5)
    assert suite.link.balanceOf(suite.staking.address) == 0


def test_many_nodes_in_one_transaction(
    suite: Suite, rich: str, stores: list[Contract], nodes: list[str]
) -> None:
    parts = [link(5), link("1.000000000000000001"), link(7)]
    _send(suite, rich, sum(parts), many(nodes, parts))
    assert [store.stakeOf(rich) for store in stores] == parts
    assert suite.link.balanceOf(suite.staking.address) == 0
    assert suite.link.balanceOf(rich) == link(1000) - sum(parts)


def test_a_node_may_be_named_twice(suite: Suite, rich: str, node_address: str) -> None:
    _send(suite, rich, link(5), many([node_address, node_address], [link(2), link(3)]))
    assert suite.store.stakeOf(rich) == link(5)


def test_thirty_two_parts_at_once_and_not_one_more(
    suite: Suite, rich: str, stores: list[Contract], nodes: list[str]
) -> None:
    parts = [link(1) + i for i in range(33)]
    named = (nodes * 11)[:33]
    _send(suite, rich, sum(parts[:32]), many(named[:32], parts[:32]))
    credited = [sum(parts[:32][i::3]) for i in range(3)]
    assert [store.stakeOf(rich) for store in stores] == credited
    with boa.reverts("staking: bad data"):
        _send(suite, rich, sum(parts), many(named, parts))
    assert suite.link.balanceOf(rich) == link(1000) - sum(parts[:32])


def test_only_link_may_tell_of_link(
    suite: Suite, stranger: str, staker: str, node_address: str
) -> None:
    """Else a stranger would stake LINK that never came."""
    suite.fund(suite.staking.address, link(5))
    for liar in (stranger, staker, suite.store.address):
        with boa.reverts("staking: only LINK"):
            suite.staking.onTokenTransfer(staker, link(5), one(node_address), sender=liar)


@pytest.mark.parametrize("off", [-1, 1])
def test_the_sum_must_be_the_amount(suite: Suite, rich: str, nodes: list[str], off: int) -> None:
    with boa.reverts("staking: sum is not the amount"):
        _send(suite, rich, link(12) + off, many(nodes, [link(2), link(3), link(7)]))


def test_amounts_that_pass_the_width_of_a_word_together_do_not_match(
    suite: Suite, rich: str, nodes: list[str]
) -> None:
    with boa.reverts("staking: sum is not the amount"):
        _send(suite, rich, link(2), many(nodes, [link(2), 2**256 - 1, 1]))


def test_a_zero_among_the_amounts_is_refused(suite: Suite, rich: str, nodes: list[str]) -> None:
    with boa.reverts("staking: zero amount"):
        _send(suite, rich, link(5), many(nodes, [link(5), 0, 0]))


def test_one_unknown_node_undoes_all(
    suite: Suite, rich: str, stores: list[Contract], nodes: list[str]
) -> None:
    with boa.reverts("factory: unknown node"):
        _send(suite, rich, link(4), many([nodes[0], actor("nobody")], [link(2), link(2)]))
    assert suite.store.stakeOf(rich) == 0
    assert suite.link.balanceOf(rich) == link(1000)


def test_one_node_that_refuses_undoes_all(
    suite: Suite, rich: str, stores: list[Contract], nodes: list[str], owner: str
) -> None:
    suite.node.setEnabled(nodes[1], False, sender=owner)
    with boa.reverts("storage: node is disabled"):
        _send(suite, rich, link(6), many(nodes, [link(2)] * 3))
    assert stores[0].stakeOf(rich) == 0
    assert suite.link.balanceOf(rich) == link(1000)


def _replaced(data: bytes, index: int, number: int) -> bytes:
    """The data with one of its words replaced."""
    words = [data[i : i + 32] for i in range(0, len(data), 32)]
    words[index] = number.to_bytes(32, "big")
    return b"".join(words)


@pytest.mark.parametrize(
    "case",
    [
        "nothing",
        "half a word",
        "a dirty address",
        "no nodes",
        "more amounts",
        "fewer amounts",
        "first offset",
        "second offset",
        "first length",
        "second length",
        "a dirty address in a list",
        "a byte too much",
        "a word too much",
        "a pair too much",
    ],
)
def test_data_that_is_not_canonical_is_refused(
    suite: Suite, rich: str, nodes: list[str], case: str
) -> None:
    good = many(nodes[:2], [link(1), link(1)])
    bad = {
        "nothing": b"",
        "half a word": good[:16],
        "a dirty address": b"\1" + one(nodes[0])[1:],
        "no nodes": many([], []),
        "more amounts": many(nodes[:1], [link(1), link(1)]),
        "fewer amounts": many(nodes[:2], [link(2)]),
        "first offset": _replaced(good, 0, 96),
        "second offset": _replaced(good, 1, 64),
        "first length": _replaced(good, 2, 3),
        "second length": _replaced(good, 5, 1),
        "a dirty address in a list": _replaced(good, 3, 2**160 + int(nodes[0], 16)),
        "a byte too much": good + b"\0",
        "a word too much": good + bytes(32),
        "a pair too much": good + bytes(64),
    }[case]
    with boa.reverts("staking: bad data"):
        _send(suite, rich, link(2), bad)
    _send(suite, rich, link(2), good)


def test_nodes_at_both_ends_of_the_addresses_are_found(suite: Suite, rich: str) -> None:
    ends = [f"0x{number:040x}" for number in (0x1234, 2**159 + 5, 2**160 - 1)]
    nodes = [to_checksum_address(end) for end in ends]
    stores = [suite.create_node(node) for node in nodes]
    for node in nodes:
        _send(suite, rich, link(2), one(node))
    _send(suite, rich, link(6), many(nodes, [link(1), link(2), link(3)]))
    assert [store.stakeOf(rich) for store in stores] == [link(3), link(4), link(5)]
    for data in (
        (2**160).to_bytes(32, "big"),
        _replaced(many(nodes[:1], [link(2)]), 3, 2**160),
    ):
        with boa.reverts("staking: bad data"):
            _send(suite, rich, link(2), data)


def test_link_sent_by_plain_transfer_is_nobodys(
    suite: Suite, rich: str, stranger: str, node_address: str
) -> None:
    """It stays here for ever: no call passes on more than it brought."""
    suite.fund(suite.staking.address, link(50))
    suite.fund(stranger, link(5))
    _send(suite, stranger, link(2), one(node_address))
    with boa.reverts("staking: sum is not the amount"):
        _send(suite, stranger, link(2), many([node_address], [link(52)]))
    suite.link.approve(suite.staking.address, link(60), sender=stranger)
    with boa.reverts("staking: exceeds balance"):
        suite.staking.stake(node_address, link(50), sender=stranger)
    suite.staking.stake(node_address, link(3), sender=stranger)
    assert suite.store.stakeOf(stranger) == link(5)
    assert suite.link.balanceOf(suite.staking.address) == link(50)


def test_a_contract_may_stake_for_itself(suite: Suite, node_address: str) -> None:
    """The staker is who sent the LINK, whatever it is."""
    safe = mock("logic_target")
    suite.fund(safe.address, link(5))
    call = suite.link.transferAndCall.prepare_calldata(
        suite.staking.address, link(5), one(node_address)
    )
    safe.act(suite.link.address, call)
    assert suite.store.stakeOf(safe.address) == link(5)
