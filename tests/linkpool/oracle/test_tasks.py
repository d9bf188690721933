# SPDX-License-Identifier: MIT
"""jsonparse, multiply, cborparse, ethabiencode and ethtx, one by one."""

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest

from linkpool.oracle.cbor import encode_request
from linkpool.oracle.errors import TaskError
from linkpool.oracle.results import PendingTransaction
from tests.linkpool.oracle.worlds import run

DOCUMENT = '{"a": [{"b": 1.10}, 10000000000000000000001, null], "t": "12.5", "": 3}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a,0,b", Decimal("1.1")),
        ("a,-3,b", Decimal("1.1")),
        ("a,1", 10000000000000000000001),
        ("a,2", None),
        ("t", "12.5"),
    ],
)
def test_jsonparse_finds_a_value(path: str, found: Any) -> None:
    assert asyncio.run(run("jsonparse", [DOCUMENT], path=path)) == found


def test_jsonparse_takes_a_path_from_a_request_and_another_separator() -> None:
    variables = {"asked": {"path": ["a", 0, "b"]}}
    task = run("jsonparse", [DOCUMENT], variables, path="$(asked.path)")
    assert asyncio.run(task) == Decimal("1.1")
    assert asyncio.run(run("jsonparse", [DOCUMENT], path="a/1", separator="/")) > 10**22


@pytest.mark.parametrize("path", ["x", "a,3", "a,-4", "a,b", "t,0", "a,0,b,c"])
def test_jsonparse_misses_a_value(path: str) -> None:
    with pytest.raises(TaskError, match="the answer has no"):
        asyncio.run(run("jsonparse", [DOCUMENT], path=path))
    assert asyncio.run(run("jsonparse", [DOCUMENT], path=path, lax="true")) is None


@pytest.mark.parametrize("text", ["", "{", "NaN", "1e999", "[" * 100_000, "1" * 5_000])
def test_jsonparse_refuses_what_is_no_json(text: str) -> None:
    with pytest.raises(TaskError, match="not JSON"):
        asyncio.run(run("jsonparse", [text]))


def test_jsonparse_takes_one_pass_whatever_the_text() -> None:
    began = time.monotonic()
    for text in ('"' + '\\"' * 16_000, '["' * 16_000, "{" * 32_000):
        with pytest.raises(TaskError, match="not JSON"):
            asyncio.run(run("jsonparse", [text]))
    assert asyncio.run(run("jsonparse", ['{"[[": "\\"[[", "a": [[[1]]]}'], path="a,0,0,0")) == 1
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("factor", "times", "product"),
    [
        (0.1, 3, "0.3"),
        ("2412.07", 100, "241207"),
        (Decimal("1.000000000000000001"), 10**18, "1000000000000000001"),
        (-5, "1.5", "-7.5"),
        (10**60 + 1, 10**39 + 1, str((10**60 + 1) * (10**39 + 1))),
    ],
)
def test_multiply_never_rounds(factor: Any, times: Any, product: str) -> None:
    task = run("multiply", [factor], {"n": times}, times="$(n)")
    assert asyncio.run(task) == Decimal(product)


@pytest.mark.parametrize("factor", [None, "x", True, [], "inf"])
def test_multiply_refuses_what_is_no_number(factor: Any) -> None:
    with pytest.raises(TaskError):
        asyncio.run(run("multiply", [factor], times="100"))


def test_cborparse_reads_a_request() -> None:
    fields = {"get": "http://x", "times": 100}
    assert asyncio.run(run("cborparse", [encode_request(fields)])) == fields
    standard = run("cborparse", [b"\x83\x01\x02\x03"], mode="standard")
    assert asyncio.run(standard) == [1, 2, 3]
    with pytest.raises(TaskError, match="mode"):
        asyncio.run(run("cborparse", [b""], mode="other"))


def test_an_answer_is_encoded_and_sent() -> None:
    variables = {"log": {"id": b"\x11" * 32}, "n": Decimal("241207.9")}
    encoded = asyncio.run(
        run(
            "ethabiencode",
            None,
            variables,
            abi="answer(bytes32 requestId, uint256 number)",
            data='{"requestId": $(log.id), "number": $(n)}',
        )
    )
    assert encoded[10:] == "11" * 32 + f"{241207:064x}"
    to = "0x514910771AF9Ca656af840dff83E8264EcF986CA"
    wanted = asyncio.run(run("ethtx", [encoded], to=to, gaslimit="450000"))
    assert wanted == PendingTransaction(to=to, data=bytes.fromhex(encoded[2:]), gas=450_000)


def test_a_failed_input_fails_the_task() -> None:
    with pytest.raises(TaskError, match="source is gone"):
        asyncio.run(run("multiply", [TaskError("source is gone")], times="1"))
