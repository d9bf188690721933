# SPDX-License-Identifier: MIT
"""Agreements, nodes and deposits as tests want them."""

from __future__ import annotations

from typing import Any

from eth_utils.address import to_checksum_address

from linkpool.agreements.facts import Agreement, Chance, Deposit, Network, Node, Stage
from linkpool.agreements.policy import Policy
from linkpool.chain.addresses import ZERO
from linkpool.units import Juels, Ppm, link

NOW = 1_700_000_000
CONTRACT, AGGREGATOR, PENALTIES, CONSUMER, PROVIDER, BENEFICIARY = (
    to_checksum_address(f"0x{number:040x}") for number in range(0xA1, 0xA7)
)
ORACLES = [to_checksum_address(f"0x{number:040x}") for number in range(0xC1, 0xC1 + 64)]
ACCOUNT = to_checksum_address("0x" + "ee" * 20)
JOB = b"\x11" * 16 + b"\0" * 16
NETWORK = Network(answer_time=300, late_time=300, margin=86_400)
POLICY = Policy(minimum_payment=link("0.1"), maximum_penalty=link("10"), lead=24)
WHOLE = Ppm(1_000_000)


def agreement(number: int = 1, **changes: Any) -> Agreement:
    fields: dict[str, Any] = {
        "contract": CONTRACT,
        "id": number,
        "consumer": CONSUMER,
        "provider": ZERO,
        "job": JOB,
        "data": b"\xa0",
        "oracles": 3,
        "minimum_answers": 2,
        "payment": link("0.2"),
        "penalty": link("5"),
        "tolerance": Ppm(10_000),
        "bid_deadline": NOW + 120,
        "answer_deadline": NOW + 120 + 600,
        "posted": f"0x{number:064x}",
        "block": 10,
        "changed": 10,
        "stage": Stage.OPEN,
    }
    return Agreement(**fields | changes)


def deposit(reference: int = 1, **changes: Any) -> Deposit:
    fields: dict[str, Any] = {
        "reference": reference,
        "balance": link("20"),
        "reserved": Juels(0),
        "deadline": NOW + 30 * 86_400,
        "closed": False,
    }
    return Deposit(**fields | changes)


def node(*deposits: Deposit, **changes: Any) -> Node:
    fields: dict[str, Any] = {
        "oracle": ORACLES[0],
        "account": ACCOUNT,
        "enabled": True,
        "minimum_payment": link("0.1"),
        "deposits": deposits or (deposit(),),
    }
    return Node(**fields | changes)


def chance(
    one: Agreement | None = None, *, unserved: str = "", waits: int = 0, member: bool = True
) -> Chance:
    return Chance(agreement=one or agreement(), unserved=unserved, waits=waits, member=member)
