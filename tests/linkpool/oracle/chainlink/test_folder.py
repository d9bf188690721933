# SPDX-License-Identifier: MIT
"""Reading what an operator saved of a Chainlink node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linkpool.errors import UsageError
from linkpool.oracle.chainlink.folder import read
from tests.linkpool.oracle.chainlink.stub import BRIDGE, direct_request, other

KEY = {"address": "64e61afd06fd4e0e7a1f4e5b3e4f3fb3e9c3b2a1", "crypto": {}, "version": 3}


def test_files_lists_and_keys_are_found(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "keys").mkdir()
    (tmp_path / "a.toml").write_text('type = "directrequest"\nname = "first"\n')
    (tmp_path / "jobs" / "b.toml").write_text('type = "vrf"\n')
    (tmp_path / "jobs" / "c.toml").write_text("type = \n")
    (tmp_path / "jobs.json").write_text(json.dumps({"data": [direct_request(3)]}))
    (tmp_path / "bridges.json").write_text(json.dumps({"data": [BRIDGE]}))
    (tmp_path / "keys" / "main.json").write_text(json.dumps(KEY))
    found = read(tmp_path)
    assert [(job.name, job.kind, job.origin) for job in found.jobs] == [
        ("first", "directrequest", "a.toml"),
        ("b", "vrf", "b.toml"),
        ("c", "directrequest", "c.toml"),
        ("price 3", "directrequest", "job 3"),
    ]
    assert [bridge.name for bridge in found.bridges] == ["prices"]
    assert [(key.address, key.keystore) for key in found.keys] == [("0x" + KEY["address"], KEY)]


def test_the_list_that_the_command_line_prints_will_do(tmp_path: Path) -> None:
    """`chainlink --json jobs list`: the same fields without an envelope."""
    flat = [{"id": "7"} | one["attributes"] for one in (direct_request(7), other(8, "cron"))]
    (tmp_path / "jobs.json").write_text(json.dumps(flat))
    assert [(job.name, job.kind) for job in read(tmp_path).jobs] == [
        ("price 7", "directrequest"),
        ("cron 8", "cron"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("jobs.json", "{", "no readable JSON"),
        ("jobs.json", {"data": 1}, "no list of a Chainlink node"),
        ("jobs.json", "[" * 100_000, "no readable JSON"),
        ("jobs.json", [{"attributes": [1]}], "attributes of an entry are no map"),
        ("jobs.json", [{"type": "directrequest", "schemaVersion": "x"}], "a job .* not readable"),
        ("jobs.json", [{"type": "directrequest", "pipelineSpec": [1]}], "a job .* not readable"),
        ("jobs.json", [{"type": "directrequest", "gasLimit": {"a": 1}}], "a job .* not readable"),
        ("bridges.json", [{"url": "http://x"}], "a bridge .* not readable"),
        ("bridges.json", [{"name": "a", "url": "b", "confirmations": "x"}], "not readable"),
        ("keys/a.json", [], "no keystore v3"),
        ("keys/a.json", {"crypto": {}}, "it states no address"),
        ("a.toml", b"\xff\xfe", "no text file"),
        ("readme.txt", "", "holds no export"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: Any, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UsageError, match=said):
        read(tmp_path)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        read(tmp_path / "nowhere")
