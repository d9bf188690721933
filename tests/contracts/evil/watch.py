# SPDX-License-Identifier: MIT
"""The observer: reads every log of every transaction into the independent ledgers and compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from eth_utils.crypto import keccak

from tests.contracts.evil.book import Book
from tests.contracts.evil.book_agreements import Agreements
from tests.contracts.evil.book_network import Till
from tests.contracts.evil.book_owners import OwnersBook
from tests.contracts.evil.duties import Duties
from tests.contracts.evil.powers import Powers
from tests.contracts.evil.records import Terms
from tests.contracts.evil.report import Violation, demand
from tests.contracts.evil.roles import DATA, Staff, check_other, check_storage
from tests.contracts.evil.stage import Stage
from tests.contracts.evil.step import Call, Step, call_of
from tests.contracts.stateful.build import OWNER, travel
from tests.contracts.stateful.world import Deployed, Event, Log, Outcome, decode

TRANSFER = keccak(text="Transfer(address,address,uint256)")
TRANSFER_DATA = keccak(text="Transfer(address,address,uint256,bytes)")
APPROVAL = keccak(text="Approval(address,address,uint256)")


class Watch:
    """One sequence as seen from outside, from the first block on."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.chain = stage, stage.chain
        self.link = stage.link.address
        self.puppets = frozenset(puppet.address for puppet in stage.puppets.values())
        self.powers = Powers(owner=OWNER, logic={}, code_hash=self.chain.code_hash)
        whole = stage.owners.read("valuation")
        self.owners = OwnersBook(stage.owners.address, self.link, OWNER, whole)
        self.books: dict[str, Book] = {}
        self.staff: dict[str, Staff] = {}
        network = {name: contract.address for name, contract in stage.network.items()}
        self.network = Agreements(network, self.books)
        self.standings = self.network.standings
        self.network_tills: dict[str, Till] = {
            network["ServiceAgreements"]: self.network,
            network["Penalties"]: self.network.collateral,
            network["Aggregator"]: self.network.answers,
        }
        self.tills: dict[str, OwnersBook | Till] = {self.owners.address: self.owners}
        self.tills |= self.network_tills
        self.duties = Duties(self.network, self.books, self.staff)
        self.kinds = {contract.address: name for name, contract in stage.contracts().items()}
        self.interfaces = {c.address: c.interface for c in stage.contracts().values()}
        self.selectors = {
            address: {f.selector: name for name, f in interface.functions.items()}
            for address, interface in self.interfaces.items()
        }
        for name in ("registry", "pool data"):
            address = stage.names[name]
            self.kinds[address] = name
            self.selectors[address] = self.selectors[stage.stores[0].address]
        self.touched: set[str] = set()
        # LINK of everybody else: a node's future address may have some before there is a node.
        self.elsewhere: Counter[str] = Counter()
        # What the last transaction said, by name: food for the adversary.
        self.said: list[tuple[str, Event, dict[str, Any]]] = []
        for past in self.chain.past:
            self._read(past.logs, past.time, past.block)
        # Before the seal the registry was the deployer's.
        self.powers.changes.clear()
        self.powers.executed.clear()

    # ---- A transaction ----

    def step(self, step: Step) -> Outcome:
        """Makes it, and checks everything that it did."""
        if step.seconds:
            travel(self.chain, step.seconds)
        call = call_of(step, self.puppets)
        name = self.function(call)
        kind = "" if name is None else self.kinds[call.to].removeprefix("chainlink/")
        due = self.duties.due(call, kind, name or "", self.chain.time)
        answering = self.duties.answering(call, name or "")
        outcome = self.chain.pay(step.who, step.to, step.data, step.wei)
        self.said = []
        if not outcome.ok:
            if due and step.wei == 0:
                raise Violation(due, f"{name} was refused: {outcome.reason}")
            return outcome
        if name is not None:
            self._check_role(call, name)
            self.duties.check(call, kind, name, self.chain.time)
        self._read(outcome.logs, self.chain.time, self.chain.block)
        self._compare()
        self.duties.done(call, kind, name or "", answering)
        return outcome

    def function(self, call: Call) -> str | None:
        """The name of what is called, where it is one of the suite's."""
        known = self.selectors.get(call.to)
        return None if known is None else known.get(call.data[:4])

    def _check_role(self, call: Call, name: str) -> None:
        kind = self.kinds[call.to]
        if call.to in self.books or kind in ("registry", "pool data"):
            check_storage(call, name, self.staff.get(call.to), self.powers)
            demand(kind != "registry" or name not in DATA, "P16", f"{name} of the registry")
        else:
            check_other(call, kind.removeprefix("chainlink/"), name, self.powers)

    def _compare(self) -> None:
        """The end of a transaction: what is promised is paid, what is owed is there."""
        self.powers.finished(self.stage.factory.address, self.stage.registering)
        for address in self.touched:
            book = self.books.get(address)
            if book is not None:
                book.finished()
                here = self.balance(address)
                demand(here == book.balance, "P3", f"{here} here, {book.balance} by the logs")
            if address in self.tills:
                self._till(address)
        self.touched.clear()

    def _till(self, address: str) -> None:
        till = self.tills[address]
        if isinstance(till, OwnersBook):
            till.finished(self.chain.ether(address))
        else:
            till.finished()

    def balance(self, account: str) -> int:
        """LINK's own word."""
        return int(self.stage.link.read("balanceOf", account))

    def received(self, logs: Iterable[Log], account: str) -> int:
        """Juels that an account has more after a transaction, as LINK logs it."""
        known, got = bytes(12) + bytes.fromhex(account[2:]), 0
        for log in logs:
            if log.address == self.link and log.topics[0] == TRANSFER:
                amount = int.from_bytes(log.data, "big")
                got += amount * ((log.topics[2] == known) - (log.topics[1] == known))
        return got

    # ---- Logs ----

    def _read(self, logs: Iterable[Log], now: int, block: int) -> None:
        self.powers.now = now
        for book in self.books.values():
            book.now, book.block = now, block
        for till in self.network_tills.values():
            till.now = now
        logs = tuple(logs)
        for log in logs:
            if log.address == self.link:
                self._read_link(log)
            else:
                self._read_own(log, logs)

    def _read_link(self, log: Log) -> None:
        kind = log.topics[0]
        sender, to = ("0x" + topic[12:].hex() for topic in log.topics[1:3])
        if kind == APPROVAL:
            demand(sender not in self.books, "P1", f"{sender} approved {to}")
            event = self.stage.link.interface.events[kind]
            self.said.append((self.link, event, event.read(log)))
            return
        target = self.books.get(to) or self.network_tills.get(to)
        if kind == TRANSFER:
            self._moved(sender, to, int.from_bytes(log.data, "big"))
        elif kind == TRANSFER_DATA and target is not None:
            amount, data = decode(["uint256", "bytes"], log.data)
            target.came_with_data(sender, amount, data)

    def _moved(self, sender: str, to: str, amount: int) -> None:
        """Each side by itself; nothing may be moved by anybody, from anywhere."""
        if amount == 0:
            return
        source, target = self._account(sender), self._account(to)
        if source is None:
            self.elsewhere[sender] -= amount
        else:
            self.touched.add(sender)
            source.left(to, amount)
        if target is None:
            self.elsewhere[to] += amount
        else:
            self.touched.add(to)
            target.came(sender, amount)

    def _account(self, address: str) -> Book | OwnersBook | Till | None:
        return self.books.get(address) or self.tills.get(address)

    def _read_own(self, log: Log, logs: tuple[Log, ...]) -> None:
        interface = self.interfaces.get(log.address)
        event = None if interface is None else interface.events.get(log.topics[0])
        if event is None:
            return
        said = event.read(log)
        self.said.append((log.address, event, said))
        self.touched.add(log.address)
        for owner, handlers in self._readers(log.address):
            handler = handlers.get(event.name)
            if handler is not None:
                handler(owner, said)
        if event.name == "StorageCreated" and log.address == self.stage.factory.address:
            self._created(said, logs)

    def _readers(self, address: str) -> list[tuple[Any, Mapping[str, Any]]]:
        book = self.books.get(address)
        if book is not None:
            return [(book, Book.HANDLERS), (self.staff[address], Staff.HANDLERS)]
        till = self.tills.get(address)
        if till is not None:
            return [(till, till.HANDLERS)]
        if address == self.standings.address:
            return [(self.standings, self.standings.HANDLERS)]
        if address == self.stage.timelock.address:
            return [(self.powers, Powers.TIMELOCK)]
        if address == self.stage.factory.address:
            return [(self.powers, Powers.FACTORY)]
        return []

    def _created(self, said: dict[str, Any], logs: tuple[Log, ...]) -> None:
        """A new node: its terms are read once, as they were before anything else happened."""
        store = Deployed(self.chain, said["store"], self.stage.storage.interface)
        address = store.address
        self.interfaces[address] = store.interface
        self.selectors[address] = self.selectors.get(
            address, {f.selector: name for name, f in store.interface.functions.items()}
        )
        self.kinds.setdefault(address, f"store{said['index']}")
        terms = Terms(
            makers=store.read("makersPercentage"),
            ceiling=store.read("costCeiling"),
            wallet=store.read("operationsWallet"),
            cost=store.read("operationalCost"),
            payment=store.read("minimumPayment"),
        )
        book = Book(
            store=address,
            terms=terms,
            loss_cap=self.stage.loss_cap,
            pool_owners=self.owners.address,
            owned=self.powers.owned,
            may_receive=self.powers.may_receive,
            gone_by_then=lambda staker: store.read("sharesOf", staker) == 0,
        )
        book.now, book.block = self.chain.time, self.chain.block
        book.balance = self.elsewhere.pop(address, 0)
        for changed in reversed(store.events(logs, "TermChanged")):
            book.undo_term(changed)
        self.books[address] = book
        self.staff[address] = Staff(said["node"], store.read("operator"))
