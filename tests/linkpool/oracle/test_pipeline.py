# SPDX-License-Identifier: MIT
"""Runs of several tasks, and a whole job from its log to its transaction."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import decode

from linkpool.net import Answer, Message
from linkpool.net.testing import answer
from linkpool.oracle import pipeline
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.graph import parse
from linkpool.oracle.results import PendingTransaction, TaskState
from linkpool.oracle.runs.inputs import dump_log, variables
from linkpool.oracle.spec import load, template
from linkpool.oracle.tasks import World
from tests.linkpool.oracle.logs import REQUEST_ID, STORAGE, request_log
from tests.linkpool.oracle.worlds import world


def run(source: str, outside: World | None = None, **variables: Any) -> pipeline.Run:
    return asyncio.run(pipeline.run(parse(source), variables, outside or world()))


def test_results_flow_along_the_edges() -> None:
    result = run('a [type=jsonparse data="{\\"x\\": 2}" path=x] b [type=multiply times=3] a -> b')
    assert (result.state, result.outputs) == ("completed", [6])


def test_an_error_fails_what_uses_it_and_nothing_else() -> None:
    result = run(
        "a [type=jsonparse data=x] b [type=multiply times=3] a -> b c [type=cborparse data=<$(d)>]",
        d=b"",
    )
    assert "a: the answer is not JSON" in str(result.error)
    assert result.tasks["c"].value == {}


def test_independent_tasks_run_side_by_side() -> None:
    async def slow(message: Message) -> Answer:
        await asyncio.sleep(0.2)
        return answer("1")

    outside = world(slow)
    began = time.monotonic()
    many = " ".join(f'f{n} [type=http url="http://127.0.0.1/{n}"]' for n in range(5))
    assert run(many, outside).error is None
    assert time.monotonic() - began < 0.6


def test_retries_are_attempts_in_all() -> None:
    asked: list[str] = []

    def handler(message: Message) -> Answer:
        asked.append(message.url)
        return answer("1", 200 if len(asked) == 3 else 500)

    task = 'f [type=http url="http://127.0.0.1/" retries={} minBackoff="1ms"]'
    assert run(task.replace("{}", "2"), world(handler)).error is not None
    assert run(task.replace("{}", "2"), world(handler)).error is None
    assert len(asked) == 3


def test_a_task_has_its_time() -> None:
    async def slow(message: Message) -> Answer:
        await asyncio.sleep(9)
        return answer("")

    outside = world(slow)
    graph = parse('f [type=http url="http://127.0.0.1/"]')
    result = asyncio.run(pipeline.run(graph, {}, outside, deadline=0.05))
    assert "f: not done after 0.05 s" in str(result.error)


def test_a_bug_in_a_task_ends_the_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(call: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(pipeline, "TASKS", {"x": broken})
    assert "ZeroDivisionError: oops" in str(run("a [type=x]").error)


def test_a_lost_chain_is_no_failure_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(call: object) -> None:
        raise TryLater("RPC down")

    monkeypatch.setattr(pipeline, "TASKS", {"x": away})
    assert run("a [type=x retries=5]").try_later


SUSPENDING = f"""
    s [type=ethtx to="{STORAGE}" data="0x"] a [type=jsonparse path=blockNumber] s -> a
    b [type=jsonparse data=<1>]
"""


def test_a_suspended_run_goes_on_with_what_is_known() -> None:
    first = run(SUSPENDING)
    assert (first.state, list(first.tasks), first.outputs) == ("suspended", ["s", "b"], [None, 1])
    [waiting] = first.suspended
    assert waiting.value == PendingTransaction(to=STORAGE, data=b"", gas=500_000)
    known = dict(first.tasks)
    known["s"] = replace(waiting, state=TaskState.COMPLETED, value={"blockNumber": 7})
    again = asyncio.run(pipeline.run(parse(SUSPENDING), {}, world(), known=known))
    assert (again.state, again.outputs) == ("completed", [7, 1])
    assert again.tasks["b"] is first.tasks["b"]


def test_a_suspended_task_may_fail_later() -> None:
    known = dict(run(SUSPENDING).tasks)
    known["s"] = replace(known["s"], state=TaskState.ERRORED, value=TaskError("lost"))
    again = asyncio.run(pipeline.run(parse(SUSPENDING), {}, world(), known=known))
    assert (again.state, str(again.error)) == ("errored", "lost")


@pytest.mark.parametrize("name", ["get-uint256", "get-uint256-local"])
def test_the_bundled_jobs_answer_a_request(name: str) -> None:
    """From the log of a request to the calldata of its answer, as Chainlink encodes both."""
    asked = {"get": "http://93.184.216.34/p", "path": "ETH,USD", "times": 100}
    log = request_log(data=encode_request(asked))
    spec = load(template(name), contract=STORAGE)
    outside = world(lambda r: answer('{"ETH": {"USD": 2412.079}}'))
    result = asyncio.run(pipeline.run(spec.graph, variables(dump_log(log), spec, job=1), outside))
    [suspended] = result.suspended
    wanted = suspended.value
    data = wanted.data
    assert (wanted.to, data[:4].hex(), wanted.gas) == (STORAGE, "6ae0bc76", 500_000)
    kinds = ["bytes32", "uint256", "address", "bytes4", "uint256", "bytes"]
    echoed = decode(kinds, data[4:])
    assert echoed[:2] == (REQUEST_ID, 10**17)
    assert echoed[5] == REQUEST_ID + (241_207).to_bytes(32, "big")


def test_only_the_local_job_reaches_this_machine() -> None:
    log = request_log(data=encode_request({"get": "http://127.0.0.1/p", "path": "x", "times": 1}))
    reached = {}
    for name in ("get-uint256", "get-uint256-local"):
        spec = load(template(name), contract=STORAGE)
        outside = world(lambda r: answer('{"x": 1}'))
        run = asyncio.run(pipeline.run(spec.graph, variables(dump_log(log), spec, job=1), outside))
        reached[name] = run.error is None
    assert reached == {"get-uint256": False, "get-uint256-local": True}
