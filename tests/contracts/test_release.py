# SPDX-License-Identifier: MIT
"""What is deployed is what the release manifest says: code, then immutables, in its order."""

import json
from typing import Any

import boa
import pytest
from eth_abi.abi import decode
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    DELAY,
    LOSS_CAP,
    PENALTY_LIFE,
    ROOT,
    Contract,
    Suite,
)

RELEASE = json.loads((ROOT / "src/linkpool/chain/release.json").read_text())


def code_at(address: Any) -> bytes:
    return bytes(boa.env.get_code(address))


def template_of(suite: Suite) -> str:
    """The address inside a clone's code."""
    clone = RELEASE["clones"][0]
    prefix, suffix = (bytes.fromhex(clone[part][2:]) for part in ("prefix", "suffix"))
    code = code_at(suite.store.address)
    assert code.startswith(prefix)
    assert code.endswith(suffix)
    assert len(code) == len(prefix) + 20 + len(suffix)
    return "0x" + code[len(prefix) : -len(suffix)].hex()


def immutables_at(address: Any, name: str) -> dict[str, Any]:
    """Checks the code, and decodes what follows it."""
    wanted = RELEASE["contracts"][name]
    code = code_at(address)
    size = wanted["runtime_size"]
    assert "0x" + keccak(code[:size]).hex() == wanted["runtime_hash"], name
    assert len(code) == size + wanted["immutables_size"]
    fields = wanted["immutables"]
    values = decode([one["type"] for one in fields], code[size:])
    return dict(zip((one["name"] for one in fields), values, strict=True))


def lower(contract: Contract) -> str:
    return str(contract.address).lower()


def test_a_clone_leads_to_the_released_template(suite: Suite) -> None:
    """Every immutable of the template by name; their order is the code's."""
    template = template_of(suite)
    found = immutables_at(template, "PoolStorage")
    assert found == {
        "ledger.LINK": lower(suite.link),
        "ledger.FACTORY": lower(suite.factory),
        "ledger.POOL_OWNERS": lower(suite.pool_owners),
        "ledger.TIMELOCK": lower(suite.timelock),
        "ledger.DELAY": DELAY,
        "penalties.LOSS_CAP": LOSS_CAP,
        "penalties.PENALTY_LIFE": PENALTY_LIFE,
        "oracle.IMPLEMENTATION": template,
    }


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("timelock", "Timelock"),
        ("factory", "PoolStorageFactory"),
        ("pool_owners", "PoolOwners"),
        ("pool", "LinkPool"),
        ("node", "Node"),
        ("node_factory", "NodeFactory"),
        ("staking", "NodeStaking"),
    ],
)
def test_a_deployed_contract_is_the_released_one(suite: Suite, part: str, name: str) -> None:
    found = immutables_at(getattr(suite, part).address, name)
    expected = {"LINK": lower(suite.link), "FACTORY": lower(suite.factory), "DELAY": DELAY}
    assert found
    for field, value in found.items():
        assert value == expected.get(field, value), field
