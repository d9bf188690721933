# SPDX-License-Identifier: MIT
"""What a run by hand lacks of a request, before anything is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from linkpool.oracle.runs.inputs import lacking
from linkpool.oracle.spec import load, template
from tests.linkpool.oracle.logs import STORAGE

BODY = {"jobRun": {"requestBody": "{}", "meta": {}}}


def job(tasks: str) -> str:
    return f"""
        type = "directrequest"
        schemaVersion = 1
        contractAddress = "{STORAGE}"
        observationSource = '''{tasks}'''
    """


@pytest.mark.parametrize(
    ("text", "given", "lacks"),
    [
        (template("get-uint256"), BODY, "jobRun.logData"),
        (template("get-uint256"), {}, "jobRun.logData"),
        (job('a [type=ethabidecodelog abi="A(bytes32 b)"]'), BODY, "jobRun.logTopics"),
        (
            job('a [type=ethabidecodelog abi="A(bytes32 b)" topics="[]" data="0x"]'),
            BODY,
            "",
        ),
        (
            job('a [type=memo value="$(jobRun.meta.oracleRequest.requestId)"]'),
            BODY,
            "jobRun.meta.oracleRequest.requestId",
        ),
        (
            job('a [type=memo value="$(jobRun.meta.oracleRequest.requestId)"]'),
            {"jobRun": {"meta": {"oracleRequest": {"requestId": "0x"}}}},
            "",
        ),
        (job('a [type=bridge name=b requestData="$(jobRun.logTxHash)"]'), BODY, "jobRun.logTxHash"),
        (job('a [type=memo value="$(jobRun.blockStateRoot)"]'), BODY, "jobRun.blockStateRoot"),
        (job('a [type=jsonparse data="$(jobRun.requestBody)" path="a"]'), BODY, ""),
        (job('a [type=memo value="$(jobRun.number)"]'), BODY, ""),
    ],
)
def test_what_only_a_request_brings_is_named(text: str, given: dict[str, Any], lacks: str) -> None:
    assert lacking(load(text, contract=STORAGE), given) == lacks
