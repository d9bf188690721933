# SPDX-License-Identifier: MIT
"""What the tests of PoolStorage share: payloads, requests, the books read at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import boa
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    Contract,
    Suite,
    actor,
    link,
    travel,
    word,
)

SMALLEST = 10**12  # juels of the smallest position: 10**27 shares at 10**15 shares per first juel
SHARES_PER_JUEL = 10**15
EXPIRY = 300
M90 = 2**90 - 1
SPEC = keccak(text="a job")
ANSWER = keccak(text="answer(bytes32,bytes32)")[:4]
STAKE_FOR = keccak(text="stakeFor(address)")[:4]
ORACLE_REQUEST = bytes.fromhex("40429946")
OPERATOR_REQUEST = bytes.fromhex("3c6d41b9")
ALICE, BOB, CAROL = actor("alice"), actor("bob"), actor("carol")
LIAR = actor("what the payload says of itself")


# ---- Payloads ----


def stake_for(staker: str) -> bytes:
    """The data of a stake for somebody."""
    return STAKE_FOR + encode(["address"], [staker])


def oracle_request(
    callback: str,
    *,
    nonce: int = 1,
    version: int = 1,
    data: bytes = b"cbor",
    function: bytes = ANSWER,
) -> bytes:
    """The payload of an oracleRequest; what it says of sender and payment is a lie."""
    types = ["address", "uint256", "bytes32", "address", "bytes4", "uint256", "uint256", "bytes"]
    return ORACLE_REQUEST + encode(
        types, [LIAR, 2**255, SPEC, callback, function, nonce, version, data]
    )


def operator_request(
    *, nonce: int = 1, version: int = 2, data: bytes = b"cbor", function: bytes = ANSWER
) -> bytes:
    """The payload of an operatorRequest; what it says of sender and payment is a lie."""
    types = ["address", "uint256", "bytes32", "bytes4", "uint256", "uint256", "bytes"]
    return OPERATOR_REQUEST + encode(types, [LIAR, 2**255, SPEC, function, nonce, version, data])


# ---- Money in ----


def send(
    suite: Suite, sender: str, juels: int, data: bytes = b"", store: Contract | None = None
) -> None:
    """Funds a sender and sends its LINK with data to a PoolStorage."""
    suite.fund(sender, juels)
    suite.link.transferAndCall((store or suite.store).address, juels, data, sender=sender)


def earn(suite: Suite, juels: int) -> None:
    """Income by plain transfer: profit, no running cost taken."""
    suite.fund(suite.store.address, juels)


def stake_and_wait(suite: Suite, staker: str, juels: int) -> None:
    """A stake that can leave again: its block is over."""
    suite.stake(staker, juels)
    travel(12)


# ---- Requests ----


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as agreed: what fulfilling or cancelling it has to repeat."""

    id: bytes
    payment: int
    callback: str
    function: bytes
    expiration: int
    nonce: int

    def but(self, **changes: Any) -> Asked:
        """The same with something changed."""
        return replace(self, **changes)

    @property
    def terms(self) -> tuple[bytes, int, str, bytes, int]:
        return self.id, self.payment, self.callback, self.function, self.expiration


def request_id(requester: str, nonce: int) -> bytes:
    """keccak256(requester, nonce), packed."""
    return keccak(bytes.fromhex(requester[2:]) + word(nonce))


def ask(
    suite: Suite,
    requester: str,
    payment: int = link("0.1"),
    *,
    nonce: int = 1,
    operator: bool = False,
    version: int | None = None,
) -> Asked:
    """A request that a PoolStorage accepts: oracleRequest, or operatorRequest."""
    if operator:
        payload = operator_request(nonce=nonce, version=2 if version is None else version)
    else:
        payload = oracle_request(requester, nonce=nonce, version=1 if version is None else version)
    send(suite, requester, payment, payload)
    return Asked(
        id=request_id(requester, nonce),
        payment=payment,
        callback=requester,
        function=ANSWER,
        expiration=boa.env.timestamp + EXPIRY,
        nonce=nonce,
    )


def answer(suite: Suite, asked: Asked, number: int = 7, sender: str | None = None) -> bool:
    """The node, or another sender, answers with one word."""
    by = sender or suite.actors.node_address
    return bool(suite.store.fulfillOracleRequest(*asked.terms, word(number), sender=by))


def answer2(suite: Suite, asked: Asked, rest: bytes = b"", sender: str | None = None) -> bool:
    """The node, or another sender, answers with the id and more bytes."""
    by = sender or suite.actors.node_address
    return bool(suite.store.fulfillOracleRequest2(*asked.terms, asked.id + rest, sender=by))


def served(suite: Suite, payment: int = link("0.1"), *, nonce: int = 1) -> None:
    """One request asked and answered: running cost and income."""
    answer(suite, ask(suite, actor("customer"), payment, nonce=nonce))


# ---- The books ----


@dataclass(frozen=True, kw_only=True)
class Books:
    """Every total that a PoolStorage shows, in juels, shares or people."""

    staked: int
    shares: int
    stakers: int
    at_risk: int
    stakers_at_risk: int
    claims: int
    escrow: int
    owners: int
    pledged: int
    operations: int
    pending: int


def books(store: Contract) -> Books:
    return Books(
        staked=store.totalStaked(),
        shares=store.totalShares(),
        stakers=store.stakerCount(),
        at_risk=store.atRisk(),
        stakers_at_risk=store.stakersAtRisk(),
        claims=store.exitClaims(),
        escrow=store.escrowed(),
        owners=store.ownersDue(),
        pledged=store.ownersPledged(),
        operations=store.operationsDue(),
        pending=store.pendingIncome(),
    )


def surplus(token: Contract, store: Contract) -> int:
    """Juels here and at risk above what is owed to anybody (P3): income not booked yet."""
    owed = books(store)
    have = token.balanceOf(store.address) + owed.at_risk
    return int(have - owed.staked - owed.owners - owed.operations - owed.escrow - owed.claims)
