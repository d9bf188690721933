# SPDX-License-Identifier: MIT
"""A pool whose nodes can bid: staked, with collateral, members of the pool's own reputation.

What has no command (a bid, an answer) is signed here with the node's key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from eth_abi.abi import encode

from linkpool.chain.addresses import address
from linkpool.chain.calls import Call, Receipt
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.contracts.agreements import digest_of
from linkpool.chain.history import agreements_posted
from linkpool.chain.sender import Sender
from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.deployment import Manifest
from linkpool.units import link
from tests.flows.program import DEV, Program

T = TypeVar("T")

STAKER, CONSUMER, BENEFICIARY, OPERATOR = 1, 2, 4, 5
NODES = (6, 7, 8, 9)
JOB = "6bd6398e-a13e-4cb8-adc7-9f56ecfd3146"


@dataclass(frozen=True)
class Market:
    """The nodes are named by the numbers of their development keys."""

    program: Program

    @property
    def manifest(self) -> Manifest:
        return Manifest.load(self.program.manifest())

    def penalties(self) -> str:
        return self.manifest.address("Penalties")

    def ask(self, question: Callable[[AgreementSuite], Awaitable[T]]) -> T:
        place = self.manifest.address("ServiceAgreements")

        async def opened(connection: Connection) -> T:
            return await question(await AgreementSuite.open(connection, place))

        return self.program.ask(opened)

    def storage(self, node: int) -> str:
        async def found(suite: Suite) -> str:
            return await suite.factory.storage_of(DEV[node].address)

        return self.program.suite(found)

    def balance(self, account: int | str) -> int:
        held = DEV[account].address if isinstance(account, int) else address(account)
        return self.ask(lambda suite: suite.link.balance_of(held))

    def send(self, call: Call, *, by: int) -> Receipt:
        async def sent(connection: Connection) -> Receipt:
            return await Sender(connection, DEV[by]).send(call)

        return self.program.ask(sent)

    # ---- Making it ----

    def open(self) -> None:
        """Four nodes of 1,000 LINK; Penalties is a destination."""
        program = self.program
        program.sign("whitelist", "announce", self.penalties())
        program.anvil.advance(3_601)
        program.sign("whitelist", "activate", self.penalties(), by=STAKER)
        program.send(lambda suite: suite.link.transfer(DEV[STAKER].address, link("10000")))
        program.send(lambda suite: suite.link.transfer(DEV[CONSUMER].address, link("100")))
        operator = DEV[OPERATOR].address
        for node in NODES:
            name = DEV[node].address
            program.sign("node", "create", name, "--operator", operator, "--limit", "5000")
            program.sign("stake", name, "1000", by=STAKER)

    def back(self, amount: str = "30") -> None:
        """Collateral behind every node, which is a member from now on."""
        for node in NODES:
            name = DEV[node].address
            self.program.sign("penalty", "send", name, amount, by=OPERATOR)
            self.program.sign("reputation", "join", name, by=node)

    # ---- What nodes do ----

    def bid(self, number: int, node: int, *, reference: int = 1) -> Receipt:
        storage = address(self.storage(node))

        async def call(suite: AgreementSuite) -> Call:
            head = await suite.connection.block_number()
            posted = await agreements_posted(suite, [number], first=0, block=head)
            digest = digest_of(DEV[CONSUMER].address, posted[number])
            return suite.agreements.bid(number, storage, reference, digest)

        return self.send(self.ask(call), by=node)

    def answer(self, node: int, answer: int) -> Receipt:
        """To the newest request that the node has."""
        place = address(self.storage(node))

        async def call(connection: Connection) -> Call:
            storage = PoolStorage(connection, place)
            last = await connection.block_number()
            asked = (await storage.events("OracleRequest", first=0, last=last))[-1].fields
            return storage.fulfil2(
                asked["requestId"],
                asked["payment"],
                asked["callbackAddr"],
                asked["callbackFunctionId"],
                asked["cancelExpiration"],
                encode(["bytes32", "int256"], [asked["requestId"], answer]),
                gas=600_000,
            )

        return self.send(self.program.ask(call), by=node)

    # ---- What consumers do ----

    def create(self, *more: str, **fields: str) -> Any:
        """An agreement with 60 s for bids and 60 s for answers; the command's JSON."""
        terms = {
            "--job": JOB,
            "--data": '{"get": "https://example.org/price", "path": "data,price"}',
            "--oracles": "4",
            "--payment": "0.5",
            "--penalty": "4",
            "--bids-until": "60s",
            "--answers-until": "2m",
            "--tolerance": "5 %",
        } | {f"--{name.replace('_', '-')}": text for name, text in fields.items()}
        words = [word for pair in terms.items() for word in pair]
        return self.program.sign("agreement", "create", *words, *more, by=CONSUMER)
