# SPDX-License-Identifier: MIT
"""bench/out/chaos.json: one section for each kind of misfortune, kept from run to run."""

from __future__ import annotations

import json
from typing import Any, Final

from bench.solidity import ROOT

FILE: Final = ROOT / "bench" / "out" / "chaos.json"


def section(name: str) -> dict[str, Any]:
    """What was kept under that name; empty where there is none."""
    found: dict[str, Any] = _content().get(name, {})
    return found


def keep(name: str, figures: dict[str, Any]) -> None:
    """Replaces one section, at once or not at all."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    fresh = FILE.with_suffix(".new")
    fresh.write_text(json.dumps(_content() | {name: figures}, indent=1) + "\n", encoding="utf-8")
    fresh.replace(FILE)


def _content() -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content
