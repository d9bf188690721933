# SPDX-License-Identifier: MIT
"""Our ABI codec against eth_abi, and against data that means harm."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode as reference_decode
from eth_abi.abi import encode as reference_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError

# A type's text, and values of it as eth_abi takes them.
Typed = tuple[str, st.SearchStrategy[Any]]

PLAIN: list[Typed] = [
    *[(f"uint{bits}", st.integers(0, 2**bits - 1)) for bits in (8, 24, 64, 128, 256)],
    *[
        (f"int{bits}", st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
        for bits in (8, 40, 256)
    ],
    ("bool", st.booleans()),
    ("address", st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())),
    *[(f"bytes{size}", st.binary(min_size=size, max_size=size)) for size in (1, 4, 32)],
    ("bytes", st.binary(max_size=70)),
    ("string", st.text(st.characters(exclude_categories=["Cs"]), max_size=40)),
]


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> Typed:
    kind = draw(st.integers(0, 3)) if depth else 0
    if kind == 1:
        inner, values = draw(typed(depth - 1))
        return f"{inner}[]", st.lists(values, max_size=3)
    if kind == 2:
        inner, values = draw(typed(depth - 1))
        size = draw(st.integers(1, 3))
        return f"{inner}[{size}]", st.lists(values, min_size=size, max_size=size)
    if kind == 3:
        parts = draw(st.lists(typed(depth - 1), min_size=1, max_size=3))
        text = ",".join(f"{inner} m{place}" for place, (inner, _) in enumerate(parts))
        return f"({text})", st.tuples(*(values for _, values in parts))
    return draw(st.sampled_from(PLAIN))


@st.composite
def arguments(draw: st.DrawFn) -> tuple[abi.Signature, list[Any]]:
    parts = draw(st.lists(typed(), max_size=4))
    text = ", ".join(f"{kind} a{place}" for place, (kind, _) in enumerate(parts))
    return abi.parse(f"f({text})"), [draw(values) for _, values in parts]


def same(kind: abi.Kind, ours: Any, theirs: Any) -> bool:
    if kind.base == "tuple":
        pairs = zip(kind.fields, ours.values(), theirs, strict=True)
        return all(same(field.kind, one, other) for field, one, other in pairs)
    if kind.base == "array" and kind.item is not None:
        return all(same(kind.item, one, other) for one, other in zip(ours, theirs, strict=True))
    return bool(ours.lower() == theirs if kind.base == "address" else ours == theirs)


@settings(max_examples=80)
@given(arguments())
def test_what_is_written_is_what_everybody_writes_and_reads(
    case: tuple[abi.Signature, list[Any]],
) -> None:
    signature, values = case
    kinds = [argument.type for argument in signature.arguments]
    written = abi.encode(signature.arguments, values)
    assert written == reference_encode(kinds, values)
    read = abi.decode([argument.kind for argument in signature.arguments], written)
    theirs = reference_decode(kinds, written)
    for argument, one, other in zip(signature.arguments, read, theirs, strict=True):
        assert same(argument.kind, one, other)


@settings(max_examples=120)
@given(arguments(), st.binary(max_size=400) | st.lists(
    st.sampled_from([0, 1, 2, 32, 64, 96, 2**31, 2**255, 2**256 - 1]), max_size=12
).map(lambda words: b"".join(word.to_bytes(32, "big") for word in words)))  # fmt: skip
def test_any_data_are_read_or_refused(case: tuple[abi.Signature, Any], data: bytes) -> None:
    kinds = [argument.kind for argument in case[0].arguments]
    try:
        assert len(abi.decode(kinds, data)) == len(kinds)
    except TaskError as error:
        assert "data" in str(error)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("address", "01" + "00" * 11 + "c0" * 20),
        ("bool", "00" * 31 + "02"),
        ("bool", "01" + "00" * 30 + "01"),
        ("bytes4", "01020304" + "00" * 27 + "01"),
        ("uint8", "00" * 30 + "0100"),
        ("int8", "00" * 31 + "80"),
    ],
)
def test_words_that_no_encoder_writes_are_refused(kind: str, word: str) -> None:
    [argument] = abi.parse(f"({kind} x)").arguments
    with pytest.raises(TaskError, match="data"):
        abi.decode([argument.kind], bytes.fromhex(word))


def test_crossed_pointers_make_no_mountain() -> None:
    """Each element of each list points at the same next list: a thousand million values."""
    [argument] = abi.parse("(uint256[][][] x)").arguments
    count = 1_000
    pointers = count.to_bytes(32, "big") + (32 * count).to_bytes(32, "big") * count
    numbers = count.to_bytes(32, "big") + bytes(32 * count)
    with pytest.raises(TaskError, match="more than 20000 values"):
        abi.decode([argument.kind], (32).to_bytes(32, "big") + pointers * 2 + numbers)
    [argument] = abi.parse("(bytes[] x)").arguments
    same_place = (32 * count).to_bytes(32, "big")
    long = count.to_bytes(32, "big") + same_place * count + (30_000).to_bytes(32, "big")
    with pytest.raises(TaskError, match="more than 1048576 bytes"):
        abi.decode([argument.kind], (32).to_bytes(32, "big") + long + bytes(30_000))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("f(uint a, int[] b)", "f(uint256,int256[])"),
        ("f((uint8 a, bytes b)[2] list, tuple(bool x) t)", "f((uint8,bytes)[2],(bool))"),
        (" ( bytes calldata data , string memory s ) ", "(bytes,string)"),
        ("E(address indexed who)", "E(address)"),
        ("f()", "f()"),
        ("f((uint256, bool) pair)", "f((uint256,bool))"),
        ("f(uint256[2][] storage x)", "f(uint256[2][])"),
        ("uint256 foo, bytes32 bar, address[] baz", "(uint256,bytes32,address[])"),
        ("bool a", "(bool)"),
    ],
)
def test_abi_text_in_all_its_forms(text: str, canonical: str) -> None:
    assert abi.parse(text).canonical == canonical


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a type"),
        ("f", "type 'f' is not supported"),
        ("bool a b", "each argument needs a type and a name"),
        ("bool a)", "expected ','"),
        ("f(uint256 a", "expected ','"),
        ("f(uint256 a) more", "expected nothing behind ')'"),
        ("f(uint256)", "needs a type and a name"),
        ("f(uint7 a)", "type 'uint7' is not supported"),
        ("f(bytes33 a)", "type 'bytes33' is not supported"),
        ("f(uint256[0] a)", "no size"),
        ("f(uint256[99999999999] a)", "no size"),
        ("f(uint256[9999][9999] a)", "no size"),
        ("f(() a)", "at least one component"),
        ("f(uint a, uint a)", "two arguments have the same name"),
        ("f(" + "(" * 20 + "uint a" + ")" * 20 + " b)", "nested deeper than 8"),
        ("f(uint a,)", "expected a type"),
        ("f(uint a)" + " " * 20_000, "longer than"),
    ],
)
def test_wrong_abi_text_is_refused(text: str, said: str) -> None:
    with pytest.raises(TaskError, match="abi") as error:
        abi.parse(text)
    assert said in str(error.value)


@given(st.text("(),[]uintbytes256 abindexedtuple\n", max_size=40) | st.text(max_size=20))
def test_any_abi_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(abi.parse(text), abi.Signature)
    except TaskError as error:
        assert "abi" in str(error)


def test_json_abis() -> None:
    text = """{"name": "f", "inputs": [
        {"name": "a", "type": "uint256[2]"},
        {"name": "b", "type": "tuple[]", "components": [{"name": "c", "type": "bytes"}]}]}"""
    assert abi.parse(text).canonical == "f(uint256[2],(bytes)[])"
    assert abi.parse('{"inputs": []}').selector == b""


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        '{"inputs": {}}',
        '{"inputs": [1]}',
        '{"inputs": [{"name": "a", "type": "tuple"}]}',
        '{"inputs": [{"name": "", "type": "bool"}]}',
        '{"inputs": [{"name": "a", "type": "bool[x]"}]}',
        '{"a":' * 3_000,
    ],
)
def test_wrong_json_abis_are_refused(text: str) -> None:
    with pytest.raises(TaskError, match="abi"):
        abi.parse(text)
