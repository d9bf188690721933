# SPDX-License-Identifier: MIT
"""docs/howto/keys.md is true: its commands run, and print what it says. Web3Signer is played by a
stub, AWS by an emulator.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.flows.howto import ROOT, blocks, changed, reader
from tests.flows.program import Program
from tests.flows.signing import served
from tests.linkpool.chain.signer_stub import ADDRESS, StubSigner, kms, new_key

PAGE = ROOT / "docs" / "howto" / "keys.md"


def test_every_key_signs_as_the_page_says(
    pool: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh stays") == 1
    (tmp_path / ".linkpool").mkdir()
    (tmp_path / ".linkpool" / "local.json").write_text(pool.manifest().read_text())
    pool.anvil.rpc("anvil_setBalance", ADDRESS, hex(10**19))
    pool.anvil.rpc("evm_setIntervalMining", 1)
    more = {"LINKPOOL_RPC": pool.anvil.url, "LINKPOOL_API_PORT": "0"}
    with kms(monkeypatch) as client, served(StubSigner()) as stub:
        client.create_alias(AliasName="alias/node-a", TargetKeyId=new_key(client))
        changes = {"0xYourAddress": ADDRESS, "http://127.0.0.1:9000": stub.url}
        with reader(tmp_path, **more) as typing:
            for block in every:
                expected = changed(block.expected, changes)
                typing.type(replace(block, expected=expected), changes)
        assert "eth_signTransaction" in [asked["method"] for asked in stub.asked]
