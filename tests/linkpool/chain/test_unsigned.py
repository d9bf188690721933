# SPDX-License-Identifier: MIT
"""Calls for somebody else to sign."""

from __future__ import annotations

import pytest

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.unsigned import safe_batch, transactions
from linkpool.errors import UsageError
from linkpool.units import ether

WHO = address("0x514910771af9ca656af840dff83e8264ecf986ca")
ALLOW = Call(
    to=WHO,
    data=b"\1\2",
    what="Node.setStakerAllowed",
    method=dict(codec("Node").functions["setStakerAllowed"]),
    arguments=(("nodeAddress", WHO), ("staker", WHO), ("allowed", True)),
)
PAY = Call(to=WHO, data=b"", value=ether("1.5"), what="PoolOwners.contribute")
MANY = Call(
    to=WHO,
    data=b"\3",
    what="PoolOwners.batchClaim",
    method=dict(codec("PoolOwners").functions["batchClaim"]),
    arguments=(("token", WHO), ("owners", [WHO, WHO])),
)


def test_unsigned_transactions_have_everything_but_nonce_and_fee() -> None:
    printed = transactions([ALLOW, PAY], chain_id=1, sender=None)
    assert printed["chainId"] == 1
    assert printed["transactions"] == [
        {"what": "Node.setStakerAllowed", "to": WHO, "value": "0", "data": "0x0102"},
        {
            "what": "PoolOwners.contribute",
            "to": WHO,
            "value": "1500000000000000000",
            "data": "0x",
        },
    ]


def test_a_safe_batch_shows_functions_and_arguments() -> None:
    batch = safe_batch([ALLOW, PAY, MANY], chain_id=1, safe=WHO, name="two")
    assert (batch["version"], batch["chainId"]) == ("1.0", "1")
    allow, pay, many = batch["transactions"]
    assert allow["contractMethod"]["name"] == "setStakerAllowed"
    assert [one["type"] for one in allow["contractMethod"]["inputs"]] == [
        "address",
        "address",
        "bool",
    ]
    assert allow["contractInputsValues"]["allowed"] == "true"
    assert (pay["value"], pay["contractMethod"]["payable"]) == (str(ether("1.5")), True)
    assert many["contractInputsValues"]["owners"] == f"[{WHO},{WHO}]"


def test_a_safe_creates_nothing() -> None:
    create = Call(to=None, data=b"\1", what="create Node")
    with pytest.raises(UsageError, match="cannot create a contract"):
        safe_batch([create], chain_id=1, safe=None, name="no")
