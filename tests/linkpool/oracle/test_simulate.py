# SPDX-License-Identifier: MIT
"""A job's run without any chain, and the two commands around it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from linkpool.cli.app import run as program
from linkpool.net import Message
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.errors import SpecError
from linkpool.oracle.simulate import SimulatedBridges, SimulatedRequest, Simulation, simulate
from linkpool.oracle.spec import load, template
from tests.linkpool.oracle.logs import STORAGE

JOB = template("get-uint256")
ASKED = {"data": {"get": "http://source.test/p", "path": "ETH,USD", "times": 100}}
ADAPTER = f"""
type = "directrequest"
contractAddress = "{STORAGE}"
observationSource = '''
    ask    [type=bridge name=Prices requestData=<{{"of": "ETH"}}>]
    mined  [type=ethtx to="{STORAGE}" data="0x01"]
    told   [type=jsonparse path=blockNumber]
    now    [type=ethtx to="{STORAGE}" data="0x02" minConfirmations=0]
    ask -> mined -> told
'''
"""


def tried(job: str, given: Any, http: FakeHttp, **bridges: str) -> Simulation:
    spec = load(job, contract=STORAGE)
    adapters = SimulatedBridges(
        http,
        {name: text for name, text in bridges.items() if "://" not in text},
        {name: text for name, text in bridges.items() if "://" in text},
    )
    return asyncio.run(simulate(spec, SimulatedRequest.of(given), http, adapters))


def test_each_task_is_told_and_the_calldata_read() -> None:
    done = tried(JOB, ASKED, FakeHttp(lambda message: answer('{"ETH": {"USD": 2412.079}}')))
    assert (done.state, done.error) == ("completed", "")
    by_name = {step.name: step for step in done.steps}
    assert by_name["asked"].output == ASKED["data"]
    assert by_name["scale"].inputs["times"] == 100
    assert str(by_name["scale"].output) == "241207.900"
    assert (by_name["send"].state, by_name["send"].output) == ("would send", None)
    [sent] = done.transactions
    assert (sent.to, sent.gas, sent.data[:4].hex()) == (STORAGE, 500_000, "6ae0bc76")
    assert sent.function == "fulfillOracleRequest2(bytes32,uint256,address,bytes4,uint256,bytes)"
    assert sent.arguments["payment"] == 10**17
    assert sent.arguments["data"] == b"\x1d" * 32 + (241_207).to_bytes(32, "big")


def test_the_first_failure_is_the_reason() -> None:
    done = tried(JOB, ASKED, FakeHttp(lambda message: answer("busy", 503)))
    assert done.state == "errored"
    assert done.error == "fetch: source.test answered 503: busy"
    assert [step.error for step in done.steps][2:5] == [
        done.error,
        f"parse: {done.error}",
        f"scale: {done.error}",
    ]
    assert done.transactions == []


def test_adapters_are_files_or_really_asked() -> None:
    asked: list[Message] = []

    def adapter(message: Message) -> Any:
        asked.append(message)
        return answer('{"data": {"result": 5}}')

    done = tried(ADAPTER, {}, FakeHttp(adapter), prices="http://127.0.0.1:9/x")
    assert done.state == "completed"
    assert (asked[0].method, asked[0].url) == ("POST", "http://127.0.0.1:9/x")
    assert json.loads(asked[0].body or b"")["of"] == "ETH"
    assert tried(ADAPTER, {}, FakeHttp(), prices="anything").steps[0].output == "anything"
    assert "say what it answers" in tried(ADAPTER, {}, FakeHttp()).error


def test_tasks_behind_a_transaction_run() -> None:
    done = tried(ADAPTER, {"blockNumber": 41}, FakeHttp(), prices="x")
    assert {step.name: step.output for step in done.steps}["told"] == 42
    assert [(one.task, one.data) for one in done.transactions] == [
        ("now", b"\x02"),
        ("mined", b"\x01"),
    ]


def test_an_adapter_that_answers_later_is_not_waited_for() -> None:
    job = ADAPTER.replace("name=Prices", "name=Prices async=true")
    pending = FakeHttp(lambda message: answer('{"pending": true}'))
    done = tried(job, {}, pending, prices="http://127.0.0.1:9/x")
    assert "a simulation does not wait" in done.error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "expected a map"),
        ({"requestID": "0x"}, "has no 'requestID'; did you mean 'requestId'?"),
        ({"payment": -1}, "payment: -1 does not fit uint256"),
        ({"requester": "me"}, "requester: 'me' is not an address"),
        ({"data": "text"}, "data: expected a map, or CBOR"),
        ({"data": {"x": {"y"}}}, "no CBOR for set"),
        ({"blockNumber": None}, "blockNumber: null is not a number"),
    ],
)
def test_a_wrong_request_is_one_line(given: Any, said: str) -> None:
    with pytest.raises(SpecError) as error:
        SimulatedRequest.of(given).log(load(JOB, contract=STORAGE))
    assert said in str(error.value)


def files(folder: Path, job: str = ADAPTER) -> tuple[str, str, str]:
    """A job, a request and an adapter's answer."""
    for name, text in (("job.toml", job), ("request.json", "{}"), ("prices.json", "5")):
        (folder / name).write_text(text)
    return str(folder / "job.toml"), str(folder / "request.json"), str(folder / "prices.json")


def test_the_command_shows_what_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job, request, prices = files(tmp_path)
    line = ["job", "simulate", job, "--request", request, "--bridge", f"prices={prices}"]
    assert program(line) == 0
    shown = capsys.readouterr().out
    assert "would send" in shown
    assert f"mined sends  0x01 to {STORAGE}, gas 500,000" in shown
    assert program([*line, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [task["name"] for task in told["tasks"]] == ["ask", "now", "mined", "told"]
    assert told["transactions"][0]["data"] == "0x02"


def test_a_run_that_failed_is_shown_and_has_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job, request, _ = files(tmp_path)
    assert program(["job", "simulate", job, "--request", request, "--json"]) == 9
    out, err = capsys.readouterr()
    assert json.loads(out)["state"] == "errored"
    assert "the run failed: ask: bridge prices: say what" in json.loads(err)["message"]


def test_validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job, _, _ = files(tmp_path, JOB.replace("times=", "tines=9 times="))
    assert program(["job", "validate", job, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["warnings"] == [
        "line 17, column 44: task 'scale': multiply has no 'tines', it is ignored; "
        "did you mean 'times'?",
        "contractAddress is a placeholder: a node that serves the job puts its own there",
    ]
    assert program(["job", "validate", job, "--contract", STORAGE]) == 0
    assert "placeholder" not in capsys.readouterr().out
    job, _, _ = files(tmp_path, JOB.replace("times=", "tines="))
    assert program(["job", "validate", job]) == 2
    assert "line 17, column 5: task 'scale': multiply needs 'times'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--bridge", "prices"], "write it like prices=answer.json"),
        (["--bridge", "prices=/no/such/file"], "cannot be read"),
    ],
)
def test_wrong_options_are_one_line(
    more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job, request, _ = files(tmp_path)
    assert program(["job", "simulate", job, "--request", request, *more]) == 2
    assert said in capsys.readouterr().err


def test_a_request_that_is_no_json_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job, _, _ = files(tmp_path)
    assert program(["job", "simulate", job, "--request", job]) == 2
    assert "is not JSON" in capsys.readouterr().err
