# SPDX-License-Identifier: MIT
"""The pool that the drills are held with: every mapping of it holds something.

Amounts in juels, times in seconds. What each staker owns is kept beside, in exact fractions, from
the deposits and the income alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.chain import Chain, Receipt, account, call_of
from bench.world import LIMIT, Asked, World
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.contracts import Contract, PoolStorage
from linkpool.units import Juels, link

NODES = 50
STAKERS = 2_000
PENALISED = 2
"""The first two nodes have LINK in an open penalty: the first's comes back, the second's never."""

SENT = link("300")
EARLY = link("3")
"""What the first staker of each penalised node has taken out while the penalty was open."""

_PPM = 1_000_000
_CREATION_GAS = 500_000
_STAKE_GAS = 250_000
_BLOCK = 250


@dataclass(slots=True)
class Site:
    """One node and what belongs to whom on it, exactly."""

    node: ChecksumAddress
    storage: PoolStorage
    staked: Fraction = Fraction(0)
    shares: dict[ChecksumAddress, Fraction] = field(default_factory=dict)

    @property
    def _all(self) -> Fraction:
        return sum(self.shares.values(), Fraction(0))

    def owned(self, staker: ChecksumAddress) -> Fraction:
        """Juels: D = S / T * O over everything that has come."""
        return self.staked * self.shares[staker] / self._all

    def stakes(self, staker: ChecksumAddress, amount: int) -> None:
        price = self._all / self.staked if self.staked else Fraction(1)
        self.shares[staker] = self.shares.get(staker, Fraction(0)) + amount * price
        self.staked += amount

    def earns(self, income: int, makers: int) -> None:
        """`income` is free of running costs; the owners' part of it rounds down."""
        self.staked += income - income * makers // _PPM


