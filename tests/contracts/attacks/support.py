# SPDX-License-Identifier: MIT
"""What several attacks need: blocks, stakes, penalties and requests on titanoboa's suite."""

from __future__ import annotations

from typing import Any

import boa
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    PENALTY_LIFE,
    Contract,
    Suite,
    actor,
    code_hash,
    travel,
    word,
)

ALICE, BOB, CAROL = actor("alice"), actor("bob"), actor("carol")
CALLBACK = keccak(text="callback(bytes32,uint256)")[:4]
BLOCK = 12


def next_block() -> None:
    travel(BLOCK)


def worth(suite: Suite, staker: str) -> int:
    """Juels of a stake as booked."""
    return int(suite.store.stakeOf(staker))


def out(suite: Suite, staker: str) -> int:
    """Withdraws all that can leave; juels paid."""
    return int(suite.store.withdraw(2**256 - 1, sender=staker))


def penalty(suite: Suite, box: Contract, amount: int, reference: int) -> int:
    """Sent by the operator; the record's id."""
    sender = suite.actors.operator
    return int(suite.store.sendPenalty(box.address, amount, word(reference), sender=sender))


def overdue(suite: Suite, box: Contract, reference: int) -> None:
    """Lets the deadline pass and has anybody resolve it."""
    travel(PENALTY_LIFE + 1)
    suite.store.resolveOverdue(box.address, word(reference), sender=suite.actors.stranger)


def most(suite: Suite) -> int:
    """The largest penalty that the cap allows now."""
    return int(suite.store.lossAllowance() * suite.store.totalStaked() // 10**6)


def request_data(suite: Suite, asker: str, nonce: int = 1) -> bytes:
    """An operatorRequest that calls back `callback(bytes32,uint256)`."""
    prepare: Any = suite.store.operatorRequest.prepare_calldata
    return bytes(prepare(asker, 0, bytes(32), CALLBACK, nonce, 1, b""))


def request_id(asker: str, nonce: int = 1) -> bytes:
    return keccak(bytes.fromhex(asker[2:]) + word(nonce))


def ask(suite: Suite, consumer: Contract, payment: int, nonce: int = 1) -> tuple[bytes, int]:
    """A request by a contract; its id and expiration."""
    suite.fund(consumer.address, payment)
    data = request_data(suite, consumer.address, nonce)
    call = suite.link.transferAndCall.prepare_calldata(suite.store.address, payment, data)
    consumer.act(suite.link.address, call)
    return request_id(consumer.address, nonce), boa.env.timestamp + 300


def answer(suite: Suite, consumer: Contract, payment: int, asked: tuple[bytes, int]) -> bool:
    """Answered by the node's own key; whether the consumer took it."""
    id, expiration = asked
    done = suite.store.fulfillOracleRequest(
        id,
        payment,
        consumer.address,
        CALLBACK,
        expiration,
        bytes(32),
        sender=suite.actors.node_address,
    )
    return bool(done)


def hostile_logic(suite: Suite, rogue: Contract) -> None:
    """Registers logic the way it has to come: through the timelock."""
    data = suite.factory.setContract.prepare_calldata(
        "Rogue", rogue.address, code_hash(rogue.address)
    )
    suite.by_timelock(suite.factory, data)
