# SPDX-License-Identifier: MIT
"""The books of the network around the pool, kept from events alone: agreements, collateral, and
who was to be sent LINK for them. What an agreement comes to is computed, not believed.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Event
from linkpool.chain.contracts.agreements import terms_of
from linkpool.economics import Answer, Deal, ModelError, Outcome, Result, Stage
from linkpool.story.standing import Standing

REMEMBERED: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where its contracts are."""

    agreements: ChecksumAddress = ZERO
    aggregator: ChecksumAddress = ZERO
    penalties: ChecksumAddress = ZERO
    reputation: ChecksumAddress = ZERO


@dataclass(slots=True, kw_only=True)
class Deposit:
    """Collateral of one oracle: `amount` was put up, `taken` is what bad answers cost of it. Juels;
    `deadline` in unix seconds.
    """

    amount: int
    balance: int
    deadline: int
    reserved: int = 0
    taken: int = 0
    closed: bool = False

    @property
    def free(self) -> int:
        return self.balance - self.reserved


@dataclass(slots=True)
class Exchange:
    """`owed` by (sender, receiver); `purses` is what those who are watched should hold, in juels;
    `news` are agreements that moved on, for people.
    """

    network: Network = Network()
    deals: dict[int, Deal] = field(default_factory=dict)
    deposits: dict[tuple[str, int], Deposit] = field(default_factory=dict)
    members: dict[str, Standing] = field(default_factory=dict)
    """Of the reputation provider, with what it should know of them."""
    owed: Counter[tuple[str, str]] = field(default_factory=Counter)
    purses: dict[str, int] = field(default_factory=dict)
    news: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _outcomes: dict[int, list[Mapping[str, Any]]] = field(default_factory=dict)
    _ranked: set[int] = field(default_factory=set)
    _elapsed: dict[int, Counter[str]] = field(default_factory=dict)

    @property
    def places(self) -> tuple[str, ...]:
        """Contracts that pass LINK on."""
        every = (self.network.agreements, self.network.aggregator, self.network.penalties)
        return tuple(place for place in every if place != ZERO)

    @property
    def live(self) -> list[Deal]:
        """Under way."""
        return [d for d in self.deals.values() if d.stage in (Stage.OPEN, Stage.STARTED)]

    @property
    def collected(self) -> int:
        """Juels that all beneficiaries were to get."""
        return sum(sum(deal.result.lost.values()) for deal in self.deals.values() if deal.result)

    @property
    def unbooked(self) -> int:
        """Juels of it that are taken from collateral which is not back yet."""
        return sum(one.taken for one in self.deposits.values() if not one.closed)

    def deposits_of(self, oracle: str) -> dict[int, Deposit]:
        """By reference."""
        return {ref: one for (owner, ref), one in self.deposits.items() if owner == oracle}

    def held_for(self, place: str) -> int:
        """Juels that one of the contracts has to hold at least."""
        if place == self.network.agreements:
            return sum(deal.cost for deal in self.deals.values() if deal.stage is Stage.OPEN)
        if place == self.network.penalties:
            return sum(deposit.balance for deposit in self.deposits.values())
        return 0

    def gift(self, sender: str, receiver: str, amount: int) -> None:
        """LINK that moved apart from agreements."""
        if receiver in self.purses and sender not in self.places:
            self.purses[receiver] += amount
        if sender in self.purses and receiver != self.network.agreements:
            self.purses[sender] -= amount

    def enter(self, event: Event) -> None:
        """One event of the network; ModelError where it cannot be."""
        fields, place = event.fields, event.contract
        if place == self.network.agreements:
            self._agreement(event.name, fields)
        elif place == self.network.aggregator:
            self._request(event.name, fields)
        elif place == self.network.penalties:
            self._collateral(event.name, fields)
        elif place == self.network.reputation and event.name == "Joined":
            self.members[fields["oracle"]] = Standing()

    def _flow(self, sender: str, receiver: str, amount: int) -> None:
        self.owed[sender, receiver] += amount
        if receiver in self.purses:
            self.purses[receiver] += amount

    # ---- ServiceAgreements ----

    def _agreement(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "AgreementCreated":
            self._created(fields)
            return
        deal = self._deal(fields)
        match name:
            case "BidPlaced":
                deal.bid(fields["oracle"], fields["reference"])
                self._reserve(deal, fields["oracle"])
            case "AgreementStarted":
                self._free(deal, deal.start(fields["oracles"]))
                since = -fields["time"]
                self._elapsed[deal.number] = Counter(dict.fromkeys(fields["oracles"], since))
                self._flow(self.network.agreements, self.network.aggregator, deal.cost)
            case "AgreementCancelled":
                deal.cancel()
                self._free(deal, deal.bids)
                self._flow(self.network.agreements, deal.consumer, deal.cost)
            case "OutcomeRecorded":
                self._outcomes.setdefault(deal.number, []).append(fields)
            case "AgreementSettled":
                self._settled(deal, fields)
        if name in ("AgreementStarted", "AgreementCancelled", "AgreementSettled"):
            self.news.append(deal.number)

    def _created(self, fields: Mapping[str, Any]) -> None:
        terms = terms_of(fields["terms"])
        deal = Deal(
            number=fields["id"],
            consumer=fields["consumer"],
            beneficiary=fields["consumer"] if terms.beneficiary == ZERO else terms.beneficiary,
            job=terms.job,
            oracles=terms.oracles,
            minimum_answers=terms.minimum_answers,
            payment=terms.payment,
            penalty=terms.penalty,
            tolerance=terms.tolerance,
            answer_deadline=terms.answer_deadline,
        )
        self.deals[deal.number] = deal
        if terms.provider == self.network.reputation:
            self._ranked.add(deal.number)
        if deal.consumer in self.purses:
            self.purses[deal.consumer] -= deal.cost
        self.news.append(deal.number)

    def _settled(self, deal: Deal, fields: Mapping[str, Any]) -> None:
        """The chain's word against the computed result."""
        result = deal.settle()
        said = self._outcomes.pop(deal.number, [])
        lost = {oracle: self._slash(deal, oracle, juels) for oracle, juels in result.lost.items()}
        found = {f["oracle"]: (Outcome(f["outcome"]), f["slashed"]) for f in said}
        expected = {oracle: (o, lost[oracle]) for oracle, o in result.outcomes.items()}
        if found != expected:
            raise ModelError(f"agreement {deal.number}: {found}, expected {expected}")
        whole = tuple(fields[name] for name in ("known", "answer", "refund", "slashed"))
        should = (result.known, result.median, result.refund, sum(lost.values()))
        if whole != should:
            raise ModelError(f"agreement {deal.number} settled {whole}, expected {should}")
        self._flow(self.network.aggregator, deal.consumer, result.refund)
        self._flow(self.network.penalties, deal.beneficiary, sum(lost.values()))
        self._report(deal, result, lost)

    def _report(self, deal: Deal, result: Result, lost: Mapping[str, int]) -> None:
        """What the provider is told, where the agreement trusts it: it counts its members."""
        took = self._elapsed.pop(deal.number)
        told = result.outcomes.items() if deal.number in self._ranked else ()
        for oracle, outcome in told:
            if oracle in self.members:
                elapsed = 0 if outcome is Outcome.MISSED else took[oracle]
                self.members[oracle].count(outcome, lost=lost[oracle], elapsed=elapsed)

    # ---- Aggregator ----

    def _request(self, name: str, fields: Mapping[str, Any]) -> None:
        deal = self._deal(fields)
        match name:
            case "Requested":
                self._flow(self.network.aggregator, fields["oracle"], deal.payment)
            case "AnswerRecorded":
                late = fields["time"] > deal.answer_deadline
                if late != fields["late"]:
                    raise ModelError(f"agreement {deal.number}: an answer's being late is wrong")
                deal.answer(fields["oracle"], Answer(fields["answer"], late))
                self._elapsed[deal.number][fields["oracle"]] += fields["time"]
            case "Reclaimed":
                self._flow(self.network.aggregator, deal.consumer, fields["amount"])

    # ---- Penalties ----

    def _collateral(self, name: str, fields: Mapping[str, Any]) -> None:
        if name not in ("Deposited", "Released"):
            return
        place = (fields["depositor"], fields["reference"])
        if name == "Deposited":
            amount, deadline = fields["amount"], fields["deadline"]
            self.deposits[place] = Deposit(amount=amount, balance=amount, deadline=deadline)
            return
        deposit, amount = self.deposits[place], fields["amount"]
        if amount != (deposit.balance if fields["closed"] else deposit.free):
            raise ModelError(f"{amount} juels of collateral released, {deposit.free} were free")
        deposit.balance -= amount
        if fields["closed"]:
            deposit.reserved, deposit.closed = 0, True
        self._flow(self.network.penalties, fields["depositor"], amount)

    def _reserve(self, deal: Deal, oracle: str) -> None:
        if deal.penalty:
            deposit = self.deposits[oracle, deal.bids[oracle]]
            if deposit.free < deal.penalty:
                raise ModelError(f"agreement {deal.number}: {oracle} bid without collateral")
            deposit.reserved += deal.penalty

    def _free(self, deal: Deal, oracles: Iterable[str]) -> None:
        for oracle in oracles:
            self._slash(deal, oracle, 0)

    def _slash(self, deal: Deal, oracle: str, amount: int) -> int:
        """Frees what was reserved, and takes a part of it; nothing of what was given back."""
        deposit = self.deposits.get((oracle, deal.bids[oracle]))
        if deposit is None or deposit.closed or not deal.penalty:
            return 0
        deposit.reserved -= deal.penalty
        deposit.balance -= amount
        deposit.taken += amount
        return amount

    def _deal(self, fields: Mapping[str, Any]) -> Deal:
        if fields["id"] not in self.deals:
            raise ModelError(f"agreement {fields['id']} was never posted")
        return self.deals[fields["id"]]
