# SPDX-License-Identifier: MIT
"""The transaction manager on a real node: five hundred payments of one wei, each to an address of
its own, so that the chain itself says whether each was made once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from linkpool.chain.accounts import development
from linkpool.chain.anvil import Anvil
from linkpool.chain.connection import LOCAL_CHAIN_ID, Connection
from linkpool.store.database import Database
from linkpool.store.tables import metadata
from linkpool.transactions import (
    Intent,
    IntentState,
    TransactionLimits,
    TransactionManager,
    admin,
    outcomes,
)
from linkpool.units import Wei
from tests.linkpool.awaited import awaited

PAYMENTS = 500
SIGNERS = [development(index, chain_id=LOCAL_CHAIN_ID) for index in range(1, 5)]
LIMITS = TransactionLimits(finality=4, in_flight=64, max_fee=2_000 * 10**9, replace_together=64)


@pytest.fixture
def still() -> Iterator[Anvil]:
    """Mines when it is told."""
    with Anvil.start() as chain:
        chain.rpc("evm_setAutomine", False)
        yield chain


class Node:
    """A process with its database file; `restart` loses all of its memory."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.database = Database.open(f"sqlite:///{path}")
        metadata.create_all(self.database.engine)
        self.manager = self._new_manager()
        self.reorganised = 0
        self.broadcasts = 0

    def restart(self) -> None:
        self.count()
        self.database.close()
        self.database = Database.open(f"sqlite:///{self.path}")
        self.manager = self._new_manager()

    def count(self) -> None:
        """What this life of the manager has done."""
        self.reorganised += self.manager.counters.reorganised
        self.broadcasts += self.manager.counters.broadcasts

    def _new_manager(self) -> TransactionManager:
        signers = {one.address: one for one in SIGNERS}
        return TransactionManager(self.connection, self.database, signers, LIMITS)

    async def pay(self, first: int, last: int) -> None:
        wanted = [payment(number) for number in range(first, last)]
        await self.manager.start()
        await self.database.write(lambda c: [self.manager.enqueue(c, one) for one in wanted])

    async def states(self, count: int = PAYMENTS) -> set[IntentState]:
        keys = [f"pay-{number}" for number in range(count)]
        found = await self.database.read(lambda c: outcomes(c, keys))
        return {one.state for one in found.values()}


def payment(number: int) -> Intent:
    return Intent(
        key=f"pay-{number}",
        account=SIGNERS[number % len(SIGNERS)].address,
        to=to_checksum_address(keccak(f"payee {number}".encode())[-20:]),
        data=b"",
        value=Wei(1),
        gas=21_000,
        what="payment",
    )


async def paid(connection: Connection, count: int = PAYMENTS) -> list[int]:
    asked = [("eth_getBalance", (payment(number).to, "latest")) for number in range(count)]
    return [int(one, 16) for one in await connection.batch(asked)]


async def finish(anvil: Anvil, node: Node, *, count: int = PAYMENTS) -> None:
    """Calm blocks until nothing waits."""
    for _ in range(60):
        await node.manager.step()
        if await node.states(count) <= {IntentState.FINAL, IntentState.CANCELLED}:
            return
        anvil.rpc("evm_mine")
    raise AssertionError(f"still waiting: {await node.states(count)}")


@awaited
async def test_five_hundred_payments_through_drops_reorganisations_and_restarts(
    still: Anvil, tmp_path: Path
) -> None:
    chance = random.Random(3)
    async with await Connection.open(still.url) as connection:
        node = Node(connection, tmp_path / "state.db")
        for part in range(10):
            await node.pay(part * 50, part * 50 + 50)
            await node.manager.step()
            if chance.random() < 0.4:
                still.rpc("anvil_dropAllTransactions")
            if chance.random() < 0.6:
                node.restart()
            still.rpc("evm_mine")
            await node.manager.step()
            if part % 3 == 2:
                still.rpc("anvil_reorg", chance.randint(1, 4), [])
                await node.manager.step()
        await finish(still, node)
        node.count()
        assert node.reorganised > 0
        assert node.broadcasts > PAYMENTS
        assert await node.states() == {IntentState.FINAL}
        assert await paid(connection) == [1] * PAYMENTS
        for one in SIGNERS:
            assert await connection.nonce(one.address) == PAYMENTS // len(SIGNERS)
        node.database.close()


@awaited
async def test_what_the_base_fee_has_outgrown_is_replaced(still: Anvil, tmp_path: Path) -> None:
    async with await Connection.open(still.url) as connection:
        node = Node(connection, tmp_path / "state.db")
        await node.pay(0, 20)
        await node.manager.step()
        for _ in range(6):
            still.rpc("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
            still.rpc("evm_mine")
            await node.manager.step()
        assert node.manager.counters.replaced >= 20
        await finish(still, node, count=20)
        assert await paid(connection, 20) == [1] * 20
        node.database.close()


@awaited
async def test_a_cancelled_payment_is_not_made_and_keeps_no_other_waiting(
    still: Anvil, tmp_path: Path
) -> None:
    async with await Connection.open(still.url) as connection:
        node = Node(connection, tmp_path / "state.db")
        await node.pay(0, 8)
        await node.manager.step()
        await node.database.write(lambda c: admin.cancel(c, "pay-0", "changed my mind"))
        await finish(still, node, count=8)
        assert await paid(connection, 8) == [0] + [1] * 7
        found = await node.database.read(lambda c: outcomes(c, ["pay-0"]))
        assert found["pay-0"].state is IntentState.CANCELLED
        assert found["pay-0"].reason == "changed my mind"
        node.database.close()
