# SPDX-License-Identifier: MIT
"""Each source names its licence, and the right one: contracts AGPL, everything else MIT."""

from pathlib import Path

import pytest

from tools.sources import ROOT, name_of, repository_files

SOURCES = {".py", ".vy", ".vyi", ".sh", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".sol", ".sql", ".tf"}
NAMED = {"Makefile", "pyproject.toml", ".ci/run"}
TAG = "SPDX-License-Identifier: "


def sources() -> list[Path]:
    return [p for p in repository_files() if p.suffix in SOURCES or name_of(p) in NAMED]


def declared(text: str) -> list[str]:
    """Licence names in the first three lines (a `#!` may come first)."""
    return [line.partition(TAG)[2].strip(" */") for line in text.split("\n")[:3] if TAG in line]


def expected(path: Path) -> str:
    return "AGPL-3.0-only" if name_of(path).startswith("contracts/") else "MIT"


def test_every_source_names_the_licence_of_its_folder() -> None:
    wrong = {
        name_of(path): declared(path.read_text(encoding="utf-8"))
        for path in sources()
        if declared(path.read_text(encoding="utf-8")) != [expected(path)]
    }
    assert wrong == {}
    assert len(sources()) > 20


@pytest.mark.parametrize("text", ["", "x\ny\nz\n# " + TAG + "MIT", "# " + TAG + "MIT\n# " + TAG])
def test_a_missing_late_or_double_tag_is_seen(text: str) -> None:
    assert declared(text) != ["MIT"]


def test_the_licence_texts_are_there() -> None:
    agpl = (ROOT / "LICENSES" / "AGPL-3.0-only.txt").read_text(encoding="utf-8")
    mit = (ROOT / "LICENSES" / "MIT.txt").read_text(encoding="utf-8")
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in agpl
    assert "13. Remote Network Interaction" in agpl
    assert "END OF TERMS AND CONDITIONS" in agpl
    assert "LinkPool contributors" in mit
    assert (ROOT / "contracts" / "LICENSE").read_text(encoding="utf-8") == agpl
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").endswith(mit)
