# SPDX-License-Identifier: MIT
"""Events are interface: from them alone the whole ledger can be rebuilt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import boa
import pytest

from tests.contracts.suite import ALL, DAY, Contract, Suite, actor, link, travel, word
from tests.contracts.unit.pool_storage.replay import Replay
from tests.contracts.unit.pool_storage.support import (
    EXPIRY,
    Asked,
    answer,
    answer2,
    ask,
    books,
    earn,
    stake_for,
)

STAKERS = [actor(f"staker {i}") for i in range(6)]
CUSTOMER = actor("customer")


@dataclass
class History:
    """Random acts on one PoolStorage; their events go to the replay, nothing else does."""

    suite: Suite
    box: Contract
    random: Random
    replay: Replay = field(default_factory=Replay)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Something of everything that later acts choose from."""
        for act in (self.stake, self.stake, self.request, self.wait, self.penalty):
            self.do(act)

    def step(self) -> None:
        self.do(self.random.choice(self._acts()))

    def do(self, act: Callable[[], Contract]) -> None:
        try:
            source = act()
        except boa.BoaError:
            return  # refused: nothing changed, nothing was logged
        self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
        mine = [log for log in source.get_logs() if log.address == self.suite.store.address]
        self.replay.feed(boa.env.timestamp, mine)

    def _acts(self) -> list[Callable[[], Contract]]:
        return [
            self.stake,
            self.stake,
            self.withdraw,
            self.withdraw_all,
            self.income,
            self.request,
            self.request,
            self.fulfil,
            self.fulfil,
            self.cancel,
            self.distribute,
            self.penalty,
            self.penalty,
            self.give_back,
            self.give_back,
            self.resolve,
            self.resolve,
            self.claim,
            self.price,
            self.wait,
            self.wait,
        ]

    def _juels(self, most: str) -> int:
        return self.random.choice([1, self.random.randrange(1, link(most)), link(most)])

    def stake(self) -> Contract:
        staker = self.random.choice(STAKERS)
        juels = link(1) + self._juels("50")
        self.suite.fund(CUSTOMER, juels)
        self.suite.link.transferAndCall(
            self.suite.store.address, juels, stake_for(staker), sender=CUSTOMER
        )
        return self.suite.link

    def withdraw(self) -> Contract:
        staker = self.random.choice(STAKERS)
        self.suite.store.withdraw(self._juels("20"), sender=staker)
        return self.suite.store

    def withdraw_all(self) -> Contract:
        self.suite.store.withdraw(ALL, sender=self.random.choice(STAKERS))
        return self.suite.store

    def income(self) -> Contract:
        earn(self.suite, self._juels("9"))
        return self.suite.link

    def request(self) -> Contract:
        operator = self.random.random() < 0.5
        nonce = len(self.asked)
        payment = link("0.1") + self._juels("1")
        self.asked.append(ask(self.suite, CUSTOMER, payment, nonce=nonce, operator=operator))
        return self.suite.link

    def fulfil(self) -> Contract:
        way = self.random.choice([answer, answer2])
        way(self.suite, self.random.choice(self.asked[-5:]))
        return self.suite.store

    def cancel(self) -> Contract:
        travel(EXPIRY)
        asked = self.random.choice(self.asked[-5:])
        self.suite.store.cancelOracleRequest(
            asked.id, asked.payment, asked.function, asked.expiration, sender=CUSTOMER
        )
        return self.suite.store

    def distribute(self) -> Contract:
        self.suite.store.distribute()
        return self.suite.store

    def penalty(self) -> Contract:
        most = self.suite.store.totalStaked() * self.suite.store.lossAllowance() // 1_000_000
        amount = self.random.randrange(1, most // 2 + 2)
        self.suite.store.sendPenalty(
            self.box.address, amount, word(self.sent), sender=self.suite.actors.operator
        )
        self.sent += 1
        return self.suite.store

    def give_back(self) -> Contract:
        number = self.random.randrange(self.sent)
        held = self.suite.store.penalty(self.box.address, word(number))
        left = held.amount - held.returned
        amount = self.random.choice([0, left, self.random.randrange(left + 1)])
        give = self.random.choice([self.box.giveBack, self.box.giveBackFinal])
        give(self.suite.store.address, amount, word(number))
        return self.box

    def resolve(self) -> Contract:
        number = self.random.randrange(self.sent)
        self.suite.store.resolveOverdue(self.box.address, word(number))
        return self.suite.store

    def claim(self) -> Contract:
        ids = [self.random.randrange(1, self.sent + 1) for _ in range(10)]
        self.suite.store.claimExit(self.random.choice(STAKERS), sorted(set(ids)))
        return self.suite.store

    def price(self) -> Contract:
        cost = self.random.randrange(link("0.1"))
        self.suite.store.setTerm(3, cost, sender=self.suite.node.address)
        return self.suite.store

    def wait(self) -> Contract:
        travel(self.random.choice([12, DAY, 4 * DAY]))
        self.suite.store.setReleaseAllowed(True, sender=CUSTOMER)
        return self.suite.store


def _ids(history: History) -> list[list[int]]:
    every = list(range(1, history.sent + 1))
    return [every[i : i + 10] for i in range(0, len(every), 10)]


def _compare(history: History) -> None:
    store, replay = history.suite.store, history.replay
    assert replay.books(store.pendingIncome()) == books(store)
    assert replay.overdue == store.overdue()[0]
    for staker in STAKERS:
        assert replay.shares[staker] == store.sharesOf(staker)
        assert replay.stake_of(staker) == store.stakeOf(staker)
        shown = [store.exitClaimOf(staker, ids) for ids in _ids(history)]
        found = (sum(pair[0] for pair in shown), sum(pair[1] for pair in shown))
        assert replay.claims_of(staker) == found


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_ledger_is_rebuilt_from_events_alone(
    suite: Suite, listed: Contract, seed: int
) -> None:
    history = History(suite, listed, Random(seed))
    history.begin()
    for number in range(150):
        history.step()
        if number % 25 == 24:
            _compare(history)
    travel(60 * DAY)
    history.replay.now = boa.env.timestamp
    _compare(history)
    assert len(history.counts) >= 12
    assert sum(history.counts.values()) > 75
