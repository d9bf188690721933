# SPDX-License-Identifier: MIT
"""`linkpool oracle run` as an operator runs it: a process, a signal, a chain that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from linkpool.chain.anvil import Anvil
from linkpool.errors import ChainUnavailable
from tests.flows.oracle_world import LOCAL_JOB, NODE, World, until, until_answered, world
from tests.flows.processes import process
from tests.flows.program import Program
from tests.linkpool.databases import Postgresql

T = TypeVar("T")


def run(program: Program, folder: Path, story: Callable[[World], object]) -> None:
    async def told() -> None:
        async with world(program, folder) as made:
            await story(made)  # type: ignore[misc]

    asyncio.run(told())


def test_an_operator_starts_and_stops_a_node(pool: Program, tmp_path: Path) -> None:
    job = tmp_path / "job.toml"
    job.write_text(LOCAL_JOB)
    arguments = ("--settings", str(pool.settings), "oracle", "run")
    arguments += ("--node-key", f"dev:{NODE}", "--job", str(job))

    async def story(made: World) -> None:
        with process(*arguments, folder=tmp_path, API_PORT="0") as node:
            await asyncio.to_thread(node.wait_for, "waiting_for_approval")
            await made.approve()
            await asyncio.to_thread(node.wait_for, "node.serving")
            request = await made.ask()
            await until_answered(made, request)
            assert await made.answers() == [request]
            assert await asyncio.to_thread(node.end) == 0
            assert "node.stopped" in "".join(node.complaints)
            assert "Traceback" not in "".join(node.complaints)

    run(pool, tmp_path, story)


def test_a_second_process_on_the_same_state_is_refused(
    pool: Program, tmp_path: Path, postgresql: Postgresql
) -> None:
    """On SQLite by the lock of the file; on PostgreSQL also from another folder, by the lease."""
    arguments = ("--settings", str(pool.settings), "oracle", "run", "--node-key", "dev:9")
    url = postgresql.create("template0")
    for settings in ({}, {"DATABASE": url}):
        folders = [tmp_path / f"{name}-{len(settings)}" for name in ("one", "two")]
        states = [{"STATE": str(folder), **settings} for folder in folders]
        manifest = pool.manifest().read_text()
        for folder in folders:
            folder.mkdir()
            (folder / "local.json").write_text(manifest)
        with process(*arguments, folder=tmp_path, API_PORT="0", **states[0]) as first:
            first.wait_for("waiting_for_approval")
            again = states[1] if settings else states[0]
            with process(*arguments, folder=tmp_path, API_PORT="0", **again) as second:
                assert second.code() == 13
            line = second.complaints[-1]
            assert str(first.pid) in line or "lease oracle belongs to" in line
            assert first.end() == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--node-key", "dev:9", "--job", "nowhere.toml"), "nowhere.toml cannot be read"),
        (("--node-key", "dev:9", "--job", "get-nothing"), "no bundled job 'get-nothing'"),
        (("--node-key", "nobody"), "no wallet 'nobody'"),
        (("--node-key", "dev:x"), "no development key"),
        ((), "--node-key"),
    ],
)
def test_bad_input_is_one_line(deployed: Program, more: tuple[str, ...], said: str) -> None:
    result = deployed("oracle", "run", *more)
    assert result.code == 2
    assert said in result.complaint


def test_a_node_outlives_a_lost_chain(tmp_path: Path) -> None:
    """P13 with a lost RPC: what was asked before and after is answered once."""
    state = tmp_path / "chain.json"
    chain = Anvil.start(state=state)
    try:
        program = Program.at(tmp_path, chain)
        program.sign("deploy")

        async def story(made: World) -> None:
            nonlocal chain
            await made.approve()
            running = await made.start()
            await until(lambda: running.state == "serving")
            first = await made.ask()
            await until_answered(made, first)
            chain.stop()
            await until(lambda: not running.host.state.chain)
            with pytest.raises(ChainUnavailable):
                await made.suite.connection.block_number()
            chain = Anvil.start(state=state, port=chain.port)
            second = await made.ask()
            await until_answered(made, second)
            assert await made.answers() == [first, second]

        run(program, tmp_path, story)
    finally:
        chain.stop()
