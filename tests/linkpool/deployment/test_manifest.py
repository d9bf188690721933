# SPDX-License-Identifier: MIT
"""The manifest: whole or not at all, and only for its own chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linkpool.chain.addresses import address
from linkpool.deployment.manifest import Called, Deployed, Manifest, Pending
from linkpool.deployment.profiles import PROFILES, Choice, choose
from linkpool.errors import ManifestError, UsageError

WHO = address("0x00000000000000000000000000000000000000d1")
MADE = Deployed(address=WHO, arguments={"delay": "5"}, code_hash="0x1", block=7, tx="0x2", gas=9)
ADOPTED = Deployed(address=WHO, arguments={}, code_hash="0x1", block=None, tx=None, gas=None)

DAMAGED: dict[str, object] = {
    "address": WHO,
    "arguments": {},
    "code_hash": "0x1",
    "block": "x",
    "tx": None,
    "gas": None,
}


def manifest() -> Manifest:
    return Manifest(
        network="local",
        chain_id=31337,
        genesis="0xabc",
        deployer=WHO,
        terms=choose(PROFILES["local"], Choice(), deployer=WHO, now=5),
        contracts={"LinkToken": ADOPTED, "Timelock": MADE},
        calls={"PoolStorageFactory.seal": Called(block=8, tx="0x3", gas=1)},
        candidates={"Node": MADE},
        pending=Pending(step="Node", nonce=4, txs=("0x4", "0x5"), raw="02", ceiling=3, tip=1),
    )


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "deployments" / "local.json"
    manifest().save(path)
    assert Manifest.load(path) == manifest()
    assert list(path.parent.iterdir()) == [path]


def test_money_is_decimal_text(tmp_path: Path) -> None:
    """JavaScript reads it too."""
    path = tmp_path / "local.json"
    manifest().save(path)
    terms = json.loads(path.read_text())["terms"]
    assert terms["valuation"] == str(4000 * 10**18)
    assert terms["agreement_payment"] == str(10**16)


def test_two_deployments_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deployments" / "local.json"
    with Manifest.alone(path):
        with pytest.raises(UsageError, match="another deployment into"), Manifest.alone(path):
            raise AssertionError("both are writing")
    with Manifest.alone(path):
        manifest().save(path)


def test_a_write_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "local.json"
    manifest().save(path)
    before = path.read_text()

    def fails(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fails)
    changed = manifest()
    changed.pending = None
    with pytest.raises(OSError, match="disk full"):
        changed.save(path)
    assert path.read_text() == before


def test_names_and_blocks_are_found() -> None:
    assert manifest().address("Timelock") == WHO
    assert manifest().first_block() == 7
    with pytest.raises(ManifestError, match="Node is not deployed on local yet"):
        manifest().address("Node")


@pytest.mark.parametrize(
    ("chain_id", "genesis", "complaint"),
    [(1, "0xabc", "is of chain 31337"), (31337, "0xdef", "its genesis differs")],
)
def test_another_chain_is_refused(chain_id: int, genesis: str, complaint: str) -> None:
    with pytest.raises(ManifestError, match=complaint):
        manifest().require_chain(Path("local.json"), chain_id, genesis)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 1}, "another format"),
        ({"terms": {}}, r"terms\.owner is missing"),
        ({"contracts": {"Node": {}}}, r"contracts\.Node\.arguments is missing"),
        ({"contracts": "none"}, "contracts has to be an object"),
        ({"contracts": {"Node": DAMAGED}}, r"contracts\.Node\.block has to be a whole number"),
        ({"calls": {"X": DAMAGED}}, r"calls\.X\.block has to be a whole number"),
        ({"pending": 5}, "pending has to be an object"),
        ({"pending": {"step": "Node", "nonce": 1, "txs": [5]}}, "txs has to be a list of texts"),
        ({"deployer": 5}, "deployer has to be text"),
        ({"deployer": "xyz"}, "deployer has to be an address"),
        ({"chain_id": True}, "chain_id has to be a whole number"),
        ({"chain_id": -1}, "chain_id has to be a whole number"),
    ],
)
def test_a_damaged_file_is_one_line(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    path = tmp_path / "local.json"
    manifest().save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ManifestError, match=complaint) as caught:
        Manifest.load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_no_file_and_no_json_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="run `linkpool deploy`"):
        Manifest.load(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ManifestError, match="not readable as a manifest"):
        Manifest.load(tmp_path / "broken.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ManifestError, match="all of it has to be an object"):
        Manifest.load(tmp_path / "list.json")
