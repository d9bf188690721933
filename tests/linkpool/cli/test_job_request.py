# SPDX-License-Identifier: MIT
"""What a request's file may hold, for `job run` and `job simulate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkpool.cli import run
from linkpool.oracle.spec import template


@pytest.mark.parametrize("command", ["run 1", "simulate job.toml"])
def test_half_of_a_character_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.toml").write_text(template("get-uint256"))
    (tmp_path / "half.json").write_text(r'{"data": {"get": "\ud800"}}')
    assert run(["job", *command.split(), "--request", "half.json"]) == 2
    complaint = capsys.readouterr().err
    assert "half of a character" in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize("name", ["get-uint256", "get-uint256-local"])
def test_a_bundled_job_can_be_had_as_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(["job", "template", name]) == 0
    text = capsys.readouterr().out
    assert text == template(name)
    (tmp_path / "job.toml").write_text(text)
    assert run(["job", "validate", str(tmp_path / "job.toml")]) == 0


def test_the_settings_can_be_had_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["config", "show", "--json"]) == 0
    assert capsys.readouterr().out.startswith("{")
