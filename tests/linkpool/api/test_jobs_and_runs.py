# SPDX-License-Identifier: MIT
"""Jobs and their runs over HTTP, with a node and without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from linkpool.api.operator import Operator
from linkpool.oracle.bridges import registry
from linkpool.oracle.bridges.registry import BridgeDraft
from linkpool.oracle.results import TaskResult, TaskState
from linkpool.oracle.runs import records
from linkpool.oracle.runs.records import Claim, Outcome
from linkpool.oracle.runs.states import State
from linkpool.oracle.world import RunIdentity
from linkpool.store.database import Database
from linkpool.store.tables import comparisons, runs
from tests.linkpool.api.worlds import (
    NODE,
    ORACLE,
    SPEC,
    WAITING,
    MadeUp,
    add_job,
    operator,
    play,
)

OTHER = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"


def finish(database: Database, *tasks: TaskResult, state: State = State.COMPLETED) -> None:
    """The run that waits comes to this."""
    [row] = database.read_now(lambda c: c.execute(select(runs.c.id, runs.c.job)).all())
    database.write_now(lambda c: c.execute(update(runs).values(state=State.RUNNING)))
    claim = Claim(id=row.id, job=row.job, input="{}")
    identity = RunIdentity(str(claim.job), str(claim.id))
    outcome = Outcome(
        claim=claim,
        state=state,
        tasks=tasks,
        reason=None,
        outputs=[tasks[-1].value],
        task_ids={task.name: identity.task_run_id(task.name) for task in tasks},
    )
    database.write_now(lambda c: records.store(c, [outcome], lambda *_: True, now=1_002.0))


def done(name: str, kind: str, value: Any, state: TaskState = TaskState.COMPLETED) -> TaskResult:
    return TaskResult(
        name=name, kind=kind, state=state, value=value, started=1_000.0, finished=1_001.0
    )


def test_a_job_is_added_found_by_both_names_and_archived(
    database: Database, tmp_path: Path
) -> None:
    add_job(database)  # the one that every node has from its start
    other = SPEC.replace("price", "weather")

    async def story(web: httpx.AsyncClient) -> None:
        made = await web.post("/v2/jobs", json={"toml": other})
        job = made.json()["data"]
        shown = job["attributes"]
        assert (job["type"], shown["name"], shown["type"]) == ("jobs", "weather", "directrequest")
        assert shown["directRequestSpec"]["contractAddress"] == ORACLE
        assert shown["node"] == NODE
        again = await web.post("/v2/jobs", json={"toml": other})
        assert again.json()["data"]["id"] == job["id"]
        external = shown["externalJobID"]
        for name in (job["id"], external, external.upper(), external.replace("-", "")):
            found = await web.get(f"/v2/jobs/{name}")
            assert found.json()["data"]["id"] == job["id"]
        assert (await web.delete(f"/v2/jobs/{external}")).status_code == 204
        listed = (await web.get("/v2/jobs")).json()
        assert [one["attributes"]["name"] for one in listed["data"]] == ["price"]
        assert listed["meta"] == {"count": 1}
        kept = (await web.get(f"/v2/jobs/{job['id']}")).json()["data"]["attributes"]
        assert kept["archivedAt"] is not None
        assert (await web.get(f"/v2/jobs/{external}")).status_code == 404

    play(operator(database, tmp_path), story)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "body: "),
        (b"{}", "toml: it has to be given"),
        (b'{"toml": 1}', "toml: expected text"),
        (b'{"toml": "\\u0000"}', "toml: holds characters that no text has"),
        (b'{"toml": "x = "}', "TOML"),
        (b'{"toml": "type = \\"cron\\""}', "directrequest"),
    ],
)
def test_a_job_that_is_none_is_refused_in_one_sentence(
    database: Database, tmp_path: Path, body: bytes, complaint: str
) -> None:
    add_job(database)

    async def story(web: httpx.AsyncClient) -> httpx.Response:
        headers = {"content-type": "application/json"}
        return await web.post("/v2/jobs", content=body, headers=headers)

    answer = play(operator(database, tmp_path), story)
    assert answer.status_code == 422
    [problem] = answer.json()["errors"]
    assert complaint in problem["detail"]


def test_without_a_node_a_job_goes_to_the_node_it_names(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path, host=None)

    async def story(web: httpx.AsyncClient) -> None:
        refused = await web.post("/v2/jobs", json={"toml": SPEC})
        assert "no node has run on this state" in refused.json()["errors"][0]["detail"]
        made = await web.post("/v2/jobs", json={"toml": SPEC, "node": NODE.lower()})
        assert made.json()["data"]["attributes"]["node"] == NODE
        second = SPEC.replace("price", "second")
        assert (await web.post("/v2/jobs", json={"toml": second})).status_code == 200
        shadow = SPEC.replace(ORACLE, OTHER)
        made = await web.post("/v2/jobs", json={"toml": shadow, "shadow": True})
        assert made.json()["data"]["attributes"]["shadow"] is True
        for path in ("/v2/jobs/1/runs", "/v2/replay_from_block/1"):
            refused = await web.post(path)
            assert refused.status_code == 422
            assert "linkpool oracle run" in refused.json()["errors"][0]["detail"]

    play(of, story)


def test_a_job_that_this_version_cannot_read_says_so(database: Database, tmp_path: Path) -> None:
    number = add_job(database)
    database.write_now(lambda c: c.exec_driver_sql("UPDATE jobs SET toml = 'type = \"x\"'"))

    async def story(web: httpx.AsyncClient) -> Any:
        return (await web.get(f"/v2/jobs/{number}")).json()["data"]["attributes"]

    [error] = play(operator(database, tmp_path), story)["errors"]
    assert "directrequest" in error["description"]


def test_a_run_by_hand_and_what_its_tasks_put_out(database: Database, tmp_path: Path) -> None:
    number = add_job(database)
    of = operator(database, tmp_path)

    async def start(web: httpx.AsyncClient) -> Any:
        wrong = await web.post(f"/v2/jobs/{number}/runs", content=b"{")
        assert wrong.status_code == 422
        made = await web.post(f"/v2/jobs/{number}/runs", json={"city": "Bern"})
        return made.json()["data"]

    run = play(of, start)
    assert run["type"] == "pipelineRun"
    assert run["attributes"]["state"] == "waiting"
    assert run["attributes"]["inputs"]["variables"]["jobRun"]["requestBody"] == '{"city":"Bern"}'
    big = 2**200
    finish(database, done("fetch", "http", '{"data":1}'), done("parse", "jsonparse", big))

    async def look(web: httpx.AsyncClient) -> Any:
        listed = (await web.get(f"/v2/jobs/{number}/runs")).json()
        assert listed["meta"] == {"count": 1}
        none = (await web.get("/v2/pipeline/runs", params={"state": "errored"})).json()
        assert none["data"] == []
        return (await web.get(f"/v2/pipeline/runs/{run['id']}")).json()["data"]["attributes"]

    shown = play(of, look)
    assert (shown["state"], shown["outputs"]) == ("completed", [str(big)])
    assert [(task["dotId"], task["output"]) for task in shown["taskRuns"]] == [
        ("fetch", '{"data":1}'),
        ("parse", str(big)),
    ]


def test_pages_say_what_is_before_and_after(database: Database, tmp_path: Path) -> None:
    number = add_job(database)
    for _ in range(5):
        database.write_now(lambda c: records.add_manual(c, number, {}, now=1_000.0))

    async def story(web: httpx.AsyncClient) -> None:
        page = (await web.get("/v2/pipeline/runs", params={"size": 2, "page": 2})).json()
        assert [run["id"] for run in page["data"]] == ["3", "2"]
        assert page["meta"] == {"count": 5}
        after = (await web.get(page["links"]["next"])).json()
        assert [run["id"] for run in after["data"]] == ["1"]
        assert set(after["links"]) == {"prev"}
        for wrong in ({"size": 0}, {"page": 0}, {"size": "many"}, {"page": 10**30}):
            assert (await web.get("/v2/pipeline/runs", params=wrong)).status_code == 422

    play(operator(database, tmp_path), story)


def test_the_answer_of_an_asynchronous_adapter_needs_the_bridges_token(
    database: Database, tmp_path: Path
) -> None:
    number = add_job(database, WAITING)
    new = database.write_now(
        lambda c: registry.add(c, BridgeDraft(name="slow", url="http://127.0.0.1:1"), 1.0)
    )
    run = database.write_now(lambda c: records.add_manual(c, number, {}, now=1_000.0))
    finish(database, done("fetch", "bridge", None, TaskState.SUSPENDED), state=State.SUSPENDED)
    task = RunIdentity(str(number), str(run)).task_run_id("fetch")
    url = f"/v2/resume/{task}"
    good = {"authorization": f"Bearer {new.incoming_token}"}

    async def story(web: httpx.AsyncClient) -> list[int]:
        asked = [
            (url, {"value": 1}, {}),
            (url, {"value": 1}, {"authorization": "Bearer wrong"}),
            (url, {"value": 1, "error": "both"}, good),
            (url, {}, good),
            (url, {"error": ""}, good),
            ("/v2/resume/" + "0" * 32, {"value": 1}, good),
            ("/v2/resume/none", {"value": 1}, good),
            (url, {"value": {"data": {"result": 2.5}}}, good),
            (url, {"value": 1}, good),
        ]
        return [
            (await web.patch(path, json=body, headers=headers)).status_code
            for path, body, headers in asked
        ]

    found = play(operator(database, tmp_path), story, accept="*/*")
    assert found == [401, 401, 422, 422, 422, 404, 422, 200, 422]


def test_the_chain_is_read_again_where_it_is_asked_for(database: Database, tmp_path: Path) -> None:
    of = operator(database, tmp_path)

    async def story(web: httpx.AsyncClient) -> list[int]:
        return [
            (await web.post(f"/v2/replay_from_block/{block}")).status_code
            for block in ("17", "-1", "1.5", str(2**70))
        ]

    assert play(of, story) == [200, 422, 422, 422]
    assert isinstance(of.host, MadeUp)
    assert of.host.replayed == [17]


def test_a_failed_run_is_tried_again(database: Database, tmp_path: Path) -> None:
    number = add_job(database)
    database.write_now(lambda c: records.add_manual(c, number, {}, now=1_000.0))
    finish(database, done("fetch", "http", None), state=State.ERRORED)
    of: Operator = operator(database, tmp_path)

    async def story(web: httpx.AsyncClient) -> list[int]:
        again = [(await web.post("/v2/pipeline/runs/1/retry")).status_code for _ in range(2)]
        return [*again, (await web.post("/v2/pipeline/runs/9/retry")).status_code]

    assert play(of, story) == [200, 422, 404]


def test_a_shadow_job_tells_how_it_compares(database: Database, tmp_path: Path) -> None:
    number = add_job(database)
    of = operator(database, tmp_path)

    async def asked(http: httpx.AsyncClient) -> Any:
        found = await http.get(f"/v2/jobs/{number}/comparisons")
        return found.json()["data"]["attributes"]

    none = {"job": number, "agreed": 0, "differed": 0, "missing": 0, "differences": []}
    assert play(of, asked) == none

    def compare(connection: Any) -> None:
        for verdict in ("agreed", "differed"):
            run = records.add_manual(connection, number, {}, now=1_000.0)
            row = {"run": run, "verdict": verdict, "ours": "0x01", "theirs": "0x02"}
            connection.execute(insert(comparisons), row | {"created": 1_001.0})

    database.write_now(compare)
    found = play(of, asked)
    assert (found["agreed"], found["differed"], found["missing"]) == (1, 1, 0)
    [difference] = found["differences"]
    assert (difference["ours"], difference["theirs"]) == ("0x01", "0x02")


def test_what_is_odd_about_a_job_is_told(database: Database, tmp_path: Path) -> None:
    add_job(database)
    odd = SPEC.replace("price", "odd").replace("method=GET", "method=GET colour=red")

    async def story(web: httpx.AsyncClient) -> Any:
        made = await web.post("/v2/jobs", json={"toml": odd})
        return made.json()["data"]["attributes"]["warnings"]

    silent, unknown = play(operator(database, tmp_path), story)
    assert "no task is an ethtx" in silent
    assert "colour" in unknown
