# SPDX-License-Identifier: MIT
"""What an adapter's answer means."""

import json
from typing import Any

import pytest

from linkpool.net.testing import answer
from linkpool.oracle.bridges.protocol import Said, said
from linkpool.oracle.errors import TaskError


def meant(body: Any, status: int = 200, **headers: str) -> Said:
    return said(answer(body if isinstance(body, str) else json.dumps(body), status, **headers))


@pytest.mark.parametrize(
    "body",
    [
        {"jobRunID": "1", "data": {"result": 5}, "result": 5, "statusCode": 200},
        {"jobRunId": "1", "data": {"result": 5}, "status": "", "error": None, "pending": False},
        {"data": {"result": 5}, "result": 5, "statusCode": 200, "providerStatusCode": 200},
        {"statusCode": "200", "error": ""},
        {"statusCode": None, "error": None, "status": "completed"},
        {"result": 0},
        [{"error": "of an element"}],
        "not JSON",
        "",
    ],
)
def test_a_good_answer_is_passed_on_whole(body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert meant(body) == Said(text, pending=False)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (500, "oops", "answered 500: oops"),
        (404, {"error": "no such pair"}, "answered 404: no such pair"),
        (502, {"errorMessage": "away"}, "answered 502: away"),
        (200, {"statusCode": 500, "error": "no"}, "answered 500: no"),
        (200, {"statusCode": 429, "providerStatusCode": 200}, "answered 429: "),
        (200, {"statusCode": 200, "providerStatusCode": 503, "error": None}, "answered 503: "),
        (200, {"statusCode": 200, "error": "no"}, "answered 200: no"),
        (200, {"jobRunId": "1", "error": "no"}, "answered 200: no"),
        (200, {"statusCode": 200, "error": {"name": "E", "message": "no"}}, "answered 200: no"),
        (
            200,
            {
                "status": "errored",
                "statusCode": 502,
                "error": {"name": "AdapterDataProviderError", "message": "no answer"},
            },
            "answered 502: no answer",
        ),
        (200, {"status": "errored", "error": {"name": "AdapterError"}}, "200: AdapterError"),
        (200, {"status": "errored"}, "answered 200: "),
        (200, {"statusCode": "\x1b[2J"}, r"answered \[2J"),
        (400, {"pending": True}, "answered 400"),
        (200, {"pending": True, "error": "no"}, "answered 200: no"),
    ],
)
def test_an_error_in_any_shape_is_one(status: int, body: Any, text: str) -> None:
    with pytest.raises(TaskError, match=text) as error:
        meant(body, status)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_answer_may_come_later(status: int) -> None:
    assert meant({"pending": True}, status).pending
    assert meant({"pending": True, "statusCode": 202}, status).pending
    assert meant("", status, x_chainlink_pending="true").pending
    assert not meant({"pending": "true"}, status).pending
