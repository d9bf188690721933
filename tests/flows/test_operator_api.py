# SPDX-License-Identifier: MIT
"""A node as its operator meets it: commands and HTTP against one running process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from linkpool.chain.anvil import free_port
from linkpool.cli import run as command
from tests.flows.oracle_world import LOCAL_JOB, NODE, World, eventually, until_answered, world
from tests.flows.processes import Process, process
from tests.flows.program import Program

PASSWORD = "correct horse battery"
JOB = """
type = "directrequest"
schemaVersion = 1
name = "by hand"
contractAddress = "YOUR_ORACLE_CONTRACT_ADDRESS"
maxTaskDuration = "0s"
observationSource = \"\"\"
    parse  [type=jsonparse path="price" data="$(jobRun.requestBody)"]
    double [type=multiply input="$(parse)" times=2]
    parse -> double
\"\"\"
"""


class Node:
    """A running node with commands in this process that speak to it."""

    def __init__(self, made: World, running: Process, settings: Path, folder: Path) -> None:
        self.made = made
        self.process = running
        self.folder = folder
        self._settings = settings

    async def __call__(self, *arguments: str) -> tuple[int, Any]:
        """Exit code and JSON of a command, or its complaint."""
        return await asyncio.to_thread(self._run, *arguments)

    def _run(self, *arguments: str) -> tuple[int, Any]:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = command(["--settings", str(self._settings), *arguments, "--json"])
        return code, json.loads(out.getvalue() if code == 0 else err.getvalue().splitlines()[-1])

    @property
    def place(self) -> Any:
        return json.loads((self.folder / "operator.json").read_text())


def with_node(pool: Program, folder: Path, story: Callable[[Node], Any]) -> None:
    """`story` while a node serves."""
    state = folder / "state"
    settings = folder / "node.toml"
    text = pool.settings.read_text().replace("state = ", "# state = ")
    manifest = pool.manifest()
    settings.write_text(f'{text}\nstate = "{state}"\n[api]\nport = {free_port()}\n')
    state.mkdir()
    (state / "local.json").write_text(manifest.read_text())
    job = folder / "job.toml"
    job.write_text(LOCAL_JOB)

    async def told() -> None:
        async with world(pool, folder) as made:
            await made.approve()
            arguments = ("--settings", str(settings), "oracle", "run")
            arguments += ("--node-key", f"dev:{NODE}", "--job", str(job))
            with process(*arguments, folder=folder) as running:
                await asyncio.to_thread(running.wait_for, "node.serving")
                await story(Node(made, running, settings, state))

    asyncio.run(told())


def test_an_operator_looks_at_a_node_and_changes_it(pool: Program, tmp_path: Path) -> None:
    by_hand = tmp_path / "by-hand.toml"
    by_hand.write_text(JOB)
    data = tmp_path / "data.json"
    data.write_text('{"price": 21}')

    async def story(node: Node) -> None:
        request = await node.made.ask()
        await until_answered(node.made, request)
        _, listed = await node("run", "list")
        [run] = listed["runs"]
        assert run["requestID"] == "0x" + request.hex()
        _, shown = await node("run", "show", run["id"])
        assert [task["state"] for task in shown["taskRuns"]][-1] != "errored"

        code, job = await node("job", "add", str(by_hand))
        assert (code, job["name"]) == (0, "by hand")
        _, jobs = await node("job", "list")
        assert jobs["count"] == 2
        code, refused = await node("job", "list", "--network", "sepolia")
        assert (code, "the state of local" in refused["message"]) == (4, True)
        assert (await node("job", "list", "--network", "local"))[1] == jobs
        _, started = await node("job", "run", job["externalJobID"], "--request", str(data))

        async def over() -> bool:
            _, run = await node("run", "show", started["id"])
            return run["state"] not in ("waiting", "running")

        await eventually(over)
        _, run = await node("run", "show", started["id"])
        assert (run["state"], run["outputs"]) == ("completed", ["42"])
        assert (await node("job", "delete", job["id"]))[0] == 0
        assert (await node("job", "list"))[1]["count"] == 1

        code, found = await node("check", "--node-key", f"dev:{NODE}")
        assert (code, found["canStart"]) == (0, True)
        assert {"check": "port", "level": "warning"}.items() <= next(
            one for one in found["checks"] if one["check"] == "port"
        ).items()

    with_node(pool, tmp_path, story)


def test_programs_reach_it_over_http(pool: Program, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)

    async def story(node: Node) -> None:
        file = node.folder / "operator.json"
        assert file.stat().st_mode & 0o777 == 0o600
        place = node.place
        added = await node(
            "user", "add", "ann@example.org", "--role", "run",
            "--password-file", str(tmp_path / "password"),
        )  # fmt: skip
        assert added[0] == 0
        async with httpx.AsyncClient(base_url=place["url"], trust_env=False) as web:
            assert (await web.get("/v2/jobs")).status_code == 401
            login = {"email": "ann@example.org", "password": PASSWORD}
            assert (await web.post("/sessions", json=login)).status_code == 200
            assert (await web.get("/v2/jobs")).json()["meta"]["count"] == 1
            assert (await web.delete("/v2/jobs/1")).status_code == 403
            health = await web.get("/health")
            assert health.status_code == 200, health.text
            names = {check["id"] for check in health.json()["data"]}
            assert names >= {"Database", "RPC", "Follower", "Nodes", "Jobs", "Transactions"}
            assert (await web.get("/readyz")).json() == {"data": []}
            metrics = (await web.get("/metrics")).text
            for line in ("linkpool_requests_received_total 0", "linkpool_node_state{node_address="):
                assert line in metrics
            assert place["token"] not in metrics
            nodes = (await web.get("/v2/nodes/evm")).json()["data"]
            assert [one["attributes"]["state"] for one in nodes] == ["healthy"]
            config = (await web.get("/v2/config/v2")).json()["data"]["attributes"]["config"]
            assert "[api]" in config
        assert await asyncio.to_thread(node.process.end) == 0
        assert not file.exists()
        code, refused = await node("job", "run", "1")
        assert code == 2
        assert "linkpool oracle run" in refused["message"]

    with_node(pool, tmp_path, story)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("job", "add", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("job", "add", "{folder}"), "cannot be read"),
        (("job", "show", "x/y"), "there is nothing for GET at /v2/jobs/x/y"),
        (("job", "show", "x"), "there is no job x"),
        (("job", "delete", "7"), "there is no job 7"),
        (("job", "run", "7"), "there is no job 7"),
        (("job", "run", "7", "--request", "nowhere.json"), "nowhere.json cannot be read"),
        (("run", "show", "7"), "there is no run 7"),
        (("run", "show", "seven"), "RUN"),
        (("run", "retry", "7"), "there is no run 7"),
        (("run", "list", "--only", "done"), "--only"),
        (("run", "list", "--job", "9"), "there is no job 9"),
        (("user", "add", "nobody"), "password"),
        (("user", "add", "no body", "--password-file", "{password}"), "no email address"),
        (("user", "add", "a@b.c", "--password-file", "{short}"), "16 to 256 characters"),
        (("user", "add", "a@b.c", "--role", "king"), "--role"),
        (("user", "remove", "a@b.c"), "there is no user a@b.c"),
        (("user", "role", "a@b.c", "view"), "there is no user a@b.c"),
        (("user", "password", "a@b.c", "--password-file", "{password}"), "no user a@b.c"),
    ],
)
def test_bad_input_is_one_line(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a node, on an empty state."""
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "short").write_text("short")
    settings = tmp_path / "settings.toml"
    settings.write_text(f'state = "{tmp_path}/state"\n')
    assert command(["--settings", str(settings), "db", "upgrade", "--json"]) == 0
    capsys.readouterr()
    files = {name: str(tmp_path / name) for name in ("password", "short")}
    given = [one.format(folder=tmp_path, **files) for one in arguments]
    assert command(["--settings", str(settings), *given]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    [line] = shown.err.strip().splitlines()
    assert said in line


def test_a_stale_note_of_a_node_that_is_gone_is_overlooked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'state = "{tmp_path}"\n')
    assert command(["--settings", str(settings), "db", "upgrade"]) == 0
    capsys.readouterr()
    nobody = json.dumps({"url": f"http://127.0.0.1:{free_port()}", "token": "x", "pid": 1})
    for text in (nobody, "[]", "{"):
        (tmp_path / "operator.json").write_text(text)
        assert command(["--settings", str(settings), "job", "list", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["count"] == 0
