# SPDX-License-Identifier: MIT
"""From events alone the ledger can be rebuilt; and each event says what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import boa
import pytest

from tests.contracts.unit.pool_owners.support import (
    ETH,
    ONE,
    WHOLE,
    TokenMode,
    World,
    account,
    deployer,
    units,
)


class Book:
    """The ledger as a follower of logs keeps it: exact, in numerators over WHOLE."""

    def __init__(self) -> None:
        self.shares: dict[str, int] = defaultdict(int)
        self.staked: dict[tuple[str, str], int] = defaultdict(int)
        self.allowed: dict[tuple[str, str], int] = {}
        self.earned: dict[tuple[str, str], int] = defaultdict(int)
        self.paid: dict[tuple[str, str], int] = defaultdict(int)
        self.minimum: dict[str, int] = {ETH: 0}
        self.contributed = 0

    def read(self, event: Any) -> None:
        handler: Callable[[Any], None] | None
        handler = getattr(self, "on_" + type(event).__name__.lower(), None)
        if handler:
            handler(event)

    def on_transfer(self, event: Any) -> None:
        self.shares[event.sender] -= event.value
        self.shares[event.receiver] += event.value

    def on_approval(self, event: Any) -> None:
        self.allowed[event.owner, event.spender] = event.value

    def on_ownershipstakeadded(self, event: Any) -> None:
        self.staked[event.owner, event.receiver] += event.amount

    def on_ownershipstakeremoved(self, event: Any) -> None:
        self.staked[event.owner, event.receiver] -= event.amount

    def on_tokensdistributed(self, event: Any) -> None:
        for holder, share in self.shares.items():
            self.earned[holder, event.token] += event.amount * share

    def on_claimed(self, event: Any) -> None:
        self.paid[event.owner, event.token] += event.amount

    def on_tokenwhitelisted(self, event: Any) -> None:
        self.minimum[event.token] = event.minimum

    def on_distributionminimumchanged(self, event: Any) -> None:
        assert self.minimum[event.token] == event.old
        self.minimum[event.token] = event.new

    def on_contribution(self, event: Any) -> None:
        self.contributed += event.amount
        assert event.share == self.shares[event.sender] * 100_000 // WHOLE


def test_the_ledger_can_be_rebuilt_from_events(world: World, alice: str, bob: str) -> None:
    owners, link, admin = world.owners, world.link.address, world.admin
    book, carol = Book(), account(3)
    book.shares[owners.address] = WHOLE  # the mint, logged by the constructor
    book.minimum[link] = ONE
    token = world.add_token(minimum=3)
    book.read(owners.get_logs()[-1])

    def do(function: str, *args: Any, sender: str, value: int = 0) -> None:
        boa.env.set_balance(sender, boa.env.get_balance(sender) + value)
        getattr(owners, function)(*args, sender=sender, value=value)
        for event in owners.get_logs():
            if event.address == owners.address:
                book.read(event)

    do("whitelistWallet", alice, sender=admin)
    do("startContribution", sender=admin)
    do("__default__", sender=alice, value=units("1.23456789"))
    do("addContribution", carol, units(7), sender=admin)
    do("setOwnerShare", bob, units(777), sender=admin)
    world.link.transfer(owners.address, units("12.3"), sender=admin)
    do("distributeTokens", link, sender=carol)
    do("finishContribution", sender=admin)
    do("approve", carol, units(9), sender=bob)
    do("transferFrom", bob, alice, units(4), sender=carol)
    do("stakeOwnership", carol, units(50), b"", sender=bob)
    do("removeOwnershipStake", carol, units(20), b"", sender=bob)
    token.mint(owners.address, 12345)
    do("distributeTokens", token.address, sender=carol)
    token.set_mode(TokenMode.REFUSE)
    do("batchClaim", token.address, [alice, bob], sender=carol)
    do("batchClaim", link, [alice, owners.address], sender=carol)
    do("setDistributionMinimum", token.address, 8, sender=admin)
    do("claim", link, sender=bob)
    world.give_eth(999)
    do("distributeTokens", ETH, sender=carol)
    do("sendOwnershipAndCall", carol, units(3), b"", sender=alice)

    for holder in (alice, bob, carol, world.rest, owners.address):
        assert owners.balanceOf(holder) == book.shares[holder]
        assert owners.stakes(holder, carol) == book.staked[holder, carol]
        for asset in (ETH, link, token.address):
            owed = book.earned[holder, asset] - book.paid[holder, asset] * WHOLE
            assert divmod(owed, WHOLE) == (
                owners.claimable(holder, asset),
                owners.remainderOf(holder, asset),
            )
    assert owners.allowance(bob, carol) == book.allowed[bob, carol]
    assert {t: owners.distributionMinimum(t) for t in book.minimum} == book.minimum
    assert owners.totalContributed() == book.contributed


@pytest.mark.parametrize(
    ("function", "arguments", "name", "fields"),
    [
        ("whitelistWallet", (account(9),), "WalletWhitelisted", {"wallet": account(9)}),
        ("startContribution", (), "ContributionStarted", {}),
        ("setOwnerShare", (account(9), 5), "OwnerShareSet", {"owner": account(9), "amount": 5}),
        (
            "finishContribution",
            (),
            "ContributionFinished",
            {"caller": account(0), "rest": WHOLE},
        ),
        (
            "setDistributionMinimum",
            (ETH, 5),
            "DistributionMinimumChanged",
            {"token": ETH, "old": 0, "new": 5},
        ),
    ],
)
def test_what_the_owner_does_is_logged(
    world: World,
    function: str,
    arguments: tuple[Any, ...],
    name: str,
    fields: dict[str, Any],
) -> None:
    getattr(world.owners, function)(*arguments, sender=world.admin)
    event = world.owners.get_logs()[-1]
    assert type(event).__name__ == name
    assert {field: getattr(event, field) for field in fields} == fields


def test_a_skipped_payment_is_not_logged_as_paid(sold: World, alice: str, bob: str) -> None:
    token = sold.add_token()
    token.mint(sold.owners.address, units(4))
    sold.owners.distributeTokens(token.address, sender=alice)
    token.set_mode(TokenMode.UNTRUE)
    sold.owners.batchClaim(token.address, [alice, bob], sender=bob)
    assert not [e for e in sold.owners.get_logs() if type(e).__name__ == "Claimed"]


def test_the_constructor_logs_the_mint(world: World) -> None:
    arguments = (world.wallet, world.rest, WHOLE, ONE, boa.env.timestamp + 1, 0)
    owners = deployer().deploy(*arguments)
    (mint,) = [e for e in owners.get_logs() if type(e).__name__ == "Transfer"]
    assert (mint.sender, mint.receiver, mint.value) == (ETH, owners.address, WHOLE)
