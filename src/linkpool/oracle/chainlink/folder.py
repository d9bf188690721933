# SPDX-License-Identifier: MIT
"""A Chainlink node's export in a folder: what its operator saved of it.

*.toml, jobs/*.toml      the job files it was given
jobs.json, bridges.json  its answers to GET /v2/jobs and /v2/bridge_types, or the CLI's --json
keys/*.json              keystore v3 files from `chainlink keys eth export`
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from linkpool.errors import UsageError
from linkpool.net.document import load
from linkpool.oracle.chainlink.found import (
    Export,
    FoundBridge,
    FoundJob,
    FoundKey,
    attributes,
    bridge,
    job,
)


def read(folder: Path) -> Export:
    """UsageError where the folder holds nothing, or what cannot be read."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: give the export with --export FOLDER")
    files = [*sorted(folder.glob("*.toml")), *sorted(folder.glob("jobs/*.toml"))]
    jobs = [_job(path) for path in files]
    bridges: list[FoundBridge] = []
    if (listed := folder / "jobs.json").is_file():
        jobs += [job(entry) for entry in attributes(_json(listed), listed.name)]
    if (listed := folder / "bridges.json").is_file():
        bridges = [bridge(entry) for entry in attributes(_json(listed), listed.name)]
    keys = [_key(path) for path in sorted(folder.glob("keys/*.json"))]
    if not (jobs or bridges or keys):
        raise UsageError(
            f"{folder} holds no export: job files (*.toml), jobs.json, bridges.json, keys/*.json"
        )
    return Export(jobs=tuple(jobs), bridges=tuple(bridges), keys=tuple(keys))


def _job(path: Path) -> FoundJob:
    """What is wrong inside is found when the job is judged."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read: it is no text file") from None
    try:
        fields: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        fields = {}
    kind = str(fields.get("type", "directrequest"))
    return FoundJob(
        name=str(fields.get("name") or path.stem), kind=kind, toml=text, origin=path.name
    )


def _key(path: Path) -> FoundKey:
    content = _json(path)
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str):
        raise UsageError(f"{path} is no keystore v3 file: it states no address")
    return FoundKey(address="0x" + address.removeprefix("0x"), keystore=content)


def _json(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        load(text)  # bounds its depth
        return json.loads(text)
    except (OSError, ValueError):
        raise UsageError(f"{path} is no readable JSON") from None
