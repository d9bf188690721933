# SPDX-License-Identifier: MIT
"""What a deployer did early is found, whatever manifest or `--from` say about the first block."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from linkpool.chain.addresses import address
from linkpool.chain.codec import codec
from linkpool.deployment import Manifest
from tests.flows.planting import audit, deviations
from tests.flows.program import DEV, Program

EVIL = address("0x000000000000000000000000000000000000E71E")
OTHER = address("0x000000000000000000000000000000000000E71F")
CODE = bytes.fromhex("5f5ffd") + bytes(200)


def sent(program: Program, to: str, data: bytes) -> None:
    """By the deployer, who is the owner, too."""
    rpc = program.anvil.rpc
    tx = {"from": DEV[0].address, "to": to, "data": "0x" + data.hex(), "gas": hex(900_000)}
    hash_ = rpc("eth_sendTransaction", tx)
    rpc("evm_mine")
    assert int(rpc("eth_getTransactionReceipt", hash_)["status"], 16) == 1


def planted(program: Program, manifest: Manifest) -> int:
    """Foreign code made logic before the seal, more of it announced; the first block after that."""
    factory, timelock = manifest.address("PoolStorageFactory"), manifest.address("Timelock")
    for place in (EVIL, OTHER):
        program.anvil.rpc("anvil_setCode", place, "0x" + CODE.hex())
    registry, announcer = codec("PoolStorageFactory"), codec("Timelock")
    write = registry.encode("setContract", ("Node", OTHER, keccak(CODE)))
    sent(program, factory, registry.encode("setContract", ("Evil", EVIL, keccak(CODE))))
    sent(program, timelock, announcer.encode("announce", (factory, write, bytes(32))))
    return int(program.anvil.rpc("eth_blockNumber"), 16) + 1


@pytest.fixture
def hostile(bare: Program, monkeypatch: pytest.MonkeyPatch) -> int:
    """Deploys with the tool, whose deployer does more between two steps; the first block of the
    time after that.
    """
    save, done = Manifest.save, list[int]()

    def saved(self: Manifest, path: Path) -> None:
        save(self, path)
        if not done and self.pending is None and "NodeStaking" in self.contracts:
            done.append(planted(bare, self))

    monkeypatch.setattr(Manifest, "save", saved)
    bare.sign("deploy")
    return done[0]


def test_history_begins_with_the_contracts_and_not_where_somebody_says(
    bare: Program, hostile: int, tmp_path: Path
) -> None:
    bad = {("code", "Evil"), ("pending", f"setContract(Node, {OTHER})")}
    assert deviations(audit(bare)) == bad
    content = json.loads(bare.manifest().read_text())
    for one in content["contracts"].values():
        one["block"] = max(one["block"], hostile)
    late = tmp_path / "late.json"
    late.write_text(json.dumps(content))
    for words in (("--manifest", str(late)), ("--from", str(hostile)), ("--from", "999999")):
        assert deviations(audit(bare, *words)) == bad
    pool = content["contracts"]["LinkPool"]["address"]
    assert deviations(audit(bare, "--link-pool", pool, "--from", str(hostile))) == bad
