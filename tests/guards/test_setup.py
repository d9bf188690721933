# SPDX-License-Identifier: MIT
"""What `make setup` says and does where something is missing. The real thing runs before these."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tools.sources import ROOT

SCRIPT = ROOT / "tools" / "setup.sh"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A copy of the script's module whose environment is an empty folder."""
    spec = importlib.util.spec_from_file_location("setup_under_test", ROOT / "tools" / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    places = {"ROOT": tmp_path, "VENV": venv, "NODE": venv / "bin" / "node"}
    places |= {"STAMPS": venv / ".stamps", "LOG": venv / "setup.log"}
    for name, path in places.items():
        monkeypatch.setattr(module, name, path)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    return module


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def run_script(path: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """In a copy of the repository's tools, with nothing but `path` to find programs in."""
    environment = {"PATH": path, **variables}
    command = ["/bin/sh", str(SCRIPT), "runtime"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """tools/setup.sh alone in a folder, so that no .venv is found or touched."""
    tools = tmp_path / "clone" / "tools"
    tools.mkdir(parents=True)
    shutil.copy(SCRIPT, tools)
    monkeypatch.setattr("tests.guards.test_setup.SCRIPT", tools / "setup.sh")
    programs = tmp_path / "bin"
    program(programs / "dirname", 'exec /usr/bin/dirname "$@"')
    return programs


def test_no_python_is_one_line_with_the_remedy(elsewhere: Path) -> None:
    done = run_script(str(elsewhere))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "apt-get install python3" in done.stderr


def test_an_old_python_does_not_count(elsewhere: Path) -> None:
    program(elsewhere / "python3", "exit 1")
    assert "no Python 3.11 or newer" in run_script(str(elsewhere)).stderr


def test_a_wrong_choice_of_python_is_named(elsewhere: Path) -> None:
    done = run_script(str(elsewhere), PYTHON="/nonexistent/python")
    assert done.returncode == 1
    assert "/nonexistent/python" in done.stderr


@pytest.mark.parametrize("version", ["v18.20.4", "v0.10.1", "nonsense", ""])
def test_an_old_or_broken_node_does_not_count(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    programs = tmp_path / "programs"
    program(programs / "node", f"echo {version}")
    program(programs / "npm", "exit 0")
    monkeypatch.setenv("PATH", str(programs))
    assert setup.system_node() is None


def test_a_new_node_counts_only_with_npm(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    node = program(programs / "node", "echo v20.1.0")
    monkeypatch.setenv("PATH", str(programs))
    assert setup.system_node() is None
    npm = program(programs / "npm", "exit 0")
    assert setup.system_node() == (node, npm)


def test_the_environments_own_node_is_not_the_machines(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(setup.NODE, "echo v22.0.0")
    program(setup.NODE.parent / "npm", "exit 0")
    monkeypatch.setenv("PATH", str(setup.NODE.parent))
    assert setup.system_node() is None


@pytest.fixture
def npm_tries(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Sequence[str]]:
    """Calls of npm; each fails with the text in `tries.txt`, if there is one."""
    calls: list[Sequence[str]] = []

    def run(command: Sequence[str], *, seconds: int) -> str:
        calls.append(command)
        failure = tmp_path / "tries.txt"
        if failure.exists() and len(calls) < 3:
            raise setup.CommandFailed(failure.read_text())
        return ""

    monkeypatch.setattr(setup, "run", run)
    node = program(tmp_path / "programs" / "node", "echo v20.0.0")
    monkeypatch.setattr(setup, "system_node", lambda: (node, node.with_name("npm")))
    return calls


def test_a_stalled_npm_is_tried_again(
    setup: ModuleType, tmp_path: Path, npm_tries: list[Sequence[str]]
) -> None:
    (tmp_path / "tries.txt").write_text("ETIMEDOUT: stopped after 180 s")
    setup.install_npm("runtime")
    assert len(npm_tries) == 3
    setup.install_npm("runtime")
    assert len(npm_tries) == 3, "the stamp says that it is done"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("npm error code ENOSPC\nnpm error no space", "disk is full"),
        ("npm error code EUSAGE\nnpm error\nnpm error lock and package differ", "lock and package"),
    ],
)
def test_what_cannot_get_better_is_not_tried_again(
    setup: ModuleType, tmp_path: Path, npm_tries: list[Sequence[str]], output: str, words: str
) -> None:
    (tmp_path / "tries.txt").write_text(output)
    with pytest.raises(setup.SetupError, match=words):
        setup.install_npm("runtime")
    assert len(npm_tries) == 1


def test_dev_packages_serve_runtime_too_but_not_the_other_way(
    setup: ModuleType, npm_tries: list[Sequence[str]]
) -> None:
    setup.install_npm("runtime")
    setup.install_npm("dev")
    setup.install_npm("runtime")
    assert ["--omit=dev" in call for call in npm_tries] == [True, False]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("urllib3 NewConnectionError: [Errno 111]", "no answer from the package registry"),
        ("ERROR: No matching distribution found for rich", "no answer from the package registry"),
        ("npm error code ENOTFOUND", "no answer from the package registry"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Looking\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\nmore", "DO NOT MATCH THE HASHES"),
        ("first\nlast", "last"),
        ("", "without a word"),
    ],
)
def test_a_failure_becomes_one_line(setup: ModuleType, output: str, words: str) -> None:
    text = str(setup.explain("Python packages", setup.CommandFailed(output)))
    assert words in text
    assert "\n" not in text


def test_a_command_that_hangs_is_killed_with_its_children(setup: ModuleType) -> None:
    with pytest.raises(setup.CommandFailed, match="stopped after 1 s"):
        setup.run(["/bin/sh", "-c", "sleep 60 & sleep 60"], seconds=1)


def test_too_little_disk_is_said_before_anything_is_installed(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(ROOT)._replace(free=10_000_000)
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(setup.SetupError, match="10 MB free on this disk, 1000 MB needed"):
        setup.check_disk("dev")


@pytest.mark.parametrize(("user", "words"), [(1000, "sudo apt-get install -y python3"), (0, "")])
def test_a_missing_venv_module_is_installed_or_its_line_printed(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, words: str
) -> None:
    monkeypatch.setattr(setup.sys, "executable", str(program(tmp_path / "python", "exit 1")))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    program(tmp_path / "programs" / "apt-get", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    calls: list[Sequence[str]] = []
    monkeypatch.setattr(setup, "run", lambda command, *, seconds: calls.append(command))
    if user:
        with pytest.raises(setup.SetupError, match=words):
            setup.ensure_venv_module()
        assert calls == []
    else:
        setup.ensure_venv_module()
        assert "apt-get install -y python3." in calls[0][2]


@pytest.mark.parametrize("user", [1000, 0])
def test_a_missing_postgresql_is_installed_or_its_line_printed(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    monkeypatch.setattr(setup, "POSTGRESQL", tmp_path / "postgresql")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    program(tmp_path / "programs" / "apt-get", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    calls: list[Sequence[str]] = []
    monkeypatch.setattr(setup, "run", lambda command, *, seconds: calls.append(command))
    if user:
        with pytest.raises(setup.SetupError, match="sudo apt-get install -y postgresql"):
            setup.ensure_postgresql()
        assert calls == []
    else:
        setup.ensure_postgresql()
        assert "apt-get install -y postgresql" in calls[0][2]


def test_the_newest_postgresql_of_debian_is_taken(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "POSTGRESQL", tmp_path / "postgresql")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    for version in ("9.6", "15", "13"):
        program(tmp_path / "postgresql" / version / "bin" / "initdb", "exit 0")
    setup.ensure_postgresql()
    assert setup.postgresql_programs() == tmp_path / "postgresql" / "15" / "bin"
