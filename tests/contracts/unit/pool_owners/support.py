# SPDX-License-Identifier: MIT
"""One PoolOwners with the real LinkToken around it, and the few verbs that its tests share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boa
from boa.util.abi import Address
from eth_utils.address import to_checksum_address

ROOT = Path(__file__).parents[4]
MOCKS = ROOT / "tests/contracts/mocks"
LINK_JSON = ROOT / "node_modules/@chainlink/abi/v0.4/LinkToken.json"

ONE = 10**18
WHOLE = 4000 * ONE
HARD_CAP = 1000 * ONE
MINIMUM_CAP = 1000 * ONE
SALE_LENGTH = 90 * 86_400
ETH = Address("0x" + "00" * 20)
ALL = 2**256 - 1
LINK_SUPPLY = 10**27


class Mode:
    """What the mocks do when called: one bit per behaviour, as Vyper numbers its flags."""

    ACCEPT, REFUSE, BURN, BOMB, CALL_BACK = (1 << i for i in range(5))


class TokenMode:
    """The same for the hostile token."""

    HONEST, REFUSE, UNTRUE, SILENT, LONG, NONSENSE, BURN, CALL_BACK = (1 << i for i in range(8))


def units(amount: str | int) -> int:
    """Exact 18-decimal amount from its text: units("0.2") is 2 * 10**17."""
    whole, _, fraction = str(amount).partition(".")
    return int(whole) * ONE + int((fraction + "0" * 18)[:18])


def account(number: int) -> Address:
    """The same address for the same number, in every test."""
    return Address(to_checksum_address((0xACC0_0000 + number).to_bytes(20, "big")))


@cache
def _deployer(path: Path) -> Any:
    boa.interpret.set_search_paths([str(ROOT / "contracts")])
    return boa.load_partial(str(path))


@cache
def _link_artifact() -> tuple[Any, bytes]:
    found = json.loads(LINK_JSON.read_text())
    code = bytes.fromhex(found["bytecode"].removeprefix("0x"))
    return boa.loads_abi(json.dumps(found["abi"]), name="LinkToken"), code


def deploy_mock(name: str) -> Any:
    return _deployer(MOCKS / f"{name}.vy").deploy()


def deploy_link(holder: Address) -> Any:
    """Chainlink's own LinkToken v0.4; `holder` gets all 10**27 juels."""
    abi, code = _link_artifact()
    address, _ = boa.env.deploy_code(sender=holder, bytecode=code)
    return abi.at(address)


@dataclass(frozen=True)
class World:
    """A fresh PoolOwners: nothing sold, LINK whitelisted with a minimum of 1 LINK."""

    owners: Any
    link: Any
    admin: Address
    wallet: Address
    rest: Address

    def open_sale(self, *contributors: Address) -> None:
        for contributor in contributors:
            self.owners.whitelistWallet(contributor, sender=self.admin)
        self.owners.startContribution(sender=self.admin)

    def contribute(self, contributor: Address, wei: int) -> None:
        """Plain ETH, freshly given to the contributor."""
        boa.env.set_balance(contributor, boa.env.get_balance(contributor) + wei)
        self.owners.__default__(value=wei, sender=contributor)

    def grant(self, creator: Address, shares: int) -> None:
        self.owners.setOwnerShare(creator, shares, sender=self.admin)

    def finish(self) -> None:
        self.owners.finishContribution(sender=self.admin)

    def earn_link(self, juels: int) -> None:
        """LINK arrives by plain transfer and is distributed by a stranger."""
        self.link.transfer(self.owners.address, juels, sender=self.admin)
        self.owners.distributeTokens(self.link.address, sender=account(999))

    def earn_eth(self, wei: int) -> None:
        """ETH arrives without a call (as from a block reward) and is distributed by a stranger."""
        self.give_eth(wei)
        self.owners.distributeTokens(ETH, sender=account(999))

    def give_eth(self, wei: int) -> None:
        here = self.owners.address
        boa.env.set_balance(here, boa.env.get_balance(here) + wei)

    def add_token(self, minimum: int = 0) -> Any:
        """A hostile token, whitelisted; honest until told otherwise."""
        token = deploy_mock("owners_hostile_token")
        self.owners.whitelistToken(token.address, minimum, sender=self.admin)
        return token

    def link_of(self, holders: Iterable[Address]) -> list[int]:
        return [self.link.balanceOf(holder) for holder in holders]


def make_world(*, wallet: Address | None = None, rest: Address | None = None) -> World:
    admin = account(0)
    wallet, rest = wallet or account(299), rest or account(298)
    with boa.env.prank(admin):
        owners = _deployer(ROOT / "contracts/PoolOwners.vy").deploy(
            wallet, rest, WHOLE, HARD_CAP, boa.env.timestamp + SALE_LENGTH, MINIMUM_CAP
        )
    link = deploy_link(admin)
    owners.whitelistToken(link.address, ONE, sender=admin)
    return World(owners, link, admin, wallet, rest)


def deployer() -> Any:
    return _deployer(ROOT / "contracts/PoolOwners.vy")


def share_out(world: World, holders: Iterable[tuple[Address, int]]) -> None:
    """Creators' shares to the holders, then the sale ends; the rest receiver gets what is left."""
    for holder, shares in holders:
        world.grant(holder, shares)
    world.finish()
