# SPDX-License-Identifier: MIT
"""The suite on a private chain as a deployment makes it, with mainnet's delays, and its people.

Amounts in juels, times in seconds. Everybody who pays or is paid already holds LINK.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector
from vyper import compile_code

from bench.chain import Chain, Receipt, account, call_of
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.contracts import (
    LinkPool,
    LinkToken,
    Node,
    NodeStaking,
    PoolOwners,
    PoolStorage,
    PoolStorageFactory,
)
from linkpool.deployment.profiles import PROFILES, Choice, choose
from linkpool.deployment.steps import Create, steps
from linkpool.units import Juels, Wei, ether, link

LIMIT = link("100000000")
PAYMENT = link("1")
SPEC = b"4c7b7ffb66b344fbaa64995af81e355a"
CALLBACK = function_signature_to_4byte_selector("fulfill(bytes32,uint256)")
ANSWER = (424242).to_bytes(32, "big")
REQUEST_DATA = bytes.fromhex("63676574") + b"x" + b"https://data.example.org/price" + b"\x00" * 61
"""96 bytes, as long as a request with a URL and a path is."""

_ORACLE = "oracleRequest(address,uint256,bytes32,address,bytes4,uint256,uint256,bytes)"
_OPERATOR = "operatorRequest(address,uint256,bytes32,bytes4,uint256,uint256,bytes)"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its log has it."""

    receipt: Receipt
    id: bytes
    expiration: int


