# SPDX-License-Identifier: MIT
"""A host on a real chain: replaced blocks, cancellations, restarts in the middle, several nodes,
jobs added late, shadow jobs.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from linkpool.errors import UsageError
from linkpool.oracle.bridges import registry
from linkpool.oracle.runs import shadow
from linkpool.units import link
from tests.flows.oracle_world import (
    LOCAL_JOB,
    NODE,
    OPERATOR,
    OWNER,
    USER,
    Play,
    World,
    eventually,
    player,
    until,
    until_answered,
)
from tests.flows.program import DEV, Program

SECOND = 8
SHALLOW = LOCAL_JOB.replace('data="$(fulfil)"]', 'data="$(fulfil)" minConfirmations=1]')


@pytest.fixture
def play(pool: Program, tmp_path: Path) -> Play:
    return player(pool, tmp_path)


@pytest.mark.parametrize("depth", range(1, 9))
def test_replaced_blocks_lose_and_double_nothing(play: Play, pool: Program, depth: int) -> None:
    """P13: requests and answers inside the replaced blocks; those whose request is gone are not
    answered, those whose answer is gone are answered again.
    """

    async def story(made: World) -> None:
        await made.serving()
        pool.anvil.rpc("anvil_mine", "0x8")  # the node's registration stays
        first = [await made.ask() for _ in range(3)]
        await until_answered(made, *first)
        more = [await made.ask() for _ in range(2)]
        pool.anvil.rpc("anvil_reorg", depth, [])
        pool.anvil.rpc("anvil_mine", "0x3")
        late = await made.ask()
        await until_answered(made, late)
        await eventually(lambda: everything_asked_is_answered(made))
        answers = await made.answers()
        assert len(answers) == len(set(answers))
        assert set(answers) <= {*first, *more, late}

    play(story)


async def everything_asked_is_answered(made: World) -> bool:
    storage = await made.storage()
    head = await made.suite.connection.block_number()
    asked = await storage.events("OracleRequest", first=0, last=head)
    answers = await made.answers()
    if len(asked) != len(answers):
        await made.sender(OWNER).send(made.suite.link.transfer(DEV[OWNER].address, link("1")))
    return sorted(event.fields["requestId"] for event in asked) == sorted(answers)


def test_a_crash_in_the_middle_costs_nothing(play: Play) -> None:
    async def story(made: World) -> None:
        first = await made.serving()
        asked = []
        for _ in range(6):
            asked.append(await made.ask())
            await made.running[-1].crash()
            made.running.clear()
            await made.start()
        await until_answered(made, *asked)
        assert first.task.done()
        assert sorted(await made.answers()) == sorted(asked)

    play(story)


def test_two_nodes_share_a_process_and_a_job_file(play: Play) -> None:
    async def story(made: World) -> None:
        await made.approve()
        await made.approve(SECOND)
        running = await made.start(keys=(NODE, SECOND))
        await until(lambda: {state for _, _, state in running.host.state.nodes} == {"serving"})
        request = await made.ask()
        await until_answered(made, request)
        storages = {storage for _, storage, _ in running.host.state.nodes}
        contracts = [job.spec.contract for job in running.host.runner.book.jobs.values()]
        assert sorted(contracts) == sorted(storages)  # type: ignore[type-var]
        assert (await made.storage(SECOND)).address in storages

    play(story)


def test_a_job_that_is_added_late_answers_what_is_open(play: Play) -> None:
    async def story(made: World) -> None:
        running = await made.serving(job=())
        request = await made.ask()
        await eventually(running.rows)  # type: ignore[arg-type]
        [row] = await running.rows()
        assert (row.state, row.job) == ("refused", None)
        assert "linkpool job add" in row.reason
        number = await running.host.add_job(LOCAL_JOB)
        await until_answered(made, request)
        [row] = await running.rows()
        assert row.job == number
        await running.host.archive_job(number)
        again = await made.ask()
        await eventually(lambda: has_rows(running, 2))
        assert (await made.number(again), len(await made.answers())) == (0, 1)

    play(story)


async def has_rows(running: object, count: int) -> bool:
    return len(await running.rows()) == count  # type: ignore[attr-defined]


def test_a_run_completes_at_the_depth_its_job_asks_for(play: Play, pool: Program) -> None:
    async def story(made: World) -> None:
        running = await made.serving(job=[SHALLOW])
        request = await made.ask(job=SHALLOW)
        await until_answered(made, request)

        async def completed() -> bool:
            return [row.state for row in await running.rows()] == ["completed"]

        await eventually(completed)
        [row] = await running.rows()
        [event] = await (await made.storage()).events(
            "OracleResponse", first=0, last=await made.suite.connection.block_number()
        )
        assert (row.answer_tx, row.depth) == (event.tx, 1)
        deep = await made.start(folder="deep")
        assert deep is not running

    play(story)


def test_a_run_by_hand_and_a_failed_one_again(play: Play) -> None:
    async def story(made: World) -> None:
        running = await made.serving()
        await until(lambda: bool(running.host.runner.book.jobs))
        [first] = running.host.runner.book.jobs
        with pytest.raises(UsageError, match="of a request on chain, a run by hand has none"):
            await running.host.run_job(first, {"jobRun": {"requestBody": "{}", "meta": {}}})
        assert await running.rows() == []
        job = """
            type = "directrequest"
            schemaVersion = 1
            contractAddress = "YOUR_OPERATOR_CONTRACT_ADDRESS"
            observationSource = "twice [type=multiply input=\\"$(jobRun.number)\\" times=2]"
        """
        number = await running.host.add_job(job)
        await running.host.run_job(number, {"jobRun": {"number": 21}})
        await eventually(lambda: has_rows(running, 1))
        await until(lambda: running.host.counters.runs[number, "completed"] == 1)
        [row] = await running.rows()
        assert (row.origin, row.request) == ("manual", None)
        assert "42" in row.outputs

    play(story)


LATER = LOCAL_JOB.replace(
    'type=http method=GET url="$(asked.get)" allowUnrestrictedNetworkAccess=true',
    'type=bridge name=later async=true requestData="{}"',
).replace('path="$(asked.path)"', 'path="number"')


def test_an_adapter_answers_after_the_process_was_killed(play: Play) -> None:
    async def story(made: World) -> None:
        asked: list[str] = []

        async def adapter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].split()[0])
            url = json.loads(await reader.readexactly(size))["responseURL"]
            asked.append(url.rpartition("/")[2])
            body = b'{"pending": true}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(adapter, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            running = await made.serving(job=LATER)
            draft = registry.BridgeDraft(name="later", url=f"http://127.0.0.1:{port}")
            await running.database.write(lambda c: registry.add(c, draft, time.time()))
            request = await made.ask(job=LATER)

            async def suspended() -> bool:
                return [row.state for row in await running.rows()] == ["suspended"]

            await eventually(suspended)
            await running.crash()
            made.running.clear()
            again = await made.start(job=LATER)
            [task_run] = asked
            assert await again.host.resume(task_run, value='{"number": "21"}')
            await until_answered(made, request)
            assert await made.number(request) == 2_100
            assert await made.answers() == [request]
            assert len(asked) == 1

    play(story)


def test_a_shadow_job_compares_and_sends_nothing(play: Play) -> None:
    """Two hosts on one contract: one answers, the other compares; then with another answer."""

    async def story(made: World) -> None:
        steady = LOCAL_JOB.replace('input="$(parse)"', 'input="5"')  # the bundled source is not
        await made.serving(job=steady)
        storage = (await made.storage()).address
        named = steady.replace("YOUR_OPERATOR_CONTRACT_ADDRESS", storage)
        watching = await made.start(folder="shadow", keys=(SECOND,), job=())
        number = await watching.host.add_job(named, shadow=True)
        first = await made.ask()
        await until_answered(made, first)
        await eventually(lambda: compared(watching, 1))
        assert await summary(watching) == [shadow.Summary(job=number, agreed=1)]
        await watching.host.archive_job(number)
        wrong = named.replace('times="$(asked.times)"', "times=7")
        number = await watching.host.add_job(wrong, shadow=True)
        second = await made.ask()
        await until_answered(made, second)
        await eventually(lambda: compared(watching, 2))
        [difference] = await watching.database.read(
            lambda c: shadow.differences(c, number, limit=5)
        )
        assert difference.verdict == "differed"
        assert difference.theirs == "0x" + second.hex() + f"{500:064x}"
        assert difference.ours == "0x" + second.hex() + f"{35:064x}"
        assert await made.suite.connection.nonce(DEV[SECOND].address) == 0

    play(story)


async def summary(running: object) -> list[shadow.Summary]:
    return await running.database.read(shadow.summary)  # type: ignore[attr-defined, no-any-return]


async def compared(running: object, count: int) -> bool:
    found = await summary(running)
    return sum(one.agreed + one.differed + one.missing for one in found) == count


def test_a_cancelled_request_is_left_alone(play: Play, pool: Program) -> None:
    async def story(made: World) -> None:
        running = await made.serving()
        await made.ask(path="no,such,path")
        request = await made.ask(url="http://127.0.0.1:1/nobody")
        await until(lambda: len(running.host.failures) == 2)
        pool.anvil.advance(301)
        await made.sender(USER).send(made.consumer.cancel(request))
        good = await made.ask()
        await until_answered(made, good)
        rows = await running.rows()
        assert [row.state for row in rows][:2] == ["errored", "errored"]
        assert await made.answers() == [good]
        assert OPERATOR != NODE

    play(story)
