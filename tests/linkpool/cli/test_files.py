# SPDX-License-Identifier: MIT
"""Files that cannot be used are one line, whichever command was given them."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkpool.cli import run

NODE = ("oracle", "run", "--node-key", "dev:9", "--job")


@pytest.mark.parametrize(
    "command", [("job", "validate"), ("job", "add"), NODE], ids=["validate", "add", "run"]
)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.toml", "no such file or directory"),
        ("folder.toml", "is a directory"),
        ("latin.toml", "not UTF-8 at byte 3"),
    ],
)
def test_a_job_that_cannot_be_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    name: str,
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b"na\x20\xefve")
    assert run([*command, name]) == 2
    complaint = capsys.readouterr().err.splitlines()[-1]
    assert complaint == f"error: the job {name} cannot be read: {reason}"
    assert not (tmp_path / ".linkpool").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("NaN", "is not JSON: NaN is not a number"),
        ("1e999", "is not JSON: 1e999 is out of range"),
        ("[" * 100_000, "is not JSON: nested deeper than 100"),
    ],
)
def test_a_request_that_is_no_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, reason: str
) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    assert run(["job", "run", "1", "--request", str(path)]) == 2
    assert reason in capsys.readouterr().err


def test_an_empty_node_key_is_not_the_default_wallet(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["oracle", "run", "--node-key", ""]) == 2
    assert "no wallet ''" in capsys.readouterr().err
