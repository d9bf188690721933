# SPDX-License-Identifier: MIT
"""Runs of several tasks, and a whole job from its log to its transaction."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from linkpool.oracle import abi, pipeline
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.errors import TryLater
from linkpool.oracle.graph import parse
from linkpool.oracle.spec import load, template
from linkpool.oracle.tasks import World
from linkpool.oracle.watcher import run_variables
from tests.linkpool.oracle.logs import REQUEST_ID, STORAGE, request_log
from tests.linkpool.oracle.worlds import Recorder, world


def run(source: str, outside: World | None = None, **variables: Any) -> pipeline.Run:
    return asyncio.run(pipeline.run(parse(source), variables, outside or world()))


def test_results_flow_along_the_edges() -> None:
    result = run('a [type=jsonparse data="{\\"x\\": 2}" path=x] b [type=multiply times=3] a -> b')
    assert result.error is None
    assert result.results["b"] == 6


def test_an_error_fails_what_uses_it_and_nothing_else() -> None:
    result = run(
        "a [type=jsonparse data=x] b [type=multiply times=3] a -> b c [type=cborparse data=<$(d)>]",
        d=b"",
    )
    assert "a: the answer is not JSON" in str(result.error)
    assert result.results["c"] == {}


def test_independent_tasks_run_side_by_side() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.2)
        return httpx.Response(200, text="1")

    outside = world(slow)
    began = time.monotonic()
    many = " ".join(f'f{n} [type=http url="http://127.0.0.1/{n}"]' for n in range(5))
    assert run(many, outside).error is None
    assert time.monotonic() - began < 0.6


def test_retries_are_attempts_in_all() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200 if len(asked) == 3 else 500, text="1")

    task = 'f [type=http url="http://127.0.0.1/" retries={} minBackoff="1ms"]'
    assert run(task.replace("{}", "2"), world(handler)).error is not None
    assert run(task.replace("{}", "2"), world(handler)).error is None
    assert len(asked) == 3


def test_a_task_has_its_time() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(9)
        return httpx.Response(200)

    outside = world(slow)
    graph = parse('f [type=http url="http://127.0.0.1/"]')
    result = asyncio.run(pipeline.run(graph, {}, outside, deadline=0.05))
    assert "f: not done after 0.05 s" in str(result.error)


def test_a_bug_in_a_task_ends_the_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(call: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "TASKS", {"x": broken})
    assert "ZeroDivisionError: oops" in str(run("a [type=x]").error)


def test_a_lost_chain_is_no_failure_of_the_request() -> None:
    class Away(Recorder):
        async def submit(self, to: str, data: bytes, gas: int) -> str:
            raise TryLater("RPC down")

    result = run('s [type=ethtx to="0x" data="0x"]', world(recorder=Away()))
    assert isinstance(result.error, TryLater)


@pytest.mark.parametrize("name", ["get-uint256", "get-uint256-local"])
def test_the_bundled_jobs_answer_a_request(name: str) -> None:
    """From the log of a request to the calldata of its answer, as Chainlink encodes both."""
    asked = {"get": "http://93.184.216.34/p", "path": "ETH,USD", "times": 100}
    log = request_log(data=encode_request(asked))
    spec = load(template(name), contract=STORAGE)
    recorder = Recorder()
    outside = world(lambda r: httpx.Response(200, text='{"ETH": {"USD": 2412.079}}'), recorder)
    result = asyncio.run(pipeline.run(spec.graph, run_variables(log, spec), outside))
    assert result.error is None
    [(to, data, gas)] = recorder.sent
    assert (to, data[:4].hex(), gas) == (STORAGE, "6ae0bc76", 500_000)
    kinds = ["bytes32", "uint256", "address", "bytes4", "uint256", "bytes"]
    echoed = abi.decode(kinds, data[4:])
    assert echoed[:2] == (REQUEST_ID, 10**17)
    assert echoed[5] == REQUEST_ID + (241_207).to_bytes(32, "big")


def test_only_the_local_job_reaches_this_machine() -> None:
    log = request_log(data=encode_request({"get": "http://127.0.0.1/p", "path": "x", "times": 1}))
    reached = {}
    for name in ("get-uint256", "get-uint256-local"):
        spec = load(template(name), contract=STORAGE)
        outside = world(lambda r: httpx.Response(200, text='{"x": 1}'))
        run = asyncio.run(pipeline.run(spec.graph, run_variables(log, spec), outside))
        reached[name] = run.error is None
    assert reached == {"get-uint256": False, "get-uint256-local": True}
