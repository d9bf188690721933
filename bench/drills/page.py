# SPDX-License-Identifier: MIT
"""The part of docs/explain/upgrades.md that is measured."""

from __future__ import annotations

from tools.sources import ROOT

PAGE = ROOT / "docs" / "explain" / "upgrades.md"

_BEGIN = "<!-- measured by `make drills` -->\n"
_END = "<!-- end of what is measured -->\n"


def written(page: str, found: str) -> str:
    """The page with what was found between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{found}\n\n{_END}{after}"


def measured(page: str) -> str:
    """What stands between the marks."""
    return page.partition(_BEGIN)[2].partition(_END)[0].strip()
