# SPDX-License-Identifier: MIT
"""docs/tutorial/first-run.md is true: every `sh` block runs, every `text` block is seen."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.flows.processes import COMMAND, PATIENCE, process

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-run.md"
BLOCK = re.compile(r"^```(sh|sh stopped|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """Each `sh` block: its kind, its commands, and what has to be seen."""
    found: list[tuple[str, str, str]] = []
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "text":
            found[-1] = (*found[-1][:2], text)
        else:
            found.append((kind, text, ""))
    return found


def seen(expected: str, printed: str) -> bool:
    """Whether the lines come in this order; … stands for anything within a line."""
    at = 0
    for line in expected.splitlines():
        match = re.compile(re.escape(line).replace("…", ".*")).search(printed, at)
        if match is None:
            return False
        at = match.end()
    return True


def run(commands: str, folder: Path, rpc: str) -> str:
    """As typed into one shell after what came before it; both outputs in their order."""
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "LINKPOOL_RPC": rpc,
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_command_of_the_first_run_works(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "linkpool"
    program.write_text(f"#!/bin/sh\nexec {COMMAND[0]} -c '{COMMAND[2]}' \"$@\"\n")
    program.chmod(0o755)
    every = blocks()
    assert [kind for kind, _, _ in every].count("sh stopped") == 1
    shell = ""
    with process("up", "--port", "0", "--json", "--every", "1", folder=tmp_path) as up:
        view = next(
            view for view in up.views() if sum(node["answered"] for node in view["nodes"]) > 2
        )
        for kind, commands, expected in every:
            if kind == "sh stopped":
                assert up.end() == 0
            exports = "\n".join(re.findall(r"^export (?!PATH).*$", shell, re.MULTILINE))
            printed = run(f"{exports}\n{commands}", tmp_path, view["rpc"])
            assert seen(expected, printed), f"{commands}\n{printed}"
            shell += commands
    last = up.lines[-1]
    assert '"you"' in last
    assert '"right": true' in last
    assert not (tmp_path / ".linkpool").exists()