class World:
    """One sealed suite with one node."""

    deployer = account("deployer")
    bank = deployer
    owner = account("owner")
    operator = account("operator")
    node_address = account("node")
    requester = account("requester")
    keeper = account("keeper")

    def __init__(self, chain: Chain, known: dict[str, ChecksumAddress]) -> None:
        self.chain = chain
        self.known = known
        at, wire = known.__getitem__, chain.connection
        self.link = LinkToken(wire, at("LinkToken"))
        self.owners = PoolOwners(wire, at("PoolOwners"))
        self.factory = PoolStorageFactory(wire, at("PoolStorageFactory"))
        self.pool = LinkPool(wire, at("LinkPool"))
        self.node = Node(wire, at("Node"))
        self.staking = NodeStaking(wire, at("NodeStaking"))
        self.storage = self.create_node(self.node_address)[0]
        self._nonces = 0
        for payee in (self.owners.address, self.operator, self.requester):
            self.give(payee, link("1000"))

    @classmethod
    def deploy(cls, chain: Chain) -> Self:
        """By the steps of a real deployment, with mainnet's times."""
        mainnet = PROFILES["mainnet"]
        choice = Choice(owner=cls.owner, delay=mainnet.delay, penalty_life=mainnet.penalty_life)
        terms = replace(
            choose(PROFILES["local"], choice, deployer=cls.deployer, now=chain.now),
            answer_time=mainnet.answer_time,
            late_time=mainnet.late_time,
            penalty_margin=mainnet.penalty_margin,
        )
        known: dict[str, ChecksumAddress] = {}
        for step in steps("all", terms, deployer=cls.deployer, own_link=True):
            done = chain.send(step.call(chain.connection, known), cls.deployer)
            if isinstance(step, Create):
                assert done.created is not None
                known |= {step.name: done.created} | step.made(done.created)
        chain.send(PoolOwners(chain.connection, known["PoolOwners"]).accept_ownership(), cls.owner)
        return cls(chain, known)

    # ---- Helpers of every story ----

    def give(self, to: ChecksumAddress, amount: Juels) -> Receipt:
        """LINK from the bank by plain transfer."""
        return self.chain.send(self.link.transfer(to, amount), self.bank)

    def create_node(self, node: ChecksumAddress) -> tuple[PoolStorage, Receipt]:
        call = self.pool.create_node(node, self.operator, LIMIT, private=False)
        done = self.chain.send(call, self.owner)
        place = self.chain.read(self.factory, "getStorageInstance", node)
        return PoolStorage(self.chain.connection, place), done

    def stake(self, staker: ChecksumAddress, amount: Juels) -> Receipt:
        return self.chain.send(self.link.stake(self.storage.address, amount), staker)

    def staker(self, name: str, *, staked: Juels) -> ChecksumAddress:
        """Somebody with 1,000 LINK in the wallet and `staked` on the node."""
        who = account(name)
        self.give(who, Juels(link("1000") + staked))
        if staked:
            self.stake(who, staked)
        return who

    def crowd(self, size: int) -> None:
        """Stakers with 1 LINK each until the node has `size` of them; paid for by the bank."""
        have = int(self.chain.read(self.storage, "stakerCount"))
        first = self.chain.nonce(self.bank)
        with self.chain.by_hand():
            for number in range(have, size):
                who = account(f"crowd {number}")
                call = self.link.stake_for(self.storage.address, who, link("1"))
                nonce = first + number - have
                self.chain.queue(call, self.bank, nonce=nonce, gas=250_000)
                if number % 250 == 249:
                    self.chain.mine()
        assert self.chain.read(self.storage, "stakerCount") == size

    def holders(self, size: int, giver: ChecksumAddress) -> None:
        """Holders of one share each, out of `giver`'s, until PoolOwners has `size` of them."""
        have = int(self.chain.read(self.owners, "getCurrentOwners"))
        first = self.chain.nonce(giver)
        with self.chain.by_hand():
            for number in range(have, size):
                call = self.owners.transfer(account(f"holder {number}"), Wei(1))
                self.chain.queue(call, giver, nonce=first + number - have, gas=400_000)
                if number % 250 == 249:
                    self.chain.mine()
        assert self.chain.read(self.owners, "getCurrentOwners") == size

    # ---- Oracle ----

    def ask(self, oracle: ChecksumAddress, *, kind: str = "oracle") -> Asked:
        """Sends a request; kind `oracle` or `operator`."""
        return self.asked(oracle, self.act(self.request(oracle, kind=kind), self.requester))

    def request(self, oracle: ChecksumAddress, *, kind: str) -> Call:
        """A new request of an account without code, paid with PAYMENT."""
        self._nonces += 1
        data = self._payload(kind, self._nonces)
        return self.link.transfer_and_call(oracle, PAYMENT, data)

    def asked(self, oracle: ChecksumAddress, done: Receipt) -> Asked:
        """What the log of a request says."""
        (log,) = (one for one in done.logs if one.address == oracle)
        event = codec("PoolStorage").event(log)
        assert event is not None and event.name == "OracleRequest"
        fields = event.fields
        return Asked(done, fields["requestId"], fields["cancelExpiration"])

    def _payload(self, kind: str, nonce: int) -> bytes:
        head: tuple[Any, ...] = (ether("0"), 0, SPEC)
        tail = (CALLBACK, nonce, 1, REQUEST_DATA)
        if kind == "oracle":
            kinds = ["uint256", "uint256", "bytes32", "address", "bytes4"]
            body = encode([*kinds, "uint256", "uint256", "bytes"], [*head, self.requester, *tail])
            return function_signature_to_4byte_selector(_ORACLE) + body
        kinds = ["uint256", "uint256", "bytes32", "bytes4", "uint256", "uint256", "bytes"]
        return function_signature_to_4byte_selector(_OPERATOR) + encode(kinds, [*head, *tail])

    def answer(self, oracle: ChecksumAddress, asked: Asked, *, kind: str = "oracle") -> Receipt:
        """By the node's key."""
        return self.act(self.fulfilment(oracle, asked, kind=kind), self.node_address)

    def fulfilment(self, oracle: ChecksumAddress, asked: Asked, *, kind: str) -> Call:
        """One word, or for kind `operator` the id and one word."""
        terms = (asked.id, PAYMENT, self.requester, CALLBACK, asked.expiration)
        if kind == "oracle":
            return call_of("PoolStorage", oracle, "fulfillOracleRequest", *terms, ANSWER)
        words = asked.id + ANSWER
        return call_of("PoolStorage", oracle, "fulfillOracleRequest2", *terms, words)

    def earn(self) -> None:
        """One answered request: income for stakers and owners, cost for operations."""
        self.answer(self.storage.address, self.ask(self.storage.address))

    def penalty_contract(self) -> ChecksumAddress:
        """A destination that keeps what it gets."""
        source = (Path(__file__).parent / "penalty_contract.vy").read_text(encoding="utf-8")
        code = bytes.fromhex(compile_code(source, output_formats=["bytecode"])["bytecode"][2:])
        data = code + encode(["address"], [self.link.address])
        made = self.act(Call(to=None, data=data, what="create penalty contract"), self.keeper)
        assert made.created is not None
        return made.created

    def whitelist(self, box: ChecksumAddress) -> None:
        """Makes a contract a destination of penalties."""
        self.act(self.factory.announce_destination(box), self.owner)
        self.chain.advance(int(self.chain.read(self.factory, "delay")))
        self.act(self.factory.activate_destination(box), self.keeper)

    def act(self, call: Call, sender: ChecksumAddress) -> Receipt:
        return self.chain.send(call, sender)
