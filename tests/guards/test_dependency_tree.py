# SPDX-License-Identifier: MIT
"""Contracts know each other by interface only."""

from pathlib import Path

import pytest

from tools import deptree


def test_no_contract_imports_another_ones_body() -> None:
    assert deptree.bodies_imported(deptree.tree()) == []


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two contracts, a module and an interface in a folder of their own."""
    for name in ("CONTRACTS", "ROOT"):
        monkeypatch.setattr(deptree, name, tmp_path)
    monkeypatch.setattr(deptree, "INTERFACES", tmp_path / "interfaces")
    monkeypatch.setattr(deptree, "name_of", lambda path: path.name)
    monkeypatch.setattr(deptree, "deployables", lambda: [tmp_path / "A.vy"])
    for folder in ("interfaces", "modules"):
        (tmp_path / folder).mkdir()
    (tmp_path / "interfaces" / "IB.vyi").write_text("")
    (tmp_path / "B.vy").write_text("")
    return tmp_path


def test_a_body_behind_a_module_is_found(planted: Path) -> None:
    (planted / "A.vy").write_text("from modules import m\n")
    (planted / "modules" / "m.vy").write_text("import B\n")
    assert deptree.bodies_imported(deptree.tree()) == [
        "contracts/A.vy imports the body of B: use interfaces/IB.vyi"
    ]


def test_an_interface_behind_a_module_is_an_arrow(planted: Path) -> None:
    (planted / "A.vy").write_text("from modules import m\nfrom snekmate.auth import ownable\n")
    (planted / "modules" / "m.vy").write_text("from interfaces import IB\n")
    assert deptree.edges(deptree.tree()) == [("A", "IB")]
    assert deptree.tree()["A"].packages == {"snekmate.auth.ownable"}
