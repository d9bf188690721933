# SPDX-License-Identifier: MIT
"""Runs of several tasks, and a whole job from its log to its transaction."""

import asyncio
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
from linkpool.oracle.tasks import TASKS, World
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


def test_an_arrow_from_a_failed_task_fails_what_does_not_look_at_it() -> None:
    """As in a Chainlink node: the result is handed over, wanted or not. A reference hands nothing
    over.
    """
    bad = "bad [type=jsonparse data=x] "
    assert run(bad + "b [type=memo value=1] bad -> b").tasks["b"].error is not None
    ordered = run(bad + 'b [type=memo value=1 note="$(bad)"] bad -> x x [type=coalesce]')
    assert (ordered.state, ordered.outputs) == ("completed", [1, None])


def test_every_failure_names_where_it_began() -> None:
    result = run(
        'a [type=jsonparse data=x] b [type=memo value="[$(a)]"] c [type=memo] d [type=memo]'
        " b -> c -> d"
    )
    began = "a: the answer is not JSON: Expecting value: line 1 column 1 (char 0)"
    assert list(map(str, result.all_errors)) == [began, *(f"{name}: {began}" for name in "bcd")]
    assert (str(result.error), len(result.fatal_errors)) == (began, 1)


def test_outputs_are_those_of_the_last_tasks_by_index() -> None:
    result = run(
        "a [type=memo value=1 index=2] b [type=memo value=2 index=1] c [type=lookup key=x]"
    )
    assert (result.terminal, result.outputs) == (("c", "b", "a"), [None, 2, 1])
    assert (result.state, [e is None for e in result.fatal_errors]) == (
        "errored",
        [False, True, True],
    )


def test_a_failure_that_nobody_ends_with_is_none_of_the_run() -> None:
    result = run("a [type=lookup key=x] b [type=memo value=7] m [type=median] a -> m b -> m")
    assert (result.state, result.outputs, result.error) == ("completed", [7], None)
    assert [error is None for error in result.all_errors] == [False, True, True]


def test_independent_tasks_run_side_by_side() -> None:
    """Nobody is answered before all five have asked."""
    waiting = 0
    everybody = asyncio.Event()

    async def together(message: Message) -> Answer:
        nonlocal waiting
        waiting += 1
        if waiting == 5:
            everybody.set()
        await everybody.wait()
        return answer("1")

    many = " ".join(f'f{n} [type=http url="http://127.0.0.1/{n}"]' for n in range(5))
    assert run(many, world(together)).error is None


def test_a_slow_branch_holds_up_no_other() -> None:
    """The slow source answers when the fast branch has come to its end."""
    ended = asyncio.Event()

    async def source(message: Message) -> Answer:
        if message.url.endswith("/slow"):
            await ended.wait()
        if message.url.endswith("/end"):
            ended.set()
        return answer("1")

    result = run(
        """slow [type=http url="http://127.0.0.1/slow"] fast [type=http url="http://127.0.0.1/fast"]
        p [type=jsonparse] end [type=http url="http://127.0.0.1/end"] both [type=sum]
        fast -> p -> end -> both slow -> both""",
        world(source),
    )
    assert (result.state, result.outputs) == ("completed", [2])


def test_fail_early_gives_up_the_rest() -> None:
    async def never(message: Message) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")

    result = run(
        """slow [type=http url="http://127.0.0.1/"] after [type=memo] slow -> after
        ok [type=memo value=1] bad [type=lookup key=x failEarly=true] ok -> bad -> late
        late [type=memo]""",
        world(never),
    )
    assert (result.fail_early, result.state) == (True, "errored")
    states = {name: task.state.value for name, task in result.tasks.items()}
    assert states == {
        "ok": "completed",
        "bad": "errored",
        "slow": "cancelled",
        "after": "cancelled",
        "late": "cancelled",
    }
    assert "bad: input: expected a map" == str(result.error)


def test_a_task_that_fails_early_may_be_tried_again_first() -> None:
    tried = 0

    def second(message: Message) -> Answer:
        nonlocal tried
        tried += 1
        return answer("1", 500 if tried == 1 else 200)

    task = 'a [type=http url="http://127.0.0.1/" retries=2 minBackoff="1ms" failEarly=true]'
    result = run(task, world(second))
    assert (result.fail_early, result.tasks["a"].attempts) == (False, 2)


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


def test_a_tasks_own_time_counts_before_the_jobs() -> None:
    async def slow(message: Message) -> Answer:
        await asyncio.sleep(0.05)
        return answer("1")

    task = 'f [type=http url="http://127.0.0.1/" timeout="10s"]'
    assert asyncio.run(pipeline.run(parse(task), {}, world(slow), deadline=0.01)).error is None


def test_a_run_has_its_time() -> None:
    async def never(message: Message) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")

    source = """a [type=memo value=1] f [type=http url="http://127.0.0.1/"]
        g [type=http url="http://127.0.0.1/2" timeout="1h"] a -> f b [type=memo] f -> b"""
    result = asyncio.run(pipeline.run(parse(source), {}, world(never), limit=0.05))
    assert result.state == "errored"
    assert result.tasks["a"].state == "completed"
    assert str(result.tasks["b"].error) == "the run took longer than 0.05 s"


def test_a_run_can_be_cancelled_and_leaves_nothing_behind() -> None:
    async def never(message: Message) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError("nobody waits that long")

    async def story() -> int:
        many = parse(" ".join(f'f{n} [type=http url="http://127.0.0.1/"]' for n in range(3)))
        running = asyncio.create_task(pipeline.run(many, {}, world(never)))
        await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return len(asyncio.all_tasks())

    assert asyncio.run(story()) == 1


def test_what_a_task_was_given_is_remembered() -> None:
    result = run('a [type=memo value=2] b [type=multiply times="$(n)"] a -> b', n="1.5")
    task = result.tasks["b"]
    assert task.inputs == {"input": 2, "times": "1.5"}
    assert task.started <= task.finished


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
    monkeypatch.setattr(pipeline, "TASKS", {"x": away, "any": TASKS["any"], "memo": TASKS["memo"]})
    survived = run("a [type=x] b [type=memo value=1] c [type=any] a -> c b -> c")
    assert (survived.state, survived.try_later) == ("completed", False)


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


def test_what_is_still_waited_for_is_not_wanted_again() -> None:
    """Of two suspended tasks one is known by now."""
    source = f"""s [type=ethtx to="{STORAGE}" data="0x01"] t [type=ethtx to="{STORAGE}" data="0x02"]
        a [type=jsonparse path=blockNumber] s -> a"""
    known = dict(run(source).tasks)
    known["s"] = replace(known["s"], state=TaskState.COMPLETED, value={"blockNumber": 7})
    again = asyncio.run(pipeline.run(parse(source), {}, world(), known=known))
    assert (again.state, again.outputs) == ("suspended", [None, 7])
    assert again.tasks["t"] is known["t"]


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