@dataclass(slots=True)
class Pool:
    """A sealed suite in the middle of its life. `world` has its people and its first node."""

    chain: Chain
    world: World
    box: ChecksumAddress
    """A penalty contract that is an active destination."""
    sites: list[Site] = field(default_factory=list)
    asked: dict[ChecksumAddress, Asked] = field(default_factory=dict)
    """By storage: a request that waits for its answer."""

    builder = account("builder")
    """Deploys the contracts of the drills; nobody in the suite."""

    @classmethod
    def build(cls, chain: Chain, nodes: int = NODES, stakers: int = STAKERS) -> Self:
        """The same state on every run."""
        world = World.deploy(chain)
        pool = cls(chain, world, world.penalty_contract())
        world.whitelist(pool.box)
        pool._nodes(nodes)
        half = stakers // 2
        pool._stakers(range(half))
        pool._income()
        pool._stakers(range(half, stakers))
        pool._income()
        pool._odds_and_ends()
        pool._penalties()
        chain.mine()
        return pool

    # ---- As it stands ----

    @property
    def stakers(self) -> list[tuple[Site, ChecksumAddress]]:
        """Everybody who ever staked, node by node."""
        return [(site, who) for site in self.sites for who in site.shares]

    def serving(self, name: str) -> ChecksumAddress:
        """What the registry says now."""
        found: ChecksumAddress = self.chain.read(self.world.factory, "getContract", name)
        return found

    def call(self, name: str, function: str, *arguments: object) -> Call:
        """A call of the contract that serves under this name now."""
        return call_of(name, self.serving(name), function, *arguments)

    def balance(self, who: ChecksumAddress) -> int:
        return self.number(self.world.link, "balanceOf", who)

    def number(self, contract: Contract, function: str, *arguments: object) -> int:
        """What a view says now."""
        return int(self.chain.read(contract, function, *arguments))

    # ---- What is done again and again ----

    def create(self, code: bytes) -> Receipt:
        """A contract by an account that has no part in the suite."""
        made = self.chain.send(Call(to=None, data=code, what="create"), self.builder)
        assert made.created is not None
        return made

    def code_hash(self, place: ChecksumAddress) -> bytes:
        """As `setContract` wants it: 32 zero bytes for 0x0."""
        if place == ZERO:
            return bytes(32)
        return keccak(bytes.fromhex(self.chain.rpc("eth_getCode", place, "latest")[2:]))

    def replacement(self, name: str, new: ChecksumAddress) -> Call:
        """What the Timelock has to do to put `new`, as it stands there, in place."""
        return self.world.factory.set_contract(name, new, self.code_hash(new))

    # ---- Building ----

    def _nodes(self, count: int) -> None:
        """The world's own node, then others in one block."""
        chain, world = self.chain, self.world
        keys = [world.node_address, *(account(f"node {number}") for number in range(1, count))]
        first = chain.nonce(world.owner)
        with chain.by_hand():
            for number, key in enumerate(keys[1:]):
                call = world.pool.create_node(key, world.operator, LIMIT, private=False)
                chain.queue(call, world.owner, nonce=first + number, gas=_CREATION_GAS)
        for key in keys:
            place = chain.read(world.factory, "getStorageInstance", key)
            self.sites.append(Site(key, PoolStorage(chain.connection, place)))

    def _stakers(self, numbers: range) -> None:
        """One stake each, on one node after the other; no two amounts of a node are the same."""
        chain, world = self.chain, self.world
        first = chain.nonce(world.bank)
        with chain.by_hand():
            for done, number in enumerate(numbers):
                site = self.sites[number % len(self.sites)]
                who = account(f"staker {number}")
                amount = Juels(link("10") + number * link("0.37") + number * number)
                call = world.link.stake_for(site.storage.address, who, amount)
                chain.queue(call, world.bank, nonce=first + done, gas=_STAKE_GAS)
                site.stakes(who, amount)
                if done % _BLOCK == _BLOCK - 1:
                    chain.mine()

    def _income(self) -> None:
        """An odd number of juels for each node, by plain transfer: all of it is profit."""
        chain, world = self.chain, self.world
        makers = self.number(world.storage, "makersPercentage")
        first = chain.nonce(world.bank)
        with chain.by_hand():
            for number, site in enumerate(self.sites):
                amount = Juels(link("1.7") + 3 * number + 1)
                call = world.link.transfer(site.storage.address, amount)
                chain.queue(call, world.bank, nonce=first + number, gas=_STAKE_GAS)
                site.earns(amount, makers)
        # Settled at once, as any stake would: two incomes in one would round once only.
        first = chain.nonce(world.keeper)
        with chain.by_hand():
            for number, site in enumerate(self.sites):
                call = site.storage.distribute()
                chain.queue(call, world.keeper, nonce=first + number, gas=_STAKE_GAS)

    def _odds_and_ends(self) -> None:
        """Something in every mapping, so that a lost one would be seen."""
        world, site = self.world, self.sites[0]
        first, second = list(site.shares)[:2]
        someone = account("someone")
        owner, operator = world.owner, world.operator
        for call, sender in (
            (self.call("Node", "setStakerAllowed", site.node, someone, True), owner),
            (self.call("Node", "setMakersPercentage", site.node, 300_000), owner),
            (self.call("Node", "setOperationalCost", site.node, link("0.07")), operator),
            (self.call("LinkPool", "approveNode", someone, operator, LIMIT, True), owner),
            (self.call("LinkPool", "setCreator", world.keeper, 3), owner),
            (self.call("LinkPool", "announceOperator", operator), owner),
            (site.storage.set_release_allowed(False), first),
            (site.storage.set_authorized_senders([someone]), operator),
            (self.sites[-1].storage.transfer_operator(someone), operator),
            (world.link.approve(self.serving("NodeStaking"), link("5")), second),
        ):
            world.act(call, sender)
        for place in (self.sites[0], self.sites[-1]):
            self.asked[place.storage.address] = world.ask(place.storage.address)

    def _penalties(self) -> None:
        """Sent with nothing due to the owners; the first staker of each then takes a part out."""
        for site in self.sites[:PENALISED]:
            penalty = site.storage.send_penalty(self.box, SENT, bytes(32))
            self.world.act(penalty, self.world.operator)
            self.world.act(site.storage.withdraw(EARLY), next(iter(site.shares)))
