# SPDX-License-Identifier: MIT
"""`linkpool up` as a person uses it: start, look, Ctrl-C, start again, forget."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import socket
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from linkpool.adapters.prices import PriceSource
from linkpool.cli import run
from tests.flows.processes import PATIENCE, Process, alive, process

View = dict[str, Any]
START = ("up", "--port", "0", "--json", "--every", "0.1")


def started(folder: Path, *more: str) -> Any:
    return process(*START, "--state", str(folder / "pool"), *more, folder=folder)


def here(*arguments: str) -> tuple[int, str, str]:
    """A command that ends by itself, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
    return code, out.getvalue(), err.getvalue()


def one_line(err: str) -> str:
    [line] = err.strip().splitlines()
    return line


def answered(view: View) -> int:
    return sum(node["answered"] for node in view["nodes"])


def look(running: Process, enough: Callable[[View], bool], seconds: float = PATIENCE) -> View:
    """The first view that is enough; every one on the way has to be right."""
    for view in running.views(seconds):
        assert view["verdict"]["right"], view["verdict"]
        if enough(view):
            return view
    raise AssertionError("unreachable")


def outcomes(view: View) -> set[str]:
    """Of the oracles of all agreements that were settled."""
    settled = [one for one in view["agreements"] if one["state"] == "settled"]
    return {answer["outcome"] for one in settled for answer in one["answers"]}


def lives(view: View) -> set[tuple[str, str, str]]:
    return {(row["name"], row["node"], row["staked"]) for row in view["stakers"]}


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Ctrl-C ends it in order; the next start has the same history, rebuilt from events alone."""
    with started(tmp_path) as first:
        look(first, lambda view: True)
        look(first, lambda view: answered(view) >= 3)
        [chain] = first.children()
        assert first.end(signal.SIGINT) == 0
        assert not alive(chain)
        assert "Traceback" not in "".join(first.complaints)
    seen = json.loads(first.lines[-1])
    with started(tmp_path) as again:
        now = look(again, lambda view: True)
        assert now["block"] >= seen["block"]
        assert answered(now) >= answered(seen)
        assert lives(seen) <= lives(now)
        look(again, lambda view: answered(view) > answered(now))
        assert again.end(signal.SIGTERM) == 0


def test_a_killed_run_leaves_nothing_running_and_nothing_lost(tmp_path: Path) -> None:
    """P13 across a crash: whatever was under way is answered once; the verdict sees to that. It
    comes in the middle of an agreement.
    """
    with started(tmp_path) as first:
        seen = look(first, lambda view: any(one["bids"] for one in view["agreements"]))
        [chain] = first.children()
        first.end(signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while alive(chain):
        assert time.monotonic() < end
        time.sleep(0.05)
    with started(tmp_path) as again:
        now = look(again, lambda view: answered(view) > answered(seen))
        assert now["block"] > seen["block"]
        look(again, lambda view: bool(outcomes(view) & {"late", "wrong"}))


def test_only_one_runs_on_the_same_state_and_reset_waits_for_it(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        look(first, lambda view: True)
        state = ("--state", str(tmp_path / "pool"))
        for command in (("up", "--port", "0"), ("reset",)):
            code, out, err = here(*command, *state)
            assert (code, out) == (2, "")
            assert "another run uses" in one_line(err)
        look(first, lambda view: True)
    own = tmp_path / "pool" / "mine.txt"
    own.write_text("not of the pool")
    for said in ("forgot", "there is nothing to forget"):
        code, out, _ = here("reset", *state)
        assert code == 0
        assert said in out
    assert [path.name for path in (tmp_path / "pool").iterdir()] == ["mine.txt"]


def test_ctrl_c_while_it_is_set_up_ends_it_too(tmp_path: Path) -> None:
    with started(tmp_path) as first:
        first.wait_for("deploying")
        assert first.end(signal.SIGINT) == 0
        assert "Traceback" not in "".join(first.complaints)
    with started(tmp_path) as again:
        look(again, lambda view: len(view["stakers"]) >= 2)


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _, err = here("up", "--port", port, "--state", str(tmp_path / "pool"))
    assert code == 8
    assert f"port {port} is in use" in one_line(err)


def test_any_api_can_be_asked_and_a_bad_one_is_said(tmp_path: Path) -> None:
    async def story() -> None:
        async with PriceSource() as api:
            url = ("--source", f"{api.url}/BTC/USD", "--path", "BTC,USD", "--times", "10")
            with started(tmp_path, *url) as running:
                enough = look_for("BTC,USD × 10 = ")
                await asyncio.to_thread(look, running, enough)
        with started(tmp_path, "--source", "http://127.0.0.1:9/", "--path", "a") as running:
            await asyncio.to_thread(look, running, told("could not answer: fetch: 127.0.0.1: "))

    asyncio.run(story())


def look_for(answer: str) -> Callable[[View], bool]:
    return lambda view: view["answer"].startswith(answer)


def told(text: str) -> Callable[[View], bool]:
    return lambda view: any(text in line for line in view["told"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--path", "a"), "--path and --times go with --source"),
        (("--source", "ftp://x"), "expected http://"),
        (("--source", "http://" + "x" * 1000), "longer than a request can carry"),
        (("--times", "0"), "--times"),
        (("--port", "70000"), "--port"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = here("up", *more)
    assert (code, out) == (2, "")
    assert said in one_line(err)
    assert list(tmp_path.iterdir()) == []


RIGHT = "every amount right to the juel"
STOPPED = "stopped; `linkpool up` goes on with what is in pool\n"


def test_without_a_terminal_it_prints_tables(tmp_path: Path) -> None:
    options = ("--port", "0", "--state", "pool", "--snapshots", "0.1")
    with process("up", *options, folder=tmp_path) as running:
        running.wait_for_lines(lambda lines: "".join(lines).count(RIGHT) >= 2)
        assert running.end(signal.SIGINT) == 0
    text = "".join(running.lines)
    assert text.count(RIGHT) == text.count("Nodes") >= 2
    for word in ("Nodes", "Stakes (", "Owners", "alder", "birch", "cedar", "stopping"):
        assert word in text
    assert running.complaints == [STOPPED]


def test_it_stops_by_itself_after_a_time(tmp_path: Path) -> None:
    """Here while it is being set up."""
    options = ("--port", "0", "--state", "pool", "--duration", "0.1")
    with process("up", *options, folder=tmp_path) as running:
        assert running.code() == 0
    assert running.complaints == [STOPPED]
