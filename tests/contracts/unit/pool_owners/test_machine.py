# SPDX-License-Identifier: MIT
"""Holders, contributors, strangers and a hostile token, in any order, against the model."""

from __future__ import annotations

import boa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contracts.unit.pool_owners.model import Model
from tests.contracts.unit.pool_owners.support import (
    ETH,
    HARD_CAP,
    LINK_SUPPLY,
    ONE,
    WHOLE,
    TokenMode,
    account,
    make_world,
)

people = st.sampled_from([account(n) for n in range(1, 6)])
# mostly ordinary amounts, now and then the ends of the scale
parts = st.one_of(st.integers(0, 10**6), st.sampled_from([1, 10**6 // 2, 10**6]))
rewards = st.one_of(
    st.sampled_from([1, 2, 3999, LINK_SUPPLY // 3]), st.integers(1, 10**6 * ONE), st.integers(1, 9)
)
which = st.integers(0, 2)


class OwnersMachine(RuleBasedStateMachine):
    """Five people, the rest receiver and the sale account; ETH, LINK and a token of bad manners."""

    @initialize()
    def deploy(self) -> None:
        self.world = make_world()
        self.owners = self.world.owners
        self.token = self.world.add_token()
        self.owners.setDistributionMinimum(self.world.link.address, 0, sender=self.world.admin)
        self.world.open_sale(*(account(n) for n in range(1, 6)))
        self.model = Model(self.owners.address, self.world.rest)
        self.assets = [ETH, self.world.link.address, self.token.address]
        self.everyone = [*(account(n) for n in range(1, 6)), self.world.rest, self.owners.address]
        self.token_pays = True
        self.steps = 0

    # ---- Sale ----

    @precondition(lambda self: not self.model.finished)
    @rule(who=people, part=parts)
    def contribute(self, who: str, part: int) -> None:
        amount = (HARD_CAP - self.model.contributed) * part // 10**6
        if amount:
            self.world.contribute(who, amount)
            self.model.contributed += amount
            self.model.move(self.model.sale, who, amount)
        else:
            with boa.reverts("owners: zero amount"):
                self.world.contribute(who, 0)

    @precondition(lambda self: not self.model.finished)
    @rule(who=people, part=parts)
    def set_owner_share(self, who: str, part: int) -> None:
        amount = self.model.creators_left() * part // 10**6
        if amount:
            self.world.grant(who, amount)
            self.model.move(self.model.sale, who, amount)
        with boa.reverts("owners: exceeds creators' part"):
            self.world.grant(who, self.model.creators_left() + 1)

    @precondition(lambda self: not self.model.finished)
    @rule(luck=st.integers(0, 7))
    def finish(self, luck: int) -> None:
        if luck == 0:
            self.world.finish()
            self.model.finished = True
            sale, rest = self.model.sale, self.model.rest
            self.model.move(sale, rest, self.model.shares[sale])

    # ---- Shares ----

    @rule(sender=people, receiver=people, part=parts, name=st.sampled_from("abcd"))
    def send(self, sender: str, receiver: str, part: int, name: str) -> None:
        amount = max(1, self.model.free(sender) * part // 10**6)
        arguments: tuple[object, ...] = (receiver, amount)
        function, caller = self.owners.transfer, sender
        if name == "b":
            function, arguments = self.owners.sendOwnershipAndCall, (receiver, amount, b"")
        if name == "c":
            self.owners.approve(receiver, amount, sender=sender)
            function, arguments, caller = (
                self.owners.transferFrom,
                (sender, receiver, amount),
                receiver,
            )
        if amount > self.model.free(sender):
            with boa.reverts():
                function(*arguments, sender=caller)
        else:
            function(*arguments, sender=caller)
            self.model.move(sender, receiver, amount)

    @rule(who=people, receiver=people, part=parts)
    def stake(self, who: str, receiver: str, part: int) -> None:
        amount = self.model.free(who) * part // 10**6
        if amount:
            self.owners.stakeOwnership(receiver, amount, b"", sender=who)
            self.model.staked[who, receiver] += amount
        with boa.reverts("owners: exceeds unstaked"):
            self.owners.stakeOwnership(receiver, self.model.free(who) + 1, b"", sender=who)

    @rule(who=people, receiver=people, part=parts)
    def unstake(self, who: str, receiver: str, part: int) -> None:
        amount = self.model.staked[who, receiver] * part // 10**6
        if amount:
            self.owners.removeOwnershipStake(receiver, amount, b"", sender=who)
            self.model.staked[who, receiver] -= amount

    # ---- Income ----

    @rule(asset=which, amount=rewards)
    def earn(self, asset: int, amount: int) -> None:
        if asset == 0:
            self.world.give_eth(amount)
        elif asset == 1:
            amount = min(amount, self.world.link.balanceOf(self.world.admin))
            self.world.link.transfer(self.owners.address, amount, sender=self.world.admin)
        else:
            self.token.mint(self.owners.address, amount)
        self.model.pending[self.assets[asset]] += amount

    @rule(asset=which, who=people)
    def distribute(self, asset: int, who: str) -> None:
        token = self.assets[asset]
        if self.model.pending[token]:
            self.owners.distributeTokens(token, sender=who)
            self.model.distribute(token)
        else:
            with boa.reverts("owners: not above the minimum"):
                self.owners.distributeTokens(token, sender=who)

    @rule(pays=st.booleans())
    def change_the_token_s_manners(self, pays: bool) -> None:
        self.token.set_mode(TokenMode.HONEST if pays else TokenMode.REFUSE)
        self.token_pays = pays

    @rule(who=people, asset=which, luck=st.booleans())
    def claim(self, who: str, asset: int, luck: bool) -> None:
        token = self.assets[asset]
        due = self.model.claimable(who, token)
        arguments = (token,) if luck else (who, token)
        function = self.owners.claim if luck else self.owners.claimFor
        if due == 0:
            with boa.reverts("owners: nothing to claim"):
                function(*arguments, sender=who)
        elif asset == 2 and not self.token_pays:
            with boa.reverts("owners: payment failed"):
                function(*arguments, sender=who)
        else:
            assert function(*arguments, sender=who) == due
            self.model.pay(who, token)

    @rule(who=people, asset=which, start=st.integers(0, 6))
    def batch_claim(self, who: str, asset: int, start: int) -> None:
        token, payees = self.assets[asset], self.everyone[start:]
        paid = self.owners.batchClaim(token, payees, sender=who)
        expected = 0
        if asset != 2 or self.token_pays:
            expected = sum(self.model.pay(payee, token) for payee in payees)
        assert paid == expected

    # ---- What always holds ----

    @invariant()
    def shares_and_stakes_are_the_model_s(self) -> None:
        for holder in self.everyone:
            shares = self.owners.balanceOf(holder)
            assert shares == self.model.shares[holder]
            assert shares - self.owners.stakeTotals(holder) == self.model.free(holder)
        assert sum(self.model.shares.values()) == WHOLE
        holders = sum(1 for h in self.everyone if h != self.model.sale and self.model.shares[h])
        assert self.owners.getCurrentOwners() == holders

    @invariant()
    def p14_everyone_is_owed_the_floor_of_the_exact_due(self) -> None:
        """One token after each step, in turn; all of them at the end."""
        self.steps += 1
        self.check(self.assets[self.steps % 3])

    def teardown(self) -> None:
        for token in getattr(self, "assets", []):
            self.check(token)

    def check(self, token: str) -> None:
        """Also paid * T + owed * T + fractions == T * distributed, in integers."""
        owed = fractions = 0
        for holder in self.everyone:
            claimable = self.owners.claimable(holder, token)
            assert claimable == self.model.claimable(holder, token)
            owed += claimable
            fractions += self.owners.remainderOf(holder, token)
        booked, paid = self.model.booked[token], self.model.paid[token]
        assert (paid + owed) * WHOLE + fractions == booked * WHOLE
        assert self.owners.totalDistributed(token) == booked
        assert self.owners.reservedFor(token) == booked - paid
        assert self.owners.pendingIncome(token) == self.model.pending[token]


TestOwnersMachine = OwnersMachine.TestCase
TestOwnersMachine.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
