# SPDX-License-Identifier: MIT
"""The books of the whole pool, kept from events alone: what everybody should have, exactly.

The events of each node's PoolStorage, of PoolOwners and of LINK go in, in their order; out come
the exact model of each node and of the owners, and who was to be sent LINK. Where the events
contradict each other or the model, `problems` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.chain.calls import Event
from linkpool.economics import ModelError, NodeBook, OwnersBook, Terms

MAKERS, CEILING, WALLET, COST = range(4)
PENALTIES = frozenset(
    {"PenaltySent", "PenaltyReturned", "PenaltySlashed", "LossBooked", "ExitClaimOpened"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A node as the books open it: its terms before the first event."""

    storage: ChecksumAddress
    wallet: ChecksumAddress
    terms: Terms


@dataclass(frozen=True, slots=True)
class Request:
    """Who asked, and from when on (unix seconds) the payment can be taken back."""

    requester: str
    expiration: int


@dataclass(slots=True)
class Books:
    """`sent` is LINK that really left (by LINK's own events), `owed` what the others' events say.

    Both by (sender, receiver); senders are the nodes' storages and PoolOwners.
    """

    link: ChecksumAddress
    pool_owners: ChecksumAddress
    nodes: dict[str, NodeBook] = field(default_factory=dict)
    owners: OwnersBook = field(default_factory=OwnersBook)
    owners_income: int = 0
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    owed: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    unjudged: set[str] = field(default_factory=set)
    requests: dict[str, Request] = field(default_factory=dict)
    _wallets: dict[str, str] = field(default_factory=dict)

    def open(self, account: Account) -> None:
        """A node, before its first event."""
        self.nodes[account.storage] = NodeBook(account.terms)
        self._wallets[account.storage] = account.wallet

    def enter(self, events: Iterable[Event]) -> None:
        """More events, whole transactions in the order of the chain."""
        for _, group in groupby(events, key=lambda event: event.tx):
            together = list(group)
            meant = _arrivals_with_a_purpose(together)
            for event in together:
                try:
                    self._one(event, meant)
                except ModelError as error:
                    self.problems.append(f"block {event.block}: {error}")

    def _one(self, event: Event, meant: Counter[tuple[str, int]]) -> None:
        if event.contract == self.link:
            self._link_moved(event, meant)
        elif event.contract == self.pool_owners:
            self._owners_event(event)
        elif event.contract in self.nodes:
            self._node_event(event, self.nodes[event.contract])

    def _link_moved(self, event: Event, meant: Counter[tuple[str, int]]) -> None:
        if event.name != "Transfer" or "data" in event.fields:
            return  # the second event of a transferAndCall
        sender, receiver, amount = (event.fields[name] for name in ("from", "to", "value"))
        if sender in self.nodes or sender == self.pool_owners:
            self.sent[sender, receiver] += amount
        if receiver == self.pool_owners:
            self.owners_income += amount
        if receiver in self.nodes:
            if meant[receiver, amount]:
                meant[receiver, amount] -= 1
            else:
                self.nodes[receiver].donate(amount)

    def _owners_event(self, event: Event) -> None:
        fields = event.fields
        if event.name == "Transfer" and "value" in fields:
            sender, receiver = (v for k, v in fields.items() if k != "value")
            self.owners.move(sender, receiver, fields["value"])
        elif fields.get("token") == self.link and event.name == "TokensDistributed":
            self.owners.distribute(fields["amount"])
        elif fields.get("token") == self.link and event.name == "Claimed":
            self.owners.claim(fields["owner"], fields["amount"])
            self.owed[event.contract, fields["owner"]] += fields["amount"]

    def _node_event(self, event: Event, book: NodeBook) -> None:
        fields, node = event.fields, event.contract
        match event.name:
            case "Staked":
                book.stake(fields["staker"], fields["amount"])
            case "Withdrawal":
                self.owed[node, fields["staker"]] += fields["amount"]
                book.withdraw(fields["staker"], fields["amount"])
            case "OracleRequest":
                self.requests[_text(fields["requestId"])] = Request(
                    fields["requester"], fields["cancelExpiration"]
                )
                book.ask(_text(fields["requestId"]), fields["payment"])
            case "OracleResponse":
                book.answer(_text(fields["requestId"]))
            case "CancelOracleRequest":
                request = _text(fields["requestId"])
                self.owed[node, self.requests[request].requester] += book.escrow.get(request, 0)
                book.cancel(request)
            case "Settled":
                self._settled(event, book)
            case "Distributed":
                self.owed[node, self.pool_owners] += fields["owners"]
                self.owed[node, self._wallets[node]] += fields["operations"]
                book.distribute(fields["owners"], fields["operations"])
            case "TermChanged" | "TermActivated":
                self._term(event, book)
            case name if name in PENALTIES:
                self.unjudged.add(node)

    def _settled(self, event: Event, book: NodeBook) -> None:
        said = tuple(event.fields[name] for name in ("income", "owners", "stakers"))
        income = book.pending
        owners, stakers = book.settle()
        if said != (income, owners, stakers):
            raise ModelError(
                f"{event.contract} settled {said}, expected {(income, owners, stakers)}"
            )

    def _term(self, event: Event, book: NodeBook) -> None:
        term, new = event.fields["term"], event.fields["new"]
        if term == WALLET:
            self._wallets[event.contract] = _address(new)
        elif term in (MAKERS, CEILING, COST):
            name = {MAKERS: "makers", CEILING: "ceiling", COST: "cost"}[term]
            book.change(**{name: new})


def opening(events: Sequence[Event], today: Account) -> Account:
    """A node's terms before its first event, from today's and the changes between."""
    terms = {
        MAKERS: today.terms.makers,
        CEILING: today.terms.ceiling,
        COST: today.terms.cost,
        WALLET: int(today.wallet, 16),
    }
    for event in reversed(events):
        if event.contract == today.storage and event.name in ("TermChanged", "TermActivated"):
            if event.fields["term"] in terms:
                terms[event.fields["term"]] = event.fields["old"]
    return Account(
        storage=today.storage,
        wallet=_address(terms[WALLET]),
        terms=Terms(makers=terms[MAKERS], cost=terms[COST], ceiling=terms[CEILING]),
    )


def _arrivals_with_a_purpose(events: Sequence[Event]) -> Counter[tuple[str, int]]:
    """LINK of one transaction that came with a stake or a request; the rest is a donation."""
    found: Counter[tuple[str, int]] = Counter()
    for event in events:
        fields: Mapping[str, int] = event.fields
        if event.name in ("Staked", "PenaltyReturned"):
            found[event.contract, fields["amount"]] += 1
        elif event.name == "OracleRequest":
            found[event.contract, fields["payment"]] += 1
    return found


def _text(raw: bytes) -> str:
    return "0x" + raw.hex()


def _address(number: int) -> ChecksumAddress:
    return address(f"0x{number:040x}")
