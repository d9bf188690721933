# SPDX-License-Identifier: MIT
"""`linkpool tx …` on the database of a node that does not run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from linkpool.cli import run
from linkpool.store.state import open_state
from tests.linkpool.transactions.worlds import World

Tx = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tx(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tx:
    """One is sent (`job:1`), one has failed, one waits."""
    state = tmp_path / "state"
    database = open_state(f"sqlite:///{state / 'state.db'}")

    async def story() -> None:
        world = World(database=database)
        await world.manager.start()
        await world.enqueue("failed", data=b"\xfe")
        await world.manager.step()
        await world.mine(4)
        await world.enqueue("job:1")
        await world.manager.step()
        await world.enqueue("waits")

    try:
        asyncio.run(story())
    finally:
        database.close()

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["tx", *arguments, "--state", str(state)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_transactions_are_listed_and_shown(tx: Tx) -> None:
    code, out, _ = tx("list", "--json")
    assert code == 0
    found = json.loads(out)["transactions"]
    assert [(one["key"], one["state"]) for one in found] == [
        ("waits", "queued"),
        ("job:1", "sent"),
        ("failed", "failed"),
    ]
    _, out, _ = tx("list", "--only", "failed")
    assert "reverted: simulated refusal" in out
    assert "job:1" not in out
    for name in (found[1]["hash"], "job:1", str(found[1]["number"])):
        _, out, _ = tx("show", name)
        assert "job:1" in out
    assert "0 ETH" in out


def test_the_number_in_the_list_names_it(tx: Tx) -> None:
    _, out, _ = tx("list", "--only", "sent")
    row = next(line for line in out.splitlines() if "sent" in line)
    number = row.split()[1]
    assert "job:1" in tx("show", number)[1]
    code, out, _ = tx("cancel", number)
    assert (code, "being cancelled" in out) == (0, True)


def test_what_is_asked_for_is_done_when_a_node_starts(tx: Tx) -> None:
    for what in ("resend", "replace", "cancel"):
        code, out, _ = tx(what, "job:1")
        assert code == 0
        assert "No node runs" in out
    _, out, _ = tx("show", "job:1", "--json")
    shown = json.loads(out)
    assert (shown["cancelling"], shown["reason"]) == (True, "cancelled by the operator")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "unknown"), "no transaction 'unknown'"),
        (("show", "4"), "no transaction '4'"),
        (("show", ""), "there is nothing with the name ''"),
        (("cancel", ".."), "there is nothing with the name '..'"),
        (("cancel", "failed"), "failed is failed"),
        (("resend", "waits"), "not signed yet"),
        (("list", "--account", "0x12"), "0x12"),
    ],
)
def test_what_makes_no_sense_is_one_line(tx: Tx, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = tx(*arguments)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
