# SPDX-License-Identifier: MIT
"""Shrinking keeps what matters and nothing else; a file of the corpus survives other addresses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eth_abi.abi import encode

from tests.contracts.evil.chunk import Found, World
from tests.contracts.evil.corpus import load, save
from tests.contracts.evil.shrink import shrunk, without
from tests.contracts.evil.step import ACT, Call, Step, behaviour, call_of, order, orders

OLD, NEW = "0x" + "aa" * 20, "0x" + "bb" * 20
PATIENCE = 5.0


def step(number: int, seconds: int = 0) -> Step:
    return Step(OLD, OLD, bytes([number]), 0, seconds)


def numbers(steps: Sequence[Step]) -> list[int]:
    return [one.data[0] for one in steps]


def test_what_does_not_matter_is_left_out() -> None:
    steps = [step(n, seconds=n) for n in range(40)]
    short = shrunk(steps, lambda tried: {7, 23} <= set(numbers(tried)), PATIENCE)
    assert numbers(short) == [7, 23]
    assert [one.seconds for one in short] == [0, 0]


def test_time_that_matters_passes_all_the_same() -> None:
    steps = [step(n, seconds=10) for n in range(9)]
    short = shrunk(
        steps, lambda tried: sum(one.seconds for one in tried) >= 60 and len(tried) > 0, PATIENCE
    )
    assert len(short) == 1
    assert short[0].seconds >= 60


def test_the_last_part_takes_its_time_with_it() -> None:
    assert without([step(1), step(2, 5)], 1, 2) == (step(1),)
    assert without([step(1, 5), step(2)], 0, 1) == (step(2, 5),)


def test_a_file_of_the_corpus_is_read_for_other_addresses(tmp_path: Path) -> None:
    data = b"\x01" + bytes.fromhex(OLD[2:])
    found = Found(World("beside", 50_000), "P1", "said", (Step(NEW, OLD, data, 3, 4, True),))
    save(tmp_path / "one.json", found, "a bug", {"LINK": OLD})
    kept = load(tmp_path / "one.json")
    assert (kept.world, kept.bug, kept.promise) == (found.world, "a bug", "P1")
    assert kept.at({"LINK": OLD}) == found.steps
    (moved,) = kept.at({"LINK": NEW})
    assert moved == Step(NEW, NEW, b"\x01" + bytes.fromhex(NEW[2:]), 3, 4, True)


def test_an_order_to_a_puppet_is_the_puppets_call() -> None:
    inner = b"\x12\x34\x56\x78" + bytes(32)
    length = len(inner).to_bytes(32, "big")
    data = ACT + bytes(12) + bytes.fromhex(NEW[2:]) + (64).to_bytes(32, "big") + length + inner
    puppets = frozenset({OLD})
    assert call_of(Step(NEW, OLD, data), puppets) == Call(OLD, NEW, inner)
    assert call_of(Step(NEW, NEW, data), puppets) == Call(NEW, NEW, data)
    assert order(Call(OLD, NEW, inner)) == data.ljust(4 + 5 * 32, b"\0")


def test_orders_are_coded_as_the_abi_has_them() -> None:
    calls = [Call(OLD, NEW, bytes(size)) for size in (0, 4, 32, 33)]
    pairs = [(call.to, call.data) for call in calls]
    assert orders(calls)[4:] == encode(["(address,bytes)[]"], [pairs])
    kinds = ["uint256", "uint256", "(address,bytes)[]"]
    assert behaviour(4, 7, calls)[4:] == encode(kinds, [4, 7, pairs])
    assert behaviour(0, 1, [])[4:] == encode(kinds, [0, 1, []])
