# SPDX-License-Identifier: MIT
"""The books of the whole pool, kept from events alone: what everybody should have, exactly.

The events of each node's PoolStorage, of PoolOwners, of LINK and of the network around the pool go
in, in their order; out come the exact model of each node and of the owners, and who was to be sent
LINK. Where the events contradict each other or the model, `problems` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.chain.calls import Event
from linkpool.economics import ModelError, NodeBook, OwnersBook, Record, Terms
from linkpool.story.exchange import Exchange

MAKERS, CEILING, WALLET, COST = range(4)


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

    Both by (sender, receiver); senders are the nodes' storages, PoolOwners and the contracts of the
    network. `unjudged` names nodes that the model does not follow: somebody staked or withdrew
    there within the pool's `delay` (seconds) after a penalty was booked as overdue.
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
    exchange: Exchange = field(default_factory=Exchange)
    delay: int = 0
    _waits: dict[str, int] = field(default_factory=dict)
    _faces: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    _wallets: dict[str, str] = field(default_factory=dict)

    def open(self, account: Account) -> None:
        """A node, before its first event."""
        self.nodes[account.storage] = NodeBook(account.terms)
        self._wallets[account.storage] = account.wallet

    def owed_between(self) -> Counter[tuple[str, str]]:
        """All that was to be sent, of the pool and of the network."""
        return self.owed + self.exchange.owed

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
            self._penalty_event(event, self.nodes[event.contract])
        else:
            self.exchange.enter(event)

    def _link_moved(self, event: Event, meant: Counter[tuple[str, int]]) -> None:
        if event.name != "Transfer" or "data" in event.fields:
            return  # the second event of a transferAndCall
        sender, receiver, amount = (event.fields[name] for name in ("from", "to", "value"))
        if sender in self.nodes or sender in (self.pool_owners, *self.exchange.places):
            self.sent[sender, receiver] += amount
        self.exchange.gift(sender, receiver, amount)
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
                self._join_or_leave(event)
                book.stake(fields["staker"], fields["amount"])
            case "Withdrawal":
                self._join_or_leave(event)
                staker, amount = fields["staker"], fields["amount"]
                self.owed[node, staker] += amount
                book.withdraw(staker, amount, self._faces.pop((node, staker), {}))
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

    def _join_or_leave(self, event: Event) -> None:
        """For a time newcomers pay for what may still come back, and who leaves gives their part
        of it up (P10): the model has none of that.
        """
        if event.fields["time"] < self._waits.get(event.contract, 0):
            self.unjudged.add(event.contract)

    def _penalty_event(self, event: Event, book: NodeBook) -> None:
        fields, node = event.fields, event.contract
        match event.name:
            case "PenaltySent":
                self.owed[node, fields["target"]] += fields["amount"]
                names = ("id", "target", "reference", "amount", "pledge", "deadline")
                known = {name: fields[name] for name in names}
                book.send(Record(**known, weight=Fraction(fields["weight"])))
            case "PenaltyReturned":
                book.give_back(fields["id"], fields["amount"])
            case "PenaltySlashed" if fields["overdue"]:
                self._waits[node] = fields["time"] + self.delay
            case "LossBooked":
                self._loss(fields, book)
            case "ExitClaimOpened":
                faces = self._faces.setdefault((node, fields["staker"]), {})
                faces[fields["id"]] = fields["amount"]
            case "ExitClaimed":
                self.owed[node, fields["staker"]] += fields["amount"]
                book.claim_exit(fields["staker"], fields["amount"])

    def _loss(self, fields: Mapping[str, int], book: NodeBook) -> None:
        said = tuple(fields[name] for name in ("owners", "claims", "stakers"))
        loss = book.book_loss(fields["id"])
        if said != (loss.owners, loss.claims, loss.stakers):
            raise ModelError(f"penalty {fields['id']}: {said} were lost, expected {loss}")

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
