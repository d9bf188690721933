# SPDX-License-Identifier: MIT
"""The reference page is the program's own --help; every command that signs can be previewed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import linkpool.cli
from linkpool.cli import run
from linkpool.cli.app import command, shortened
from linkpool.cli.nouns import ENTRIES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"
UNIFORM = {"stake", "withdraw", "distribute", "claim-exit", "deploy"}
NOUNS = {"node", "owners", "whitelist", "penalty", "agreement", "reputation", "upgrade"}
STATEFUL = {"oracle", "check", "db", "import", "job", "run", "tx", "bridge", "user"}
READING = {"list", "show", "history"}
STATELESS = {("job", "template"), ("job", "validate"), ("job", "simulate")}


def paths(below: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield names
    for name, one in getattr(below, "commands", {}).items():
        yield from paths(one, (*names, name))


def found_at(names: tuple[str, ...]) -> Any:
    found = command()
    for name in names:
        found = found.commands[name]
    return found


COMMANDS = list(paths(command()))


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_the_page_shows_the_real_help(
    names: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*names, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.strip() in PAGE.read_text(encoding="utf-8"), "run: make docs"


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_of_the_pool_has_the_common_options(names: tuple[str, ...]) -> None:
    found = found_at(names)
    if names == () or hasattr(found, "commands"):
        return
    options = {flag for one in found.params for flag in one.opts}
    assert "--json" in options or names == ("oracle", "run")
    assert "--state" in options or names[0] not in STATEFUL or names in STATELESS
    if names[0] in UNIFORM or (names[0] in NOUNS and names[-1] not in READING):
        assert {"--yes", "--wallet", "--password-file", "--unsigned", "--rpc"} <= options


GROUPS = [" ".join(names) for names in COMMANDS if names and hasattr(found_at(names), "commands")]


@pytest.mark.parametrize("group", GROUPS)
def test_a_noun_alone_is_one_short_line(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(group.split()) == 2
    complaint = f"error: Missing command (see `linkpool {group} --help`)\n"
    assert capsys.readouterr() == ("", complaint)


def test_no_arguments_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("linkpool ")


@pytest.mark.parametrize("name", ENTRIES)
def test_the_table_of_commands_says_what_the_command_says(name: str) -> None:
    assert command().commands[name].help.partition("\n\n")[0].replace("\n", " ") == (
        ENTRIES[name].help
    )


def test_a_command_imports_nothing_that_another_needs() -> None:
    """--help and --version answer at once: they load no noun."""
    for arguments in (["--help"], ["--version"]):
        code = f"import sys; from linkpool.cli import run; run({arguments}); print(*sys.modules)"
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        loaded = set(shown.stdout.split())
        assert not loaded & {"linkpool.settings", "linkpool.cli.node", "pydantic", "structlog"}
        assert "linkpool.cli.nouns" in loaded


def test_a_long_help_is_cut_between_words() -> None:
    assert shortened("one two three", 20) == "one two three"
    assert shortened("one two three", 12) == "one two..."


def test_no_module_takes_the_name_of_a_function() -> None:
    """Importing linkpool.cli.run would put a module in the place of linkpool.cli.run()."""
    assert not {entry.module for entry in ENTRIES.values()} & set(linkpool.cli.__all__)
