# SPDX-License-Identifier: MIT
"""docs/howto/operate.md names commands, settings, metrics and services that exist."""

from __future__ import annotations

import re

from linkpool.api.operator import checks
from linkpool.api.operator.metrics import METRICS
from linkpool.api.operator.routes import served
from linkpool.cli.app import command
from linkpool.oracle.runs.states import State
from linkpool.settings import NAMES
from tools.sources import ROOT

PAGE = (ROOT / "docs" / "howto" / "operate.md").read_text(encoding="utf-8")


def test_its_commands_exist() -> None:
    named = re.findall(r"linkpool ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", PAGE)
    assert len(named) > 20
    for words in named:
        noun, _, below = words.partition(" ")
        found = command().commands[noun]
        if hasattr(found, "commands"):
            assert below in found.commands, words


def test_its_settings_exist() -> None:
    groups = {name.partition(".")[0] for name in NAMES if "." in name}
    named = {
        text
        for text in re.findall(r"`([a-z]+\.[a-z_]+)`", PAGE)
        if text.partition(".")[0] in groups
    }
    assert named and named <= set(NAMES)


def test_its_metrics_exist() -> None:
    known = {metric.name for metric in METRICS}
    named = set(re.findall(r"`((?:linkpool|tx_manager|max|eth)_[a-z_]+)", PAGE))
    assert named and named <= known


def test_its_routes_exist() -> None:
    known = {one.path.partition("{")[0].rstrip("/") for one in served()}
    named = {text.rpartition("/N")[0] or text for text in re.findall(r"[A-Z]+ (/[\w/]+)", PAGE)}
    assert named and named <= known


def test_it_explains_every_state_and_every_service() -> None:
    for state in State:
        assert f"| `{state}` |" in PAGE
    named = re.findall(r'Check\(\s*"(\w+)"', (ROOT / checks.__file__).read_text(encoding="utf-8"))
    assert set(named) == {
        "Database",
        "RPC",
        "Follower",
        "Transactions",
        "Nodes",
        "Jobs",
        "Requests",
    }
    for name in set(named):
        assert f"| {name} |" in PAGE
