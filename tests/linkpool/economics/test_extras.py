# SPDX-License-Identifier: MIT
"""What is not installed is named with a command that works here."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from linkpool.economics.extras import EXTRAS, missing
from tools.sources import ROOT


def test_what_is_asked_of_pip_is_what_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted, extra in EXTRAS.values():
        assert project["optional-dependencies"][extra] == [wanted]


def test_the_pip_is_that_of_this_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tools / "python"))
    said = str(missing("numpy", "this"))
    assert said.startswith("this needs numpy: .venv/bin/python -m pip install 'numpy>=")
    (tools / "pip").touch()
    assert "this needs numpy: .venv/bin/pip install 'numpy>=" in str(missing("numpy", "this"))
    monkeypatch.chdir(tools)
    assert f"{tools / 'pip'}" not in str(missing("plotly", "this"))
    monkeypatch.chdir("/")
    assert str(tools / "pip").removeprefix("/") in str(missing("plotly", "this"))
