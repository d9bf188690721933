# SPDX-License-Identifier: MIT
"""A small pool's events and what its contracts say after them, written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.calls import Event
from linkpool.chain.facts import NodeState
from linkpool.economics import Terms
from linkpool.story.books import Account, Books
from linkpool.story.observation import Seen
from linkpool.units import Juels, Ppm


def account(number: int) -> ChecksumAddress:
    return to_checksum_address(f"0x{number:040x}")


LINK, OWNERS, NODE, STORE, WALLET, ADA, BO, USER, BOX = (account(n) for n in range(0xA1, 0xAA))
NOBODY = account(0)
ASKED = b"\1" * 32
PRICE = 10**17
DELAY = 20


def event(contract: str, name: str, block: int, **fields: Any) -> Event:
    return Event(
        contract=to_checksum_address(contract),
        name=name,
        fields=fields,
        block=block,
        block_hash=b"",
        tx=hex(block),
        index=0,
    )


def moved(block: int, sender: str, receiver: str, amount: int) -> Event:
    return event(LINK, "Transfer", block, **{"from": sender, "to": receiver, "value": amount})


def staked(block: int, who: str, amount: int) -> list[Event]:
    return [
        moved(block, who, STORE, amount),
        event(STORE, "Staked", block, staker=who, sender=who, amount=amount, shares=1, time=block),
    ]


def settled(block: int, income: int) -> Event:
    cut = income // 4
    return event(STORE, "Settled", block, income=income, owners=cut, stakers=income - cut)


def history() -> list[Event]:
    """Two stake, one request is answered, one leaves, the owners are paid and one claims."""
    half = PRICE // 2
    cut = half // 4
    out = 10 + (half - cut) // 3
    return [
        event(OWNERS, "Transfer", 1, sender=NOBODY, receiver=ADA, value=3),
        event(OWNERS, "Transfer", 1, sender=NOBODY, receiver=BO, value=1),
        *staked(2, ADA, 10),
        *staked(3, BO, 20),
        moved(4, USER, STORE, PRICE),
        event(
            STORE,
            "OracleRequest",
            4,
            requestId=ASKED,
            payment=PRICE,
            requester=USER,
            cancelExpiration=9,
        ),
        event(STORE, "OracleResponse", 5, requestId=ASKED),
        settled(6, half),
        moved(6, STORE, ADA, out),
        event(STORE, "Withdrawal", 6, node=NODE, staker=ADA, amount=out, time=6),
        moved(7, STORE, OWNERS, cut),
        moved(7, STORE, WALLET, half),
        event(STORE, "Distributed", 7, owners=cut, operations=half),
        event(OWNERS, "TokensDistributed", 8, token=LINK, amount=cut),
        moved(9, OWNERS, BO, cut // 4),
        event(OWNERS, "Claimed", 9, token=LINK, owner=BO, amount=cut // 4),
        moved(10, USER, STORE, 8),
    ]


def penalty(block: int, *, amount: int = 9, number: int = 1) -> list[Event]:
    """LINK goes out; the owners' due is paid out by then, so that nothing is pledged."""
    sent = {
        "id": number,
        "target": BOX,
        "reference": number.to_bytes(32, "big"),
        "amount": amount,
        "pledge": 0,
        "weight": 1,
        "deadline": 99,
    }
    return [event(STORE, "PenaltySent", block, **sent), moved(block, STORE, BOX, amount)]


def books(events: list[Event] | None = None) -> Books:
    found = Books(LINK, OWNERS, delay=DELAY)
    terms = Terms(makers=250_000, cost=PRICE // 2, ceiling=500_000)
    found.open(Account(storage=STORE, wallet=WALLET, terms=terms))
    found.enter(history() if events is None else events)
    return found


def seen(kept: Books) -> Seen:
    """What contracts that keep their promises say."""
    book = kept.nodes[STORE]
    return Seen(
        block=10,
        nodes={STORE: replace(STATE, staked=Juels(book.total), pending_income=Juels(book.pending))},
        stakes={(STORE, ADA): 0, (STORE, BO): int(book.open[BO].worth)},
        claimable={ADA: int(kept.owners.due(ADA)), BO: 0},
        held={STORE: book.balance(), OWNERS: kept.owners_income - kept.owners.paid[BO]},
    )


STATE = NodeState(
    block=10,
    node=NODE,
    storage=STORE,
    operator=WALLET,
    operations_wallet=WALLET,
    enabled=True,
    private=False,
    limit=Juels(10**30),
    minimum_stake=Juels(1),
    staked=Juels(0),
    liquid=Juels(0),
    at_risk=Juels(0),
    stakers=1,
    pending_income=Juels(0),
    owners_due=Juels(0),
    operations_due=Juels(0),
    escrowed=Juels(0),
    makers=Ppm(250_000),
    operational_cost=Juels(PRICE // 2),
    minimum_payment=Juels(PRICE),
    open_penalties=0,
    loss_allowance=Ppm(0),
)
