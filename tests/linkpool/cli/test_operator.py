# SPDX-License-Identifier: MIT
"""Commands and the node they believe to speak to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linkpool.cli.app import run
from tests.serving import Handler, server, serving

TOKEN = "the-token-that-nobody-else-may-see"
PASSWORD = "a new password nobody guesses 7"


@contextmanager
def stranger(heard: list[str]) -> Iterator[str]:
    """Has the port of a node that was killed, and answers yes to everything."""

    class Stranger(Handler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {self.headers} {self.body().decode()}")
            said = {"data": [], "meta": {"count": 0}, "proof": "f" * 64}
            self.say(json.dumps(said).encode())

        do_POST = do_GET

    with serving(server(Stranger)) as url:
        yield url


def test_who_has_a_dead_nodes_port_learns_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command works on the database instead, as if nothing listened."""
    settings, password, heard = tmp_path / "settings.toml", tmp_path / "password", list[str]()
    settings.write_text(f'state = "{tmp_path}"\n')
    password.write_text(PASSWORD)
    with stranger(heard) as url:
        note = {"url": url, "token": TOKEN, "pid": 1}
        (tmp_path / "operator.json").write_text(json.dumps(note))
        added = ["user", "add", "ann@example.org", "--role", "admin"]
        code = run(
            ["--settings", str(settings), *added, "--password-file", str(password), "--json"]
        )
        assert code == 0, capsys.readouterr().err
        capsys.readouterr()
        assert run(["--settings", str(settings), "user", "list", "--json"]) == 0
    assert "ann@example.org" in capsys.readouterr().out
    assert heard and not any(TOKEN in one or PASSWORD in one for one in heard)
    assert all(one.startswith("/proof?") for one in heard)
