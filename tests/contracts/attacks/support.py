# SPDX-License-Identifier: MIT
"""What several attacks need: blocks, stakes, penalties and requests on titanoboa's suite."""

from __future__ import annotations

from typing import Any

import boa
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    DELAY,
    PENALTY_LIFE,
    Actors,
    Contract,
    Suite,
    actor,
    code_hash,
    contract,
    deploy_core,
    initialise,
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


def suite_with_cap(loss_cap: int) -> Suite:
    """A sealed suite with another LOSS_CAP, in ppm."""
    who = Actors()
    core = deploy_core(who, delay=DELAY)
    initialise(core, loss_cap=loss_cap)
    served: dict[str, Contract] = {}
    for name in ("LinkPool", "NodeFactory", "Node", "NodeStaking"):
        served[name] = contract(name).deploy(core.factory.address, sender=who.deployer)
        core.factory.setContract(
            name, served[name].address, code_hash(served[name].address), sender=who.deployer
        )
    core.factory.seal(sender=who.deployer)
    store = served["LinkPool"].createNode(
        who.node_address, who.operator, 10**27, False, sender=who.owner
    )
    return Suite(
        link=core.link,
        pool_owners=core.pool_owners,
        timelock=core.timelock,
        factory=core.factory,
        actors=who,
        pool=served["LinkPool"],
        node_factory=served["NodeFactory"],
        node=served["Node"],
        staking=served["NodeStaking"],
        store=core.store_at(store),
    )
