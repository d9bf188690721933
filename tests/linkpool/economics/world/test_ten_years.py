# SPDX-License-Identifier: MIT
"""The ten years of docs/explain/scale.md, run again: 699 nodes, 100,000 stakers, every day."""

from __future__ import annotations

from linkpool.economics.reading import parameters
from linkpool.economics.tables import YEARS, of_year
from linkpool.economics.world.years import ahead
from tools.sources import ROOT

SHOWN = ("year", "staked, LINK", "stakers", "return", "5 of 100", "in", "out", "lost, LINK")


def test_the_table_of_ten_years_is_what_the_command_says() -> None:
    """With the locked numpy: another one's dice may fall otherwise, and the table is made anew."""
    page = (ROOT / "docs" / "explain" / "scale.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|") and line[2].isdigit()]
    cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]
    written = [row for row in cells if len(row) == len(SHOWN)]
    found = ahead(parameters("agreements"), years=10, stakers=100_000, seed=1)
    places = [YEARS.index(name) for name in SHOWN]
    assert written == [tuple(of_year(one)[place] for place in places) for one in found]
